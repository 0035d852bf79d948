/* SPDX-License-Identifier: Apache-2.0 */
#include "vocabulary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"

enum { MAX_READING_BYTES = 512, MAX_PIECES = 32 };

static int compare(const void *left, const void *right)
{
	const struct vocabulary_word *a = left, *b = right;

	return strcmp(a->text, b->text);
}

static int collect(struct vocabulary *vocabulary, const struct duet_wordnet *const *parts, size_t n_parts)
{
	size_t n = 0, kept = 0;

	for (size_t part = 0; part < n_parts; part++)
		n += parts[part]->n_words;
	vocabulary->words = duet_calloc(n + 1, sizeof(*vocabulary->words));
	if (!vocabulary->words)
		return -ENOMEM;
	n = 0;
	for (size_t part = 0; part < n_parts; part++)
		for (size_t word = 0; word < parts[part]->n_words; word++)
			vocabulary->words[n++].text = parts[part]->words[word];
	qsort(vocabulary->words, n, sizeof(*vocabulary->words), compare);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || strcmp(vocabulary->words[i].text, vocabulary->words[kept - 1].text) != 0)
			vocabulary->words[kept++] = vocabulary->words[i];
	vocabulary->n_words = kept;
	return 0;
}

/* The syllables of a Chinese word, otherwise the word itself. */
static int divide(const struct duet_lexicon *lexicon, const char *word, char *reading,
		  struct duet_slice pieces[MAX_PIECES])
{
	long len = duet_lexicon_pinyin(lexicon, duet_slice(word), reading, MAX_READING_BYTES);
	int n = 0;

	if (len < 0) {
		pieces[0] = duet_slice(word);
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
	int n = divide(lexicon, word->text, reading, pieces);

	for (int piece = 0; piece < n; piece++) {
		vocabulary_name(name, sizeof(name), index, piece);
		if (write_piece(lexicon, pieces[piece], name, lines) <= 0)
			n = 0;
	}
	word->n_pieces = n;
	if (n == 0) {
		vocabulary->n_mute++;
		duet_warn("asr", "nobody knows how '%s' sounds: sentences with it cannot be heard",
			  word->text);
	}
}

int vocabulary_init(struct vocabulary *vocabulary, const struct duet_wordnet *const *parts, size_t n_parts,
		    const struct duet_lexicon *lexicon, struct duet_text *lines)
{
	int status = collect(vocabulary, parts, n_parts);

	for (size_t i = 0; status == 0 && i < vocabulary->n_words; i++)
		write_word(vocabulary, i, lexicon, lines);
	return status == 0 && lines->failed ? -ENOMEM : status;
}

void vocabulary_done(struct vocabulary *vocabulary)
{
	duet_free(vocabulary->words);
	*vocabulary = (struct vocabulary){0};
}

size_t vocabulary_find(const struct vocabulary *vocabulary, const char *text)
{
	struct vocabulary_word key = {.text = text};
	const struct vocabulary_word *found =
		bsearch(&key, vocabulary->words, vocabulary->n_words, sizeof(*vocabulary->words), compare);

	return (size_t)(found - vocabulary->words);
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
