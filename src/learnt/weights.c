/* SPDX-License-Identifier: Apache-2.0 */
#include "learnt/weights.h"

#include <errno.h>
#include <math.h>

#include "base/alloc.h"

/* A gradient that is smaller is not worth the walk to its weight. */
static const float negligible = 1e-3f;

int duet_weights_init(struct duet_weights *weights, unsigned bits)
{
	size_t n = (size_t)1 << bits;

	*weights = (struct duet_weights){.mask = n - 1, .steps = 1, .pace = 0.1f, .decay = 1e-6f};
	weights->table = duet_calloc(n + DUET_COLUMNS_MAX, sizeof(*weights->table));
	return weights->table ? 0 : -ENOMEM;
}

void duet_weights_done(struct duet_weights *weights)
{
	duet_free(weights->table);
	*weights = (struct duet_weights){0};
}

static struct duet_weight *row_of(const struct duet_weights *weights, uint64_t feature)
{
	return weights->table + (feature & weights->mask);
}

static bool is_left_out(const struct duet_weights *weights, uint64_t feature)
{
	if (weights->known && !duet_tally_knows(weights->known, feature))
		return true;
	return weights->drop && (duet_hash_mix(feature, weights->drop_seed) & 0xffff) < weights->drop;
}

void duet_weights_add(void *user, uint64_t feature, const struct duet_columns *columns, float *scores)
{
	const struct duet_weights *weights = user;
	const struct duet_weight *row = row_of(weights, feature);

	if (is_left_out(weights, feature))
		return;
	for (size_t i = 0; i < columns->n; i++)
		scores[i] += row[columns->column[i]].value;
}

void duet_weights_learn(void *user, uint64_t feature, const struct duet_columns *columns, float *gradients)
{
	const struct duet_weights *weights = user;
	struct duet_weight *row = row_of(weights, feature);

	if (is_left_out(weights, feature))
		return;
	for (size_t i = 0; i < columns->n; i++) {
		struct duet_weight *weight = &row[columns->column[i]];
		float gradient = gradients[i] + weights->decay * weight->value, change;

		if (fabsf(gradients[i]) < negligible)
			continue;
		weight->squares += gradient * gradient;
		change = weights->pace * gradient / (sqrtf(weight->squares) + 0.01f);
		weight->value -= change;
		weight->drift += change * weights->steps;
	}
}

float duet_weights_average(const struct duet_weights *weights, uint64_t feature, size_t column)
{
	const struct duet_weight *weight = row_of(weights, feature) + column;

	return weight->value + weight->drift / weights->steps;
}
