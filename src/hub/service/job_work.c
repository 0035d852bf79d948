/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "hub/hub.h"
#include "hub/query/query.h"
#include "hub/record/statement.h"
#include "hub/record/storage.h"
#include "hub/record/twin_record.h"
#include "hub/service/job.h"
#include "hub/service/method_service.h"
#include "hub/service/twin_service.h"

/*
 * A step of a job: so many devices, one change. Several jobs are stepped at a
 * time, the one that waited longest first. While a step is under way its job is
 * not due, for as long as no step can take.
 */
enum { DEVICES_A_STEP = 50, MAX_STEPS = 4, ARENA_BYTES = 32 * 1024 * 1024, LEASE_MS = 15 * 60 * 1000 };

struct part {
	struct step *step;
	const char *target;
	struct duet_hub_twin_told told;
	json_t *outcome, *error;
};

struct step {
	struct duet_hub_loop *loop;
	struct duet_arena *arena;
	struct duet_hub_document document;
	json_t *job;
	int64_t now_ms;
	struct part parts[DEVICES_A_STEP];
	int n_parts, n_waiting; /* methods that are not answered yet */
	bool calls, found;
};

static void step_free(struct step *step)
{
	for (int i = 0; i < step->n_parts; i++) {
		json_decref(step->parts[i].told.patch);
		json_decref(step->parts[i].outcome);
		json_decref(step->parts[i].error);
	}
	json_decref(step->job);
	duet_arena_free(step->arena);
	step->loop->n_job_steps--;
	duet_free(step);
}

static int64_t wall_ms(struct duet_hub_loop *loop)
{
	const struct duet_clock *clock = duet_hub_clock(loop->hub);

	return clock->wall_ns(clock) / 1000000;
}

static const char *text_of(const json_t *json, const char *name)
{
	const char *text = json_string_value(json_object_get(json, name));

	return text ? text : "";
}

static json_t *error_json(const struct duet_hub_fault *fault)
{
	return json_pack("{s:s, s:s}", "code", duet_hub_fault_name(fault), "description", fault->what);
}

static int keep_job(void *user, const struct duet_hub_document *document)
{
	struct step *step = user;

	step->document = *document;
	step->document.id = duet_arena_copy(step->arena, duet_slice(document->id));
	step->document.owner = "";
	step->job = json_loadb(document->json.ptr, document->json.len, 0, NULL);
	step->found = true;
	return step->document.id && step->job ? 0 : -ENOMEM;
}

static int keep_target(void *user, const char *target)
{
	struct step *step = user;
	struct part *part = &step->parts[step->n_parts];

	*part = (struct part){.step = step, .target = duet_arena_copy(step->arena, duet_slice(target))};
	step->n_parts += part->target != NULL;
	return part->target ? 0 : -ENOMEM;
}

/* The next devices for which the condition holds. */
static int find_targets(struct duet_hub_view *view, struct step *step, struct duet_hub_fault *fault)
{
	int64_t after = json_integer_value(json_object_get(step->job, "$after"));
	struct duet_hub_query *query;
	int code = duet_hub_condition_parse(duet_slice(text_of(step->job, "queryCondition")), step->arena,
					    &query, fault);

	if (code == 0)
		code = duet_hub_query_targets(view, query, step->arena, &after, DEVICES_A_STEP, keep_target,
					      step, fault);
	if (code >= 0 && json_object_set_new(step->job, "$after", json_integer(after)) < 0)
		code = -ENOMEM;
	return code;
}

static int change_twin(struct duet_hub_view *view, void *user)
{
	struct part *part = user;
	const json_t *update = json_object_get(part->step->job, "updateTwin");
	struct duet_hub_twin_change change = {
		.tags = json_object_get(update, "tags"),
		.desired = json_object_get(json_object_get(update, "properties"), "desired"),
		.etag = json_string_value(json_object_get(update, "etag")),
		.now_ms = part->step->now_ms,
	};
	struct duet_hub_fault fault = {0};
	int code;

	if (!json_is_object(change.tags))
		change.tags = NULL;
	if (!json_is_object(change.desired))
		change.desired = NULL;
	code = duet_hub_twin_change(view, part->target, &change, &fault);
	if (code < 0)
		part->error = error_json(&fault);
	else
		part->told = (struct duet_hub_twin_told){
			.target = part->target,
			.patch = change.desired_patch,
			.version = change.desired_version,
			.tags = change.tags,
		};
	return code;
}

static int change_part(struct duet_hub_view *view, struct part *part)
{
	struct step *step = part->step;
	const char *status = "running";

	if (!step->calls)
		status = duet_hub_view_try(view, change_twin, part) < 0 ? "failed" : "completed";
	return duet_hub_device_job_put(view, step->arena, step->job, part->target, status, NULL, part->error,
				       step->now_ms);
}

static int fail_job(struct duet_hub_view *view, struct step *step, const char *why)
{
	if (json_object_set_new(step->job, "failureReason", json_string(why)) < 0)
		return -ENOMEM;
	return duet_hub_job_put(view, step->arena, &step->document, step->job, "failed", 0, step->now_ms);
}

/* Since it began, which may be long after it was to: the hub may have been down. */
static bool is_late(const struct step *step)
{
	json_int_t seconds = json_integer_value(json_object_get(step->job, "maxExecutionTimeInSeconds"));
	json_int_t begun_ms = json_integer_value(json_object_get(step->job, "$begun"));

	if (begun_ms == 0)
		json_object_set_new(step->job, "$begun", json_integer(step->now_ms));
	return begun_ms > 0 && seconds > 0 && step->now_ms > begun_ms + seconds * 1000;
}

static int take_devices(struct duet_hub_view *view, struct step *step)
{
	struct duet_hub_fault fault = {0};
	int code = find_targets(view, step, &fault);

	if (code < 0 && fault.kind == DUET_HUB_FAULT_QUERY)
		return fail_job(view, step, fault.what);
	if (code == 0)
		return duet_hub_job_put(view, step->arena, &step->document, step->job, "completed", 0,
					step->now_ms);
	step->calls = strcmp(text_of(step->job, "type"), "scheduleDeviceMethod") == 0;
	for (int i = 0; i < step->n_parts && code >= 0; i++)
		code = change_part(view, &step->parts[i]);
	if (code >= 0)
		code = duet_hub_job_put(view, step->arena, &step->document, step->job, "running",
					step->now_ms + (step->calls ? LEASE_MS : 0), step->now_ms);
	return code;
}

static int forget(struct duet_hub_view *view, const struct step *step)
{
	int code = duet_hub_document_remove_all(view, DUET_HUB_DEVICE_JOB, step->document.id);

	return code < 0 ? code : duet_hub_document_remove(view, DUET_HUB_JOB, "", step->document.id, NULL);
}

static int step_change(struct duet_hub_view *view, void *user)
{
	struct step *step = user;
	struct duet_arena *scratch = duet_arena_new(ARENA_BYTES);
	int code =
		scratch ? duet_hub_document_due(view, DUET_HUB_JOB, step->now_ms, 1, scratch, keep_job, step)
			: -ENOMEM;

	duet_arena_free(scratch);
	if (code < 0 || !step->found)
		return code;
	if (duet_hub_job_finished(text_of(step->job, "status")))
		return forget(view, step);
	return is_late(step) ? fail_job(view, step, "The job ran out of time") : take_devices(view, step);
}

/* What the devices answered, and the job is due again. It may have been cancelled meanwhile. */
static int results_change(struct duet_hub_view *view, void *user)
{
	struct step *step = user;
	struct duet_hub_document now;
	json_t *job;
	int code = 0;

	for (int i = 0; i < step->n_parts && code >= 0; i++) {
		struct part *part = &step->parts[i];

		code = duet_hub_device_job_put(view, step->arena, step->job, part->target,
					       part->error ? "failed" : "completed", part->outcome,
					       part->error, wall_ms(step->loop));
	}
	if (code >= 0)
		code = duet_hub_document_get(view, DUET_HUB_JOB, "", step->document.id, step->arena, &now);
	if (code < 0)
		return code == -ENOENT ? 0 : code;
	job = json_loadb(now.json.ptr, now.json.len, 0, NULL);
	if (job && !duet_hub_job_finished(text_of(job, "status")))
		code = duet_hub_job_put(view, step->arena, &now, job, "running", wall_ms(step->loop),
					wall_ms(step->loop));
	json_decref(job);
	return code;
}

static void next_step(struct duet_hub_loop *loop);

static void results_written(void *user, int code)
{
	struct step *step = user;
	struct duet_hub_loop *loop = step->loop;

	if (code < 0)
		duet_error_log("hub", "the results of job %s were not written: %s", step->document.id,
			       strerror(-code));
	step_free(step);
	next_step(loop);
}

static void part_answered(struct step *step)
{
	if (--step->n_waiting > 0)
		return;
	if (duet_hub_storage_write(duet_hub_storage(step->loop->hub), step->loop->loop, results_change,
				   results_written, step) < 0)
		results_written(step, -EAGAIN);
}

static void answered(void *user, int code, int status, struct duet_slice payload)
{
	struct part *part = user;
	struct duet_hub_fault fault = {0};

	if (code < 0) {
		duet_hub_method_fault(code, &fault);
		duet_hub_fault_of(&fault, code);
		part->error = error_json(&fault);
	} else {
		part->outcome =
			json_pack("{s:o}", "deviceMethodResponse", duet_hub_method_result(status, payload));
	}
	part_answered(part->step);
}

static void call_methods(struct step *step)
{
	struct duet_hub_method_call call = {0};
	struct duet_hub_fault fault = {0};
	int read = duet_hub_method_read(json_object_get(step->job, "cloudToDeviceMethod"), step->arena, &call,
					&fault);

	step->n_waiting = step->n_parts + 1;
	for (int i = 0; i < step->n_parts; i++) {
		int code = read;

		call.target = step->parts[i].target;
		if (code == 0)
			code = duet_hub_call_method(step->loop, &call, answered, &step->parts[i]);
		if (code < 0)
			answered(&step->parts[i], code, 0, duet_slice(""));
	}
	part_answered(step);
}

static void step_done(void *user, int code)
{
	struct step *step = user;
	struct duet_hub_loop *loop = step->loop;
	bool found = step->found;

	if (code < 0)
		duet_error_log("hub", "a step of a job failed: %s", strerror(-code));
	if (code >= 0 && step->calls && step->n_parts > 0) {
		call_methods(step);
	} else {
		for (int i = 0; i < step->n_parts && code >= 0; i++)
			duet_hub_twin_tell(loop, &step->parts[i].told);
		step_free(step);
	}
	if (code >= 0 && found)
		next_step(loop);
}

static void next_step(struct duet_hub_loop *loop)
{
	struct step *step;

	if (loop->n_job_steps >= MAX_STEPS || duet_hub_draining(loop->hub))
		return;
	step = duet_calloc(1, sizeof(*step));
	if (!step)
		return;
	loop->n_job_steps++;
	step->loop = loop;
	step->now_ms = wall_ms(loop);
	step->arena = duet_arena_new(ARENA_BYTES);
	if (!step->arena ||
	    duet_hub_storage_write(duet_hub_storage(loop->hub), loop->loop, step_change, step_done, step) < 0)
		step_free(step);
}

static int make_due(struct duet_hub_view *view, void *user)
{
	static const char jobs[] = "UPDATE document SET due = 1 WHERE kind = ?1 AND due > 0"
				   " AND json_extract(json, '$.status') = 'running'";
	int64_t n = duet_hub_sql_run(view, jobs, "i", (int64_t)DUET_HUB_JOB);

	return n < 0 ? (int)n : 0;
}

/* What ran when the hub ended is due; a device that was being asked then has not answered. */
static int resume_change(struct duet_hub_view *view, void *user)
{
	static const char parts[] =
		"UPDATE document SET json = json_set(json, '$.status', 'failed', '$.error', json(?2))"
		" WHERE kind = ?1 AND json_extract(json, '$.status') = 'running'";
	int64_t n = duet_hub_sql_run(
		view, parts, "it", (int64_t)DUET_HUB_DEVICE_JOB,
		"{\"code\":\"ServerError\",\"description\":\"The hub was stopped meanwhile\"}");

	return n < 0 ? (int)n : make_due(view, user);
}

void duet_hub_job_clock_set(struct duet_hub_loop *loop)
{
	duet_hub_storage_write(duet_hub_storage(loop->hub), loop->loop, make_due, NULL, NULL);
}

void duet_hub_job_work(struct duet_hub_loop *loop)
{
	if (!loop->jobs_resumed)
		loop->jobs_resumed = duet_hub_storage_write(duet_hub_storage(loop->hub), loop->loop,
							    resume_change, NULL, NULL) == 0;
	else if (loop->n_job_steps == 0)
		next_step(loop);
}
