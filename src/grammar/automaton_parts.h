/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_GRAMMAR_AUTOMATON_PARTS_H
#define DUET_GRAMMAR_AUTOMATON_PARTS_H

#include "grammar/automaton.h"

/* The two halves of minimising, and what they share. Private to automaton*.c, but for the index. */

/* Arcs of state s are arcs[index.arc[s]] … arcs[index.arc[s + 1] - 1], sorted by label; finals the same. */
struct duet_automaton_index {
	uint32_t *arc, *final;
};

int duet_automaton_index(struct duet_automaton_index *index, struct duet_automaton *automaton);
void duet_automaton_index_done(struct duet_automaton_index *index);

/* Subset construction: `from` (sorted in passing) becomes `into`, without empty labels. */
int duet_automaton_determinise(struct duet_automaton *into, struct duet_automaton *from, size_t max_states,
			       bool strict);

/* Merges states with the same future, drops those that lead nowhere. `from` has no empty labels. */
int duet_automaton_merge(struct duet_automaton *into, struct duet_automaton *from);

/* Different sequences of numbers, numbered as they come; for subsets and for signatures. */
struct duet_sequences {
	uint32_t *pool; /* sequence i is pool[start[i]] … pool[start[i + 1] - 1] */
	size_t n_pool, pool_room;
	size_t *start;
	size_t n, start_room; /* n sequences, n + 1 starts */
	uint32_t *table;      /* open addressing, number + 1 */
	size_t table_size;
};

/* The number of `sequence`; *is_new when it was not there before. Negative errno when out of memory. */
int64_t duet_sequences_number(struct duet_sequences *sequences, const uint32_t *sequence, size_t length,
			      bool *is_new);
void duet_sequences_done(struct duet_sequences *sequences);

#endif
