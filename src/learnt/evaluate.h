/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEARNT_EVALUATE_H
#define DUET_LEARNT_EVALUATE_H

#include "learnt/model.h"
#include "learnt/query.h"

/* How well a model does on queries that it has not learnt from. */
struct duet_evaluation {
	size_t n;
	double intent_accuracy; /* of all queries */
	double slot_f1; /* micro: a slot is right when its name and both its ends are; with those that are
			   never found */
	double exact;   /* intent and all slots right, of all queries */
	double median_us;
};

/* 0 or -ENOMEM. */
int duet_evaluate(const struct duet_model *model, const struct duet_queries *queries,
		  struct duet_evaluation *evaluation);

#endif
