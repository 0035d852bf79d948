/* SPDX-License-Identifier: Apache-2.0 */
#include "infer/plan.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"

enum { ALIGNMENT = 16 };

static int larger_first(const void *a, const void *b)
{
	const struct duet_plan_piece *one = *(struct duet_plan_piece *const *)a;
	const struct duet_plan_piece *other = *(struct duet_plan_piece *const *)b;

	if (one->n_bytes != other->n_bytes)
		return one->n_bytes > other->n_bytes ? -1 : 1;
	return one < other ? -1 : one > other;
}

static size_t end_of(const struct duet_plan_piece *piece)
{
	return (piece->offset + piece->n_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static bool meet(const struct duet_plan_piece *a, const struct duet_plan_piece *b)
{
	return a->first <= b->last && b->first <= a->last && a->offset < end_of(b) && b->offset < end_of(a);
}

/* The lowest place can only be 0 or right behind another piece: moves behind whatever is in the way until
 * nothing is. */
static void settle(struct duet_plan_piece *piece, struct duet_plan_piece *const *settled, size_t n)
{
	piece->offset = 0;
	for (size_t i = 0; i < n;) {
		if (meet(piece, settled[i])) {
			piece->offset = end_of(settled[i]);
			i = 0;
		} else {
			i++;
		}
	}
}

long duet_plan(struct duet_plan_piece *pieces, size_t n)
{
	struct duet_plan_piece **order = duet_calloc(n + 1, sizeof(*order));
	size_t n_bytes = 0;

	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		order[i] = &pieces[i];
	qsort(order, n, sizeof(*order), larger_first);
	for (size_t i = 0; i < n; i++) {
		settle(order[i], order, i);
		if (end_of(order[i]) > n_bytes)
			n_bytes = end_of(order[i]);
	}
	duet_free(order);
	return (long)n_bytes;
}
