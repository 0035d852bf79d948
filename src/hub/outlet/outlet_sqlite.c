/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "hub/outlet/outlet_kind.h"
#include "hub/value/event_json.h"

/* The recent past in a SQLite database of its own: a table `events` that keeps the newest. */

enum { PATH_SIZE = 4096, SQL_SIZE = 4096, MAX_STEPS = 2000000, BUSY_MS = 5000 };

struct options {
	const char *path;
	int keep;
};

struct state {
	const struct options *options;
	sqlite3 *database;
	sqlite3_stmt *insert, *forget;
	int64_t n_rows, last; /* the highest number among them */
};

#define AT(field) offsetof(struct options, field)

static const struct duet_option options[] = {
	{"path", DUET_OPTION_TEXT, AT(path), "telemetry.db", "The file, in the hub's state/routes", NULL, 0,
	 0},
	{"keep", DUET_OPTION_INT, AT(keep), "100000", "How many events are kept: the newest", NULL, 1,
	 100000000},
	{NULL, DUET_OPTION_TEXT, 0, NULL, NULL, NULL, 0, 0},
};

static const char schema[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
			     "CREATE TABLE IF NOT EXISTS events (number INTEGER PRIMARY KEY, time TEXT NOT "
			     "NULL, source TEXT NOT NULL,"
			     " device TEXT NOT NULL, module TEXT, properties TEXT NOT NULL, body TEXT NOT "
			     "NULL, event TEXT NOT NULL);"
			     "CREATE INDEX IF NOT EXISTS events_device ON events (device, number);"
			     "CREATE INDEX IF NOT EXISTS events_time ON events (time);";

static const char forget[] =
	"DELETE FROM events WHERE number IN (SELECT number FROM events ORDER BY number LIMIT ?1)";

static const char insert[] =
	"INSERT OR REPLACE INTO events VALUES (?1, ?2, ?3, ?4, ?5, json_extract(?6, '$.properties'),"
	" json_extract(?6, '$.body'), ?6)";

static int check(const void *given, struct duet_error *error)
{
	const struct options *chosen = given;
	char path[PATH_SIZE];

	if (duet_hub_outlet_path(&(struct duet_hub_outlet_place){"", ""}, chosen->path, path, sizeof(path)) ==
	    0)
		return 0;
	return duet_error_set(error, -EINVAL, "path: a name within the hub's state/routes is expected");
}

static int fail(sqlite3 *database, struct duet_error *error)
{
	int code = sqlite3_errcode(database);

	duet_error_set(error, -EIO, "SQLite: %s", sqlite3_errmsg(database));
	return code == SQLITE_FULL ? -ENOSPC : -EIO;
}

static int count_rows(struct state *state)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(state->database, "SELECT count(*), ifnull(max(number), 0) FROM events",
				      -1, &statement, NULL);

	if (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		state->n_rows = sqlite3_column_int64(statement, 0);
		state->last = sqlite3_column_int64(statement, 1);
	}
	sqlite3_finalize(statement);
	return code == SQLITE_ROW ? SQLITE_OK : code;
}

static int open_database(void *user, const void *given, const struct duet_hub_outlet_place *place,
			 struct duet_error *error)
{
	struct state *state = user;
	char path[PATH_SIZE];

	state->options = given;
	if (duet_hub_outlet_path(place, state->options->path, path, sizeof(path)) < 0)
		return duet_error_set(error, -EINVAL,
				      "path: a name within the hub's state/routes is expected");
	if (sqlite3_open_v2(path, &state->database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
	    SQLITE_OK)
		return fail(state->database, error);
	sqlite3_busy_timeout(state->database, BUSY_MS);
	if (sqlite3_exec(state->database, schema, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(state->database, insert, -1, &state->insert, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(state->database, forget, -1, &state->forget, NULL) != SQLITE_OK)
		return fail(state->database, error);
	return count_rows(state) == SQLITE_OK ? 0 : fail(state->database, error);
}

static int run(sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	sqlite3_reset(statement);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

static void bind_text(sqlite3_stmt *statement, int at, struct duet_slice text)
{
	if (text.len > 0)
		sqlite3_bind_text(statement, at, text.ptr, (int)text.len, SQLITE_STATIC);
	else
		sqlite3_bind_null(statement, at);
}

static int insert_one(struct state *state, const struct duet_hub_parcel *parcel)
{
	sqlite3_stmt *statement = state->insert;
	char time[32];

	duet_hub_event_time(parcel->enqueued_ms, time);
	sqlite3_bind_int64(statement, 1, (sqlite3_int64)parcel->number);
	bind_text(statement, 2, duet_slice(time));
	bind_text(statement, 3, duet_slice(duet_hub_event_source_name(parcel->source)));
	bind_text(statement, 4, parcel->device);
	bind_text(statement, 5, parcel->module);
	bind_text(statement, 6, (struct duet_slice){parcel->json, parcel->json_len});
	return run(statement);
}

/* An event that comes again takes the place of the same one. */
static int insert_all(struct state *state, const struct duet_hub_parcel *parcels, size_t n_parcels)
{
	int code = SQLITE_OK;

	for (size_t i = 0; i < n_parcels && code == SQLITE_OK; i++)
		code = insert_one(state, &parcels[i]);
	if (code != SQLITE_OK)
		return code;
	if ((int64_t)parcels[0].number <= state->last)
		return count_rows(state);
	state->n_rows += (int64_t)n_parcels;
	state->last = (int64_t)parcels[n_parcels - 1].number;
	return SQLITE_OK;
}

static int forget_oldest(struct state *state)
{
	int code;

	if (state->n_rows <= state->options->keep)
		return SQLITE_OK;
	sqlite3_bind_int64(state->forget, 1, state->n_rows - state->options->keep);
	code = run(state->forget);
	if (code == SQLITE_OK)
		state->n_rows = state->options->keep;
	return code;
}

/* When it fails the outlet is opened anew, and counts again. */
static int send_all(void *user, const struct duet_hub_parcel *parcels, size_t n_parcels,
		    struct duet_error *error)
{
	struct state *state = user;
	int code = sqlite3_exec(state->database, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	if (code == SQLITE_OK)
		code = insert_all(state, parcels, n_parcels);
	if (code == SQLITE_OK)
		code = forget_oldest(state);
	if (code == SQLITE_OK)
		code = sqlite3_exec(state->database, "COMMIT", NULL, NULL, NULL);
	if (code == SQLITE_OK)
		return 0;
	code = fail(state->database, error);
	sqlite3_exec(state->database, "ROLLBACK", NULL, NULL, NULL);
	return code;
}

static void close_database(void *user)
{
	struct state *state = user;

	sqlite3_finalize(state->insert);
	sqlite3_finalize(state->forget);
	sqlite3_close(state->database);
}

const struct duet_hub_outlet_kind duet_hub_outlet_sqlite = {
	.name = "sqlite",
	.options = options,
	.options_size = sizeof(struct options),
	.state_size = sizeof(struct state),
	.max_batch = 1000,
	.check = check,
	.open = open_database,
	.send = send_all,
	.close = close_database,
};

/* Only reading, of this table, and not without end. */
static int authorize(void *user, int action, const char *a, const char *b, const char *c, const char *d)
{
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_FUNCTION:
		return SQLITE_OK;
	case SQLITE_READ:
		return a && strcmp(a, "events") == 0 ? SQLITE_OK : SQLITE_DENY;
	default:
		return SQLITE_DENY;
	}
}

static int too_long(void *user)
{
	return 1;
}

static int collect(sqlite3 *database, const char *sql, int max, json_t **rows, struct duet_error *error)
{
	sqlite3_stmt *statement = NULL;
	const char *tail = NULL;
	int code = sqlite3_prepare_v2(database, sql, -1, &statement, &tail);

	if (code != SQLITE_OK || (tail && *tail)) {
		sqlite3_finalize(statement);
		return duet_error_set(error, -EINVAL, "the condition: %s",
				      code == SQLITE_OK ? "one is enough" : sqlite3_errmsg(database));
	}
	sqlite3_bind_int(statement, 1, max);
	*rows = json_array();
	while ((code = sqlite3_step(statement)) == SQLITE_ROW)
		json_array_append_new(*rows,
				      json_loads((const char *)sqlite3_column_text(statement, 0), 0, NULL));
	sqlite3_finalize(statement);
	if (code == SQLITE_DONE)
		return 0;
	json_decref(*rows);
	*rows = NULL;
	return duet_error_set(error, -EINVAL, "the condition: %s",
			      code == SQLITE_INTERRUPT ? "takes too long" : sqlite3_errmsg(database));
}

int duet_hub_outlet_sqlite_query(const void *given, const struct duet_hub_outlet_place *place,
				 const char *where, int max, json_t **rows, struct duet_error *error)
{
	const struct options *chosen = given;
	char path[PATH_SIZE], sql[SQL_SIZE];
	sqlite3 *database = NULL;
	int code = duet_hub_outlet_path(place, chosen->path, path, sizeof(path));

	if (code < 0)
		return duet_error_set(error, code, "path: a name within the hub's state/routes is expected");
	if (snprintf(sql, sizeof(sql), "SELECT event FROM events WHERE (%s) ORDER BY number DESC LIMIT ?1",
		     where) >= (int)sizeof(sql))
		return duet_error_set(error, -EINVAL, "the condition is too long");
	if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) {
		sqlite3_close(database);
		return duet_error_set(error, -ENOENT, "nothing has been kept yet");
	}
	sqlite3_set_authorizer(database, authorize, NULL);
	sqlite3_progress_handler(database, MAX_STEPS, too_long, NULL);
	code = collect(database, sql, max, rows, error);
	sqlite3_close(database);
	return code;
}
