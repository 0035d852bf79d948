/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEARNT_TALLY_H
#define DUET_LEARNT_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In how many sentences features were seen: what was seen once teaches nothing that will come again. */
struct duet_tally_entry {
	uint64_t feature; /* 0: free */
	uint32_t n, last;
};

struct duet_tally {
	struct duet_tally_entry *entries;
	size_t n, room; /* a power of two, or 0 */
};

void duet_tally_done(struct duet_tally *tally);

/* Counts a feature once for each sentence; sentences come one after the other. 0 or -ENOMEM. */
int duet_tally_count(struct duet_tally *tally, uint64_t feature, uint32_t sentence);

/* Was it in two sentences or more? */
bool duet_tally_knows(const struct duet_tally *tally, uint64_t feature);

#endif
