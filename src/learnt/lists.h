/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEARNT_LISTS_H
#define DUET_LEARNT_LISTS_H

#include "learnt/frame.h"

/*
 * Which texts have been seen in which slots (a gazetteer): in training from the
 * queries, at home from the names of devices and rooms. A set of hashes.
 */
struct duet_lists_entry {
	uint64_t text;  /* duet_words_hash; 0: free */
	uint64_t slots; /* seen there */
	uint64_t once;  /* seen there a single time */
};

struct duet_lists {
	struct duet_lists_entry *entries;
	size_t n, room; /* a power of two, or 0 */
};

void duet_lists_done(struct duet_lists *lists);
int duet_lists_add(struct duet_lists *lists, uint64_t text, uint32_t slot);
const struct duet_lists_entry *duet_lists_find(const struct duet_lists *lists, uint64_t text); /* or NULL */

#endif
