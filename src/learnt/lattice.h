/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEARNT_LATTICE_H
#define DUET_LEARNT_LATTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct duet_arena;

/*
 * All ways to cut a sentence into slots and the words between them, with their
 * scores: a semi-Markov chain (Sarawagi and Cohen 2004). A slot's score is that
 * of its words, where each stands in it, of its span as a whole, and of what came before it: which slot was
 * the last, and whether words lay between. Scores are logarithms.
 */
struct duet_lattice {
	size_t n_words, n_slots, longest; /* a span has at most so many words */
	float *words;  /* [n_words][1 + 3 * n_slots]: no slot; begins s, goes on in s, ends s */
	float *spans;  /* [n_words][longest][n_slots]: begins here and has so many words, less one */
	float *follow; /* [2 * n_slots + 1][1 + n_slots]: in a state comes no slot, slot s */
};

/* State 2s: slot s has just ended; 2s + 1: s was the last and words came since; 2 * n_slots: none yet. */
static inline size_t duet_lattice_columns(const struct duet_lattice *lattice)
{
	return 1 + 3 * lattice->n_slots;
}

static inline float *duet_lattice_word(const struct duet_lattice *lattice, size_t at)
{
	return lattice->words + at * duet_lattice_columns(lattice);
}

/* The scores of a span of `length` words. */
static inline float *duet_lattice_span(const struct duet_lattice *lattice, size_t at, size_t length)
{
	return lattice->spans + (at * lattice->longest + length - 1) * lattice->n_slots;
}

static inline float *duet_lattice_follow(const struct duet_lattice *lattice, size_t state)
{
	return lattice->follow + state * (1 + lattice->n_slots);
}

/* Makes room, all scores 0. 0 or -ENOMEM. */
int duet_lattice_init(struct duet_lattice *lattice, size_t n_words, size_t n_slots, size_t longest,
		      struct duet_arena *arena);

/* Adds what the words of each span say to the span: once, when all scores are in and before what follows. */
void duet_lattice_close(struct duet_lattice *lattice);

struct duet_lattice_slot {
	uint32_t begin, end; /* words */
	uint32_t slot;
};

/* The best way: at most n_words slots; how many, or -ENOMEM. */
int duet_lattice_best(const struct duet_lattice *lattice, struct duet_arena *arena,
		      struct duet_lattice_slot *slots);

/* The logarithm of the sum over all ways, relative to the one without slots' words. 0 or -ENOMEM. */
int duet_lattice_total(const struct duet_lattice *lattice, struct duet_arena *arena, double *total);

/* Replaces all scores by their expectations: how often each one counts, over all ways in proportion to their
 * probability. 0 or -ENOMEM. */
int duet_lattice_expect(struct duet_lattice *lattice, struct duet_arena *arena, double *total);

/* The state after slot `last` (n_slots: none yet), `apart`: words came since. */
static inline size_t duet_lattice_state(const struct duet_lattice *lattice, size_t last, bool apart)
{
	return 2 * last + (apart && last < lattice->n_slots);
}

#endif
