/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASR_SPHINX_CHARACTER_H
#define ASR_SPHINX_CHARACTER_H

#include "vocabulary.h"

/*
 * Chinese characters read differently in different words, and the graph splits
 * words into characters wherever ways part: what an arc's character may be read
 * as is decided by the characters before and behind it.
 */
struct character_pair;

struct character_context {
	const struct duet_wordnet *net;
	const struct duet_lexicon *lexicon;
	uint32_t *first_entering; /* n_states + 1: the arcs into state s */
	uint32_t *entering;
	struct character_pair *pairs; /* that were read lately */
};

/* 1; 0 when the language has no such characters; -ENOMEM. */
int character_context_init(struct character_context *context, const struct duet_wordnet *net,
			   const struct duet_lexicon *lexicon);
void character_context_done(struct character_context *context);

/* The readings of an arc of `state`, as pinyin; 0: its word has one of its own. */
int character_readings(const struct character_context *context, uint32_t state, uint32_t arc,
		       char readings[VOCABULARY_READINGS][VOCABULARY_READING_BYTES]);

#endif
