/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASR_SPHINX_VOCABULARY_H
#define ASR_SPHINX_VOCABULARY_H

#include <stddef.h>

#include "base/text.h"
#include "duet/error.h"
#include "grammar/wordnet.h"
#include "lexicon/lexicon.h"

/*
 * All words of all parts, once each. The decoder knows word 7 as "7", or, when
 * it is said in pieces (the syllables of a Chinese word, so that the variants of
 * its syllables do not multiply), as "7", "7.1", "7.2" …
 */
struct vocabulary {
	struct vocabulary_word {
		const char *text; /* the network's */
		int n_pieces;     /* 0: nobody knows how it sounds */
	} * words;                /* sorted by text */
	size_t n_words;
	size_t n_mute; /* how many have no sound */
};

/* Collects the words and writes their pronunciations, a decoder's dictionary, to `lines`. */
int vocabulary_init(struct vocabulary *vocabulary, const struct duet_wordnet *const *parts, size_t n_parts,
		    const struct duet_lexicon *lexicon, struct duet_text *lines);
void vocabulary_done(struct vocabulary *vocabulary);

/* The number of a network's word. */
size_t vocabulary_find(const struct vocabulary *vocabulary, const char *text);

/* The decoder's name of a piece. */
void vocabulary_name(char *name, size_t size, size_t word, int piece);

/* The word whose first piece the decoder calls so, or NULL. */
const struct vocabulary_word *vocabulary_word(const struct vocabulary *vocabulary, const char *name);

/* Which piece of its word that is; `before` for silence and noises. */
int vocabulary_piece(const char *name, int before);

#endif
