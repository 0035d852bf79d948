/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_TWIN_RECORD_H
#define DUET_HUB_TWIN_RECORD_H

#include <jansson.h>
#include <stdint.h>

#include "duet/slice.h"

struct duet_arena;
struct duet_hub_fault;
struct duet_hub_view;

/* Twins on disk; their semantics are twin.h's. */

struct duet_hub_twin_record {
	int64_t number;   /* the identity's */
	const char *etag; /* of tags and desired properties */
	int64_t version;  /* rises with every change of anything */
	int64_t desired_version, reported_version;
	struct duet_slice tags; /* JSON objects, without $metadata and $version */
	struct duet_slice desired, desired_metadata;
	struct duet_slice reported, reported_metadata;
	struct duet_slice configurations; /* which of them apply: {"id":{"status":"Targeted"}} */
};

/* 0 or -ENOENT. */
int duet_hub_twin_get(struct duet_hub_view *view, const char *target, struct duet_arena *arena,
		      struct duet_hub_twin_record *record);

/* What a device gets for twin GET: {"desired":{…,"$version":1},"reported":{…,"$version":1}}, without tags
 * and metadata. In the arena. 0 or -ENOENT. */
int duet_hub_twin_for_device(struct duet_hub_view *view, const char *target, struct duet_arena *arena,
			     struct duet_slice *json);

/* Inside a change. */

/* A merge patch of the reported properties from the device itself. Sets the new $version, or the fault. */
int duet_hub_twin_report(struct duet_hub_view *view, const char *target, const json_t *patch, int64_t now_ms,
			 int64_t *version, struct duet_hub_fault *fault);

/* A change by a service: `tags` and `desired` may be NULL (no change). `replace`: they take the place of what
 * is there; otherwise merge patches. `etag` NULL or "*": any. When desired properties changed, *desired_patch
 * (if not NULL) is what connected devices are to be told, with $version, to be freed by json_decref. */
struct duet_hub_twin_change {
	const json_t *tags, *desired;
	bool replace;
	const char *etag;
	int64_t now_ms;
	json_t *desired_patch;   /* out; NULL: nothing to tell */
	int64_t desired_version; /* out */
};
int duet_hub_twin_change(struct duet_hub_view *view, const char *target, struct duet_hub_twin_change *change,
			 struct duet_hub_fault *fault);

/* Inside a change: a configuration is no more. Twins that had it forget all of theirs, so that those which it
 * overruled are looked at again. */
int duet_hub_twin_unconfigure(struct duet_hub_view *view, const char *configuration);

#endif
