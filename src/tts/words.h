/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_TTS_WORDS_H
#define DUET_TTS_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/slice.h"

/* What the normalisers of all languages share: a cursor over written text and a bounded line of words. */

struct words {
	char *out; /* NUL-terminated while there is room */
	size_t size, len;
	bool spaced; /* words are set apart by spaces (not in Chinese) */
	bool full;
};

/* Adds a word, with a space before it where the language wants one. */
void words_add(struct words *words, const char *word);
/* Adds bytes as they are. */
void words_raw(struct words *words, struct duet_slice bytes);

/* A number as it is written: [-]digits[,digits][.digits]; a comma groups only when three digits follow it. */
struct number {
	bool negative;
	bool grouped;               /* had commas */
	int64_t whole;              /* INT64_MAX when it does not fit */
	struct duet_slice digits;   /* of the whole part, as written */
	struct duet_slice fraction; /* digits after the point, empty: none */
};

/* Reads a number at the front of `text` and moves past it. False: there is none (nothing is moved). */
bool number_read(struct duet_slice *text, struct number *number);

/* Reads exactly between `min` and `max` ASCII digits; false leaves `text` alone. */
bool digits_read(struct duet_slice *text, int min, int max, int *value);
bool literal_read(struct duet_slice *text, const char *literal);

struct clock_time {
	int hour, minute;
	int half; /* 0: none, 'a', 'p' */
};

struct calendar_date {
	int year, month, day; /* year 0: none */
};

/* "7:15", "19:30", "7:15 pm", "7 a.m."; seconds are read and dropped. */
bool time_read(struct duet_slice *text, struct clock_time *time);
/* "2026-11-22" */
bool date_read(struct duet_slice *text, struct calendar_date *date);

struct unit {
	const char *written;
	const char *one, *many; /* the second is NULL where the language has one form */
};

/* A unit behind a number, with or without a space before it; NULL: none, nothing moved. */
const struct unit *unit_read(struct duet_slice *text, const struct unit *units);

/* The languages. Each reads one thing at the front of `*text`, adds its words and moves on. */
void duet_tts_english(struct duet_slice text, struct words *words);
void duet_tts_mandarin(struct duet_slice text, struct words *words);

#endif
