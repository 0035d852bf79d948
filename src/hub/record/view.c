/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdarg.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "hub/key/secret.h"
#include "hub/record/statement.h"

enum { BUSY_TIMEOUT_MS = 10000 };

/* What the operating system said, if it was asked, otherwise what SQLite's code comes closest to. */
int duet_hub_sql_errno(sqlite3 *sqlite, int result)
{
	static const struct {
		int result, code;
	} codes[] = {
		{SQLITE_NOMEM, -ENOMEM},        {SQLITE_FULL, -ENOSPC},       {SQLITE_READONLY, -EROFS},
		{SQLITE_PERM, -EPERM},          {SQLITE_BUSY, -EAGAIN},       {SQLITE_LOCKED, -EAGAIN},
		{SQLITE_CORRUPT, -EBADMSG},     {SQLITE_NOTADB, -EBADMSG},    {SQLITE_TOOBIG, -EMSGSIZE},
		{SQLITE_INTERRUPT, -ECANCELED}, {SQLITE_CONSTRAINT, -EEXIST},
	};
	int system_errno = sqlite ? sqlite3_system_errno(sqlite) : 0;

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].result == (result & 0xff))
			return codes[i].code;
	return system_errno == ENOSPC || system_errno == ENOMEM ? -system_errno : -EIO;
}

int duet_hub_view_connect(struct duet_hub_view *view, const char *path, bool writes)
{
	int flags = writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
	int result = sqlite3_open_v2(path, &view->sqlite, flags | SQLITE_OPEN_NOMUTEX, NULL);
	const char *setup =
		writes ? "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
			 "PRAGMA journal_size_limit = 67108864;"
		       : "PRAGMA query_only = ON;";

	view->writes = writes;
	if (result == SQLITE_OK) {
		sqlite3_busy_timeout(view->sqlite, BUSY_TIMEOUT_MS);
		result = sqlite3_exec(view->sqlite, setup, NULL, NULL, NULL);
	}
	if (result != SQLITE_OK)
		return duet_hub_sql_errno(view->sqlite, result);
	if (duet_hub_view_add_functions(view) < 0)
		return -ENOMEM;
	return writes ? duet_hub_schema_upgrade(view) : 0;
}

void duet_hub_view_disconnect(struct duet_hub_view *view)
{
	for (size_t i = 0; i < view->n_statements; i++)
		sqlite3_finalize(view->statements[i].statement);
	view->n_statements = 0;
	sqlite3_close(view->sqlite);
	view->sqlite = NULL;
}

static sqlite3_stmt *prepare(struct duet_hub_view *view, int *code, const char *sql)
{
	sqlite3_stmt *statement;
	int result;

	for (size_t i = 0; i < view->n_statements; i++)
		if (view->statements[i].sql == sql)
			return view->statements[i].statement;
	if (view->n_statements == DUET_HUB_MAX_STATEMENTS) {
		*code = -ENOMEM;
		return NULL;
	}
	result = sqlite3_prepare_v3(view->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
	if (result != SQLITE_OK) {
		*code = duet_hub_sql_errno(view->sqlite, result);
		return NULL;
	}
	view->statements[view->n_statements].sql = sql;
	view->statements[view->n_statements++].statement = statement;
	return statement;
}

static int bind_slice(sqlite3_stmt *statement, int at, struct duet_slice bytes, bool is_text)
{
	if (!bytes.ptr)
		return sqlite3_bind_null(statement, at);
	if (is_text)
		return sqlite3_bind_text(statement, at, bytes.ptr, (int)bytes.len, SQLITE_STATIC);
	return sqlite3_bind_blob(statement, at, bytes.ptr, (int)bytes.len, SQLITE_STATIC);
}

static sqlite3_stmt *bind(struct duet_hub_view *view, int *code, const char *sql, const char *types,
			  va_list args)
{
	sqlite3_stmt *statement = prepare(view, code, sql);
	int result = SQLITE_OK;

	for (int at = 1; statement && types[at - 1] && result == SQLITE_OK; at++) {
		switch (types[at - 1]) {
		case 'i':
			result = sqlite3_bind_int64(statement, at, va_arg(args, int64_t));
			break;
		case 't':
			result = bind_slice(statement, at, duet_slice(va_arg(args, const char *)), true);
			break;
		default:
			result = bind_slice(statement, at, va_arg(args, struct duet_slice),
					    types[at - 1] == 's');
		}
	}
	if (result == SQLITE_OK)
		return statement;
	*code = duet_hub_sql_errno(view->sqlite, result);
	return NULL;
}

sqlite3_stmt *duet_hub_sql(struct duet_hub_view *view, int *code, const char *sql, const char *types, ...)
{
	sqlite3_stmt *statement;
	va_list args;

	va_start(args, types);
	statement = bind(view, code, sql, types, args);
	va_end(args);
	return statement;
}

void duet_hub_sql_end(sqlite3_stmt *statement)
{
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
}

int duet_hub_sql_step(struct duet_hub_view *view, sqlite3_stmt *statement)
{
	int result = sqlite3_step(statement), code = 0;

	if (result == SQLITE_ROW)
		return 1;
	if (result != SQLITE_DONE)
		code = duet_hub_sql_errno(view->sqlite, result);
	duet_hub_sql_end(statement);
	return code;
}

int64_t duet_hub_sql_run(struct duet_hub_view *view, const char *sql, const char *types, ...)
{
	sqlite3_stmt *statement;
	va_list args;
	int code = 0;

	va_start(args, types);
	statement = bind(view, &code, sql, types, args);
	va_end(args);
	if (!statement)
		return code;
	code = duet_hub_sql_step(view, statement);
	return code < 0 ? code : sqlite3_changes(view->sqlite);
}

int64_t duet_hub_sql_number(struct duet_hub_view *view, int64_t otherwise, const char *sql, const char *types,
			    ...)
{
	sqlite3_stmt *statement;
	int64_t number = otherwise;
	va_list args;
	int code = 0;

	va_start(args, types);
	statement = bind(view, &code, sql, types, args);
	va_end(args);
	if (!statement)
		return code;
	code = duet_hub_sql_step(view, statement);
	if (code == 1) {
		number = sqlite3_column_int64(statement, 0);
		duet_hub_sql_end(statement);
	}
	return code < 0 ? code : number;
}

struct duet_slice duet_hub_sql_slice(sqlite3_stmt *statement, int column, struct duet_arena *arena,
				     bool *failed)
{
	struct duet_slice none = {NULL, 0}, bytes;

	if (sqlite3_column_type(statement, column) == SQLITE_NULL)
		return none;
	bytes.ptr = sqlite3_column_blob(statement, column);
	bytes.len = (size_t)sqlite3_column_bytes(statement, column);
	/* An empty blob has no address. */
	bytes.ptr = duet_arena_copy(arena, bytes.ptr ? bytes : duet_slice(""));
	if (!bytes.ptr)
		*failed = true;
	return bytes.ptr ? bytes : none;
}

const char *duet_hub_sql_text(sqlite3_stmt *statement, int column, struct duet_arena *arena, bool *failed)
{
	return duet_hub_sql_slice(statement, column, arena, failed).ptr;
}

void duet_hub_etag_format(int64_t number, char etag[DUET_HUB_ETAG_BYTES])
{
	unsigned char bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char)((uint64_t)number >> (56 - 8 * i));
	EVP_EncodeBlock((unsigned char *)etag, bytes, sizeof(bytes));
}

int64_t duet_hub_etag_random(void)
{
	uint64_t number = 0;

	RAND_bytes((unsigned char *)&number, sizeof(number));
	return (int64_t)(number >> 1 | 1);
}

int duet_hub_view_seal(struct duet_hub_view *view, struct duet_arena *arena, const char *context,
		       struct duet_slice plain, struct duet_slice *sealed)
{
	unsigned char *bytes;
	int code;

	*sealed = (struct duet_slice){NULL, 0};
	if (plain.len == 0)
		return 0;
	bytes = duet_arena_alloc(arena, plain.len + DUET_HUB_SECRET_OVERHEAD);
	if (!bytes)
		return -ENOMEM;
	code = duet_hub_secret_seal(view->secret, context, plain, bytes);
	if (code == 0)
		*sealed = (struct duet_slice){(const char *)bytes, plain.len + DUET_HUB_SECRET_OVERHEAD};
	return code;
}

int duet_hub_view_unseal(struct duet_hub_view *view, struct duet_arena *arena, const char *context,
			 struct duet_slice sealed, struct duet_slice *plain)
{
	char *text;
	long len;

	*plain = duet_slice("");
	if (sealed.len == 0)
		return 0;
	text = duet_arena_alloc(arena, sealed.len + 1);
	if (!text)
		return -ENOMEM;
	len = duet_hub_secret_unseal(view->secret, context, sealed, text);
	if (len < 0)
		return (int)len;
	text[len] = '\0';
	*plain = (struct duet_slice){text, (size_t)len};
	return 0;
}
