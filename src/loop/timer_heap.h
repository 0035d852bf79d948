/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LOOP_TIMER_HEAP_H
#define DUET_LOOP_TIMER_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop/loop.h"

/*
 * The loop's timers, the one that is due first on top. Room is made when a
 * timer is made, so that setting one can never fail.
 */
struct duet_timer_heap {
	struct duet_timer **timers;
	size_t n_set, n_made, room;
	uint64_t n_settings; /* among those due at the same time the one set first goes first */
};

void duet_timer_heap_done(struct duet_timer_heap *heap);
bool duet_timer_heap_next_due(const struct duet_timer_heap *heap, int64_t *due_ns); /* false: none is set */
/* Takes out the first one that is due; NULL: none is. */
struct duet_timer *duet_timer_heap_take_due(struct duet_timer_heap *heap, int64_t now_ns);

struct duet_timer *duet_timer_heap_add(struct duet_timer_heap *heap, const struct duet_clock *clock,
				       duet_loop_call *call, void *user);
void duet_timer_call(const struct duet_timer *timer); /* may free the timer */

#endif
