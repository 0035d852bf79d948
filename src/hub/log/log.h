/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_LOG_H
#define DUET_HUB_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "duet/error.h"
#include "hub/value/event.h"

struct duet_loop;

/*
 * The telemetry log: what devices sent, in the order in which it became durable,
 * in segment files that are only ever appended to. A thread of its own writes:
 * each loop has a lane into which it puts events without meeting another loop,
 * and one fdatasync makes the events of all lanes durable. An event is
 * acknowledged after that, never before (unless the configuration says so).
 *
 * Events have numbers, rising from 1 without a gap. The log is bounded by size
 * and age; whole segments go, the oldest first. Ages do not follow a clock that
 * is set meanwhile. What is read keeps its place in
 * cursors (log_reader.h), so that a reader that was down goes on where it was.
 *
 * After a crash the last segment is cut where the first damaged event begins:
 * what was acknowledged is before it.
 */
struct duet_hub_log;
struct duet_hub_lane;

struct duet_hub_log_setup {
	const char *dir; /* made when missing */
	bool in_memory;  /* acknowledge before it is on disk */
	int64_t segment_bytes, retention_bytes;
	int64_t retention_ms;
	int64_t lane_bytes; /* what one lane may have waiting for the disk */
};

int duet_hub_log_new(struct duet_hub_log **log, const struct duet_hub_log_setup *setup,
		     struct duet_error *error);
/* Writes what is in the lanes, then ends the thread. Lanes and readers are freed before. NULL is fine. */
void duet_hub_log_free(struct duet_hub_log *log);

/* On the lane's loop. `code` 0: durable; else a negative errno (-ENOSPC …): it is not, and never will be. */
typedef void duet_hub_logged(void *user, int code);

/* A loop's way into the log; made, used and freed on that loop's thread. `ready(user)` is called there when
 * events are taken again after -EAGAIN; it may be NULL. What is pending when it is freed is still written but
 * nobody is told. */
int duet_hub_lane_new(struct duet_hub_lane **lane, struct duet_hub_log *log, struct duet_loop *loop,
		      void (*ready)(void *user), void *user);
void duet_hub_lane_free(struct duet_hub_lane *lane);

/* Copies the event. 0: `done` will be called, in the order of appending; 1: acknowledged already, `done` will
 * not be called (in_memory, or `done` is NULL); -EAGAIN: too much waits for the disk, stop reading;
 * -EMSGSIZE; -ENOMEM. */
int duet_hub_log_append(struct duet_hub_lane *lane, const struct duet_hub_event *event, duet_hub_logged *done,
			void *user);

/* Numbers of the oldest event that is kept and of the one that comes next. Any thread. */
struct duet_hub_log_range {
	uint64_t first, next;
};
struct duet_hub_log_range duet_hub_log_range(struct duet_hub_log *log);

/* Counters since the start; any thread. */
struct duet_hub_log_load {
	uint64_t n_events, n_bytes, n_commits, commit_ns, n_failed;
	uint64_t kept_bytes;
	bool failing; /* the last write did not succeed */
};
void duet_hub_log_measure(struct duet_hub_log *log, struct duet_hub_log_load *load);

/*
 * Reading. A reader belongs to one thread; any number of them read at once.
 */
struct duet_hub_reader;

enum { DUET_HUB_FROM_FIRST = 0 };
#define DUET_HUB_FROM_NEXT UINT64_MAX /* only what comes from now on */

/* `name`: of a durable cursor, or NULL for none. It goes on where the cursor is; one that is new begins at
 * `from`. */
int duet_hub_reader_new(struct duet_hub_reader **reader, struct duet_hub_log *log, const char *name,
			uint64_t from, struct duet_error *error);
void duet_hub_reader_free(struct duet_hub_reader *reader);

/* 1: `event` and its number, valid until the next call; 0: there is none yet; -EBADMSG: a damaged one was
 * skipped with the rest of its segment. Events that were thrown away before they were read are counted. */
int duet_hub_reader_next(struct duet_hub_reader *reader, struct duet_hub_event *event, uint64_t *number);

/* Waits until there is something to read: 1; 0: time is up, or the log ends, or duet_hub_reader_wake was
 * called. */
int duet_hub_reader_wait(struct duet_hub_reader *reader, int timeout_ms);
/* Waits for that long, or until it is woken. */
void duet_hub_reader_pause(struct duet_hub_reader *reader, int ms);
void duet_hub_reader_wake(struct duet_hub_reader *reader); /* any thread */

uint64_t duet_hub_reader_place(
	const struct duet_hub_reader *reader); /* the number of the event that is next */
uint64_t duet_hub_reader_missed(const struct duet_hub_reader *reader); /* how many were thrown away unread */

/* Goes back (or on) to that event. */
void duet_hub_reader_seek(struct duet_hub_reader *reader, uint64_t number);

/* All before `number` is dealt with: durable when it returns 0. Blocks. */
int duet_hub_reader_commit(struct duet_hub_reader *reader, uint64_t number);

/* Forgets a cursor by its name. */
int duet_hub_reader_forget(struct duet_hub_log *log, const char *name);

#endif
