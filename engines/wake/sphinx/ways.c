/* SPDX-License-Identifier: Apache-2.0 */
#include "ways.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "lexicon/lexicon.h"

void duet_ways_add(struct duet_ways *ways, const char *phones, size_t length)
{
	if (ways->n == DUET_WAYS_MAX || length == 0 || length >= DUET_WAY_BYTES)
		return;
	for (int i = 0; i < ways->n; i++)
		if (strlen(ways->phones[i]) == length && memcmp(ways->phones[i], phones, length) == 0)
			return;
	memcpy(ways->phones[ways->n], phones, length);
	ways->phones[ways->n++][length] = '\0';
}

void duet_ways_read(struct duet_ways *ways, const char *phrase, const char *text)
{
	size_t length = strlen(phrase);

	while (*text) {
		size_t end = strcspn(text, "\n");

		if (end > length + 1 && strncmp(text, phrase, length) == 0 && text[length] == '\t' &&
		    text[length + 1] != '=')
			duet_ways_add(ways, text + length + 1, end - length - 1);
		text += end + (text[end] == '\n');
	}
}

/* Every way so far with every way to say the next word, the usual ones first, as many as there is room for.
 */
static void add_word(struct duet_ways *ways, const struct duet_pronunciation *said, int n_said)
{
	struct duet_ways before = *ways;

	ways->n = 0;
	for (int i = 0; i < n_said; i++)
		for (int k = 0; k < before.n && ways->n < DUET_WAYS_MAX; k++)
			snprintf(ways->phones[ways->n++], sizeof(ways->phones[0]), "%.300s%s%s",
				 before.phones[k], before.phones[k][0] ? " " : "", said[i].phones);
}

static int pronounce(struct duet_ways *ways, const struct duet_wake_phrase *phrase, struct duet_error *error)
{
	const char *rest = phrase->text;

	*ways = (struct duet_ways){.n = 1};
	while (*(rest += strspn(rest, " "))) {
		struct duet_slice word = {rest, strcspn(rest, " ")};
		struct duet_pronunciation said[DUET_WAYS_MAX];
		int n = duet_lexicon_pronounce(phrase->lexicon, word, said, DUET_WAYS_MAX);

		if (n <= 0) {
			duet_error_set(error, -EINVAL,
				       "nobody knows how \"%.*s\" of the wake word \"%.60s\" sounds",
				       (int)word.len, word.ptr, phrase->text);
			duet_error_hint(error, "add it to a file of `pronunciations:` of this assistant");
			return -EINVAL;
		}
		add_word(ways, said, n);
		rest += word.len;
	}
	if (!ways->phones[0][0])
		return duet_error_set(error, -EINVAL, "a wake word is empty");
	return 0;
}

/* How people say words in fluent speech and in other accents, beside what dictionaries say. Patterns are
 * whole phones; "^" is the phrase's beginning, "$" its end, "*" any consonant, kept. */
static const struct {
	const char *from, *to;
} habits[] = {
	{"R ER", "ER"},       /* mirror, terror */
	{"* T *", "* *"},     /* smart mirror, next one */
	{"ER $", "AH $"},     /* computer, as in London */
	{"AA R *", "AA *"},   /* jarvis */
	{"AO R *", "AO *"},   /* portal */
	{"AH S $", "IH S $"}, /* jarvis, office */
	{"IH R $", "IH ER $"}, {"* D *", "* *"},
};

enum { N_HABITS = sizeof(habits) / sizeof(habits[0]), MAX_TOKENS = 64 };

static bool is_consonant(const char *phone)
{
	static const char *const vowels[] = {"AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY",
					     "IH", "IY", "OW", "OY", "UH", "UW", "^",  "$"};

	for (size_t i = 0; i < sizeof(vowels) / sizeof(vowels[0]); i++)
		if (strcmp(phone, vowels[i]) == 0)
			return false;
	return true;
}

/* Words of a line, in `room`, which they are cut from; how many. */
static int split(char *room, const char *tokens[MAX_TOKENS])
{
	int n = 0;

	for (char *at = room; *at && n < MAX_TOKENS;) {
		at += strspn(at, " ");
		if (!*at)
			break;
		tokens[n++] = at;
		at += strcspn(at, " ");
		if (*at)
			*at++ = '\0';
	}
	return n;
}

static bool matches(const char *const *tokens, const char *const *pattern, int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(pattern[i], "*") == 0 ? !is_consonant(tokens[i])
						 : strcmp(pattern[i], tokens[i]) != 0)
			return false;
	return true;
}

/* The way with the pattern found at `at` said as the habit has it. */
static void add_changed(struct duet_ways *ways, const char *const *tokens, int n, int at, size_t habit)
{
	char to[32], way[DUET_WAY_BYTES] = "";
	const char *from_tokens[MAX_TOKENS] = {0}, *to_tokens[MAX_TOKENS] = {0};
	char from[32];
	int n_from, n_to, kept = 0;
	size_t length = 0;

	snprintf(from, sizeof(from), "%s", habits[habit].from);
	snprintf(to, sizeof(to), "%s", habits[habit].to);
	n_from = split(from, from_tokens);
	n_to = split(to, to_tokens);
	for (int i = 0; i < n - n_from + n_to; i++) {
		const char *token = i < at          ? tokens[i]
				    : i < at + n_to ? to_tokens[i - at]
						    : tokens[i - n_to + n_from];

		if (i >= at && i < at + n_to && to_tokens[i - at][0] == '*')
			token = kept++ == 0 && habits[habit].from[0] == '*' ? tokens[at]
									    : tokens[at + n_from - 1];
		if (token && strcmp(token, "^") != 0 && strcmp(token, "$") != 0 && length < sizeof(way) - 8)
			length += (size_t)snprintf(way + length, sizeof(way) - length, "%s%.4s",
						   length ? " " : "", token);
	}
	duet_ways_add(ways, way, length);
}

static void add_habit(struct duet_ways *ways, const char *phones, size_t habit)
{
	char line[DUET_WAY_BYTES], pattern[32];
	const char *tokens[MAX_TOKENS] = {0}, *pattern_tokens[MAX_TOKENS] = {0};
	int n, n_pattern;

	snprintf(line, sizeof(line), "^ %.2000s $", phones);
	snprintf(pattern, sizeof(pattern), "%s", habits[habit].from);
	n = split(line, tokens);
	n_pattern = split(pattern, pattern_tokens);
	for (int at = 0; at + n_pattern <= n; at++)
		if (matches(tokens + at, pattern_tokens, n_pattern))
			add_changed(ways, tokens, n, at, habit);
}

/* English only: what other languages do with these phones is learnt for them. */
static void add_habits(struct duet_ways *ways)
{
	for (size_t habit = 0; habit < N_HABITS; habit++)
		for (int i = 0, n = ways->n; i < n; i++)
			add_habit(ways, ways->phones[i], habit);
}

static int read_file(struct duet_ways *ways, const char *path, const char *phrase, struct duet_error *error)
{
	char *text;
	size_t n_bytes;
	int result = duet_file_read(path, DUET_WAYS_FILE_MAX, &text, &n_bytes, error);

	if (result == 0)
		duet_ways_read(ways, phrase, text);
	if (result == 0)
		duet_free(text);
	return result;
}

static void learnt(struct duet_ways *ways, const char *data_dir, const struct duet_wake_phrase *phrase)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/wake/%s.txt", data_dir ? data_dir : "", phrase->language);
	read_file(ways, path, phrase->text, NULL);
}

int duet_ways_own(struct duet_ways *ways, const struct duet_wake_phrase *phrase, struct duet_error *error)
{
	*ways = (struct duet_ways){0};
	return phrase->model ? read_file(ways, phrase->model, phrase->text, error) : 0;
}

int duet_ways_of(struct duet_ways *ways, const char *data_dir, const struct duet_wake_phrase *phrase,
		 struct duet_error *error)
{
	struct duet_ways others = {0};
	int result = duet_ways_own(ways, phrase, error);

	if (result < 0)
		return result;
	learnt(&others, data_dir, phrase);
	if (others.n == 0) {
		result = pronounce(&others, phrase, error);
		if (result == 0 && strncmp(phrase->language, "en", 2) == 0)
			add_habits(&others);
	}
	for (int i = 0; i < others.n; i++)
		duet_ways_add(ways, others.phones[i], strlen(others.phones[i]));
	return result;
}
