/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEARNT_WORDS_H
#define DUET_LEARNT_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "duet/slice.h"

/*
 * A sentence as the model sees it: words, numbers and single punctuation marks;
 * single characters where a script has no spaces. Everything is a hash, no text
 * is kept.
 */
struct duet_word {
	uint32_t begin, end; /* bytes of the sentence */
	uint64_t text;       /* case folded */
	uint64_t shape;      /* capitals, digits, how many, what mark */
	uint64_t prefix[3];  /* of 2, 3, 4 characters; 0 when the word is no longer */
	uint64_t suffix[3];
};

#define DUET_WORDS_MAX 80

struct duet_words {
	const struct duet_word *items; /* in the arena */
	size_t n;
};

/* 0, -E2BIG when there are more than DUET_WORDS_MAX, -ENOMEM. Broken UTF-8 counts as letters. */
int duet_words_split(struct duet_words *words, struct duet_slice text, struct duet_arena *arena);

/* What makes hashes of hashes: of this order, well mixed. */
static inline uint64_t duet_hash_mix(uint64_t a, uint64_t b)
{
	uint64_t h = (a ^ (b + 0x9e3779b97f4a7c15u + (a << 6) + (a >> 2))) * 0xff51afd7ed558ccdu;

	h ^= h >> 32;
	h *= 0xc4ceb9fe1a85ec53u;
	return h ^ h >> 29;
}

uint64_t duet_hash_text(struct duet_slice text);

/* The words from `begin` to before `end` as one value of a list. */
#define DUET_WORDS_HASH_EMPTY 1 /* each word is mixed in */

uint64_t duet_words_hash(const struct duet_words *words, size_t begin, size_t end);

#endif
