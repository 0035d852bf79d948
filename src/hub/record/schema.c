/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/log.h"
#include "hub/record/statement.h"
#include "hub/record/storage.h"

/*
 * What made version n out of version n - 1. A step is never changed once it was
 * released: another one follows.
 */
static const char *const steps[DUET_HUB_SCHEMA_VERSION] = {
	/* Identities and twins are apart, because a twin is large and changes when an identity does not. */
	"CREATE TABLE identity(number INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL UNIQUE,"
	" device TEXT NOT NULL, module TEXT NOT NULL, generation TEXT NOT NULL, etag INTEGER NOT NULL,"
	" enabled INTEGER NOT NULL, status_reason TEXT, status_changed INTEGER NOT NULL,"
	" connected INTEGER NOT NULL DEFAULT 0, connection_changed INTEGER NOT NULL DEFAULT 0,"
	" last_active INTEGER NOT NULL DEFAULT 0, authentication INTEGER NOT NULL, keys BLOB, thumbprint1 "
	"TEXT,"
	" thumbprint2 TEXT, edge INTEGER NOT NULL, scope TEXT, parent_scopes TEXT, managed_by TEXT,"
	" model_id TEXT NOT NULL DEFAULT '', n_queued INTEGER NOT NULL DEFAULT 0,"
	" next_message INTEGER NOT NULL DEFAULT 1);"
	"CREATE INDEX identity_module ON identity(device) WHERE module <> '';"
	"CREATE INDEX identity_device ON identity(enabled, connected) WHERE module = '';"
	"CREATE INDEX identity_connected ON identity(number) WHERE connected;"
	"CREATE TABLE twin(number INTEGER PRIMARY KEY REFERENCES identity ON DELETE CASCADE, etag INTEGER "
	"NOT NULL,"
	" version INTEGER NOT NULL, desired_version INTEGER NOT NULL, reported_version INTEGER NOT NULL,"
	" tags TEXT NOT NULL, desired TEXT NOT NULL, reported TEXT NOT NULL, desired_metadata TEXT NOT NULL,"
	" reported_metadata TEXT NOT NULL, configurations TEXT NOT NULL);"
	"CREATE INDEX twin_configured ON twin(number) WHERE configurations <> '{}';"
	/* Every scalar of every twin by its path, so that conditions on twins use an index. */
	"CREATE TABLE leaf(number INTEGER NOT NULL REFERENCES identity ON DELETE CASCADE, path TEXT NOT NULL,"
	" value NOT NULL, PRIMARY KEY(number, path)) WITHOUT ROWID;"
	"CREATE INDEX leaf_value ON leaf(path, value, number);"
	"CREATE TABLE message(row INTEGER PRIMARY KEY, owner INTEGER NOT NULL REFERENCES identity ON DELETE "
	"CASCADE,"
	" number INTEGER NOT NULL, message_id TEXT NOT NULL, correlation_id TEXT NOT NULL, user_id TEXT NOT "
	"NULL,"
	" recipient TEXT NOT NULL, content_type TEXT NOT NULL, content_encoding TEXT NOT NULL,"
	" properties TEXT NOT NULL, ack INTEGER NOT NULL, enqueued INTEGER NOT NULL, expires INTEGER NOT "
	"NULL,"
	" n_deliveries INTEGER NOT NULL DEFAULT 0, lock_token TEXT, locked_until INTEGER NOT NULL DEFAULT 0,"
	" body BLOB NOT NULL, UNIQUE(owner, number));"
	"CREATE INDEX message_expires ON message(expires);"
	"CREATE TABLE feedback(number INTEGER PRIMARY KEY AUTOINCREMENT, created INTEGER NOT NULL, "
	"lock_token TEXT,"
	" locked_until INTEGER NOT NULL DEFAULT 0, json TEXT NOT NULL);"
	"CREATE INDEX feedback_token ON feedback(lock_token) WHERE lock_token IS NOT NULL;"
	"CREATE TABLE session(number INTEGER PRIMARY KEY REFERENCES identity ON DELETE CASCADE, state BLOB "
	"NOT NULL);"
	"CREATE TABLE document(number INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, owner TEXT "
	"NOT NULL,"
	" id TEXT NOT NULL, etag INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,"
	" due INTEGER NOT NULL, json TEXT NOT NULL, secret BLOB, UNIQUE(kind, owner, id));"
	"CREATE INDEX document_order ON document(kind, owner, number);"
	"CREATE INDEX document_id ON document(kind, id);"
	"CREATE INDEX document_due ON document(kind, due) WHERE due > 0;"
	"CREATE TABLE policy(name TEXT PRIMARY KEY, keys BLOB NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE upload(correlation_id TEXT PRIMARY KEY, device TEXT NOT NULL, blob TEXT NOT NULL, "
	"token TEXT NOT NULL UNIQUE,"
	" begun INTEGER NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX upload_device ON upload(device);",
	/* How often an identity has connected and gone, so that whoever is told in any order knows the last.
	 */
	"ALTER TABLE identity ADD COLUMN connections INTEGER NOT NULL DEFAULT 0;",
};

static int execute(struct duet_hub_view *view, const char *sql)
{
	int result = sqlite3_exec(view->sqlite, sql, NULL, NULL, NULL);

	return result == SQLITE_OK ? 0 : duet_hub_sql_errno(view->sqlite, result);
}

static int take_step(struct duet_hub_view *view, int version)
{
	char number[48];
	int code = execute(view, "BEGIN IMMEDIATE");

	snprintf(number, sizeof(number), "PRAGMA user_version = %d", version + 1);
	if (code == 0)
		code = execute(view, steps[version]);
	if (code == 0)
		code = execute(view, number);
	if (code == 0)
		code = execute(view, "COMMIT");
	if (code < 0)
		execute(view, "ROLLBACK");
	return code;
}

int duet_hub_schema_upgrade(struct duet_hub_view *view)
{
	int64_t version = duet_hub_sql_number(view, 0, "PRAGMA user_version", "");
	int code = 0;

	if (version < 0)
		return (int)version;
	if (version > DUET_HUB_SCHEMA_VERSION)
		return -ENOTSUP;
	if (version != 0 && version != DUET_HUB_SCHEMA_VERSION)
		duet_info("hub", "upgrading the database from version %d to %d", (int)version,
			  DUET_HUB_SCHEMA_VERSION);
	for (int i = (int)version; i < DUET_HUB_SCHEMA_VERSION && code == 0; i++)
		code = take_step(view, i);
	return code;
}
