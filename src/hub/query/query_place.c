/* SPDX-License-Identifier: Apache-2.0 */
#include <strings.h>

#include "base/arena.h"
#include "hub/query/query_compile.h"

enum { MAX_PATH_BYTES = 4096 };

/* Names of what lies in columns. */
static const struct {
	const char *name, *column;
	enum value_type type;
} columns[] = {
	{"deviceId", "i.device", VALUE_TEXT},
	{"moduleId", "i.module", VALUE_TEXT},
	{"etag", "hub_etag(t.etag)", VALUE_TEXT},
	{"deviceEtag", "hub_etag(i.etag)", VALUE_TEXT},
	{"generationId", "i.generation", VALUE_TEXT},
	{"status", "iif(i.enabled, 'enabled', 'disabled')", VALUE_TEXT},
	{"statusReason", "i.status_reason", VALUE_TEXT},
	{"statusUpdateTime", "i.status_changed", VALUE_TIME},
	{"statusUpdatedTime", "i.status_changed", VALUE_TIME},
	{"connectionState", "iif(i.connected, 'Connected', 'Disconnected')", VALUE_TEXT},
	{"connectionStateUpdatedTime", "i.connection_changed", VALUE_TIME},
	{"lastActivityTime", "i.last_active", VALUE_TIME},
	{"cloudToDeviceMessageCount", "i.n_queued", VALUE_NUMBER},
	{"authenticationType",
	 "CASE i.authentication WHEN 0 THEN 'sas' WHEN 1 THEN 'selfSigned' WHEN 2 THEN "
	 "'certificateAuthority' ELSE"
	 " 'none' END",
	 VALUE_TEXT},
	{"x509Thumbprint.primaryThumbprint", "i.thumbprint1", VALUE_TEXT},
	{"x509Thumbprint.secondaryThumbprint", "i.thumbprint2", VALUE_TEXT},
	{"version", "t.version", VALUE_NUMBER},
	{"modelId", "i.model_id", VALUE_TEXT},
	{"deviceScope", "i.scope", VALUE_TEXT},
	{"managedBy", "i.managed_by", VALUE_TEXT},
	{"capabilities.iotEdge", "i.edge", VALUE_BOOLEAN},
	{"properties.desired.$version", "t.desired_version", VALUE_NUMBER},
	{"properties.reported.$version", "t.reported_version", VALUE_NUMBER},
};

/* And of JSON documents; the longer prefix first. */
static const struct {
	const char *prefix, *document;
	bool is_indexed;
} documents[] = {
	{"properties.desired.$metadata", "t.desired_metadata", false},
	{"properties.reported.$metadata", "t.reported_metadata", false},
	{"properties.desired", "t.desired", true},
	{"properties.reported", "t.reported", true},
	{"tags", "t.tags", true},
	{"configurations", "t.configurations", false},
};

static int n_segments_of(const char *dotted)
{
	int n = 1;

	for (; *dotted; dotted++)
		n += *dotted == '.';
	return n;
}

/* Do the path's first segments say the same as a dotted name? Returns what follows. */
static bool begins_with(const struct duet_hub_node *segment, const char *dotted,
			const struct duet_hub_node **rest)
{
	while (segment) {
		size_t len = strcspn(dotted, ".");

		if (strlen(segment->text) != len || strncasecmp(segment->text, dotted, len) != 0)
			return false;
		segment = segment->next;
		dotted += len;
		if (!*dotted) {
			*rest = segment;
			return true;
		}
		dotted++;
	}
	return false;
}

/* "devices.jobs.status" is status: the source's name may stand before it. */
static const struct duet_hub_node *without_source(const struct duet_hub_compiler *compiler,
						  const struct duet_hub_node *path)
{
	static const char *const sources[] = {
		[DUET_HUB_FROM_DEVICES] = "devices",         [DUET_HUB_FROM_MODULES] = "devices.modules",
		[DUET_HUB_FROM_JOBS] = "devices.jobs",       [DUET_HUB_FROM_ENROLLMENTS] = "enrollments",
		[DUET_HUB_FROM_GROUPS] = "enrollmentGroups",
	};
	const char *source = sources[compiler->query->source];
	const struct duet_hub_node *rest;

	if (path->n_children > n_segments_of(source) && begins_with(path->first, source, &rest))
		return rest;
	return path->first;
}

/* $."a"."b": SQLite's, where a name cannot hold a quote. */
static bool json_path(struct duet_hub_compiler *compiler, const struct duet_hub_node *segment,
		      struct duet_hub_place *place)
{
	struct duet_text text;
	const char *copy = NULL;

	duet_text_init(&text, MAX_PATH_BYTES);
	duet_text_add(&text, duet_slice("$"));
	for (; segment; segment = segment->next) {
		if (strpbrk(segment->text, "\"\\")) {
			duet_text_done(&text);
			return duet_hub_query_fail(compiler, "The name '%s' holds a quote", segment->text);
		}
		duet_text_printf(&text, ".\"%s\"", segment->text);
	}
	if (!text.failed)
		copy = duet_arena_copy(compiler->arena, (struct duet_slice){text.ptr, text.len});
	duet_text_done(&text);
	if (!copy)
		return duet_hub_query_fail(compiler, "A path is too long");
	place->path = duet_hub_query_bind(compiler, duet_slice(copy), 0, false);
	return true;
}

bool duet_hub_query_place(struct duet_hub_compiler *compiler, const struct duet_hub_node *path,
			  struct duet_hub_place *place)
{
	const struct duet_hub_node *first = without_source(compiler, path), *rest;

	*place = (struct duet_hub_place){.type = VALUE_ANY, .document = "i.json"};
	if (compiler->query->source > DUET_HUB_FROM_MODULES)
		return json_path(compiler, first, place);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		if (begins_with(first, columns[i].name, &rest) && !rest) {
			place->type = columns[i].type;
			place->column = columns[i].column;
			return true;
		}
	}
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		if (begins_with(first, documents[i].prefix, &rest)) {
			place->document = documents[i].document;
			return json_path(compiler, rest, place);
		}
	}
	return duet_hub_query_fail(compiler, "There is no property '%s'", first->text);
}

const char *duet_hub_query_leaf_path(struct duet_hub_compiler *compiler, const struct duet_hub_node *path)
{
	const struct duet_hub_node *first = without_source(compiler, path), *segment = NULL;
	struct duet_text text;
	const char *copy = NULL;

	duet_text_init(&text, MAX_PATH_BYTES);
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]) && !segment; i++) {
		if (documents[i].is_indexed && begins_with(first, documents[i].prefix, &segment) && segment)
			duet_text_add(&text, duet_slice(documents[i].prefix));
		else
			segment = NULL;
	}
	for (; segment; segment = segment->next) {
		/* $version and $metadata are no leaves. */
		if (segment->text[0] == '$')
			text.failed = true;
		duet_text_printf(&text, ".%s", segment->text);
	}
	if (text.len > 0 && !text.failed)
		copy = duet_arena_copy(compiler->arena, (struct duet_slice){text.ptr, text.len});
	duet_text_done(&text);
	return copy;
}
