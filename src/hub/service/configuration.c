/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/service/configuration.h"

#include <ctype.h>
#include <errno.h>
#include <strings.h>

#include "base/arena.h"
#include "hub/query/query.h"
#include "hub/record/twin_record.h"
#include "hub/service/twin_service.h"
#include "hub/value/date.h"
#include "hub/value/twin.h"

enum { MAX_ID_BYTES = 128, MAX_CONDITION_BYTES = 4096 };

static const char prefix[] = "properties.desired";

static int bad(struct duet_hub_fault *fault, const char *what)
{
	return duet_hub_fault_set(fault, DUET_HUB_FAULT_ARGUMENT_INVALID, "%s", what);
}

int duet_hub_configuration_check_condition(struct duet_arena *arena, const char *condition,
					   struct duet_hub_fault *fault)
{
	struct duet_hub_query *query;
	struct duet_hub_sql sql;
	int code;

	if (!condition[0])
		return 0;
	code = duet_hub_condition_parse(duet_slice(condition), arena, &query, fault);
	if (code == 0 && query->source > DUET_HUB_FROM_MODULES)
		return bad(fault, "A target condition is of devices or devices.modules");
	return code < 0 ? code : duet_hub_query_compile(query, arena, &sql, fault);
}

/* {"properties.desired…": value}: paths into desired properties only. */
static int check_content(const json_t *content, struct duet_hub_fault *fault)
{
	json_t *object = (json_t *)(uintptr_t)content;

	for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
		const char *path = json_object_iter_key(at);
		size_t n = sizeof(prefix) - 1;

		if (strncmp(path, prefix, n) != 0 || (path[n] && path[n] != '.'))
			return bad(fault, "Content is set by paths that begin with properties.desired");
	}
	return 0;
}

static int check_members(const json_t *body, const char *id, struct duet_hub_fault *fault)
{
	static const char *const parts[] = {"deviceContent", "moduleContent"};
	const json_t *content = json_object_get(body, "content"),
		     *priority = json_object_get(body, "priority");
	const char *named = json_string_value(json_object_get(body, "id"));
	int code = 0;

	for (const char *c = id; *c; c++)
		if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && !strchr("-+%_*!'", *c))
			return bad(fault,
				   "A configuration's id has lower-case letters, digits and - + % _ * ! '");
	if (!id[0] || strlen(id) > MAX_ID_BYTES || (named && strcmp(named, id) != 0))
		return bad(fault, "The id is too long, or not the path's");
	if (priority && !json_is_null(priority) &&
	    (!json_is_integer(priority) || json_integer_value(priority) < 0))
		return bad(fault, "priority must be a number from 0");
	if (!json_is_object(content))
		return bad(fault, "content is missing");
	for (int i = 0; i < 2 && code == 0; i++)
		code = check_content(json_object_get(content, parts[i]), fault);
	return code;
}

static int set_default(json_t *json, const char *name, json_t *take_value)
{
	json_t *there = json_object_get(json, name);

	if (there && !json_is_null(there)) {
		json_decref(take_value);
		return 0;
	}
	return json_object_set_new(json, name, take_value) < 0 ? -ENOMEM : 0;
}

static int check_metrics(struct duet_arena *arena, const json_t *body, struct duet_hub_fault *fault)
{
	json_t *queries = json_object_get(json_object_get(body, "metrics"), "queries");
	struct duet_hub_query *query;
	int code = 0;

	for (void *at = json_object_iter(queries); at && code == 0; at = json_object_iter_next(queries, at)) {
		const char *text = json_string_value(json_object_iter_value(at));

		code = text ? duet_hub_query_parse(duet_slice(text), arena, &query, fault)
			    : bad(fault, "A metric's query must be a text");
	}
	return code;
}

int duet_hub_configuration_read(struct duet_arena *arena, const json_t *body, const char *id, json_t **json,
				struct duet_hub_fault *fault)
{
	const char *condition = json_string_value(json_object_get(body, "targetCondition"));
	int code = json_is_object(body) ? check_members(body, id, fault)
					: bad(fault, "The body must be an object");

	*json = NULL;
	if (code == 0)
		code = duet_hub_configuration_check_condition(arena, condition ? condition : "", fault);
	if (code == 0)
		code = check_metrics(arena, body, fault);
	if (code < 0)
		return code;
	*json = json_deep_copy(body);
	if (!*json || json_object_set_new(*json, "id", json_string(id)) < 0)
		return -ENOMEM;
	code = set_default(*json, "schemaVersion", json_string("1.0"));
	if (code == 0)
		code = set_default(*json, "labels", json_object());
	if (code == 0)
		code = set_default(*json, "priority", json_integer(0));
	if (code == 0)
		code = set_default(*json, "targetCondition", json_string(""));
	json_object_del(*json, "systemMetrics");
	json_object_del(*json, "createdTimeUtc");
	json_object_del(*json, "lastUpdatedTimeUtc");
	return code;
}

/* Of a query the number of its rows; a query that fails has no result. */
static int add_metric(struct duet_hub_view *view, struct duet_arena *arena, json_t *results, const char *name,
		      const char *text)
{
	struct duet_hub_query *query;
	struct duet_hub_fault fault = {0};
	int64_t n = -EINVAL;

	if (duet_hub_query_parse(duet_slice(text), arena, &query, &fault) == 0)
		n = duet_hub_query_count(view, query, arena, &fault);
	return n < 0 ? 0 : json_object_set_new(results, name, json_integer(n));
}

/* The system's own metrics are queries too. */
static json_t *system_queries(struct duet_arena *arena, const char *id, const char *condition)
{
	bool is_module = strncasecmp(condition, "FROM", 4) == 0;
	const char *targeted, *applied;

	if (!condition[0])
		return json_object();
	targeted = is_module ? duet_arena_printf(arena, "SELECT deviceId, moduleId %s", condition)
		   : strcmp(condition, "*") == 0
			   ? "SELECT deviceId FROM devices"
			   : duet_arena_printf(arena, "SELECT deviceId FROM devices WHERE %s", condition);
	applied = duet_arena_printf(arena,
				    "SELECT deviceId FROM %s WHERE configurations.[[%s]].status = 'Applied'",
				    is_module ? "devices.modules" : "devices", id);
	if (!targeted || !applied)
		return NULL;
	return json_pack("{s:s, s:s}", "targetedCount", targeted, "appliedCount", applied);
}

static json_t *with_results(struct duet_hub_view *view, struct duet_arena *arena, json_t *take_queries)
{
	json_t *results = json_object();

	for (void *at = json_object_iter(take_queries); view && at;
	     at = json_object_iter_next(take_queries, at))
		add_metric(view, arena, results, json_object_iter_key(at),
			   json_string_value(json_object_iter_value(at)));
	return json_pack("{s:o, s:o}", "results", results, "queries", take_queries);
}

json_t *duet_hub_configuration_json(struct duet_hub_view *view, struct duet_arena *arena,
				    const struct duet_hub_document *document)
{
	json_t *json = json_loadb(document->json.ptr, document->json.len, 0, NULL), *own;
	const char *condition = json_string_value(json_object_get(json, "targetCondition"));
	char date[DUET_HUB_DATE_BYTES];
	int code = json ? 0 : -1;

	if (code < 0)
		return NULL;
	own = json_incref(json_object_get(json_object_get(json, "metrics"), "queries"));
	code = json_object_set_new(
		json, "systemMetrics",
		with_results(view, arena, system_queries(arena, document->id, condition ? condition : "")));
	code |= json_object_set_new(json, "metrics", with_results(view, arena, own ? own : json_object()));
	code |= json_object_set_new(json, "createdTimeUtc",
				    json_string(duet_hub_date_format(document->created_ms, date)));
	code |= json_object_set_new(json, "lastUpdatedTimeUtc",
				    json_string(duet_hub_date_format(document->updated_ms, date)));
	code |= json_object_set_new(json, "etag", json_string(document->etag));
	if (code == 0)
		return json;
	json_decref(json);
	return NULL;
}

/* Puts `value` where a path below properties.desired leads; objects are made on the way. */
static int set_path(json_t *desired, const char *path, json_t *value)
{
	while (*path == '.') {
		size_t len = strcspn(++path, ".");
		char key[DUET_HUB_TWIN_KEY_BYTES + 1];
		json_t *below;

		if (len == 0 || len >= sizeof(key))
			return -EINVAL;
		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		path += len;
		if (!*path)
			return json_object_set(desired, key, value) < 0 ? -ENOMEM : 0;
		below = json_object_get(desired, key);
		if (!json_is_object(below)) {
			below = json_object();
			if (json_object_set_new(desired, key, below) < 0)
				return -ENOMEM;
		}
		desired = below;
	}
	return json_object_update(desired, value) < 0 ? -ENOMEM : 0;
}

int duet_hub_configuration_apply(struct duet_hub_view *view, const char *target, const json_t *content,
				 int64_t now_ms, struct duet_hub_twin_told *told,
				 struct duet_hub_fault *fault)
{
	struct duet_arena *arena = duet_arena_new(1 << 20);
	struct duet_hub_twin_record record = {0};
	struct duet_hub_twin_change change = {.replace = true, .now_ms = now_ms};
	json_t *desired = NULL, *object = (json_t *)(uintptr_t)content;
	int code = arena ? duet_hub_twin_get(view, target, arena, &record) : -ENOMEM;

	*told = (struct duet_hub_twin_told){.target = target};
	if (code == 0) {
		desired = json_loadb(record.desired.ptr, record.desired.len, 0, NULL);
		code = desired ? check_content(content, fault) : -ENOMEM;
	}
	for (void *at = json_object_iter(object); at && code == 0; at = json_object_iter_next(object, at)) {
		const char *path = json_object_iter_key(at) + sizeof(prefix) - 1;
		json_t *value = json_object_iter_value(at);

		code = !*path && !json_is_object(value) ? -EINVAL : set_path(desired, path, value);
	}
	change.desired = desired;
	if (code == 0)
		code = duet_hub_twin_change(view, target, &change, fault);
	if (code == 0)
		*told = (struct duet_hub_twin_told){
			.target = target, .patch = change.desired_patch, .version = change.desired_version};
	json_decref(desired);
	duet_arena_free(arena);
	return code;
}
