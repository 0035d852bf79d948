/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "hub/record/document.h"
#include "hub/record/policy.h"
#include "hub/record/queue.h"
#include "hub/record/session_record.h"
#include "hub/record/storage_fixture.h"
#include "hub/record/twin_record.h"
#include "hub/record/upload.h"

/* Databases of older versions are brought up to today's. */

/* What the first version made, as it was then. It must never change. */
static const char first_version[] =
	"CREATE TABLE identity(number INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL UNIQUE,"
	" device TEXT NOT NULL, module TEXT NOT NULL, generation TEXT NOT NULL, etag INTEGER NOT NULL,"
	" enabled INTEGER NOT NULL, status_reason TEXT, status_changed INTEGER NOT NULL,"
	" connected INTEGER NOT NULL DEFAULT 0, connection_changed INTEGER NOT NULL DEFAULT 0,"
	" last_active INTEGER NOT NULL DEFAULT 0, authentication INTEGER NOT NULL, keys BLOB,"
	" thumbprint1 TEXT, thumbprint2 TEXT, edge INTEGER NOT NULL, scope TEXT, parent_scopes TEXT,"
	" managed_by TEXT, model_id TEXT NOT NULL DEFAULT '', n_queued INTEGER NOT NULL DEFAULT 0,"
	" next_message INTEGER NOT NULL DEFAULT 1);"
	"CREATE INDEX identity_module ON identity(device) WHERE module <> '';"
	"CREATE INDEX identity_device ON identity(enabled, connected) WHERE module = '';"
	"CREATE INDEX identity_connected ON identity(number) WHERE connected;"
	"CREATE TABLE twin(number INTEGER PRIMARY KEY REFERENCES identity ON DELETE CASCADE,"
	" etag INTEGER NOT NULL, version INTEGER NOT NULL, desired_version INTEGER NOT NULL,"
	" reported_version INTEGER NOT NULL, tags TEXT NOT NULL, desired TEXT NOT NULL,"
	" reported TEXT NOT NULL, desired_metadata TEXT NOT NULL, reported_metadata TEXT NOT NULL,"
	" configurations TEXT NOT NULL);"
	"CREATE INDEX twin_configured ON twin(number) WHERE configurations <> '{}';"
	"CREATE TABLE leaf(number INTEGER NOT NULL REFERENCES identity ON DELETE CASCADE,"
	" path TEXT NOT NULL, value NOT NULL, PRIMARY KEY(number, path)) WITHOUT ROWID;"
	"CREATE INDEX leaf_value ON leaf(path, value, number);"
	"CREATE TABLE message(row INTEGER PRIMARY KEY,"
	" owner INTEGER NOT NULL REFERENCES identity ON DELETE CASCADE, number INTEGER NOT NULL,"
	" message_id TEXT NOT NULL, correlation_id TEXT NOT NULL, user_id TEXT NOT NULL,"
	" recipient TEXT NOT NULL, content_type TEXT NOT NULL, content_encoding TEXT NOT NULL,"
	" properties TEXT NOT NULL, ack INTEGER NOT NULL, enqueued INTEGER NOT NULL,"
	" expires INTEGER NOT NULL, n_deliveries INTEGER NOT NULL DEFAULT 0, lock_token TEXT,"
	" locked_until INTEGER NOT NULL DEFAULT 0, body BLOB NOT NULL, UNIQUE(owner, number));"
	"CREATE INDEX message_expires ON message(expires);"
	"CREATE TABLE feedback(number INTEGER PRIMARY KEY AUTOINCREMENT, created INTEGER NOT NULL,"
	" lock_token TEXT, locked_until INTEGER NOT NULL DEFAULT 0, json TEXT NOT NULL);"
	"CREATE INDEX feedback_token ON feedback(lock_token) WHERE lock_token IS NOT NULL;"
	"CREATE TABLE session(number INTEGER PRIMARY KEY REFERENCES identity ON DELETE CASCADE,"
	" state BLOB NOT NULL);"
	"CREATE TABLE document(number INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL,"
	" owner TEXT NOT NULL, id TEXT NOT NULL, etag INTEGER NOT NULL, created INTEGER NOT NULL,"
	" updated INTEGER NOT NULL, due INTEGER NOT NULL, json TEXT NOT NULL, secret BLOB,"
	" UNIQUE(kind, owner, id));"
	"CREATE INDEX document_order ON document(kind, owner, number);"
	"CREATE INDEX document_id ON document(kind, id);"
	"CREATE INDEX document_due ON document(kind, due) WHERE due > 0;"
	"CREATE TABLE policy(name TEXT PRIMARY KEY, keys BLOB NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE upload(correlation_id TEXT PRIMARY KEY, device TEXT NOT NULL, blob TEXT NOT NULL,"
	" token TEXT NOT NULL UNIQUE, begun INTEGER NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX upload_device ON upload(device);"
	"PRAGMA user_version = 1;";

/* A row of each, as the first version would have written it. */
static const char rows[] =
	"INSERT INTO identity(number, target, device, module, generation, etag, enabled, status_changed,"
	" authentication, edge, n_queued, next_message)"
	" VALUES(7, 'lamp', 'lamp', '', 'g1', 42, 1, 1000, 3, 0, 1, 2),"
	" (8, 'lamp/eye', 'lamp', 'eye', 'g2', 43, 0, 1000, 3, 0, 0, 1);"
	"INSERT INTO twin VALUES(7, 5, 6, 7, 8, '{\"room\":\"hall\"}', '{\"on\":true}', '{\"level\":3}',"
	" '{}', '{}', '{}');"
	"INSERT INTO leaf VALUES(7, 'tags.room', 'hall');"
	"INSERT INTO message(owner, number, message_id, correlation_id, user_id, recipient, content_type,"
	" content_encoding, properties, ack, enqueued, expires, body)"
	" VALUES(7, 1, 'm1', '', '', '/devices/lamp', '', '', 'a=b', 3, 1000, 4000000000000, x'6869');"
	"INSERT INTO feedback VALUES(3, 1000, NULL, 0, '{}');"
	"INSERT INTO session VALUES(7, x'0102');"
	"INSERT INTO document VALUES(4, 5, '', 'one', 9, 1000, 1000, 0, '{\"kept\":true}', NULL);"
	"INSERT INTO upload VALUES('c1', 'lamp', 'lamp/a.txt', 't1', 1000, 4000000000000);";

struct old_hub {
	char folder[40], path[80], key_path[80];
	struct duet_hub_secret *secret;
	struct duet_arena *arena;
};

static void write_first_version(const struct old_hub *old)
{
	char *why = NULL;
	sqlite3 *sqlite;

	unlink(old->path);
	assert_int_equal(sqlite3_open(old->path, &sqlite), SQLITE_OK);
	sqlite3_exec(sqlite, first_version, NULL, NULL, &why);
	assert_null(why);
	sqlite3_exec(sqlite, rows, NULL, NULL, &why);
	assert_null(why);
	sqlite3_close(sqlite);
}

static void old_begin(struct old_hub *old)
{
	const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	*old = (struct old_hub){.arena = duet_arena_new(1 << 20)};
	snprintf(old->folder, sizeof(old->folder), "%s/duet-hub-XXXXXX", parent);
	assert_non_null(mkdtemp(old->folder));
	snprintf(old->path, sizeof(old->path), "%s/hub.db", old->folder);
	snprintf(old->key_path, sizeof(old->key_path), "%s/key", old->folder);
	assert_int_equal(duet_hub_secret_create(old->key_path, NULL), 0);
	assert_int_equal(duet_hub_secret_open(&old->secret, old->key_path, NULL), 0);
	write_first_version(old);
}

static void old_end(struct old_hub *old)
{
	char command[80];

	duet_hub_secret_free(old->secret);
	duet_arena_free(old->arena);
	snprintf(command, sizeof(command), "rm -rf %s", old->folder);
	assert_int_equal(system(command), 0);
}

static int open_storage(const struct old_hub *old, struct duet_hub_storage **storage)
{
	struct duet_hub_storage_setup setup = {old->path, old->secret, true, 0};

	return duet_hub_storage_new(storage, &setup, NULL);
}

static int use_what_is_new(struct duet_hub_view *view, void *user)
{
	return (int)duet_hub_identity_connected(view, "lamp", true, 2000, NULL);
}

static int lock_message(struct duet_hub_view *view, void *user)
{
	struct duet_arena *arena = user;
	struct duet_hub_message message = {0};
	int code = duet_hub_queue_lock(view, "lamp", 2000, &duet_hub_queue_limits_default, arena, &message);

	if (code > 0) {
		assert_string_equal(message.message_id, "m1");
		assert_string_equal(message.properties, "a=b");
		assert_memory_equal(message.body.ptr, "hi", 2);
	}
	return code;
}

/* Everything is there that the first version had written, and what came later works. */
static void assert_whole(const struct old_hub *old, struct duet_hub_storage *storage)
{
	struct duet_hub_identity identity;
	struct duet_hub_twin_record twin;
	struct duet_hub_document document;
	struct duet_hub_upload upload;
	struct duet_hub_view *view;
	struct duet_slice value;

	assert_int_equal(duet_hub_view_open(&view, storage, NULL), 0);
	assert_int_equal(duet_hub_identity_get(view, "lamp", old->arena, &identity), 0);
	assert_string_equal(identity.generation, "g1");
	assert_int_equal(duet_hub_identity_get(view, "lamp/eye", old->arena, &identity), 0);
	assert_false(identity.enabled);
	assert_int_equal(duet_hub_twin_get(view, "lamp", old->arena, &twin), 0);
	assert_memory_equal(twin.tags.ptr, "{\"room\":\"hall\"}", twin.tags.len);
	assert_int_equal(duet_hub_session_load(view, "lamp", old->arena, &value), 1);
	assert_memory_equal(value.ptr, "\1\2", 2);
	assert_int_equal(
		duet_hub_document_get(view, DUET_HUB_CONFIGURATION, "", "one", old->arena, &document), 0);
	assert_memory_equal(document.json.ptr, "{\"kept\":true}", document.json.len);
	assert_int_equal(duet_hub_upload_find(view, "t1", old->arena, &upload), 0);
	assert_int_equal(duet_hub_storage_write_now(storage, lock_message, old->arena), 1);
	assert_int_equal(duet_hub_storage_write_now(storage, use_what_is_new, NULL), 1);
	duet_hub_view_close(view);
}

static void the_first_version_is_brought_up_to_date(void **state)
{
	struct duet_hub_storage *storage;
	struct old_hub old;

	old_begin(&old);
	assert_int_equal(open_storage(&old, &storage), 0);
	assert_whole(&old, storage);
	duet_hub_storage_free(storage);
	/* And once more, when there is nothing to do. */
	assert_int_equal(open_storage(&old, &storage), 0);
	duet_hub_storage_free(storage);
	old_end(&old);
}

/* The child's: how many statements there are still to come until the power fails. */
static int n_left;

static int fail_power(unsigned what, void *user, void *statement, void *text)
{
	if (n_left-- == 0)
		kill(getpid(), SIGKILL);
	return 0;
}

static int watch_statements(sqlite3 *sqlite, const char **error, const void *api)
{
	return sqlite3_trace_v2(sqlite, SQLITE_TRACE_STMT | SQLITE_TRACE_PROFILE, fail_power, NULL);
}

/* Upgrades in another process, which is killed at its nth statement; true: it was done before that. */
static bool upgrade_until(const struct old_hub *old, int n)
{
	struct duet_hub_storage *storage;
	pid_t child = fork();
	int status;

	if (child == 0) {
		n_left = n;
		sqlite3_auto_extension((void (*)(void))(uintptr_t)watch_statements);
		_exit(open_storage(old, &storage) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFEXITED(status);
}

static void a_kill_in_the_middle_loses_nothing(void **state)
{
	enum { MOST = 1000 };
	struct duet_hub_storage *storage;
	struct old_hub old;
	int n = 0;
	bool done;

	old_begin(&old);
	do {
		write_first_version(&old);
		done = upgrade_until(&old, n++);
		assert_int_equal(open_storage(&old, &storage), 0);
		assert_whole(&old, storage);
		duet_hub_storage_free(storage);
		duet_arena_reset(old.arena);
	} while (!done && n < MOST);
	assert_true(done);
	/* Settings of the connection, the steps, and each one's begin, version and commit. */
	assert_true(n > 4 * (DUET_HUB_SCHEMA_VERSION - 1));
	old_end(&old);
}

static void a_newer_version_is_left_alone(void **state)
{
	struct storage_fixture fixture;
	struct duet_hub_storage *storage;
	struct duet_hub_storage_setup setup;
	struct duet_error error;
	sqlite3 *sqlite;
	char sql[60];

	fixture_begin(&fixture, true);
	assert_int_equal(sqlite3_open(fixture.path, &sqlite), SQLITE_OK);
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", DUET_HUB_SCHEMA_VERSION + 1);
	assert_int_equal(sqlite3_exec(sqlite, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(sqlite);
	setup = (struct duet_hub_storage_setup){fixture.path, fixture.secret, true, 0};
	assert_int_equal(duet_hub_storage_new(&storage, &setup, &error), -ENOTSUP);
	assert_non_null(strstr(error.what, "newer version"));
	assert_non_null(strstr(error.hint, "update duet-hub"));
	fixture_end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_version_is_brought_up_to_date),
		cmocka_unit_test(a_kill_in_the_middle_loses_nothing),
		cmocka_unit_test(a_newer_version_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
