/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEARNT_WEIGHTS_H
#define DUET_LEARNT_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

#include "learnt/frame.h"
#include "learnt/tally.h"

/*
 * Weights while they are learnt: one large table in which the row of a feature
 * begins where its hash says, so that rows may overlap (the hashing trick, Weinberger et al. 2009); each
 * weight has a pace of its own (AdaGrad, Duchi et al. 2011), and what counts in the end is its average over
 * all steps.
 */
struct duet_weight {
	float value;
	float squares; /* of all gradients */
	float drift;   /* sum of changes times the step at which they were made */
};

struct duet_weights {
	const struct duet_tally *known; /* other features have no weights; NULL: all have */
	struct duet_weight *table;
	uint64_t mask;
	float steps;
	float pace, decay;
	uint64_t drop_seed; /* decides which features are left out of this step, as dropout */
	uint32_t drop;      /* of 65536 */
};

int duet_weights_init(struct duet_weights *weights, unsigned bits);
void duet_weights_done(struct duet_weights *weights);

/* Visits for duet_visit_lattice; `user` are the weights. The first adds up, the second takes scores for
 * gradients. */
void duet_weights_add(void *user, uint64_t feature, const struct duet_columns *columns, float *scores);
void duet_weights_learn(void *user, uint64_t feature, const struct duet_columns *columns, float *gradients);

/* The average of a feature's weight in a column. */
float duet_weights_average(const struct duet_weights *weights, uint64_t feature, size_t column);

#endif
