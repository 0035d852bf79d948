/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/record/leaf.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "hub/record/statement.h"
#include "hub/value/twin.h"

enum { MAX_PATH_BYTES = (DUET_HUB_TWIN_DEPTH + 2) * (DUET_HUB_TWIN_KEY_BYTES + 1) };

struct walk {
	struct duet_hub_view *view;
	int64_t number;
	char path[MAX_PATH_BYTES];
};

static bool is_leaf(const json_t *value)
{
	return json_is_string(value) || json_is_number(value) || json_is_boolean(value);
}

/* Everything at the path and below it; '/' follows '.' in ASCII. */
static int remove_below(struct walk *walk)
{
	int64_t n = duet_hub_sql_run(walk->view, "DELETE FROM leaf WHERE number = ?1 AND path = ?2", "it",
				     walk->number, walk->path);

	if (n >= 0)
		n = duet_hub_sql_run(
			walk->view,
			"DELETE FROM leaf WHERE number = ?1 AND path > ?2 || '.' AND path < ?2 || '/'", "it",
			walk->number, walk->path);
	return n < 0 ? (int)n : 0;
}

static int bind_value(sqlite3_stmt *statement, const json_t *value)
{
	char truth = json_is_true(value) ? 1 : 0;
	size_t len = json_string_length(value);

	if (json_is_string(value))
		return sqlite3_bind_text(
			statement, 3, json_string_value(value),
			(int)(len < DUET_HUB_LEAF_STRING_BYTES ? len : DUET_HUB_LEAF_STRING_BYTES),
			SQLITE_STATIC);
	if (json_is_integer(value))
		return sqlite3_bind_int64(statement, 3, json_integer_value(value));
	if (json_is_real(value))
		return sqlite3_bind_double(statement, 3, json_real_value(value));
	return sqlite3_bind_blob(statement, 3, &truth, 1, SQLITE_TRANSIENT);
}

static int put(struct walk *walk, const json_t *value)
{
	int code = 0;
	sqlite3_stmt *statement =
		duet_hub_sql(walk->view, &code, "INSERT OR REPLACE INTO leaf VALUES(?1, ?2, ?3)", "it",
			     walk->number, walk->path);

	if (!statement)
		return code;
	if (bind_value(statement, value) != SQLITE_OK) {
		duet_hub_sql_end(statement);
		return -ENOMEM;
	}
	return duet_hub_sql_step(walk->view, statement);
}

static int update(struct walk *walk, size_t len, const json_t *before, const json_t *after);

/* One member, with its key appended to the path meanwhile. */
static int update_member(struct walk *walk, size_t len, const char *key, const json_t *before,
			 const json_t *after)
{
	int n = snprintf(walk->path + len, sizeof(walk->path) - len, ".%s", key), code = -EINVAL;

	if (n > 0 && (size_t)n < sizeof(walk->path) - len)
		code = update(walk, len + (size_t)n, json_object_get(before, key), after);
	walk->path[len] = '\0';
	return code;
}

static int update(struct walk *walk, size_t len, const json_t *before, const json_t *after)
{
	json_t *old = (json_t *)(uintptr_t)before, *now = (json_t *)(uintptr_t)after;
	int code = 0;

	if (json_equal(before, after))
		return 0;
	if (before && !(json_is_object(before) && json_is_object(after)))
		code = remove_below(walk);
	if (code == 0 && is_leaf(after))
		return put(walk, after);
	if (!json_is_object(after))
		return code;
	for (void *at = json_object_iter(now); at && code == 0; at = json_object_iter_next(now, at))
		code = update_member(walk, len, json_object_iter_key(at), before, json_object_iter_value(at));
	for (void *at = json_object_iter(old); at && code == 0; at = json_object_iter_next(old, at))
		if (!json_object_get(after, json_object_iter_key(at)))
			code = update_member(walk, len, json_object_iter_key(at), before, NULL);
	return code;
}

int duet_hub_leaf_update(struct duet_hub_view *view, int64_t number, const char *path, const json_t *before,
			 const json_t *after)
{
	struct walk walk = {.view = view, .number = number};

	snprintf(walk.path, sizeof(walk.path), "%s", path);
	return update(&walk, strlen(walk.path), before, after);
}
