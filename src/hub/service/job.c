/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/service/job.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "hub/record/statement.h"
#include "hub/value/date.h"

enum { KEEP_MS = 30 * 24 * 3600 };

static char *print(const json_t *json)
{
	return json ? json_dumps(json, JSON_COMPACT) : NULL;
}

static void release(char *text)
{
	json_free_t release_text = NULL;

	json_get_alloc_funcs(NULL, &release_text);
	release_text(text);
}

int duet_hub_job_finished(const char *status)
{
	return strcmp(status, "completed") == 0 || strcmp(status, "failed") == 0 ||
	       strcmp(status, "cancelled") == 0;
}

/* How many devices' parts are in which state. */
static json_t *count_parts(struct duet_hub_view *view, const char *job)
{
	static const struct {
		const char *status, *count;
	} counts[] = {{"completed", "succeededCount"},
		      {"failed", "failedCount"},
		      {"running", "runningCount"},
		      {"scheduled", "pendingCount"},
		      {"cancelled", "failedCount"}};
	json_t *statistics = json_pack("{s:i, s:i, s:i, s:i, s:i}", "deviceCount", 0, "failedCount", 0,
				       "succeededCount", 0, "runningCount", 0, "pendingCount", 0);
	int code = 0;
	sqlite3_stmt *row = duet_hub_sql(view, &code,
					 "SELECT json_extract(json, '$.status'), count(*) FROM document"
					 " WHERE kind = ?1 AND owner = ?2 GROUP BY 1",
					 "it", (int64_t)DUET_HUB_DEVICE_JOB, job);
	json_int_t all = 0;

	while (row && duet_hub_sql_step(view, row) == 1) {
		const char *status = (const char *)sqlite3_column_text(row, 0);
		json_int_t n = sqlite3_column_int64(row, 1);

		all += n;
		for (size_t i = 0; status && i < sizeof(counts) / sizeof(counts[0]); i++)
			if (strcmp(status, counts[i].status) == 0)
				json_integer_set(json_object_get(statistics, counts[i].count), n);
	}
	json_integer_set(json_object_get(statistics, "deviceCount"), all);
	return statistics;
}

json_t *duet_hub_job_json(struct duet_hub_view *view, const struct duet_hub_document *document)
{
	json_t *job = json_loadb(document->json.ptr, document->json.len, 0, NULL);

	json_object_del(job, "etag");
	json_object_del(job, "$after");
	json_object_del(job, "$begun");
	if (job && json_object_set_new(job, "deviceJobStatistics", count_parts(view, document->id)) == 0)
		return job;
	json_decref(job);
	return NULL;
}

int duet_hub_job_put(struct duet_hub_view *view, struct duet_arena *arena, struct duet_hub_document *document,
		     json_t *job, const char *status, int64_t due_ms, int64_t now_ms)
{
	char date[DUET_HUB_DATE_BYTES], *text = NULL;
	int code = json_object_set_new(job, "status", json_string(status));

	if (duet_hub_job_finished(status)) {
		code |= json_object_set_new(job, "endTime", json_string(duet_hub_date_format(now_ms, date)));
		due_ms = now_ms + INT64_C(1000) * KEEP_MS;
	}
	if (code == 0)
		text = print(job);
	if (!text)
		return -ENOMEM;
	document->json = duet_slice(text);
	document->due_ms = due_ms;
	code = duet_hub_document_put(view, arena, document, NULL, now_ms);
	release(text);
	return code;
}

/* "device" or "device/module" as members. */
static int set_target(json_t *part, const char *target)
{
	const char *slash = strchr(target, '/');
	int code = json_object_set_new(
		part, "deviceId", json_stringn(target, slash ? (size_t)(slash - target) : strlen(target)));

	if (slash)
		code |= json_object_set_new(part, "moduleId", json_string(slash + 1));
	return code;
}

int duet_hub_device_job_put(struct duet_hub_view *view, struct duet_arena *arena, const json_t *job,
			    const char *target, const char *status, const json_t *outcome,
			    const json_t *error, int64_t now_ms)
{
	const char *id = json_string_value(json_object_get(job, "jobId")), *begun;
	struct duet_hub_document document = {.kind = DUET_HUB_DEVICE_JOB, .owner = id, .id = target}, before;
	bool again = duet_hub_document_get(view, DUET_HUB_DEVICE_JOB, id, target, arena, &before) == 0;
	char now[DUET_HUB_DATE_BYTES], first[DUET_HUB_DATE_BYTES], *text;
	json_t *part;
	int code;

	duet_hub_date_format(now_ms, now);
	begun = duet_hub_date_format(again ? before.created_ms : now_ms, first);
	part = json_pack("{s:s, s:O, s:s, s:s, s:s, s:s}", "jobId", id, "jobType",
			 json_object_get(job, "type"), "status", status, "startTimeUtc", begun,
			 "createdDateTimeUtc", begun, "lastUpdatedDateTimeUtc", now);
	code = part ? set_target(part, target) : -1;
	if (code == 0 && duet_hub_job_finished(status))
		code = json_object_set_new(part, "endTimeUtc", json_string(now));
	if (code == 0 && outcome)
		code = json_object_set_new(part, "outcome", json_deep_copy(outcome));
	if (code == 0 && error)
		code = json_object_set_new(part, "error", json_deep_copy(error));
	text = code == 0 ? print(part) : NULL;
	json_decref(part);
	if (!text)
		return -ENOMEM;
	document.json = duet_slice(text);
	code = duet_hub_document_put(view, arena, &document, NULL, now_ms);
	release(text);
	return code;
}
