/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_QUEUE_H
#define DUET_HUB_QUEUE_H

#include <stdint.h>

#include "duet/slice.h"

struct duet_arena;
struct duet_hub_view;

/*
 * Messages that wait for a device, and what became of them. A message is
 * enqueued; locked while it is being delivered; gone when it is completed,
 * rejected, expired, delivered too often or purged, each of which leaves
 * feedback when its sender asked for it. A lock that runs out makes it enqueued
 * again, which does not count as a delivery that failed by the device's doing
 * until it is delivered the next time.
 */
enum duet_hub_outcome {
	DUET_HUB_SUCCESS,
	DUET_HUB_EXPIRED,
	DUET_HUB_DELIVERY_COUNT_EXCEEDED,
	DUET_HUB_REJECTED,
	DUET_HUB_PURGED,
};

enum { DUET_HUB_ACK_POSITIVE = 1, DUET_HUB_ACK_NEGATIVE = 2 }; /* `ack` is a set of these; 3: full */

struct duet_hub_message {
	int64_t number;         /* rises within a queue: iothub-sequencenumber */
	const char *message_id; /* "" when there is none, as these */
	const char *correlation_id, *user_id, *to;
	const char *content_type, *content_encoding;
	const char *properties; /* the sender's own, as a property bag: k=v&k=v, percent-encoded */
	struct duet_slice body;
	int ack;
	int64_t enqueued_ms, expires_ms;
	int n_deliveries;
	const char *lock_token; /* once locked */
};

struct duet_hub_queue_limits {
	int max_messages;                 /* 50 */
	int max_deliveries;               /* 10 */
	int64_t lock_ms;                  /* 60 s */
	int64_t time_to_live_ms;          /* 1 h, when a message does not say; at most two days */
	int64_t feedback_time_to_live_ms; /* 1 h */
};
extern const struct duet_hub_queue_limits duet_hub_queue_limits_default;

/* Reads: would locking find something now? 1, 0. */
int duet_hub_queue_waiting(struct duet_hub_view *view, const char *target, int64_t now_ms);

/* Inside a change. */

/* Sets number, enqueued_ms and (when 0) expires_ms. -ENOENT; -EDQUOT: the queue is full. */
int duet_hub_queue_add(struct duet_hub_view *view, const char *target, struct duet_hub_message *message,
		       int64_t now_ms, const struct duet_hub_queue_limits *limits);

/* Takes the oldest message that waits: it is locked under a new token and counted as delivered. Expired ones
 * and those delivered too often are ended on the way. 1: there is one; 0: none. */
int duet_hub_queue_lock(struct duet_hub_view *view, const char *target, int64_t now_ms,
			const struct duet_hub_queue_limits *limits, struct duet_arena *arena,
			struct duet_hub_message *message);

/* Ends a locked message (SUCCESS or REJECTED), or makes it wait again. -ENOENT: not locked under `token`. */
int duet_hub_queue_end(struct duet_hub_view *view, const char *target, const char *token,
		       enum duet_hub_outcome outcome, int64_t now_ms);
int duet_hub_queue_abandon(struct duet_hub_view *view, const char *target, const char *token);
/* The connection ended: whatever was locked waits again. */
int duet_hub_queue_unlock_all(struct duet_hub_view *view, const char *target);
int duet_hub_queue_purge(struct duet_hub_view *view, const char *target, int64_t now_ms); /* how many */
/* Ends what has expired in all queues, at most `max`; how many. Called now and then. */
int duet_hub_queue_expire(struct duet_hub_view *view, int64_t now_ms, int max);

#endif
