/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_INFER_PLAN_H
#define DUET_INFER_PLAN_H

#include <stddef.h>

/* Where pieces of memory go that are needed for a while each, so that those whose times do not meet share
 * room. */
struct duet_plan_piece {
	size_t n_bytes;
	size_t first, last; /* the steps that it must live through */
	size_t offset;      /* the answer; a multiple of 16 */
};

/* Largest first, each as low as it fits. Returns the bytes that all need; -ENOMEM, and nothing was planned.
 */
long duet_plan(struct duet_plan_piece *pieces, size_t n);

#endif
