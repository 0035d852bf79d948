/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_GRAMMAR_AUTOMATON_H
#define DUET_GRAMMAR_AUTOMATON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Finite automata, as they are while something is compiled. A label is any 32 bit
 * number: a byte, a word, a call of another automaton. State 0 is the start.
 * Never cyclic. An allocation that fails sets `failed` and is reported by
 * duet_automaton_minimise, so that building needs no checks.
 */
struct duet_automaton_arc {
	uint32_t from, label, to;
};

struct duet_automaton_final {
	uint32_t state, out; /* what is accepted here: a template, a value … a state may have several */
};

struct duet_automaton {
	uint32_t n_states;
	struct duet_automaton_arc *arcs;
	size_t n_arcs, arcs_room;
	struct duet_automaton_final *finals;
	size_t n_finals, finals_room;
	bool failed;
};

#define DUET_LABEL_EMPTY UINT32_MAX

void duet_automaton_init(struct duet_automaton *automaton); /* one state, the start */
void duet_automaton_done(struct duet_automaton *automaton);
uint32_t duet_automaton_state(struct duet_automaton *automaton);
void duet_automaton_arc(struct duet_automaton *automaton, uint32_t from, uint32_t label, uint32_t to);
void duet_automaton_final(struct duet_automaton *automaton, uint32_t state, uint32_t out);

/*
 * Removes empty labels, merges what begins alike (subset construction), then what
 * ends alike, and numbers the states so that every arc leads to a higher one. Arcs
 * come out sorted by state and label, finals by state and out. Subsets are the part that can grow without
 * bound: with more than `max_states` of them, or with far larger ones, -E2BIG when `strict`, otherwise the
 * rest stays nondeterministic (and small). 0, -ENOMEM, -E2BIG.
 */
int duet_automaton_minimise(struct duet_automaton *automaton, size_t max_states, bool strict);

#endif
