/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_NLU_SENTENCE_H
#define DUET_NLU_SENTENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "duet/slice.h"

/*
 * What a person said, brought to the spelling of the network: NFC, case folded,
 * without punctuation at the edges of words, one space behind each word (none at
 * all where words are not separated). It remembers where each byte came from, so
 * that a slot has the text as it was said.
 */
struct duet_sentence {
	const char *said; /* NFC, NUL-terminated */
	char *text;       /* NUL-terminated */
	uint16_t *begin;  /* byte of `text` → where its character begins in `said` */
	uint16_t *end;    /* … and ends */
	uint32_t len;
	bool no_spaces;
};

#define DUET_SENTENCE_MAX 4096 /* bytes */

/* 0, -E2BIG, -EILSEQ (not UTF-8) or -ENOMEM. */
int duet_sentence_init(struct duet_sentence *sentence, struct duet_slice said, bool no_spaces,
		       struct duet_arena *arena);

/* Takes `-` and `_` for spaces. True when there were any. */
bool duet_sentence_split_joined(struct duet_sentence *sentence);

enum duet_sentence_part { DUET_SENTENCE_WHOLE, DUET_SENTENCE_BEGIN, DUET_SENTENCE_END };

/* Leaves out `words` (folded, single spaces) wherever they stand as whole words, or only at the begin or the
 * end. True when there were any. */
bool duet_sentence_skip(struct duet_sentence *sentence, struct duet_slice words,
			enum duet_sentence_part part);

/* 0 or -ENOMEM. */
int duet_sentence_copy(struct duet_sentence *copy, const struct duet_sentence *sentence,
		       struct duet_arena *arena);

/* The bytes from `begin` to `end` of the text, in the letters in which they were said, without what is left
 * out of the text. NULL: the arena is full. */
const char *duet_sentence_said(const struct duet_sentence *sentence, uint32_t begin, uint32_t end,
			       struct duet_arena *arena);

#endif
