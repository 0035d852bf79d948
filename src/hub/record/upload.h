/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_UPLOAD_H
#define DUET_HUB_UPLOAD_H

#include <stdint.h>

struct duet_arena;
struct duet_hub_view;

/* Uploads that a device has begun: from POST …/files to its notification. */
struct duet_hub_upload {
	const char *correlation_id, *device, *blob; /* blob: device/name */
	const char *token;                          /* by which it may be put */
	int64_t begun_ms, expires_ms;
};

/* 0 or -ENOENT. */
int duet_hub_upload_get(struct duet_hub_view *view, const char *correlation_id, struct duet_arena *arena,
			struct duet_hub_upload *upload);

/* By its token. 0 or -ENOENT. */
int duet_hub_upload_find(struct duet_hub_view *view, const char *token, struct duet_arena *arena,
			 struct duet_hub_upload *upload);

/* Inside a change. Those that have expired are forgotten first; -EUSERS: the device has `most` open. */
int duet_hub_upload_begin(struct duet_hub_view *view, const struct duet_hub_upload *upload, int most,
			  int64_t now_ms);
int duet_hub_upload_end(struct duet_hub_view *view, const char *correlation_id,
			const char *device); /* -ENOENT */

#endif
