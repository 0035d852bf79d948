/* SPDX-License-Identifier: Apache-2.0 */
#include "store/database.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"

enum {
	VERSION = 1,
	BUSY_TIMEOUT_MS = 5000,
	MAX_PATH_BYTES = 4096,
	MAX_SUFFIX_BYTES = 32,
	MAX_SET_ASIDE = 100
};

static const char schema[] =
	"BEGIN IMMEDIATE;"
	"CREATE TABLE IF NOT EXISTS record(space TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,"
	" PRIMARY KEY(space, key)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS journal(name TEXT NOT NULL, number INTEGER NOT NULL,"
	" origin INTEGER NOT NULL, ticket INTEGER NOT NULL, entry BLOB NOT NULL,"
	" PRIMARY KEY(name, number)) WITHOUT ROWID;"
	"PRAGMA user_version = 1;"
	"COMMIT";

enum statement { PUT, DELETE, APPEND, FORGET, TRIM, GET, EACH, JOURNAL, N_STATEMENTS };

static const char *const statements[N_STATEMENTS] = {
	[PUT] = "INSERT INTO record VALUES(?1, ?2, ?3)"
		" ON CONFLICT(space, key) DO UPDATE SET value = excluded.value",
	[DELETE] = "DELETE FROM record WHERE space = ?1 AND key = ?2",
	[APPEND] = "INSERT INTO journal SELECT ?1, coalesce(max(number), 0) + 1, ?4, ?5, ?3"
		   " FROM journal WHERE name = ?1",
	[FORGET] = "DELETE FROM journal WHERE name = ?1 AND number = ?4",
	[TRIM] = "DELETE FROM journal WHERE name = ?1 AND number <="
		 " (SELECT max(number) FROM journal WHERE name = ?1) - ?2",
	[GET] = "SELECT key, 0, 0, 0, value FROM record WHERE space = ?1 AND key = ?2",
	[EACH] = "SELECT key, 0, 0, 0, value FROM record WHERE space = ?1 ORDER BY key",
	[JOURNAL] = "SELECT name, number, origin, ticket, entry FROM journal WHERE name = ?1 ORDER BY number",
};

struct duet_database {
	sqlite3 *sqlite;
	sqlite3_stmt *statements[N_STATEMENTS];
};

/* What the operating system said, if it was asked, otherwise what SQLite's code comes closest to. */
static int errno_of(sqlite3 *sqlite, int result)
{
	static const struct {
		int result, code;
	} codes[] = {
		{SQLITE_NOMEM, -ENOMEM},    {SQLITE_FULL, -ENOSPC},     {SQLITE_READONLY, -EROFS},
		{SQLITE_PERM, -EACCES},     {SQLITE_AUTH, -EACCES},     {SQLITE_BUSY, -EBUSY},
		{SQLITE_LOCKED, -EBUSY},    {SQLITE_CORRUPT, -EBADMSG}, {SQLITE_NOTADB, -EBADMSG},
		{SQLITE_TOOBIG, -EMSGSIZE},
	};
	int system_errno = sqlite ? sqlite3_system_errno(sqlite) : 0;

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].result == (result & 0xff))
			return codes[i].code;
	return system_errno ? -system_errno : -EIO;
}

static int run(struct duet_database *database, const char *sql)
{
	int result = sqlite3_exec(database->sqlite, sql, NULL, NULL, NULL);

	return result == SQLITE_OK ? 0 : errno_of(database->sqlite, result);
}

/* The first column of the first row of a pragma. */
static int ask(struct duet_database *database, const char *sql, int *number, bool *says_ok)
{
	sqlite3_stmt *statement;
	int result = sqlite3_prepare_v2(database->sqlite, sql, -1, &statement, NULL);
	const char *text;

	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	if (result == SQLITE_ROW) {
		*number = sqlite3_column_int(statement, 0);
		text = (const char *)sqlite3_column_text(statement, 0);
		*says_ok = text && strcmp(text, "ok") == 0;
	}
	sqlite3_finalize(statement);
	return result == SQLITE_ROW ? 0 : errno_of(database->sqlite, result);
}

static int check(struct duet_database *database, int *version)
{
	bool ok = false;
	int number = 0, code = ask(database, "PRAGMA quick_check(1)", &number, &ok);

	if (code == 0 && !ok)
		code = -EBADMSG;
	if (code == 0)
		code = ask(database, "PRAGMA user_version", version, &ok);
	if (code == 0 && *version > VERSION)
		code = -ENOTSUP;
	return code;
}

static int prepare(struct duet_database *database)
{
	for (int i = 0; i < N_STATEMENTS; i++) {
		int result = sqlite3_prepare_v3(database->sqlite, statements[i], -1,
						SQLITE_PREPARE_PERSISTENT, &database->statements[i], NULL);

		if (result != SQLITE_OK)
			return errno_of(database->sqlite, result);
	}
	return 0;
}

static int connect_to(struct duet_database *database, const char *path, int flags)
{
	int result = sqlite3_open_v2(path, &database->sqlite, flags | SQLITE_OPEN_NOMUTEX, NULL);

	if (result != SQLITE_OK)
		return errno_of(database->sqlite, result);
	sqlite3_busy_timeout(database->sqlite, BUSY_TIMEOUT_MS);
	return 0;
}

static int begin_writing(struct duet_database *database, const char *path)
{
	int version = 0;
	int code = connect_to(database, path ? path : ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);

	if (code == 0)
		code = check(database, &version);
	/* FULL: a commit is on the disk, not in its cache. Small, so that the log does not eat the card. */
	if (code == 0)
		code = run(database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
				     " PRAGMA journal_size_limit = 1048576");
	if (code == 0 && version < VERSION)
		code = run(database, schema);
	/* A file that cannot be written opens all the same and only tells when something is written. */
	if (code == 0)
		code = run(database, "BEGIN IMMEDIATE; ROLLBACK");
	return code == 0 ? prepare(database) : code;
}

static bool has_log(const char *path)
{
	char log[MAX_PATH_BYTES];
	struct stat info;

	snprintf(log, sizeof(log), "%s-wal", path);
	return stat(log, &info) == 0 && info.st_size > 0;
}

static int connect_reader(struct duet_database *database, const char *path, int flags)
{
	int version = 0, code = connect_to(database, path, SQLITE_OPEN_READONLY | flags);
	bool ok;

	return code == 0 ? ask(database, "PRAGMA user_version", &version, &ok) : code;
}

/* On a file system that became read-only the log cannot be opened as usual, but when there is none all is in
 * the file itself. */
static int begin_reading(struct duet_database *database, const char *path)
{
	int code = connect_reader(database, path, 0);
	char uri[MAX_PATH_BYTES];

	if (code < 0 && code != -EBADMSG && !has_log(path)) {
		sqlite3_close(database->sqlite);
		snprintf(uri, sizeof(uri), "file:%s?immutable=1", path);
		code = connect_reader(database, uri, SQLITE_OPEN_URI);
	}
	return code == 0 ? prepare(database) : code;
}

/* Under the first name that is free, so that nothing is ever thrown away. */
static int set_aside(const char *path)
{
	static const char *const suffixes[] = {"", "-wal", "-shm"};
	char from[MAX_PATH_BYTES], to[MAX_PATH_BYTES];
	int n = 1;

	do {
		snprintf(to, sizeof(to), "%s.damaged-%d", path, n);
	} while (access(to, F_OK) == 0 && ++n < MAX_SET_ASIDE);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(from, sizeof(from), "%s%s", path, suffixes[i]);
		snprintf(to, sizeof(to), "%s.damaged-%d%s", path, n, suffixes[i]);
		if (rename(from, to) < 0 && errno != ENOENT)
			return -errno;
	}
	duet_warn("store", "%s is damaged; it was set aside as %s.damaged-%d and a new one begun", path, path,
		  n);
	return 0;
}

static int try_open(struct duet_database **database, const char *path, bool read_only)
{
	int code;

	*database = duet_calloc(1, sizeof(**database));
	if (!*database)
		return -ENOMEM;
	code = read_only ? begin_reading(*database, path) : begin_writing(*database, path);
	if (code < 0) {
		duet_database_close(*database);
		*database = NULL;
	}
	return code;
}

static int fail(struct duet_error *error, const char *path, int code)
{
	duet_error_set(error, code, "cannot keep state here: %s",
		       code == -ENOTSUP ? "a newer version of Duet wrote this file" : strerrordesc_np(-code));
	duet_error_at(error, path, 0, 0);
	if (code == -ENOTSUP)
		duet_error_hint(error, "use that version, or name another state folder");
	else if (code != -ENOMEM)
		duet_error_hint(error, "make sure that the folder exists, can be written and has room");
	return code;
}

int duet_database_open(struct duet_database **database, const char *path, bool read_only,
		       struct duet_error *error)
{
	int code;

	*database = NULL;
	if (path && strlen(path) + MAX_SUFFIX_BYTES > MAX_PATH_BYTES)
		return fail(error, path, -ENAMETOOLONG);
	code = try_open(database, path, read_only);
	if (code == -EBADMSG && !read_only) {
		code = set_aside(path);
		if (code == 0)
			code = try_open(database, path, false);
	}
	return code < 0 ? fail(error, path, code) : 0;
}

void duet_database_close(struct duet_database *database)
{
	if (!database)
		return;
	for (int i = 0; i < N_STATEMENTS; i++)
		sqlite3_finalize(database->statements[i]);
	sqlite3_close(database->sqlite);
	duet_free(database);
}

static int step(struct duet_database *database, sqlite3_stmt *statement)
{
	int result = sqlite3_step(statement);

	sqlite3_reset(statement);
	return result == SQLITE_DONE ? 0 : errno_of(database->sqlite, result);
}

static void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
	sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

static int trim(struct duet_database *database, const struct duet_write *write)
{
	sqlite3_stmt *statement = database->statements[TRIM];

	bind_text(statement, 1, write->space);
	sqlite3_bind_int(statement, 2, write->keep);
	return step(database, statement);
}

static int apply(struct duet_database *database, const struct duet_write *write, int64_t origin)
{
	static const enum statement by_kind[] = {[DUET_WRITE_PUT] = PUT,
						 [DUET_WRITE_DELETE] = DELETE,
						 [DUET_WRITE_APPEND] = APPEND,
						 [DUET_WRITE_FORGET] = FORGET};
	sqlite3_stmt *statement = database->statements[by_kind[write->kind]];
	int code;

	bind_text(statement, 1, write->space);
	if (!duet_write_is_journal(write->kind))
		bind_text(statement, 2, write->key);
	if (write->kind == DUET_WRITE_FORGET)
		sqlite3_bind_int64(statement, 4, write->number);
	if (write->kind == DUET_WRITE_PUT || write->kind == DUET_WRITE_APPEND)
		sqlite3_bind_blob64(statement, 3, write->value.ptr, write->value.len, SQLITE_STATIC);
	if (write->kind == DUET_WRITE_APPEND) {
		sqlite3_bind_int64(statement, 4, origin);
		sqlite3_bind_int64(statement, 5, (sqlite3_int64)write->ticket);
	}
	code = step(database, statement);
	return code == 0 && write->kind == DUET_WRITE_APPEND ? trim(database, write) : code;
}

int duet_database_commit(struct duet_database *database, const struct duet_writes *writes, int64_t origin)
{
	int code = run(database, "BEGIN IMMEDIATE");

	for (const struct duet_write *write = writes->first; write && code == 0; write = write->next)
		code = apply(database, write, origin);
	if (code == 0)
		code = run(database, "COMMIT");
	if (code < 0)
		run(database, "ROLLBACK");
	return code;
}

static int query(struct duet_database *database, sqlite3_stmt *statement, duet_row_call *call, void *user)
{
	int result, code = 0;

	while (code == 0 && (result = sqlite3_step(statement)) != SQLITE_DONE) {
		struct duet_row row;

		if (result != SQLITE_ROW) {
			code = errno_of(database->sqlite, result);
			break;
		}
		row.key = (const char *)sqlite3_column_text(statement, 0);
		row.number = sqlite3_column_int64(statement, 1);
		row.origin = sqlite3_column_int64(statement, 2);
		row.ticket = (uint64_t)sqlite3_column_int64(statement, 3);
		row.value.ptr = sqlite3_column_blob(statement, 4);
		row.value.len = (size_t)sqlite3_column_bytes(statement, 4);
		code = row.key && (row.value.ptr || row.value.len == 0) ? call(user, &row) : -ENOMEM;
	}
	sqlite3_reset(statement);
	return code;
}

int duet_database_get(struct duet_database *database, const char *space, const char *key, duet_row_call *call,
		      void *user)
{
	sqlite3_stmt *statement = database->statements[GET];

	bind_text(statement, 1, space);
	bind_text(statement, 2, key);
	return query(database, statement, call, user);
}

int duet_database_each(struct duet_database *database, const char *space, duet_row_call *call, void *user)
{
	bind_text(database->statements[EACH], 1, space);
	return query(database, database->statements[EACH], call, user);
}

int duet_database_journal(struct duet_database *database, const char *name, duet_row_call *call, void *user)
{
	bind_text(database->statements[JOURNAL], 1, name);
	return query(database, database->statements[JOURNAL], call, user);
}
