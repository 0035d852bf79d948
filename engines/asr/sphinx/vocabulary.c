/* SPDX-License-Identifier: Apache-2.0 */
#include "vocabulary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "character.h"

enum { MAX_READING_BYTES = 512, MAX_PIECES = 32 };

static int compare(const void *left, const void *right)
{
	const struct vocabulary_word *a = left, *b = right;
	int order = strcmp(a->text, b->text);

	return order ? order : strcmp(a->reading, b->reading);
}

/* What each arc may be, as words that are not sorted yet: three places an arc. */
static int collect_arcs(struct vocabulary_word *words, const struct duet_wordnet *net,
			const struct duet_lexicon *lexicon)
{
	char readings[VOCABULARY_READINGS][VOCABULARY_READING_BYTES];
	struct character_context context;
	int chinese = character_context_init(&context, net, lexicon);

	for (uint32_t state = 0; chinese >= 0 && state < net->n_states; state++)
		for (uint32_t arc = net->first_arc[state]; arc < net->first_arc[state + 1]; arc++) {
			struct vocabulary_word *word = words + arc * VOCABULARY_READINGS;
			int n = chinese ? character_readings(&context, state, arc, readings) : 0;

			word->text = net->words[net->arcs[arc].word];
			for (int i = 0; i < n; i++) {
				word[i].text = word->text;
				memcpy(word[i].reading, readings[i], VOCABULARY_READING_BYTES);
			}
		}
	character_context_done(&context);
	return chinese < 0 ? chinese : 0;
}

/* The vocabulary: all that arcs may be, sorted, once each. They are a few of so many that what they leave is
 * given back. */
static int sort_words(struct vocabulary *vocabulary, const struct vocabulary_word *all, size_t n_all)
{
	struct vocabulary_word *fitted;
	size_t n = 0, kept = 0;

	vocabulary->words = duet_calloc(n_all + 1, sizeof(*all));
	if (!vocabulary->words)
		return -ENOMEM;
	for (size_t i = 0; i < n_all; i++)
		if (all[i].text)
			vocabulary->words[n++] = all[i];
	qsort(vocabulary->words, n, sizeof(*all), compare);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || compare(&vocabulary->words[i], &vocabulary->words[kept - 1]) != 0)
			vocabulary->words[kept++] = vocabulary->words[i];
	vocabulary->n_words = kept;
	fitted = duet_realloc(vocabulary->words, kept + 1, sizeof(*fitted));
	if (fitted)
		vocabulary->words = fitted;
	return 0;
}

static int number_arcs(struct vocabulary *vocabulary, const struct vocabulary_word *all, size_t n_arcs)
{
	vocabulary->choices = duet_calloc(n_arcs + 1, sizeof(*vocabulary->choices));
	if (!vocabulary->choices)
		return -ENOMEM;
	for (size_t i = 0; i < n_arcs * VOCABULARY_READINGS; i++) {
		const struct vocabulary_word *found =
			all[i].text ? bsearch(&all[i], vocabulary->words, vocabulary->n_words, sizeof(*all),
					      compare)
				    : NULL;

		vocabulary->choices[i / VOCABULARY_READINGS][i % VOCABULARY_READINGS] =
			found ? (int32_t)(found - vocabulary->words) : -1;
	}
	return 0;
}

static int collect(struct vocabulary *vocabulary, const struct duet_wordnet *net,
		   const struct duet_lexicon *lexicon)
{
	size_t n = net->n_arcs * VOCABULARY_READINGS;
	struct vocabulary_word *all = duet_calloc(n + 1, sizeof(*all));
	int status = all ? collect_arcs(all, net, lexicon) : -ENOMEM;

	if (status == 0)
		status = sort_words(vocabulary, all, n);
	if (status == 0)
		status = number_arcs(vocabulary, all, net->n_arcs);
	duet_free(all);
	return status;
}

/* The syllables of a Chinese word, otherwise the word itself. */
static int divide(const struct duet_lexicon *lexicon, const struct vocabulary_word *word, char *reading,
		  struct duet_slice pieces[MAX_PIECES])
{
	long len = -ENOTSUP;
	int n = 0;

	pieces[0] = duet_slice(word->reading);
	if (word->reading[0])
		return 1;
	len = duet_lexicon_pinyin(lexicon, duet_slice(word->text), reading, MAX_READING_BYTES);

	if (len < 0) {
		pieces[0] = duet_slice(word->text);
		return 1;
	}
	for (char *at = reading; *at && n < MAX_PIECES;) {
		size_t piece = strcspn(at, " ");

		if (piece)
			pieces[n++] = (struct duet_slice){at, piece};
		at += piece + (at[piece] == ' ');
	}
	return n;
}

void vocabulary_name(char *name, size_t size, size_t word, int piece)
{
	if (piece)
		snprintf(name, size, "%zu.%d", word, piece);
	else
		snprintf(name, size, "%zu", word);
}

/* The piece's lines; how many pronunciations it has. */
static int write_piece(const struct duet_lexicon *lexicon, struct duet_slice piece, const char *name,
		       struct duet_text *lines)
{
	struct duet_pronunciation sounds[DUET_PRONUNCIATIONS_MAX];
	int n = duet_lexicon_pronounce(lexicon, piece, sounds, DUET_PRONUNCIATIONS_MAX);

	for (int i = 0; i < n; i++)
		if (i == 0)
			duet_text_printf(lines, "%s %s\n", name, sounds[i].phones);
		else
			duet_text_printf(lines, "%s(%d) %s\n", name, i + 1, sounds[i].phones);
	return n;
}

static void write_word(struct vocabulary *vocabulary, size_t index, const struct duet_lexicon *lexicon,
		       struct duet_text *lines)
{
	struct vocabulary_word *word = &vocabulary->words[index];
	struct duet_slice pieces[MAX_PIECES];
	char reading[MAX_READING_BYTES], name[32];
	int n = divide(lexicon, word, reading, pieces);

	for (int piece = 0; piece < n; piece++) {
		vocabulary_name(name, sizeof(name), index, piece);
		if (write_piece(lexicon, pieces[piece], name, lines) <= 0)
			n = 0;
	}
	word->n_pieces = n;
}

void vocabulary_complain(const struct vocabulary *vocabulary)
{
	for (size_t i = 0; i < vocabulary->n_words; i++)
		if (vocabulary->words[i].n_pieces == 0)
			duet_warn("asr", "nobody knows how '%s' sounds: sentences with it cannot be heard",
				  vocabulary->words[i].text);
}

int vocabulary_init(struct vocabulary *vocabulary, const struct duet_wordnet *net,
		    const struct duet_lexicon *lexicon, struct duet_text *lines)
{
	int status = collect(vocabulary, net, lexicon);

	for (size_t i = 0; status == 0 && i < vocabulary->n_words; i++)
		write_word(vocabulary, i, lexicon, lines);
	return status == 0 && lines->failed ? -ENOMEM : status;
}

void vocabulary_done(struct vocabulary *vocabulary)
{
	duet_free(vocabulary->choices);
	duet_free(vocabulary->words);
	*vocabulary = (struct vocabulary){0};
}

const struct vocabulary_word *vocabulary_word(const struct vocabulary *vocabulary, const char *name)
{
	char *end;
	unsigned long word = strtoul(name, &end, 10);

	/* "(2)" is another pronunciation of it, ".1" its second piece, anything else silence and noises. */
	if (end == name || (*end && *end != '(') || word >= vocabulary->n_words)
		return NULL;
	return &vocabulary->words[word];
}

int vocabulary_piece(const char *name, int before)
{
	size_t digits = strspn(name, "0123456789");

	if (digits == 0)
		return before;
	return name[digits] == '.' ? (int)strtol(name + digits + 1, NULL, 10) : 0;
}
