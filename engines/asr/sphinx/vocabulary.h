/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASR_SPHINX_VOCABULARY_H
#define ASR_SPHINX_VOCABULARY_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "duet/error.h"
#include "grammar/wordnet.h"
#include "lexicon/lexicon.h"

/*
 * All words of a graph, once for each reading. The decoder knows word 7 as
 * "7", or, when it is said in pieces (the syllables of a Chinese word, so that
 * the variants of its syllables do not multiply), as "7", "7.1", "7.2" …
 */
enum { VOCABULARY_READINGS = 3, VOCABULARY_READING_BYTES = 12 };

struct vocabulary_word {
	const char *text;                       /* the network's */
	char reading[VOCABULARY_READING_BYTES]; /* of a Chinese character, which its neighbours decide;
						 * "": the word's own */
	int n_pieces;                           /* 0: nobody knows how it sounds */
};

/* The words that an arc may be; -1 ends them. */
typedef int32_t vocabulary_choice[VOCABULARY_READINGS];

struct vocabulary {
	struct vocabulary_word *words; /* sorted by text and reading */
	size_t n_words;
	vocabulary_choice *choices; /* of the graph's arcs */
};

/* Collects the words and writes their pronunciations, a decoder's dictionary, to `lines`. */
int vocabulary_init(struct vocabulary *vocabulary, const struct duet_wordnet *net,
		    const struct duet_lexicon *lexicon, struct duet_text *lines);
/* Tells the log of words that nobody knows how to say. */
void vocabulary_complain(const struct vocabulary *vocabulary);
void vocabulary_done(struct vocabulary *vocabulary);

/* The decoder's name of a piece. */
void vocabulary_name(char *name, size_t size, size_t word, int piece);

/* The word whose first piece the decoder calls so, or NULL. */
const struct vocabulary_word *vocabulary_word(const struct vocabulary *vocabulary, const char *name);

/* Which piece of its word that is; `before` for silence and noises. */
int vocabulary_piece(const char *name, int before);

#endif
