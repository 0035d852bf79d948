/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEARNT_TRAIN_H
#define DUET_LEARNT_TRAIN_H

#include "learnt/query.h"

/*
 * Learns a model from queries: what a sentence means by a log-linear classifier, its
 * slots by a semi-Markov conditional random field for each set of slots, both together in that slots which
 * fit speak for a meaning; but not when some queries mean nothing, for then a slot that holds any text would
 * speak for all of them. Features are left out at random (dropout), what lists say is counted without the
 * sentence at hand. One thread; the same queries make the same model.
 */
struct duet_train_setting {
	int rounds;       /* over all queries; 0: by how many there are */
	size_t max_bytes; /* of the file; 0: DUET_TRAIN_BYTES */
	/* After each round, `loss` is its mean. */
	void (*progress)(void *user, int round, int rounds, double loss);
	void *user;
};

#define DUET_TRAIN_BYTES ((size_t)7 << 20)

/* Writes the model to `path`. */
int duet_train(const struct duet_queries *queries, const struct duet_train_setting *setting, const char *path,
	       struct duet_error *error);

#endif
