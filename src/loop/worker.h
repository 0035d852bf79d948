/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LOOP_WORKER_H
#define DUET_LOOP_WORKER_H

#include <stdbool.h>

#include "loop/loop.h"

/*
 * A thread with a bounded mailbox, for work that may block. An inline worker
 * has no thread: each job runs at once, in the poster's call, which makes a
 * whole conversation repeatable in a test.
 */
struct duet_worker;

struct duet_worker *duet_worker_new(const char *name, bool is_inline);
/* Several threads that share a mailbox, so that jobs run beside each other and end in any order; `niceness`
 * above 0 has them give way to other threads. */
struct duet_worker *duet_worker_new_group(const char *name, int n_threads, int niceness);
void duet_worker_free(struct duet_worker *worker); /* finishes what was posted, then joins */

/* Any thread: `call(user)` on the worker, begun in order. -EAGAIN when the mailbox is full. */
int duet_worker_post(struct duet_worker *worker, duet_loop_call *call, void *user);

/* From the worker: is there something else to do (give way), or is it being freed? */
bool duet_worker_waiting(const struct duet_worker *worker);

#endif
