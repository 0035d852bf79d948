/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_FEEDBACK_H
#define DUET_HUB_FEEDBACK_H

#include <stdint.h>

#include "hub/record/queue.h"

/* What services are told of messages whose senders asked for it. */
struct duet_hub_feedback {
	const char *message_id, *device, *generation;
	enum duet_hub_outcome outcome;
	int64_t at_ms;
};

/* Inside a change. */
int duet_hub_feedback_add(struct duet_hub_view *view, const struct duet_hub_feedback *feedback);

/* At most 64 records under one lock, as a JSON array of originalMessageId, description, statusCode, deviceId,
 * deviceGenerationId and enqueuedTimeUtc. 1: there are some; 0: none. */
int duet_hub_feedback_lock(struct duet_hub_view *view, int64_t now_ms, int64_t lock_ms,
			   struct duet_arena *arena, struct duet_slice *json, const char **token);
int duet_hub_feedback_complete(struct duet_hub_view *view, const char *token); /* -ENOENT */
int duet_hub_feedback_abandon(struct duet_hub_view *view, const char *token);  /* -ENOENT */
/* What was left before then and nobody fetched; how much. */
int duet_hub_feedback_expire(struct duet_hub_view *view, int64_t before_ms);

#endif
