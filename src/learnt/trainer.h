/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEARNT_TRAINER_H
#define DUET_LEARNT_TRAINER_H

#include "base/arena.h"
#include "learnt/lists.h"
#include "learnt/query.h"
#include "learnt/weights.h"

/* Training from within. Private to train*.c and export.c. */

/* A query, its slots in words. */
struct duet_example {
	struct duet_words words;
	const struct duet_lattice_slot *slots;
	uint32_t n_slots, meaning;
	bool sampled;
};

struct duet_trainer {
	const struct duet_queries *queries;
	struct duet_arena *arena;   /* as long as training */
	struct duet_arena *scratch; /* as long as an example */
	struct duet_example *examples;
	size_t n;
	struct duet_frame *frames;    /* of each meaning */
	uint32_t *longest;            /* words in one of its slots */
	struct duet_columns meanings; /* all */
	struct duet_lists lists;
	struct duet_tally cuts_seen, texts_seen;
	struct duet_weights cuts, texts;
	bool cuts_speak; /* see the model's header */
	uint64_t random;
};

int duet_trainer_init(struct duet_trainer *trainer, const struct duet_queries *queries);
void duet_trainer_done(struct duet_trainer *trainer);

/* One round over all examples; the mean loss goes to *loss. 0 or -ENOMEM. */
int duet_trainer_round(struct duet_trainer *trainer, double *loss);

/* What lists say of an example's spans without the example itself. In the scratch arena. 0 or -ENOMEM. */
int duet_trainer_spans(struct duet_trainer *trainer, const struct duet_example *example,
		       struct duet_spans *spans);

/* Was it in two sentences or more? For duet_features_text. */
bool duet_trainer_known(const void *trainer, uint64_t feature);

/* Writes what was learnt. */
int duet_trainer_export(struct duet_trainer *trainer, size_t max_bytes, const char *path,
			struct duet_error *error);

#endif
