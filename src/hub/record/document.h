/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_DOCUMENT_H
#define DUET_HUB_DOCUMENT_H

#include <stdint.h>

#include "duet/slice.h"

struct duet_arena;
struct duet_hub_view;

/*
 * Objects with a name that are kept whole as JSON: enrolments and their groups,
 * registrations, jobs and what became of them for each device, configurations.
 * What is read lies in the caller's arena.
 */
enum duet_hub_document_kind {
	DUET_HUB_ENROLLMENT,
	DUET_HUB_ENROLLMENT_GROUP,
	DUET_HUB_REGISTRATION, /* owner: the group, "" for an individual enrolment */
	DUET_HUB_JOB,
	DUET_HUB_DEVICE_JOB, /* owner: the job; id: the device, or device/module */
	DUET_HUB_CONFIGURATION,
	DUET_HUB_SETTING,
};

struct duet_hub_document {
	enum duet_hub_document_kind kind;
	const char *id;
	const char *owner; /* "" when it belongs to nothing */
	int64_t number;    /* of the row, rising */
	const char *etag;  /* changes with every put */
	int64_t created_ms, updated_ms;
	int64_t due_ms;           /* when it wants to be looked at (jobs); 0: never */
	struct duet_slice json;   /* an object; once it is put it has its etag as a member */
	struct duet_slice secret; /* what is encrypted at rest; empty: nothing */
};

/* 0 or -ENOENT. */
int duet_hub_document_get(struct duet_hub_view *view, enum duet_hub_document_kind kind, const char *owner,
			  const char *id, struct duet_arena *arena, struct duet_hub_document *document);

/* Whoever owns it; the newest. */
int duet_hub_document_find(struct duet_hub_view *view, enum duet_hub_document_kind kind, const char *id,
			   struct duet_arena *arena, struct duet_hub_document *document);

typedef int duet_hub_document_call(void *user, const struct duet_hub_document *document);

/* In the order in which they were added; of `owner` only when it is not NULL; from after `after_number`. */
int duet_hub_document_each(struct duet_hub_view *view, enum duet_hub_document_kind kind, const char *owner,
			   int64_t after_number, int max, struct duet_arena *arena,
			   duet_hub_document_call *call, void *user);
/* Those that are due at `now_ms`, the longest due first. */
int duet_hub_document_due(struct duet_hub_view *view, enum duet_hub_document_kind kind, int64_t now_ms,
			  int max, struct duet_arena *arena, duet_hub_document_call *call, void *user);
int64_t duet_hub_document_count(struct duet_hub_view *view, enum duet_hub_document_kind kind,
				const char *owner);

/* Inside a change. `etag`: NULL or "*": whatever is there; "": it must not be there (-EEXIST); otherwise it
 * must match (-ESTALE), and be there (-ENOENT). */
int duet_hub_document_put(struct duet_hub_view *view, struct duet_arena *arena,
			  struct duet_hub_document *document, const char *etag, int64_t now_ms);
int duet_hub_document_remove(struct duet_hub_view *view, enum duet_hub_document_kind kind, const char *owner,
			     const char *id, const char *etag);
/* All of `owner`. */
int duet_hub_document_remove_all(struct duet_hub_view *view, enum duet_hub_document_kind kind,
				 const char *owner);

#endif
