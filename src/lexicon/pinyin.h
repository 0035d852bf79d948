/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEXICON_PINYIN_H
#define DUET_LEXICON_PINYIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/slice.h"
#include "lexicon/pinyin_table.h"

/*
 * Syllables of Mandarin as pinyin writes them with tone digits: "ni3 hao3",
 * "lv4" (or "lü4"), "dian3r" (or "dianr3") where a final r colours the
 * syllable. Tone 5 is the neutral one. Pure functions: any thread.
 */
struct duet_syllable {
	char letters[DUET_PINYIN_LETTERS + 1]; /* without tone and r, v for ü */
	uint8_t tone;                          /* 1 … 5 */
	bool r;
};

enum { DUET_PINYIN_SIZE = DUET_PINYIN_LETTERS + 3 }; /* of a written syllable with its NUL */

/* Is this a character that has readings in Chinese? */
bool duet_pinyin_is_character(int32_t code_point);

/* The reading that a character has when no word says otherwise; false when it has none. */
bool duet_pinyin_usual(int32_t code_point, struct duet_syllable *syllable);

/* Reads one syllable and moves `reading` past it and the spaces around it: 1, 0 at the end, -EINVAL. */
int duet_pinyin_next(struct duet_slice *reading, struct duet_syllable *syllable);

/* Writes "dian3r"; the length. */
size_t duet_pinyin_write(const struct duet_syllable *syllable, char out[DUET_PINYIN_SIZE]);

#endif
