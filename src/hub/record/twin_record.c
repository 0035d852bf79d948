/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/record/twin_record.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "hub/record/leaf.h"
#include "hub/record/statement.h"
#include "hub/value/twin.h"

#define COLUMNS                                                                                              \
	"t.number, t.etag, t.version, t.desired_version, t.reported_version, t.tags, t.desired, "            \
	"t.desired_metadata, t.reported, t.reported_metadata, t.configurations"

enum { MAX_TWIN_BYTES = 4 * 1024 * 1024 };

static int read_row(sqlite3_stmt *row, struct duet_arena *arena, struct duet_hub_twin_record *record)
{
	char *etag = duet_arena_alloc(arena, DUET_HUB_ETAG_BYTES);
	bool failed = !etag;

	if (etag)
		duet_hub_etag_format(sqlite3_column_int64(row, 1), etag);
	*record = (struct duet_hub_twin_record){
		.number = sqlite3_column_int64(row, 0),
		.etag = etag,
		.version = sqlite3_column_int64(row, 2),
		.desired_version = sqlite3_column_int64(row, 3),
		.reported_version = sqlite3_column_int64(row, 4),
		.tags = duet_hub_sql_slice(row, 5, arena, &failed),
		.desired = duet_hub_sql_slice(row, 6, arena, &failed),
		.desired_metadata = duet_hub_sql_slice(row, 7, arena, &failed),
		.reported = duet_hub_sql_slice(row, 8, arena, &failed),
		.reported_metadata = duet_hub_sql_slice(row, 9, arena, &failed),
		.configurations = duet_hub_sql_slice(row, 10, arena, &failed),
	};
	return failed ? -ENOMEM : 0;
}

int duet_hub_twin_get(struct duet_hub_view *view, const char *target, struct duet_arena *arena,
		      struct duet_hub_twin_record *record)
{
	int code = 0;
	sqlite3_stmt *row = duet_hub_sql(
		view, &code,
		"SELECT " COLUMNS " FROM identity i JOIN twin t ON t.number = i.number WHERE i.target = ?1",
		"t", target);

	if (!row)
		return code;
	code = duet_hub_sql_step(view, row);
	if (code <= 0)
		return code == 0 ? -ENOENT : code;
	code = read_row(row, arena, record);
	duet_hub_sql_end(row);
	return code;
}

int duet_hub_twin_for_device(struct duet_hub_view *view, const char *target, struct duet_arena *arena,
			     struct duet_slice *json)
{
	/* An object's text without its closing brace goes on with the version. */
	static const char sql[] =
		"SELECT '{\"desired\":' || substr(t.desired, 1, length(t.desired) - 1) ||"
		" iif(t.desired = '{}', '', ',') || '\"$version\":' || t.desired_version || "
		"'},\"reported\":' ||"
		" substr(t.reported, 1, length(t.reported) - 1) || iif(t.reported = '{}', '', ',') ||"
		" '\"$version\":' || t.reported_version || '}}'"
		" FROM identity i JOIN twin t ON t.number = i.number WHERE i.target = ?1";
	bool failed = false;
	int code = 0;
	sqlite3_stmt *row = duet_hub_sql(view, &code, sql, "t", target);

	if (!row)
		return code;
	code = duet_hub_sql_step(view, row);
	if (code <= 0)
		return code == 0 ? -ENOENT : code;
	*json = duet_hub_sql_slice(row, 0, arena, &failed);
	duet_hub_sql_end(row);
	return failed ? -ENOMEM : 0;
}

/* A part of a twin while it is being changed. */
struct part {
	json_t *document, *metadata, *before;
};

static void part_done(struct part *part)
{
	json_decref(part->document);
	json_decref(part->metadata);
	json_decref(part->before);
}

static json_t *parse(struct duet_slice text)
{
	return json_loadb(text.ptr, text.len, 0, NULL);
}

static int part_read(struct part *part, struct duet_slice document, struct duet_slice metadata)
{
	part->document = parse(document);
	part->before = json_deep_copy(part->document);
	part->metadata = metadata.ptr ? parse(metadata) : NULL;
	return part->document && part->before && (part->metadata || !metadata.ptr) ? 0 : -ENOMEM;
}

/* A replacement is a patch that also deletes what it does not name. */
static int part_change(struct part *part, const json_t *patch, bool replace, int64_t now_ms, int64_t version)
{
	json_t *own = NULL;
	int code;

	if (replace) {
		json_t *plain = json_object();
		bool copied = plain && duet_hub_twin_merge(plain, NULL, patch, 0, 0) == 0;

		own = copied ? duet_hub_twin_difference(part->document, plain) : NULL;
		json_decref(plain);
		if (!own)
			return -ENOMEM;
	}
	code = duet_hub_twin_merge(part->document, part->metadata, own ? own : patch, now_ms, version);
	json_decref(own);
	return code;
}

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

/* Writes document and metadata of the reported properties. */
static int store_reported(struct duet_hub_view *view, const struct duet_hub_twin_record *record,
			  const struct part *part)
{
	static const char sql[] =
		"UPDATE twin SET version = version + 1, reported_version = reported_version + 1,"
		" reported = ?2, reported_metadata = ?3 WHERE number = ?1";
	char *document = print(part->document), *metadata = print(part->metadata);
	int64_t n = -ENOMEM;

	if (document && metadata)
		n = duet_hub_sql_run(view, sql, "itt", record->number, document, metadata);
	release(document);
	release(metadata);
	if (n > 0)
		n = duet_hub_leaf_update(view, record->number, "properties.reported", part->before,
					 part->document);
	return n < 0 ? (int)n : 0;
}

static int report(struct duet_hub_view *view, const struct duet_hub_twin_record *record, const json_t *patch,
		  int64_t now_ms, struct duet_hub_fault *fault)
{
	struct part part = {0};
	int code = part_read(&part, record->reported, record->reported_metadata);

	if (code == 0)
		code = part_change(&part, patch, false, now_ms, 0);
	if (code == 0)
		code = duet_hub_twin_check_size(part.document, DUET_HUB_PROPERTIES_BYTES,
						"reported properties", fault);
	if (code == 0)
		code = store_reported(view, record, &part);
	part_done(&part);
	return code;
}

int duet_hub_twin_report(struct duet_hub_view *view, const char *target, const json_t *patch, int64_t now_ms,
			 int64_t *version, struct duet_hub_fault *fault)
{
	struct duet_arena *arena;
	struct duet_hub_twin_record record = {0};
	int code = duet_hub_twin_check(patch, fault);

	if (code < 0)
		return code;
	arena = duet_arena_new(MAX_TWIN_BYTES);
	if (!arena)
		return -ENOMEM;
	code = duet_hub_twin_get(view, target, arena, &record);
	if (code == 0)
		code = report(view, &record, patch, now_ms, fault);
	if (code == 0)
		*version = record.reported_version + 1;
	duet_arena_free(arena);
	if (fault)
		duet_hub_fault_of(fault, code);
	return code;
}

static int check_change(const struct duet_hub_twin_record *record, const struct duet_hub_twin_change *change,
			struct duet_hub_fault *fault)
{
	int code = 0;

	if (change->etag && record->etag && strcmp(change->etag, "*") != 0 &&
	    strcmp(change->etag, record->etag) != 0)
		return duet_hub_fault_set(fault, DUET_HUB_FAULT_PRECONDITION,
					  "Precondition failed: the twin was changed in the meantime");
	if (change->tags)
		code = duet_hub_twin_check(change->tags, fault);
	if (code == 0 && change->desired)
		code = duet_hub_twin_check(change->desired, fault);
	return code;
}

static int change_tags(struct duet_hub_view *view, const struct duet_hub_twin_record *record,
		       const struct duet_hub_twin_change *change, struct duet_hub_fault *fault)
{
	static const char sql[] = "UPDATE twin SET tags = ?2 WHERE number = ?1";
	struct part part = {0};
	char *text = NULL;
	int64_t n = part_read(&part, record->tags, (struct duet_slice){NULL, 0});

	if (n == 0)
		n = part_change(&part, change->tags, change->replace, change->now_ms, 0);
	if (n == 0)
		n = duet_hub_twin_check_size(part.document, DUET_HUB_TAGS_BYTES, "tags", fault);
	if (n == 0)
		n = (text = print(part.document)) ? 0 : -ENOMEM;
	if (n == 0)
		n = duet_hub_sql_run(view, sql, "it", record->number, text);
	if (n >= 0)
		n = duet_hub_leaf_update(view, record->number, "tags", part.before, part.document);
	release(text);
	part_done(&part);
	return n < 0 ? (int)n : 0;
}

static int store_desired(struct duet_hub_view *view, const struct duet_hub_twin_record *record,
			 const struct part *part)
{
	static const char sql[] = "UPDATE twin SET desired_version = desired_version + 1, desired = ?2,"
				  " desired_metadata = ?3 WHERE number = ?1";
	char *document = print(part->document), *metadata = print(part->metadata);
	int64_t n = -ENOMEM;

	if (document && metadata)
		n = duet_hub_sql_run(view, sql, "itt", record->number, document, metadata);
	release(document);
	release(metadata);
	if (n > 0)
		n = duet_hub_leaf_update(view, record->number, "properties.desired", part->before,
					 part->document);
	return n < 0 ? (int)n : 0;
}

/* A device that is told of a patch gets what was written; of a replacement, what it makes different. */
static json_t *to_tell(const struct part *part, const struct duet_hub_twin_change *change)
{
	json_t *patch, *sent = (json_t *)(uintptr_t)change->desired;

	if (change->replace)
		return duet_hub_twin_difference(part->before, part->document);
	patch = json_object();
	for (void *at = json_object_iter(sent); patch && at; at = json_object_iter_next(sent, at)) {
		const char *key = json_object_iter_key(at);

		if (key[0] != '$' &&
		    json_object_set_new(patch, key, json_deep_copy(json_object_iter_value(at))) < 0) {
			json_decref(patch);
			patch = NULL;
		}
	}
	return patch;
}

static int change_desired(struct duet_hub_view *view, const struct duet_hub_twin_record *record,
			  struct duet_hub_twin_change *change, struct duet_hub_fault *fault)
{
	struct part part = {0};
	int code = part_read(&part, record->desired, record->desired_metadata);

	change->desired_version = record->desired_version + 1;
	if (code == 0)
		code = part_change(&part, change->desired, change->replace, change->now_ms,
				   change->desired_version);
	if (code == 0)
		code = duet_hub_twin_check_size(part.document, DUET_HUB_PROPERTIES_BYTES,
						"desired properties", fault);
	if (code == 0)
		code = store_desired(view, record, &part);
	if (code == 0) {
		change->desired_patch = to_tell(&part, change);
		if (!change->desired_patch || json_object_set_new(change->desired_patch, "$version",
								  json_integer(change->desired_version)) < 0)
			code = -ENOMEM;
	}
	part_done(&part);
	return code;
}

static int carry_out(struct duet_hub_view *view, const struct duet_hub_twin_record *record,
		     struct duet_hub_twin_change *change, struct duet_hub_fault *fault)
{
	int code = check_change(record, change, fault);
	int64_t n;

	if (code == 0 && change->tags)
		code = change_tags(view, record, change, fault);
	if (code == 0 && change->desired)
		code = change_desired(view, record, change, fault);
	if (code < 0)
		return code;
	n = duet_hub_sql_run(view, "UPDATE twin SET etag = etag + 1, version = version + 1 WHERE number = ?1",
			     "i", record->number);
	return n < 0 ? (int)n : 0;
}

int duet_hub_twin_change(struct duet_hub_view *view, const char *target, struct duet_hub_twin_change *change,
			 struct duet_hub_fault *fault)
{
	struct duet_arena *arena = duet_arena_new(MAX_TWIN_BYTES);
	struct duet_hub_twin_record record = {0};
	int code = arena ? duet_hub_twin_get(view, target, arena, &record) : -ENOMEM;

	change->desired_patch = NULL;
	if (code == 0)
		code = carry_out(view, &record, change, fault);
	if (code < 0) {
		json_decref(change->desired_patch);
		change->desired_patch = NULL;
	}
	duet_arena_free(arena);
	if (fault)
		duet_hub_fault_of(fault, code);
	return code;
}

int duet_hub_twin_unconfigure(struct duet_hub_view *view, const char *configuration)
{
	int64_t n = duet_hub_sql_run(view,
				     "UPDATE twin SET configurations = '{}' WHERE configurations <> '{}'"
				     " AND json_type(configurations, '$.\"' || ?1 || '\"') IS NOT NULL",
				     "t", configuration);

	return n < 0 ? (int)n : 0;
}
