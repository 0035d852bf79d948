/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEARNT_GUESS_H
#define DUET_LEARNT_GUESS_H

#include "learnt/lists.h"
#include "learnt/model.h"

/*
 * What a model takes a sentence for. Bounded by words times slots; no allocation
 * beyond the arena. Any thread, one model may serve several.
 */
#define DUET_GUESSES 6

struct duet_guess_slot {
	const char *name;
	uint32_t begin, end; /* bytes of the sentence */
};

struct duet_guess {
	uint32_t meaning;
	double probability; /* of this meaning; those of all guesses add up to at most 1 */
	const struct duet_guess_slot *slots;
	size_t n_slots;
};

struct duet_guesses {
	struct duet_guess items[DUET_GUESSES]; /* the likeliest first */
	size_t n;
};

/* `home`: names that the model has never seen, or NULL. 0 (no guesses for what has no words), -E2BIG,
 * -ENOMEM. */
int duet_guess(const struct duet_model *model, const struct duet_lists *home, struct duet_slice text,
	       struct duet_arena *arena, struct duet_guesses *guesses);

#endif
