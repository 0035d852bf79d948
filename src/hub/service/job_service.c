/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "base/arena.h"
#include "hub/hub.h"
#include "hub/query/query.h"
#include "hub/service/job.h"
#include "hub/service/method_service.h"
#include "hub/service/query_service.h"
#include "hub/service/service_table.h"
#include "hub/value/date.h"
#include "hub/value/twin.h"

enum { MAX_ID_BYTES = 128, DEFAULT_MAX_S = 3600, SCRATCH_BYTES = 4 * 1024 * 1024, MAX_LISTED = 1000 };

static int missing(struct duet_hub_fault *fault, const char *id)
{
	return duet_hub_fault_set(fault, DUET_HUB_FAULT_JOB_NOT_FOUND, "There is no job '%s'", id);
}

/* What devices are to do must be right before any is asked. */
static int check_work(struct duet_hub_request *request)
{
	const json_t *body = request->body, *twin = json_object_get(body, "updateTwin");
	const json_t *desired = json_object_get(json_object_get(twin, "properties"), "desired");
	const char *type = json_string_value(json_object_get(body, "type"));
	struct duet_hub_method_call call;
	int code = 0;

	if (type && strcmp(type, "scheduleDeviceMethod") == 0)
		return duet_hub_method_read(json_object_get(body, "cloudToDeviceMethod"), request->arena,
					    &call, &request->fault);
	if (!type || strcmp(type, "scheduleUpdateTwin") != 0)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "type must be scheduleUpdateTwin or scheduleDeviceMethod");
	if (!json_is_object(twin))
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_NULL,
					  "updateTwin is missing");
	if (json_is_object(json_object_get(twin, "tags")))
		code = duet_hub_twin_check(json_object_get(twin, "tags"), &request->fault);
	return code == 0 && json_is_object(desired) ? duet_hub_twin_check(desired, &request->fault) : code;
}

static int check_condition(struct duet_hub_request *request)
{
	const char *condition = json_string_value(json_object_get(request->body, "queryCondition"));
	struct duet_hub_query *query;
	struct duet_hub_sql sql;
	int code;

	if (!condition)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_NULL,
					  "queryCondition is missing");
	code = duet_hub_condition_parse(duet_slice(condition), request->arena, &query, &request->fault);
	return code < 0 ? code : duet_hub_query_compile(query, request->arena, &sql, &request->fault);
}

static int read_start(struct duet_hub_request *request, int64_t *start_ms)
{
	const json_t *start = json_object_get(request->body, "startTime");

	*start_ms = request->now_ms;
	if (!start || json_is_null(start))
		return 0;
	if (!json_is_string(start) || duet_hub_date_parse(duet_slice(json_string_value(start)), start_ms) < 0)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "startTime is no date");
	if (*start_ms < request->now_ms)
		*start_ms = request->now_ms;
	return 0;
}

static json_t *make_job(struct duet_hub_request *request, int64_t start_ms)
{
	const json_t *max = json_object_get(request->body, "maxExecutionTimeInSeconds");
	const char *kinds[] = {"cloudToDeviceMethod", "updateTwin"};
	char created[DUET_HUB_DATE_BYTES], start[DUET_HUB_DATE_BYTES];
	json_t *job = json_pack("{s:s, s:O, s:O, s:s, s:s, s:I}", "jobId", request->parameters[0], "type",
				json_object_get(request->body, "type"), "queryCondition",
				json_object_get(request->body, "queryCondition"), "createdTime",
				duet_hub_date_format(request->now_ms, created), "startTime",
				duet_hub_date_format(start_ms, start), "maxExecutionTimeInSeconds",
				json_is_integer(max) ? json_integer_value(max) : (json_int_t)DEFAULT_MAX_S);

	for (int i = 0; i < 2 && job; i++) {
		json_t *work = json_object_get(request->body, kinds[i]);

		if (work && json_object_set(job, kinds[i], work) < 0) {
			json_decref(job);
			return NULL;
		}
	}
	return job;
}

static int read_job(struct duet_hub_view *view, struct duet_hub_request *request,
		    struct duet_hub_document *document)
{
	int code = duet_hub_document_get(view, DUET_HUB_JOB, "", request->parameters[0], request->arena,
					 document);

	return code == -ENOENT ? missing(&request->fault, request->parameters[0]) : code;
}

static int put_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	struct duet_hub_document document = {.kind = DUET_HUB_JOB, .owner = "", .id = request->parameters[0]},
				 there;
	int64_t start_ms = *(const int64_t *)request->own;
	json_t *job;
	int code = duet_hub_document_get(view, DUET_HUB_JOB, "", document.id, request->arena, &there);

	if (code != -ENOENT)
		return code < 0 ? code
				: duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_JOB_EXISTS,
						     "A job with the id '%s' exists already", document.id);
	job = make_job(request, start_ms);
	code = job ? duet_hub_job_put(view, request->arena, &document, job,
				      start_ms > request->now_ms ? "scheduled" : "queued", start_ms,
				      request->now_ms)
		   : -ENOMEM;
	json_decref(job);
	if (code < 0)
		return code;
	code = read_job(view, request, &document);
	request->result = code == 0 ? duet_hub_job_json(view, &document) : NULL;
	return code == 0 && !request->result ? -ENOMEM : code;
}

static void reply_job(struct duet_hub_request *request, int code)
{
	duet_hub_reply_json(request, 200, json_incref(request->result));
}

static int put_job(struct duet_hub_request *request)
{
	int64_t *start_ms = duet_arena_alloc(request->arena, sizeof(*start_ms));
	const char *id = request->parameters[0];
	int code = check_work(request);

	if (!start_ms)
		return -ENOMEM;
	request->own = start_ms;
	if (code == 0 && (!id[0] || strlen(id) > MAX_ID_BYTES))
		code = duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "A job's id has 1 to %d characters", MAX_ID_BYTES);
	if (code == 0)
		code = check_condition(request);
	if (code == 0)
		code = read_start(request, start_ms);
	return code < 0 ? code : duet_hub_request_write(request, put_change, reply_job);
}

static int get_job(struct duet_hub_request *request)
{
	struct duet_hub_document document;
	int code = read_job(request->view, request, &document);

	if (code == 0)
		duet_hub_reply_json(request, 200, duet_hub_job_json(request->view, &document));
	return code;
}

static int cancel_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	struct duet_hub_document document = {0};
	json_t *job;
	const char *status;
	int code = read_job(view, request, &document);

	if (code < 0)
		return code;
	job = json_loadb(document.json.ptr, document.json.len, 0, NULL);
	status = json_string_value(json_object_get(job, "status"));
	if (!job || !status)
		code = -EIO;
	else if (!duet_hub_job_finished(status))
		code = duet_hub_job_put(view, request->arena, &document, job, "cancelled", 0,
					request->now_ms);
	json_decref(job);
	if (code == 0)
		code = read_job(view, request, &document);
	request->result = code == 0 ? duet_hub_job_json(view, &document) : NULL;
	return code == 0 && !request->result ? -ENOMEM : code;
}

static int cancel_job(struct duet_hub_request *request)
{
	return duet_hub_request_write(request, cancel_change, reply_job);
}

struct listing {
	struct duet_hub_request *request;
	const char *type, *status;
	struct duet_hub_page page;
	int64_t after, last;
	bool full;
};

static bool is_wanted(const json_t *job, const char *member, const char *wanted)
{
	const char *value = json_string_value(json_object_get(job, member));

	return !wanted || (value && strcmp(value, wanted) == 0);
}

static int add_to_list(void *user, const struct duet_hub_document *document)
{
	struct listing *listing = user;
	json_t *job, *rows = listing->request->result;

	if (json_array_size(rows) == (size_t)listing->page.max) {
		listing->full = true;
		return -EALREADY;
	}
	job = duet_hub_job_json(listing->request->view, document);
	listing->last = document->number;
	if (!is_wanted(job, "type", listing->type) || !is_wanted(job, "status", listing->status)) {
		json_decref(job);
		return 0;
	}
	return json_array_append_new(rows, job) < 0 ? -ENOMEM : 0;
}

static int list(struct duet_hub_request *request)
{
	struct listing *listing = request->own;
	struct duet_arena *scratch = duet_arena_new(SCRATCH_BYTES);
	int code = -ENOMEM;

	request->result = json_array();
	if (scratch && request->result)
		code = duet_hub_document_each(request->view, DUET_HUB_JOB, "", listing->after, INT32_MAX,
					      scratch, add_to_list, listing);
	duet_arena_free(scratch);
	if (listing->full)
		listing->page.next = duet_arena_printf(request->arena, "%lld", (long long)listing->last);
	return code < 0 && code != -EALREADY ? code : 0;
}

static void listed(struct duet_hub_request *request, int code)
{
	const struct listing *listing = request->own;

	duet_hub_page_reply(request, &listing->page, "JobResponse");
}

static int list_jobs(struct duet_hub_request *request)
{
	struct listing *listing = duet_arena_alloc(request->arena, sizeof(*listing));
	int code = listing ? duet_hub_page_read(request, &listing->page) : -ENOMEM;

	if (code < 0)
		return code;
	listing->request = request;
	listing->type = duet_hub_request_query(request, "jobType");
	listing->status = duet_hub_request_query(request, "jobStatus");
	listing->after = listing->page.token ? strtoll(listing->page.token, NULL, 10) : 0;
	request->own = listing;
	return duet_hub_request_work(request, duet_hub_readers(request->loop->hub), list, listed);
}

enum { SERVICE = DUET_HUB_SERVICE_CONNECT };

/* The service's own import and export go by blobs of a storage account. */
static int no_blobs(struct duet_hub_request *request)
{
	return duet_hub_fault_set(
		&request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
		"Jobs of import and export over blobs are not offered: POST /devices takes up to 100 "
		"devices, and duet-hub device export and import all of them");
}

const struct duet_hub_route duet_hub_job_routes[] = {
	{"POST", "/jobs/create", "job.transfer", DUET_HUB_AUTH_POLICY, DUET_HUB_REGISTRY_WRITE, true, false,
	 no_blobs},
	{"GET", "/jobs/v2/query", "job.list", DUET_HUB_AUTH_POLICY, SERVICE, false, false, list_jobs},
	{"PUT", "/jobs/v2/{id}", "job.put", DUET_HUB_AUTH_POLICY, SERVICE, true, true, put_job},
	{"GET", "/jobs/v2/{id}", "job.get", DUET_HUB_AUTH_POLICY, SERVICE, false, false, get_job},
	{"POST", "/jobs/v2/{id}/cancel", "job.cancel", DUET_HUB_AUTH_POLICY, SERVICE, false, true,
	 cancel_job},
	{0},
};
