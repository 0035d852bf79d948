/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LOOP_WHEEL_H
#define DUET_LOOP_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#include "loop/loop.h"

/*
 * A timer wheel for the many: keep-alives, expiring tokens, locks, time-outs of
 * requests. Setting and stopping cost the same however many are set, need no
 * memory and cannot fail; they fire up to a tick late and never early. After
 * Varghese and Lauck, "Hashed and hierarchical timing wheels" (scheme 6).
 * Loop thread.
 */
struct duet_wheel;

enum { DUET_WHEEL_TICK_MS = 50 };

/* Lies in whatever it times; all zero but call and user to begin with. */
struct duet_spoke {
	struct duet_spoke *next, **link; /* the wheel's; link NULL: not set */
	int64_t due_ms;
	duet_loop_call *call;
	void *user;
};

struct duet_wheel *duet_wheel_new(struct duet_loop *loop);
void duet_wheel_free(struct duet_wheel *wheel); /* those that are set are forgotten */
void duet_wheel_set(struct duet_wheel *wheel, struct duet_spoke *spoke, int64_t delay_ms);
void duet_wheel_stop(struct duet_wheel *wheel, struct duet_spoke *spoke);
int64_t duet_wheel_now_ms(const struct duet_wheel *wheel); /* monotonic, as of the loop's clock */

#endif
