/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/record/queue.h"

#include <errno.h>
#include <jansson.h>

#include "base/arena.h"
#include "hub/record/feedback.h"
#include "hub/record/statement.h"
#include "hub/value/date.h"
#include "hub/value/fault.h"

enum { HOUR_MS = 3600 * 1000, MAX_TIME_TO_LIVE_MS = 48 * HOUR_MS };

/* Not locked at ?2. No lock is for longer than five minutes: one that is has seen the clock being set back.
 */
#define FREE_AT(now) "m.locked_until NOT BETWEEN " now " + 1 AND " now " + 300000"

const struct duet_hub_queue_limits duet_hub_queue_limits_default = {
	.max_messages = 50,
	.max_deliveries = 10,
	.lock_ms = 60 * 1000,
	.time_to_live_ms = HOUR_MS,
	.feedback_time_to_live_ms = HOUR_MS,
};

/* A message to be ended, as far as its feedback needs it. */
struct ending {
	int64_t row, owner, enqueued_ms;
	int ack;
	const char *message_id, *device, *generation;
};

#define ENDING_COLUMNS "m.row, m.owner, m.enqueued, m.ack, m.message_id, i.device, i.generation"
#define ENDING_FROM    " FROM message m JOIN identity i ON i.number = m.owner "

static int read_ending(sqlite3_stmt *row, struct duet_arena *arena, struct ending *ending)
{
	bool failed = false;

	*ending = (struct ending){
		.row = sqlite3_column_int64(row, 0),
		.owner = sqlite3_column_int64(row, 1),
		.enqueued_ms = sqlite3_column_int64(row, 2),
		.ack = sqlite3_column_int(row, 3),
		.message_id = duet_hub_sql_text(row, 4, arena, &failed),
		.device = duet_hub_sql_text(row, 5, arena, &failed),
		.generation = duet_hub_sql_text(row, 6, arena, &failed),
	};
	return failed ? -ENOMEM : 0;
}

/* Takes the message away and leaves feedback where it was asked for. */
static int end_message(struct duet_hub_view *view, const struct ending *ending, enum duet_hub_outcome outcome,
		       int64_t now_ms)
{
	int wanted = outcome == DUET_HUB_SUCCESS ? DUET_HUB_ACK_POSITIVE : DUET_HUB_ACK_NEGATIVE;
	struct duet_hub_feedback feedback = {
		.message_id = ending->message_id,
		.device = ending->device,
		.generation = ending->generation,
		.outcome = outcome,
		.at_ms = now_ms,
	};
	int64_t n = duet_hub_sql_run(view, "DELETE FROM message WHERE row = ?1", "i", ending->row);

	if (n > 0)
		n = duet_hub_sql_run(view, "UPDATE identity SET n_queued = n_queued - 1 WHERE number = ?1",
				     "i", ending->owner);
	if (n >= 0 && (ending->ack & wanted))
		n = duet_hub_feedback_add(view, &feedback);
	return n < 0 ? (int)n : 0;
}

int duet_hub_queue_waiting(struct duet_hub_view *view, const char *target, int64_t now_ms)
{
	return (int)duet_hub_sql_number(view, 0,
					"SELECT 1 FROM message m JOIN identity i ON i.number = m.owner"
					" WHERE i.target = ?1 AND " FREE_AT("?2") " LIMIT 1",
					"ti", target, now_ms);
}

static int insert(struct duet_hub_view *view, int64_t owner, const struct duet_hub_message *message)
{
	static const char sql[] = "INSERT INTO message(owner, number, message_id, correlation_id, user_id, "
				  "recipient, content_type,"
				  " content_encoding, properties, ack, enqueued, expires, body)"
				  " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
	struct duet_slice body = message->body.ptr ? message->body : duet_slice("");
	int64_t n = duet_hub_sql_run(view, sql, "iitttttttiiib", owner, message->number, message->message_id,
				     message->correlation_id, message->user_id, message->to,
				     message->content_type, message->content_encoding, message->properties,
				     (int64_t)message->ack, message->enqueued_ms, message->expires_ms, body);

	return n < 0 ? (int)n : 0;
}

static void set_times(struct duet_hub_message *message, int64_t now_ms,
		      const struct duet_hub_queue_limits *limits)
{
	message->enqueued_ms = now_ms;
	if (message->expires_ms <= 0)
		message->expires_ms = now_ms + limits->time_to_live_ms;
	if (message->expires_ms > now_ms + MAX_TIME_TO_LIVE_MS)
		message->expires_ms = now_ms + MAX_TIME_TO_LIVE_MS;
}

int duet_hub_queue_add(struct duet_hub_view *view, const char *target, struct duet_hub_message *message,
		       int64_t now_ms, const struct duet_hub_queue_limits *limits)
{
	int64_t owner, n_queued, n;
	int code = 0;
	sqlite3_stmt *row = duet_hub_sql(
		view, &code, "SELECT number, n_queued, next_message FROM identity WHERE target = ?1", "t",
		target);

	if (!row)
		return code;
	code = duet_hub_sql_step(view, row);
	if (code <= 0)
		return code == 0 ? -ENOENT : code;
	owner = sqlite3_column_int64(row, 0);
	n_queued = sqlite3_column_int64(row, 1);
	message->number = sqlite3_column_int64(row, 2);
	duet_hub_sql_end(row);
	if (n_queued >= limits->max_messages)
		return -EDQUOT;
	set_times(message, now_ms, limits);
	code = insert(view, owner, message);
	if (code < 0)
		return code;
	n = duet_hub_sql_run(view,
			     "UPDATE identity SET n_queued = n_queued + 1, next_message = next_message + 1 "
			     "WHERE number = ?1",
			     "i", owner);
	return n < 0 ? (int)n : 0;
}

static int read_message(sqlite3_stmt *row, struct duet_arena *arena, struct duet_hub_message *message)
{
	bool failed = false;

	*message = (struct duet_hub_message){
		.number = sqlite3_column_int64(row, 7),
		.message_id = duet_hub_sql_text(row, 4, arena, &failed),
		.ack = sqlite3_column_int(row, 3),
		.enqueued_ms = sqlite3_column_int64(row, 2),
		.expires_ms = sqlite3_column_int64(row, 8),
		.n_deliveries = sqlite3_column_int(row, 9),
		.correlation_id = duet_hub_sql_text(row, 10, arena, &failed),
		.user_id = duet_hub_sql_text(row, 11, arena, &failed),
		.to = duet_hub_sql_text(row, 12, arena, &failed),
		.content_type = duet_hub_sql_text(row, 13, arena, &failed),
		.content_encoding = duet_hub_sql_text(row, 14, arena, &failed),
		.properties = duet_hub_sql_text(row, 15, arena, &failed),
		.body = duet_hub_sql_slice(row, 16, arena, &failed),
	};
	return failed ? -ENOMEM : 0;
}

/* The oldest one that is not locked. 1, 0. */
static int read_first(struct duet_hub_view *view, const char *target, int64_t now_ms,
		      struct duet_arena *arena, struct ending *ending, struct duet_hub_message *message)
{
	int code = 0;
	sqlite3_stmt *row = duet_hub_sql(
		view, &code,
		"SELECT " ENDING_COLUMNS ", m.number, m.expires, m.n_deliveries, m.correlation_id, m.user_id,"
		" m.recipient, m.content_type, m.content_encoding, m.properties, m.body" ENDING_FROM
		"WHERE i.target = ?1 AND " FREE_AT("?2") " ORDER BY m.number LIMIT 1",
		"ti", target, now_ms);

	if (!row)
		return code;
	code = duet_hub_sql_step(view, row);
	if (code <= 0)
		return code;
	code = read_ending(row, arena, ending);
	if (code == 0)
		code = read_message(row, arena, message);
	duet_hub_sql_end(row);
	return code < 0 ? code : 1;
}

static int lock(struct duet_hub_view *view, int64_t row, int64_t until_ms, struct duet_arena *arena,
		struct duet_hub_message *message)
{
	char *token = duet_arena_alloc(arena, 33);
	int64_t n;

	if (!token)
		return -ENOMEM;
	duet_hub_fault_tracking(token);
	n = duet_hub_sql_run(
		view,
		"UPDATE message SET lock_token = ?2, locked_until = ?3, n_deliveries = n_deliveries + 1"
		" WHERE row = ?1",
		"iti", row, token, until_ms);
	message->lock_token = token;
	message->n_deliveries++;
	return n < 0 ? (int)n : 1;
}

int duet_hub_queue_lock(struct duet_hub_view *view, const char *target, int64_t now_ms,
			const struct duet_hub_queue_limits *limits, struct duet_arena *arena,
			struct duet_hub_message *message)
{
	struct ending ending = {0};
	int code;

	while ((code = read_first(view, target, now_ms, arena, &ending, message)) == 1) {
		if (message->expires_ms <= now_ms)
			code = end_message(view, &ending, DUET_HUB_EXPIRED, now_ms);
		else if (message->n_deliveries >= limits->max_deliveries)
			code = end_message(view, &ending, DUET_HUB_DELIVERY_COUNT_EXCEEDED, now_ms);
		else
			return lock(view, ending.row, now_ms + limits->lock_ms, arena, message);
		if (code < 0)
			return code;
	}
	return code;
}

enum { MAX_END_BYTES = 64 * 1024, MAX_ENDED_AT_ONCE = 64 };

/* Ends what a query finds; how many. */
static int end_all(struct duet_hub_view *view, sqlite3_stmt *row, enum duet_hub_outcome outcome,
		   int64_t now_ms)
{
	struct duet_arena *arena = duet_arena_new(MAX_END_BYTES);
	struct ending endings[MAX_ENDED_AT_ONCE];
	int n = 0, code = arena ? 0 : -ENOMEM, stepped = 0;

	while (code == 0 && n < MAX_ENDED_AT_ONCE && (stepped = duet_hub_sql_step(view, row)) == 1) {
		code = read_ending(row, arena, &endings[n]);
		n += code == 0;
	}
	if (stepped == 1)
		duet_hub_sql_end(row);
	for (int i = 0; i < n && code == 0; i++)
		code = end_message(view, &endings[i], outcome, now_ms);
	duet_arena_free(arena);
	return code < 0 ? code : stepped < 0 ? stepped : n;
}

int duet_hub_queue_end(struct duet_hub_view *view, const char *target, const char *token,
		       enum duet_hub_outcome outcome, int64_t now_ms)
{
	int code = 0;
	sqlite3_stmt *row = duet_hub_sql(view, &code,
					 "SELECT " ENDING_COLUMNS ENDING_FROM
					 "WHERE i.target = ?1 AND m.lock_token = ?2 AND m.locked_until > ?3",
					 "tti", target, token, now_ms);

	if (row)
		code = end_all(view, row, outcome, now_ms);
	return code < 0 ? code : code == 0 ? -ENOENT : 0;
}

int duet_hub_queue_abandon(struct duet_hub_view *view, const char *target, const char *token)
{
	int64_t n = duet_hub_sql_run(
		view,
		"UPDATE message SET lock_token = NULL, locked_until = 0 WHERE lock_token = ?2"
		" AND owner = (SELECT number FROM identity WHERE target = ?1)",
		"tt", target, token);

	return n == 0 ? -ENOENT : n < 0 ? (int)n : 0;
}

int duet_hub_queue_unlock_all(struct duet_hub_view *view, const char *target)
{
	int64_t n = duet_hub_sql_run(
		view,
		"UPDATE message SET lock_token = NULL, locked_until = 0 WHERE lock_token IS NOT"
		" NULL AND owner = (SELECT number FROM identity WHERE target = ?1)",
		"t", target);

	return n < 0 ? (int)n : 0;
}

int duet_hub_queue_purge(struct duet_hub_view *view, const char *target, int64_t now_ms)
{
	int code = 0, n = 0;

	do {
		sqlite3_stmt *row = duet_hub_sql(view, &code,
						 "SELECT " ENDING_COLUMNS ENDING_FROM
						 "WHERE i.target = ?1 ORDER BY m.number",
						 "t", target);

		if (row)
			code = end_all(view, row, DUET_HUB_PURGED, now_ms);
		n += code > 0 ? code : 0;
	} while (code > 0);
	return code < 0 ? code : n;
}

int duet_hub_queue_expire(struct duet_hub_view *view, int64_t now_ms, int max)
{
	int code = 0, n = 0;

	do {
		/* One that is being delivered may still be completed. */
		sqlite3_stmt *row = duet_hub_sql(view, &code,
						 "SELECT " ENDING_COLUMNS ENDING_FROM
						 "WHERE m.expires <= ?1 AND " FREE_AT("?1"),
						 "i", now_ms);

		if (row)
			code = end_all(view, row, DUET_HUB_EXPIRED, now_ms);
		n += code > 0 ? code : 0;
	} while (code > 0 && n < max);
	return code < 0 ? code : n;
}
