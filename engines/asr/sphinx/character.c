/* SPDX-License-Identifier: Apache-2.0 */
#include "character.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

enum { MAX_NEIGHBOURS = 24, MAX_PINYIN_BYTES = 128, MAX_PAIR_BYTES = 9, N_PAIRS = 4096 };

/* Two characters and how they read beside each other. The same ones meet on many arcs, and reading them takes
 * a dictionary. */
struct character_pair {
	char text[MAX_PAIR_BYTES];
	char readings[2][VOCABULARY_READING_BYTES]; /* "": none that fits */
};

int character_context_init(struct character_context *context, const struct duet_wordnet *net,
			   const struct duet_lexicon *lexicon)
{
	char ignored[MAX_PINYIN_BYTES];

	*context = (struct character_context){.net = net, .lexicon = lexicon};
	if (duet_lexicon_pinyin(lexicon, duet_slice(""), ignored, sizeof(ignored)) == -ENOTSUP)
		return 0;
	context->first_entering = duet_calloc(net->n_states + 2, sizeof(*context->first_entering));
	context->entering = duet_calloc(net->n_arcs + 1, sizeof(*context->entering));
	context->pairs = duet_calloc(N_PAIRS, sizeof(*context->pairs));
	if (!context->first_entering || !context->entering || !context->pairs) {
		character_context_done(context);
		return -ENOMEM;
	}
	/* Counting sort by target. */
	for (size_t i = 0; i < net->n_arcs; i++)
		context->first_entering[net->arcs[i].target + 2]++;
	for (size_t state = 2; state < net->n_states + 2; state++)
		context->first_entering[state] += context->first_entering[state - 1];
	for (size_t i = 0; i < net->n_arcs; i++)
		context->entering[context->first_entering[net->arcs[i].target + 1]++] = (uint32_t)i;
	return 1;
}

void character_context_done(struct character_context *context)
{
	duet_free(context->first_entering);
	duet_free(context->entering);
	duet_free(context->pairs);
	*context = (struct character_context){0};
}

static struct duet_slice first_character(const char *word)
{
	struct duet_slice rest = duet_slice(word);

	duet_text_next(&rest);
	return (struct duet_slice){word, (size_t)(rest.ptr - word)};
}

static struct duet_slice last_character(const char *word)
{
	struct duet_slice rest = duet_slice(word), last = rest;

	while (rest.len) {
		last = rest;
		duet_text_next(&rest);
	}
	return last;
}

static void copy_reading(const char **pinyin, char reading[VOCABULARY_READING_BYTES])
{
	size_t len = strcspn(*pinyin, " ");

	if (len < VOCABULARY_READING_BYTES)
		memcpy(reading, *pinyin, len);
	*pinyin += len + ((*pinyin)[len] == ' ');
}

static void look_up(const struct duet_lexicon *lexicon, struct character_pair *pair)
{
	char pinyin[MAX_PINYIN_BYTES];
	const char *at = pinyin;

	memset(pair->readings, 0, sizeof(pair->readings));
	if (duet_lexicon_pinyin(lexicon, duet_slice(pair->text), pinyin, sizeof(pinyin)) < 0)
		return;
	copy_reading(&at, pair->readings[0]);
	copy_reading(&at, pair->readings[1]);
}

/* The reading of character number `which` of the two. */
static bool read_pair(const struct character_context *context, struct duet_slice a, struct duet_slice b,
		      int which, char reading[VOCABULARY_READING_BYTES])
{
	char text[MAX_PAIR_BYTES];
	uint32_t hash = 2166136261u; /* FNV-1a */
	struct character_pair *pair;

	snprintf(text, sizeof(text), "%.*s%.*s", (int)a.len, a.ptr, (int)b.len, b.ptr);
	for (const char *at = text; *at; at++)
		hash = (hash ^ (unsigned char)*at) * 16777619u;
	pair = &context->pairs[(hash ^ hash >> 16) % N_PAIRS];
	if (strcmp(pair->text, text) != 0) {
		memcpy(pair->text, text, sizeof(text));
		look_up(context->lexicon, pair);
	}
	memcpy(reading, pair->readings[which], VOCABULARY_READING_BYTES);
	return reading[0] != '\0';
}

static int add_reading(char readings[VOCABULARY_READINGS][VOCABULARY_READING_BYTES], int n,
		       const char *reading)
{
	for (int i = 0; i < n; i++)
		if (strcmp(readings[i], reading) == 0)
			return n;
	if (n == VOCABULARY_READINGS)
		return n;
	memcpy(readings[n], reading, VOCABULARY_READING_BYTES);
	return n + 1;
}

/* By what follows it; the usual one where nothing does. */
static int add_by_next(const struct character_context *context, struct duet_slice character, uint32_t target,
		       const char *usual, char readings[VOCABULARY_READINGS][VOCABULARY_READING_BYTES], int n)
{
	const struct duet_wordnet *net = context->net;
	uint32_t first = net->first_arc[target], end = net->first_arc[target + 1];
	char reading[VOCABULARY_READING_BYTES];

	if (first == end || net->final[target])
		n = add_reading(readings, n, usual);
	for (uint32_t i = first; i < end && i < first + MAX_NEIGHBOURS; i++)
		if (read_pair(context, character, first_character(net->words[net->arcs[i].word]), 0, reading))
			n = add_reading(readings, n, reading);
	return n;
}

int character_readings(const struct character_context *context, uint32_t state, uint32_t arc,
		       char readings[VOCABULARY_READINGS][VOCABULARY_READING_BYTES])
{
	const struct duet_wordnet *net = context->net;
	const char *word = net->words[net->arcs[arc].word];
	struct duet_slice character = first_character(word);
	uint32_t first = context->first_entering[state], end = context->first_entering[state + 1];
	char usual[VOCABULARY_READING_BYTES], reading[VOCABULARY_READING_BYTES];
	bool open = first == end; /* is there a way in on which what follows decides? */
	int n = 0;

	if (strlen(word) != character.len || (unsigned char)word[0] < 0x80 ||
	    !read_pair(context, character, (struct duet_slice){"", 0}, 0, usual))
		return 0;
	for (uint32_t i = first; i < end && i < first + MAX_NEIGHBOURS; i++) {
		const char *before = net->words[net->arcs[context->entering[i]].word];

		if (read_pair(context, last_character(before), character, 1, reading) &&
		    strcmp(reading, usual) != 0)
			n = add_reading(readings, n, reading);
		else
			open = true;
	}
	return open ? add_by_next(context, character, net->arcs[arc].target, usual, readings, n) : n;
}
