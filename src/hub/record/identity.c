/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/record/identity.h"

#include <errno.h>

#include "base/arena.h"
#include "hub/key/secret.h"
#include "hub/record/statement.h"

enum { MAX_MODULES = 50, CONTEXT_BYTES = DUET_HUB_TARGET_MAX + 16, KEYS_BYTES = 256 };

#define COLUMNS                                                                                              \
	"number, target, device, module, generation, etag, enabled, status_reason, status_changed, "         \
	"connected, connection_changed, last_active, authentication, keys, thumbprint1, thumbprint2, edge, " \
	"scope, parent_scopes, managed_by, model_id, n_queued"

bool duet_hub_name_valid(struct duet_slice text)
{
	static const char allowed[] = "-.%_#*?!(),:=@$'+";

	if (text.len == 0 || text.len > DUET_HUB_NAME_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i], lower = (char)(c | 0x20);

		if (!(lower >= 'a' && lower <= 'z') && !(c >= '0' && c <= '9') && !(c && strchr(allowed, c)))
			return false;
	}
	return !(text.ptr[0] == '.' && (text.len == 1 || (text.len == 2 && text.ptr[1] == '.')));
}

static const char *context_of(const char *target, char context[CONTEXT_BYTES])
{
	snprintf(context, CONTEXT_BYTES, "identity/%s", target);
	return context;
}

/* Both keys in one secret: the first, a line's end, the second. */
static int read_keys(struct duet_hub_view *view, struct duet_slice sealed, struct duet_arena *arena,
		     struct duet_hub_identity *identity)
{
	char context[CONTEXT_BYTES], *end;
	struct duet_slice plain;
	int code = duet_hub_view_unseal(view, arena, context_of(identity->target, context), sealed, &plain);

	identity->keys[0] = identity->keys[1] = "";
	if (code < 0 || plain.len == 0)
		return code;
	identity->keys[0] = plain.ptr;
	end = memchr(plain.ptr, '\n', plain.len);
	if (!end)
		return -EBADMSG;
	*end = '\0';
	identity->keys[1] = end + 1;
	return 0;
}

static int seal_keys(struct duet_hub_view *view, struct duet_arena *arena,
		     const struct duet_hub_identity *identity, struct duet_slice *sealed)
{
	char context[CONTEXT_BYTES], *plain;

	*sealed = (struct duet_slice){NULL, 0};
	if (identity->authentication != DUET_HUB_SAS)
		return 0;
	plain = duet_arena_printf(arena, "%s\n%s", identity->keys[0], identity->keys[1]);
	if (!plain)
		return -ENOMEM;
	return duet_hub_view_seal(view, arena, context_of(identity->target, context), duet_slice(plain),
				  sealed);
}

static const char *etag_text(struct duet_arena *arena, int64_t number)
{
	char *etag = duet_arena_alloc(arena, DUET_HUB_ETAG_BYTES);

	if (etag)
		duet_hub_etag_format(number, etag);
	return etag;
}

static int read_row(struct duet_hub_view *view, sqlite3_stmt *row, struct duet_arena *arena,
		    struct duet_hub_identity *identity)
{
	bool failed = false;
	struct duet_slice sealed = duet_hub_sql_slice(row, 13, arena, &failed);

	*identity = (struct duet_hub_identity){
		.number = sqlite3_column_int64(row, 0),
		.target = duet_hub_sql_text(row, 1, arena, &failed),
		.device = duet_hub_sql_text(row, 2, arena, &failed),
		.module = duet_hub_sql_text(row, 3, arena, &failed),
		.generation = duet_hub_sql_text(row, 4, arena, &failed),
		.etag = etag_text(arena, sqlite3_column_int64(row, 5)),
		.enabled = sqlite3_column_int(row, 6) != 0,
		.status_reason = duet_hub_sql_text(row, 7, arena, &failed),
		.status_changed_ms = sqlite3_column_int64(row, 8),
		.connected = sqlite3_column_int(row, 9) != 0,
		.connection_changed_ms = sqlite3_column_int64(row, 10),
		.last_active_ms = sqlite3_column_int64(row, 11),
		.authentication = (enum duet_hub_authentication)sqlite3_column_int(row, 12),
		.thumbprints = {duet_hub_sql_text(row, 14, arena, &failed),
				duet_hub_sql_text(row, 15, arena, &failed)},
		.is_edge = sqlite3_column_int(row, 16) != 0,
		.scope = duet_hub_sql_text(row, 17, arena, &failed),
		.parent_scopes = duet_hub_sql_text(row, 18, arena, &failed),
		.managed_by = duet_hub_sql_text(row, 19, arena, &failed),
		.model_id = duet_hub_sql_text(row, 20, arena, &failed),
		.n_queued = sqlite3_column_int(row, 21),
	};
	if (failed || !identity->etag)
		return -ENOMEM;
	return read_keys(view, sealed, arena, identity);
}

int duet_hub_identity_get(struct duet_hub_view *view, const char *target, struct duet_arena *arena,
			  struct duet_hub_identity *identity)
{
	int code = 0;
	sqlite3_stmt *row =
		duet_hub_sql(view, &code, "SELECT " COLUMNS " FROM identity WHERE target = ?1", "t", target);

	if (!row)
		return code;
	code = duet_hub_sql_step(view, row);
	if (code <= 0)
		return code == 0 ? -ENOENT : code;
	code = read_row(view, row, arena, identity);
	duet_hub_sql_end(row);
	return code;
}

int duet_hub_identity_each(struct duet_hub_view *view, const char *device, int64_t after_number, int max,
			   struct duet_arena *arena, duet_hub_identity_call *call, void *user)
{
	static const char devices[] = "SELECT " COLUMNS " FROM identity WHERE module = '' AND number > ?1"
				      " ORDER BY number LIMIT ?2";
	static const char modules[] = "SELECT " COLUMNS " FROM identity WHERE module <> '' AND device = ?3"
				      " AND number > ?1 ORDER BY number LIMIT ?2";
	struct duet_hub_identity identity;
	int code = 0, stepped = 0;
	sqlite3_stmt *row =
		device ? duet_hub_sql(view, &code, modules, "iit", after_number, (int64_t)max, device)
		       : duet_hub_sql(view, &code, devices, "ii", after_number, (int64_t)max);

	while (row && code >= 0 && (stepped = duet_hub_sql_step(view, row)) == 1) {
		code = read_row(view, row, arena, &identity);
		if (code == 0)
			code = call(user, &identity);
		duet_arena_reset(arena);
	}
	if (row && stepped == 1)
		duet_hub_sql_end(row);
	return code < 0 ? code : stepped;
}

int duet_hub_identity_count(struct duet_hub_view *view, struct duet_hub_identity_count *count)
{
	static const char sql[] = "SELECT count(*), coalesce(sum(enabled), 0), coalesce(sum(connected), 0)"
				  " FROM identity WHERE module = ''";
	int code = 0;
	sqlite3_stmt *row = duet_hub_sql(view, &code, sql, "");

	if (!row)
		return code;
	code = duet_hub_sql_step(view, row);
	if (code <= 0)
		return code;
	*count = (struct duet_hub_identity_count){.n_devices = sqlite3_column_int64(row, 0),
						  .n_enabled = sqlite3_column_int64(row, 1),
						  .n_connected = sqlite3_column_int64(row, 2)};
	duet_hub_sql_end(row);
	count->n_modules =
		duet_hub_sql_number(view, 0, "SELECT count(*) FROM identity WHERE module <> ''", "");
	return count->n_modules < 0 ? (int)count->n_modules : 0;
}

/* May the module be added to its device? */
static int check_device(struct duet_hub_view *view, const struct duet_hub_identity *identity)
{
	int64_t n;

	if (!identity->module[0])
		return 0;
	n = duet_hub_sql_number(view, 0, "SELECT count(*) FROM identity WHERE target = ?1", "t",
				identity->device);
	if (n <= 0)
		return n < 0 ? (int)n : -ENOENT;
	n = duet_hub_sql_number(view, 0, "SELECT count(*) FROM identity WHERE module <> '' AND device = ?1",
				"t", identity->device);
	return n >= MAX_MODULES ? -EDQUOT : n < 0 ? (int)n : 0;
}

/* Numbers rise, so that an identity that is added again never takes an old one's place. */
static const char *new_generation(struct duet_arena *arena)
{
	return duet_arena_printf(arena, "%lld",
				 (long long)(duet_hub_etag_random() % INT64_C(1000000000000000000)));
}

static int insert(struct duet_hub_view *view, struct duet_hub_identity *identity, int64_t etag,
		  struct duet_slice keys)
{
	static const char sql[] =
		"INSERT INTO identity(target, device, module, generation, etag, enabled, status_reason,"
		" status_changed, authentication, keys, thumbprint1, thumbprint2, edge, scope, parent_scopes,"
		" managed_by) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
	static const char twin[] = "INSERT INTO twin VALUES(?1, 1, 2, 1, 1, '{}', '{}', '{}', ?2, ?2, '{}')";
	int64_t n = duet_hub_sql_run(view, sql, "ttttiitiibttittt", identity->target, identity->device,
				     identity->module, identity->generation, etag, (int64_t)identity->enabled,
				     identity->status_reason, identity->status_changed_ms,
				     (int64_t)identity->authentication, keys, identity->thumbprints[0],
				     identity->thumbprints[1], (int64_t)identity->is_edge, identity->scope,
				     identity->parent_scopes, identity->managed_by);

	if (n < 0)
		return (int)n;
	identity->number = sqlite3_last_insert_rowid(view->sqlite);
	n = duet_hub_sql_run(view, twin, "it", identity->number,
			     "{\"$lastUpdated\":\"0001-01-01T00:00:00Z\"}");
	return n < 0 ? (int)n : 0;
}

int duet_hub_identity_add(struct duet_hub_view *view, struct duet_arena *arena,
			  struct duet_hub_identity *identity)
{
	int64_t etag = duet_hub_etag_random();
	struct duet_slice keys;
	int code = check_device(view, identity);

	if (code == 0)
		code = seal_keys(view, arena, identity, &keys);
	if (code < 0)
		return code;
	identity->generation = new_generation(arena);
	identity->etag = etag_text(arena, etag);
	if (!identity->generation || !identity->etag)
		return -ENOMEM;
	return insert(view, identity, etag, keys);
}

int duet_hub_identity_put(struct duet_hub_view *view, struct duet_arena *arena,
			  struct duet_hub_identity *identity)
{
	static const char sql[] =
		"UPDATE identity SET etag = ?2, enabled = ?3, status_reason = ?4, status_changed = ?5,"
		" authentication = ?6, keys = ?7, thumbprint1 = ?8, thumbprint2 = ?9, edge = ?10, scope = "
		"?11,"
		" parent_scopes = ?12, managed_by = ?13 WHERE target = ?1";
	int64_t etag = duet_hub_etag_random(), n;
	struct duet_slice keys;
	int code = seal_keys(view, arena, identity, &keys);

	if (code < 0)
		return code;
	identity->etag = etag_text(arena, etag);
	if (!identity->etag)
		return -ENOMEM;
	n = duet_hub_sql_run(view, sql, "tiitiibttittt", identity->target, etag, (int64_t)identity->enabled,
			     identity->status_reason, identity->status_changed_ms,
			     (int64_t)identity->authentication, keys, identity->thumbprints[0],
			     identity->thumbprints[1], (int64_t)identity->is_edge, identity->scope,
			     identity->parent_scopes, identity->managed_by);
	return n == 0 ? -ENOENT : n < 0 ? (int)n : 0;
}

int duet_hub_identity_remove(struct duet_hub_view *view, const char *target)
{
	/* Twin, queue, session and leaves go with the row. */
	int64_t n = duet_hub_sql_run(view, "DELETE FROM identity WHERE target = ?1", "t", target), more = 0;

	if (n <= 0)
		return n == 0 ? -ENOENT : (int)n;
	if (!strchr(target, '/'))
		more = duet_hub_sql_run(view, "DELETE FROM identity WHERE module <> '' AND device = ?1", "t",
					target);
	if (more >= 0 && !strchr(target, '/'))
		more = duet_hub_sql_run(view, "DELETE FROM upload WHERE device = ?1", "t", target);
	return more < 0 ? (int)more : 0;
}

int64_t duet_hub_identity_connected(struct duet_hub_view *view, const char *target, bool connected,
				    int64_t at_ms, const char *model_id)
{
	static const char sql[] =
		"UPDATE identity SET connected = ?2, connection_changed = ?3, last_active = ?3,"
		" model_id = coalesce(?4, model_id), connections = connections + 1 WHERE target = ?1"
		" RETURNING connections";

	return duet_hub_sql_number(view, -ENOENT, sql, "tiit", target, (int64_t)connected, at_ms, model_id);
}

int duet_hub_identity_all_disconnected(struct duet_hub_view *view, int64_t at_ms)
{
	int64_t n = duet_hub_sql_run(
		view, "UPDATE identity SET connected = 0, connection_changed = ?1 WHERE connected", "i",
		at_ms);

	return n < 0 ? (int)n : 0;
}

int duet_hub_identity_active(struct duet_hub_view *view, const char *target, int64_t at_ms)
{
	int64_t n = duet_hub_sql_run(
		view, "UPDATE identity SET last_active = max(last_active, ?2) WHERE target = ?1", "ti",
		target, at_ms);

	return n == 0 ? -ENOENT : n < 0 ? (int)n : 0;
}
