/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEARNT_LEARNT_H
#define DUET_LEARNT_LEARNT_H

#include "grammar/grammar.h"
#include "learnt/guess.h"

/*
 * A learnt model in a home: the model and the names that this home has for
 * devices, rooms and floors. Filled on the main thread between turns; any thread may ask.
 */
struct duet_learnt {
	struct duet_model model;
	struct duet_lists home;
	struct duet_arena *arena;
	const char *const *names[DUET_SLOTS_MAX]; /* of a slot, NULL-terminated; NULL: none */
};

int duet_learnt_new(struct duet_learnt **learnt, const char *path, struct duet_error *error);
void duet_learnt_free(struct duet_learnt *learnt);

/* What the home's list `slot` holds, beside what was said before; a slot that the model does not have is no
 * matter. 0 or -ENOMEM. */
int duet_learnt_fill(struct duet_learnt *learnt, const char *slot, const struct duet_grammar_value *values,
		     size_t n_values);

/* The home's name that is nearest to `text` in the list of `slot`, in case of a slip; NULL when none is near.
 */
const char *duet_learnt_nearest(const struct duet_learnt *learnt, const char *slot, const char *text);

#endif
