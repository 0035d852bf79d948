/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_JOB_H
#define DUET_HUB_JOB_H

#include <jansson.h>
#include <stdint.h>

#include "hub/record/document.h"

struct duet_arena;
struct duet_hub_loop;
struct duet_hub_view;

/*
 * Jobs: a change of twins or a method for all devices that a condition names,
 * now or later. A job is a document that says when it wants to be looked at;
 * each device's part in it is another. Both survive a restart: what was not
 * finished then is taken up again.
 *
 *   queued ─┐
 *   scheduled ──► running ──► completed | failed
 *        └───────────┴──────► cancelled
 */

/* What services are shown: with deviceJobStatistics. NULL: no memory. */
json_t *duet_hub_job_json(struct duet_hub_view *view, const struct duet_hub_document *document);

/* On the first loop, now and then (a second or so): begins what is due and goes on with what runs. */
void duet_hub_job_work(struct duet_hub_loop *loop);

/* The wall clock was set back: what runs does not wait until it is again as late as it was. */
void duet_hub_job_clock_set(struct duet_hub_loop *loop);

/* Is it over? */
int duet_hub_job_finished(const char *status);

/* Inside a change: writes the job with another status (and end time when that ends it). */
int duet_hub_job_put(struct duet_hub_view *view, struct duet_arena *arena, struct duet_hub_document *document,
		     json_t *job, const char *status, int64_t due_ms, int64_t now_ms);

/* Inside a change: one device's part: queued, running, completed, failed, scheduled or cancelled. `outcome`
 * (a method's answer) and `error` may be NULL. */
int duet_hub_device_job_put(struct duet_hub_view *view, struct duet_arena *arena, const json_t *job,
			    const char *target, const char *status, const json_t *outcome,
			    const json_t *error, int64_t now_ms);

#endif
