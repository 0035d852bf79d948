/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEXICON_CMUDICT_H
#define DUET_LEXICON_CMUDICT_H

#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"
#include "duet/slice.h"

/*
 * A pronouncing dictionary in the CMU format, mapped and not parsed: lines of
 * "word PH ON ES", other pronunciations as "word(2) …". Opening passes over it
 * once and keeps where each word's line begins.
 */
struct duet_cmudict {
	struct duet_slice bytes;
	uint32_t *slots; /* offset of a line + 1, 0: empty; open addressing */
	size_t n_slots;  /* a power of two */
};

/* What stands on a first line that is no entry is an error: -EINVAL. */
int duet_cmudict_open(struct duet_cmudict *dictionary, const char *path, struct duet_error *error);
void duet_cmudict_close(struct duet_cmudict *dictionary);

/* The phones of the word's pronunciation number `variant` (1 is the first), or an empty slice. */
struct duet_slice duet_cmudict_find(const struct duet_cmudict *dictionary, struct duet_slice word,
				    int variant);

#endif
