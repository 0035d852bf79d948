/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEXICON_PINYIN_TABLE_H
#define DUET_LEXICON_PINYIN_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* What tools/pinyin-table makes of Unicode's readings while building. */

enum { DUET_PINYIN_FIRST = 0x4e00, DUET_PINYIN_LAST = 0x9fff, DUET_PINYIN_LETTERS = 6 };

extern const char duet_pinyin_names[][DUET_PINYIN_LETTERS + 1]; /* in order */
extern const size_t duet_pinyin_n_names;

/* The number of the name * 8 + tone, 0 for a character without a reading. */
extern const uint16_t duet_pinyin_usual_reading[DUET_PINYIN_LAST - DUET_PINYIN_FIRST + 1];

#endif
