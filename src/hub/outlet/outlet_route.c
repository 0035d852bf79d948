/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/outlet/outlet_route.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/option.h"

enum { ARENA_MAX = 1 << 20, VALUE_SIZE = 4096 };

static const char *text_of(const json_t *json, const char *key, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(json, key));

	return text ? text : otherwise;
}

static int set_option(struct duet_hub_outlet_route *route, const char *name, const json_t *value,
		      struct duet_error *error)
{
	const struct duet_option *option = route->kind->options;
	char text[VALUE_SIZE];

	while (option->name && strcmp(option->name, name) != 0)
		option++;
	if (!option->name) {
		duet_error_set(error, -EINVAL, "\"%.60s\" is no option of %s", name, route->kind->name);
		return -EINVAL;
	}
	if (json_is_string(value))
		snprintf(text, sizeof(text), "%s", json_string_value(value));
	else if (json_is_boolean(value))
		snprintf(text, sizeof(text), "%s", json_is_true(value) ? "true" : "false");
	else if (json_is_integer(value))
		snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value));
	else
		return duet_error_set(error, -EINVAL,
				      "%.60s: a text, a number or true and false are expected", name);
	return duet_option_set(option, route->options, text, "/", route->arena, error);
}

static int read_endpoint(struct duet_hub_outlet_route *route, const json_t *endpoint,
			 struct duet_error *error)
{
	const char *type = text_of(endpoint, "type", NULL), *name;
	json_t *options = json_object_get(endpoint, "options"), *value;
	int code;

	route->kind = duet_hub_outlet_kind_find(type);
	if (!route->kind)
		return duet_error_set(error, -EINVAL,
				      "endpoint.type: file, http, mqtt or sqlite is expected");
	route->options = duet_arena_alloc(route->arena, route->kind->options_size);
	if (!route->options)
		return duet_error_set(error, -ENOMEM, "out of memory");
	code = duet_options_default(route->kind->options, route->options, "/", route->arena, error);
	json_object_foreach(options, name, value) if (code == 0) code = set_option(route, name, value, error);
	return code == 0 && route->kind->check ? route->kind->check(route->options, error) : code;
}

static int read_all(struct duet_hub_outlet_route *route, struct duet_error *error)
{
	const char *condition = text_of(route->json, "condition", "true");
	const json_t *enabled = json_object_get(route->json, "enabled");

	route->source = duet_hub_event_source_find(text_of(route->json, "source", "Telemetry"));
	if (route->source == -EINVAL)
		return duet_error_set(
			error, -EINVAL,
			"source: Telemetry, twinChangeEvents, deviceLifecycleEvents, "
			"deviceConnectionStateEvents, deviceJobLifecycleEvents or all is expected");
	route->enabled = !enabled || json_is_true(enabled);
	route->from_first = strcmp(text_of(route->json, "from", "next"), "first") == 0;
	if (strcmp(condition, "true") != 0) {
		int code = duet_hub_condition_compile(&route->condition, condition, error);

		if (code < 0)
			return code;
	}
	return read_endpoint(route, json_object_get(route->json, "endpoint"), error);
}

int duet_hub_outlet_route_read(struct duet_hub_outlet_route *route, const json_t *json,
			       struct duet_error *error)
{
	*route = (struct duet_hub_outlet_route){.arena = duet_arena_new(ARENA_MAX)};
	route->json = json_deep_copy(json);
	if (!route->arena || !route->json)
		return duet_error_set(error, -ENOMEM, "out of memory");
	return read_all(route, error);
}

void duet_hub_outlet_route_done(struct duet_hub_outlet_route *route)
{
	duet_hub_condition_free(route->condition);
	duet_arena_free(route->arena);
	json_decref(route->json);
}

bool duet_hub_outlet_route_takes(const struct duet_hub_outlet_route *route,
				 const struct duet_hub_event *event)
{
	return (route->source < 0 || route->source == (int)event->source) &&
	       duet_hub_condition_holds(route->condition, event);
}

json_t *duet_hub_outlet_route_json(const struct duet_hub_outlet_route *route)
{
	json_t *json = json_deep_copy(route->json);
	json_t *options = json_object_get(json_object_get(json, "endpoint"), "options");

	for (size_t i = 0; route->kind->secrets && route->kind->secrets[i]; i++)
		if (json_object_get(options, route->kind->secrets[i]))
			json_object_set_new(options, route->kind->secrets[i], json_string("****"));
	return json;
}
