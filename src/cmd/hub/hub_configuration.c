/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cmd/hub/hub.h"
#include "cmd/hub/hub_print.h"

/* Configurations: desired properties for all devices that fulfil a condition. */

struct configuration_flags {
	struct duet_hub_where hub;
	const char *content, *target, *labels, *metrics, *etag;
	int priority;
};

static const char *one(const struct duet_invocation *invocation)
{
	if (invocation->n_arguments == 1)
		return duet_hub_path(invocation, "/configurations/%s", invocation->arguments[0]);
	duet_command_usage(invocation, "say which configuration");
	return NULL;
}

static const struct duet_flag add_flags[] = {
	HUB_FLAGS(struct configuration_flags, hub),
	HUB_TEXT('c', "JSON", "content", struct configuration_flags, content,
		 "{\"deviceContent\": {\"properties.desired.led\": {…}}}; @FILE reads a file"),
	HUB_TEXT('t', "CONDITION", "target", struct configuration_flags, target,
		 "Which devices: \"tags.room = 'kitchen'\"; without it none"),
	HUB_NUMBER("N", "priority", struct configuration_flags, priority, "0", 0, 1000000,
		   "Of several that set the same, the highest holds"),
	HUB_TEXT(0, "JSON", "labels", struct configuration_flags, labels, "{\"name\": \"value\"}"),
	HUB_TEXT(0, "JSON", "metrics", struct configuration_flags, metrics,
		 "{\"queries\": {\"name\": \"SELECT deviceId FROM devices WHERE …\"}}"),
	HUB_END,
};

static bool set_json(const struct duet_invocation *invocation, json_t *body, const char *key,
		     const char *text)
{
	return !text || json_object_set_new(body, key, duet_hub_read_json(invocation, text)) == 0;
}

static int add(const struct duet_invocation *invocation)
{
	const struct configuration_flags *flags = invocation->flags;
	const char *path = one(invocation);
	struct duet_hub_call call = {.method = "PUT", .path = path};

	if (!path)
		return DUET_EXIT_USAGE;
	if (!flags->content)
		return duet_command_usage(invocation, "--content says what is set");
	call.take_body = json_pack("{s:s, s:s, s:i}", "id", invocation->arguments[0], "targetCondition",
				   flags->target ? flags->target : "", "priority", flags->priority);
	if (set_json(invocation, call.take_body, "content", flags->content) &&
	    set_json(invocation, call.take_body, "labels", flags->labels) &&
	    set_json(invocation, call.take_body, "metrics", flags->metrics))
		return duet_hub_do(invocation, &flags->hub, &call, NULL);
	json_decref(call.take_body);
	return DUET_EXIT_USAGE;
}

static const struct duet_command add_command = {
	.name = "add",
	.arguments = "CONFIGURATION",
	.summary = "Add a configuration",
	.flags = add_flags,
	.flags_size = sizeof(struct configuration_flags),
	.run = add,
};

static const struct duet_flag show_flags[] = {HUB_FLAGS(struct configuration_flags, hub), HUB_END};

static void print_configurations(const json_t *list)
{
	static const struct duet_hub_column columns[] = {{"CONFIGURATION", "id"},
							 {"PRIORITY", "priority"},
							 {"TARGETED", "systemMetrics.results.targetedCount"},
							 {"APPLIED", "systemMetrics.results.appliedCount"},
							 {"TARGET", "targetCondition"}};

	duet_hub_print_table(stdout, list, columns, sizeof(columns) / sizeof(*columns));
}

static int list(const struct duet_invocation *invocation)
{
	const struct configuration_flags *flags = invocation->flags;
	struct duet_hub_call call = {.method = "GET", .path = "/configurations"};

	return duet_hub_do(invocation, &flags->hub, &call, print_configurations);
}

static const struct duet_command list_command = {
	.name = "list",
	.summary = "List configurations",
	.flags = show_flags,
	.flags_size = sizeof(struct configuration_flags),
	.run = list,
};

static int show(const struct duet_invocation *invocation)
{
	const struct configuration_flags *flags = invocation->flags;
	const char *path = one(invocation);

	return path ? duet_hub_do(invocation, &flags->hub,
				  &(struct duet_hub_call){.method = "GET", .path = path}, NULL)
		    : DUET_EXIT_USAGE;
}

static const struct duet_command show_command = {
	.name = "show",
	.arguments = "CONFIGURATION",
	.summary = "Show a configuration with its metrics",
	.flags = show_flags,
	.flags_size = sizeof(struct configuration_flags),
	.run = show,
};

static const struct duet_flag remove_flags[] = {
	HUB_FLAGS(struct configuration_flags, hub),
	HUB_FLAG_(0, "ETAG", "etag", DUET_OPTION_TEXT, struct configuration_flags, etag, "*",
		  "Only when it has not changed since"),
	HUB_END,
};

static int remove_one(const struct duet_invocation *invocation)
{
	const struct configuration_flags *flags = invocation->flags;
	const char *path = one(invocation);
	struct duet_hub_call call = {.method = "DELETE", .path = path, .if_match = flags->etag};

	return path ? duet_hub_do(invocation, &flags->hub, &call, NULL) : DUET_EXIT_USAGE;
}

static const struct duet_command remove_command = {
	.name = "remove",
	.arguments = "CONFIGURATION",
	.summary = "Remove a configuration; what it has set is set by the next one",
	.flags = remove_flags,
	.flags_size = sizeof(struct configuration_flags),
	.run = remove_one,
};

static const struct duet_command *const commands[] = {&add_command, &list_command, &show_command,
						      &remove_command, NULL};

const struct duet_command duet_hub_configuration_command = {
	.name = "configuration",
	.summary = "Add, list, show and remove configurations of many devices",
	.commands = commands,
};
