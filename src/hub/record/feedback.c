/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/record/feedback.h"

#include <errno.h>
#include <jansson.h>

#include "base/arena.h"
#include "hub/record/statement.h"
#include "hub/value/date.h"
#include "hub/value/fault.h"

enum { MAX_RECORDS = 64 };

static const struct {
	const char *description, *status;
} outcomes[] = {
	[DUET_HUB_SUCCESS] = {"Success", "Success"},
	[DUET_HUB_EXPIRED] = {"Message expired", "Expired"},
	[DUET_HUB_DELIVERY_COUNT_EXCEEDED] = {"Delivery count exceeded", "DeliveryCountExceeded"},
	[DUET_HUB_REJECTED] = {"Message rejected", "Rejected"},
	[DUET_HUB_PURGED] = {"Message purged", "Purged"},
};

int duet_hub_feedback_add(struct duet_hub_view *view, const struct duet_hub_feedback *feedback)
{
	char date[DUET_HUB_DATE_BYTES];
	json_free_t release = NULL;
	json_t *record = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s}", "originalMessageId", feedback->message_id, "description",
		outcomes[feedback->outcome].description, "statusCode", outcomes[feedback->outcome].status,
		"deviceId", feedback->device, "deviceGenerationId", feedback->generation, "enqueuedTimeUtc",
		duet_hub_date_format(feedback->at_ms, date));
	char *text = record ? json_dumps(record, JSON_COMPACT) : NULL;
	int64_t n = -ENOMEM;

	if (text)
		n = duet_hub_sql_run(view, "INSERT INTO feedback(created, json) VALUES(?1, ?2)", "it",
				     feedback->at_ms, text);
	json_get_alloc_funcs(NULL, &release);
	release(text);
	json_decref(record);
	return n < 0 ? (int)n : 0;
}

static int read_locked(struct duet_hub_view *view, const char *token, struct duet_arena *arena,
		       struct duet_slice *json)
{
	bool failed = false;
	int code = 0;
	sqlite3_stmt *row = duet_hub_sql(view, &code,
					 "SELECT '[' || group_concat(json, ',') || ']' FROM"
					 " (SELECT json FROM feedback WHERE lock_token = ?1 ORDER BY number)",
					 "t", token);

	if (!row)
		return code;
	code = duet_hub_sql_step(view, row);
	if (code <= 0)
		return code < 0 ? code : -EIO;
	*json = duet_hub_sql_slice(row, 0, arena, &failed);
	duet_hub_sql_end(row);
	return failed ? -ENOMEM : 1;
}

int duet_hub_feedback_lock(struct duet_hub_view *view, int64_t now_ms, int64_t lock_ms,
			   struct duet_arena *arena, struct duet_slice *json, const char **token)
{
	char *made = duet_arena_alloc(arena, 33);
	int64_t n;

	if (!made)
		return -ENOMEM;
	duet_hub_fault_tracking(made);
	n = duet_hub_sql_run(
		view,
		"UPDATE feedback SET lock_token = ?1, locked_until = ?2 WHERE number IN (SELECT number"
		" FROM feedback WHERE locked_until NOT BETWEEN ?3 + 1 AND ?2 ORDER BY number LIMIT ?4)",
		"tiii", made, now_ms + lock_ms, now_ms, (int64_t)MAX_RECORDS);
	if (n <= 0)
		return (int)n;
	*token = made;
	return read_locked(view, made, arena, json);
}

int duet_hub_feedback_complete(struct duet_hub_view *view, const char *token)
{
	int64_t n = duet_hub_sql_run(view, "DELETE FROM feedback WHERE lock_token = ?1", "t", token);

	return n == 0 ? -ENOENT : n < 0 ? (int)n : 0;
}

int duet_hub_feedback_abandon(struct duet_hub_view *view, const char *token)
{
	int64_t n = duet_hub_sql_run(
		view, "UPDATE feedback SET lock_token = NULL, locked_until = 0 WHERE lock_token = ?1", "t",
		token);

	return n == 0 ? -ENOENT : n < 0 ? (int)n : 0;
}

int duet_hub_feedback_expire(struct duet_hub_view *view, int64_t before_ms)
{
	return (int)duet_hub_sql_run(view, "DELETE FROM feedback WHERE created < ?1", "i", before_ms);
}
