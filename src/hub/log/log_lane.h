/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_LOG_LANE_H
#define DUET_HUB_LOG_LANE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/log/log.h"
#include "loop/loop.h"

/*
 * A loop's way into the log. The loop fills one buffer while the writer writes
 * the other; `lock` guards what both look at and is held for moments only.
 */
struct duet_hub_buffer {
	unsigned char *bytes;
	size_t len, room;
	uint64_t n_events, n_waiting; /* n_waiting: of them, how many are to be told */
};

/* What became of a batch. */
struct duet_hub_outcome {
	uint64_t n_waiting;
	int code;
};

struct duet_hub_told {
	duet_hub_logged *done;
	void *user;
};

enum { DUET_HUB_LANE_OUTCOMES = 8 };

struct duet_hub_lane {
	struct duet_hub_log *log;
	struct duet_loop *loop;
	void (*ready)(void *user);
	void *user;
	struct duet_letter letter;
	struct duet_hub_lane *next; /* in the log's list, guarded by the log's lock */
	size_t max_bytes;

	pthread_mutex_t lock;
	struct duet_hub_buffer filling; /* the loop appends */
	struct duet_hub_outcome outcomes[DUET_HUB_LANE_OUTCOMES];
	size_t n_outcomes;
	bool posted; /* the loop will look at the outcomes */
	bool full;   /* somebody waits for room */
	bool closed;

	struct duet_hub_buffer writing; /* the writer's */

	struct duet_hub_told *told; /* the loop's: a ring of those who wait, the oldest at `first` */
	size_t first, n_told, room;
};

/* Writer thread. Takes what the loop has filled; false: nothing, or the loop has not yet heard of the last
 * ones. */
bool duet_hub_lane_take(struct duet_hub_lane *lane);
/* What became of what was taken. */
void duet_hub_lane_settle(struct duet_hub_lane *lane, int code);
/* Has the loop look at what became of its batches. */
void duet_hub_lane_tell(struct duet_hub_lane *lane);
/* Closed, empty, and nothing is posted: it may be destroyed. */
bool duet_hub_lane_over(struct duet_hub_lane *lane);
void duet_hub_lane_destroy(struct duet_hub_lane *lane);

/* In log.c: puts a new lane into the list; wakes the writer. */
void duet_hub_log_adopt(struct duet_hub_log *log, struct duet_hub_lane *lane);
void duet_hub_log_wake(struct duet_hub_log *log);
const struct duet_hub_log_setup *duet_hub_log_settings(const struct duet_hub_log *log);

#endif
