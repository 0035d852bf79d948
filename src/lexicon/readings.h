/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEXICON_READINGS_H
#define DUET_LEXICON_READINGS_H

#include <stddef.h>

#include "duet/error.h"
#include "duet/slice.h"

/*
 * The user's own pronunciations: lines of "word<TAB>reading", # begins a
 * comment. A reading is phones (English) or pinyin (Mandarin). A word on
 * several lines has several readings.
 */
struct duet_reading {
	struct duet_slice word, reading; /* the word case-folded, NFC */
	int file, line;                  /* index of the file, 1-based line */
};

struct duet_readings {
	struct duet_reading *items; /* sorted by word, then by place */
	size_t n_items;
	size_t room;
	char **texts; /* what the slices point into */
	size_t n_texts;
};

/* Adds a text's lines; -EINVAL with line and column for one that is not "word<TAB>reading" or not UTF-8. */
int duet_readings_parse(struct duet_readings *readings, const char *name, struct duet_slice text,
			struct duet_error *error);

/* Adds a file's lines. */
int duet_readings_load(struct duet_readings *readings, const char *path, struct duet_error *error);
void duet_readings_done(struct duet_readings *readings);

/* The first reading of a folded word, followed by its others; how many. */
size_t duet_readings_find(const struct duet_readings *readings, struct duet_slice word,
			  const struct duet_reading **first);

#endif
