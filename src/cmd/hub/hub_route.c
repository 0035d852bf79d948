/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cmd/hub/hub.h"
#include "cmd/hub/hub_print.h"

/* Routes: where telemetry goes. */

struct route_flags {
	struct duet_hub_where hub;
	const char *to, *condition, *source, *from;
	struct duet_texts options;
	bool disabled;
	int max;
};

static const char *one(const struct duet_invocation *invocation, const char *format)
{
	if (invocation->n_arguments == 1)
		return duet_hub_path(invocation, format, invocation->arguments[0]);
	duet_command_usage(invocation, "say which route");
	return NULL;
}

static const struct duet_flag add_flags[] = {
	HUB_FLAGS(struct route_flags, hub),
	HUB_FLAG_('t', "KIND", "to", DUET_OPTION_TEXT, struct route_flags, to, NULL,
		  "Where to: file, http, mqtt or sqlite"),
	HUB_FLAG_('o', "NAME=VALUE", "option", DUET_OPTION_TEXTS, struct route_flags, options, NULL,
		  "What that needs, several times: url=https://… for http, host=… for mqtt"),
	HUB_FLAG_('w', "CONDITION", "where", DUET_OPTION_TEXT, struct route_flags, condition, "true",
		  "Which events: \"alert = 'true' AND $body.temperature > 30\""),
	HUB_FLAG_('s', "SOURCE", "source", DUET_OPTION_TEXT, struct route_flags, source, "Telemetry",
		  "Telemetry, twinChangeEvents, deviceLifecycleEvents, deviceConnectionStateEvents, "
		  "deviceJobLifecycleEvents or all"),
	HUB_FLAG_(0, "PLACE", "from", DUET_OPTION_TEXT, struct route_flags, from, "next",
		  "Where a new route begins: next, or first: with all that is still kept"),
	HUB_SWITCH(0, "disabled", struct route_flags, disabled, "Make it, but let it do nothing yet"),
	HUB_END,
};

static json_t *read_options(const struct duet_invocation *invocation)
{
	const struct route_flags *flags = invocation->flags;
	json_t *options = json_object();

	for (size_t i = 0; i < flags->options.n_items; i++) {
		const char *item = flags->options.items[i], *equals = strchr(item, '=');

		if (!equals || equals == item) {
			duet_command_usage(invocation, "--option is NAME=VALUE");
			json_decref(options);
			return NULL;
		}
		json_object_setn_new(options, item, (size_t)(equals - item), json_string(equals + 1));
	}
	return options;
}

static int add(const struct duet_invocation *invocation)
{
	const struct route_flags *flags = invocation->flags;
	const char *path = one(invocation, "/routes/%s");
	struct duet_hub_call call = {.method = "PUT", .path = path};
	json_t *options;

	if (!path)
		return DUET_EXIT_USAGE;
	if (!flags->to)
		return duet_command_usage(invocation, "--to says where to: file, http, mqtt or sqlite");
	options = read_options(invocation);
	if (!options)
		return DUET_EXIT_USAGE;
	call.take_body =
		json_pack("{s:s, s:s, s:s, s:s, s:b, s:{s:s, s:o}}", "name", invocation->arguments[0],
			  "source", flags->source, "condition", flags->condition, "from", flags->from,
			  "enabled", !flags->disabled, "endpoint", "type", flags->to, "options", options);
	return duet_hub_do(invocation, &flags->hub, &call, NULL);
}

static const struct duet_command add_command = {
	.name = "add",
	.arguments = "ROUTE",
	.summary = "Add a route, or change one",
	.description =
		"file: path, max_mb, keep. http: url, secret (signs each request: x-duet-signature), batch, "
		"timeout, header. mqtt: host, port, topic, user, password, tls, ca. sqlite: path, keep; "
		"`duet-hub "
		"route events` reads it. Paths stand on state/routes in the hub's folder.",
	.flags = add_flags,
	.flags_size = sizeof(struct route_flags),
	.run = add,
};

static const struct duet_flag show_flags[] = {HUB_FLAGS(struct route_flags, hub), HUB_END};

static void print_routes(const json_t *list)
{
	static const struct duet_hub_column columns[] = {{"ROUTE", "name"},
							 {"TO", "endpoint.type"},
							 {"ENABLED", "enabled"},
							 {"STATE", "status.state"},
							 {"SENT", "status.sent"},
							 {"DEAD", "status.deadLettered"},
							 {"WAITING", "status.waiting"},
							 {"CONDITION", "condition"}};

	duet_hub_print_table(stdout, list, columns, sizeof(columns) / sizeof(*columns));
}

static int list(const struct duet_invocation *invocation)
{
	const struct route_flags *flags = invocation->flags;
	struct duet_hub_call call = {.method = "GET", .path = "/routes"};

	return duet_hub_do(invocation, &flags->hub, &call, print_routes);
}

static const struct duet_command list_command = {
	.name = "list",
	.summary = "List routes and how far each is",
	.flags = show_flags,
	.flags_size = sizeof(struct route_flags),
	.run = list,
};

static int show(const struct duet_invocation *invocation)
{
	const struct route_flags *flags = invocation->flags;
	const char *path = one(invocation, "/routes/%s");

	return path ? duet_hub_do(invocation, &flags->hub,
				  &(struct duet_hub_call){.method = "GET", .path = path}, NULL)
		    : DUET_EXIT_USAGE;
}

static const struct duet_command show_command = {
	.name = "show",
	.arguments = "ROUTE",
	.summary = "Show a route, how far it is and what last went wrong",
	.flags = show_flags,
	.flags_size = sizeof(struct route_flags),
	.run = show,
};

static int remove_one(const struct duet_invocation *invocation)
{
	const struct route_flags *flags = invocation->flags;
	const char *path = one(invocation, "/routes/%s");

	return path ? duet_hub_do(invocation, &flags->hub,
				  &(struct duet_hub_call){.method = "DELETE", .path = path}, NULL)
		    : DUET_EXIT_USAGE;
}

static const struct duet_command remove_command = {
	.name = "remove",
	.arguments = "ROUTE",
	.summary = "Remove a route; what it has written stays",
	.flags = show_flags,
	.flags_size = sizeof(struct route_flags),
	.run = remove_one,
};

static const struct duet_flag events_flags[] = {
	HUB_FLAGS(struct route_flags, hub),
	HUB_TEXT('w', "CONDITION", "where", struct route_flags, condition,
		 "On the columns number, time, source, device, module, properties, body: \"device = "
		 "'kitchen'\""),
	HUB_NUMBER("N", "max", struct route_flags, max, "100", 1, 10000, "At most N, the newest"),
	HUB_END,
};

static int events(const struct duet_invocation *invocation)
{
	const struct route_flags *flags = invocation->flags;
	const char *path = one(invocation, "/routes/%s/query");
	struct duet_hub_call call = {.method = "POST", .path = path};

	if (!path)
		return DUET_EXIT_USAGE;
	call.take_body = json_pack("{s:s, s:i}", "where", flags->condition ? flags->condition : "1", "max",
				   flags->max);
	return duet_hub_do(invocation, &flags->hub, &call, NULL);
}

static const struct duet_command events_command = {
	.name = "events",
	.arguments = "ROUTE",
	.summary = "Show what a route to SQLite has kept of the recent past",
	.flags = events_flags,
	.flags_size = sizeof(struct route_flags),
	.run = events,
};

static const struct duet_command *const commands[] = {&add_command,    &list_command,   &show_command,
						      &remove_command, &events_command, NULL};

const struct duet_command duet_hub_route_command = {
	.name = "route",
	.summary = "Say where telemetry goes: files, HTTP, another MQTT broker, SQLite",
	.commands = commands,
};
