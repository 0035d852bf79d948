/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BENCH_STALL_H
#define DUET_BENCH_STALL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * When the machine itself stood still: a thread on each processor, ahead of everything else (SCHED_FIFO),
 * does nothing but sleep a little and note when it was woken late. A virtual machine whose processors are
 * taken away for a while shows so here, and no server on it can answer meanwhile. After Tene's jHiccup.
 */
struct stall_watch;

/* NULL: not allowed (needs root or CAP_SYS_NICE), so nothing is known. */
struct stall_watch *stall_begin(void);
void stall_end(struct stall_watch *watch);  /* what was noted stays */
void stall_free(struct stall_watch *watch); /* NULL is fine */

/* Did one of the processors stand still (for 2 ms or more beyond its sleep) at some time between these?
 * Monotonic. */
bool stall_touches(const struct stall_watch *watch, int64_t from_ns, int64_t to_ns);
double stall_share(const struct stall_watch *watch); /* of the time of all processors */
double stall_longest_ms(const struct stall_watch *watch);
int stall_count(const struct stall_watch *watch);

#endif
