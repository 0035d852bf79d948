/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cmd/hub/hub_identity.h"
#include "cmd/hub/hub_print.h"
#include "cmd/hub/hub_transfer.h"

/* The registry's devices. */

struct device_flags {
	struct duet_hub_where hub;
	struct duet_hub_new_identity made;
	bool edge, secondary;
	const char *etag, *reason, *where;
	int top;
};

static const char *one_device(const struct duet_invocation *invocation)
{
	if (invocation->n_arguments == 1)
		return duet_hub_path(invocation, "/devices/%s", invocation->arguments[0]);
	duet_command_usage(invocation, "say which device");
	return NULL;
}

static const struct duet_flag add_flags[] = {
	HUB_FLAGS(struct device_flags, hub),
	HUB_IDENTITY_FLAGS(struct device_flags, made),
	HUB_SWITCH(0, "edge", struct device_flags, edge, "It is a gateway for others (capabilities.iotEdge)"),
	HUB_END,
};

static int show_added(const struct duet_invocation *invocation, const struct device_flags *flags,
		      struct duet_hub_client *client, const json_t *device)
{
	const char *string =
		duet_hub_identity_string(invocation, duet_hub_client_hostname(client), device, false);

	if (flags->hub.json)
		duet_hub_print_json(stdout, device);
	else if (string)
		printf("%s\n", string);
	return string ? DUET_EXIT_DONE : DUET_EXIT_FAILED;
}

static int add(const struct duet_invocation *invocation)
{
	const struct device_flags *flags = invocation->flags;
	const char *path = one_device(invocation);
	json_t *body = path ? duet_hub_identity_body(invocation, &flags->made) : NULL, *device = NULL;
	struct duet_hub_client *client;
	int result;

	if (!body)
		return DUET_EXIT_USAGE;
	json_object_set_new(body, "deviceId", json_string(invocation->arguments[0]));
	if (flags->edge)
		json_object_set_new(body, "capabilities", json_pack("{s:b}", "iotEdge", 1));
	client = duet_hub_client_open(invocation, &flags->hub, &result);
	if (!client) {
		json_decref(body);
		return result;
	}
	result = duet_hub_fetch(
		client, &(struct duet_hub_call){.method = "PUT", .path = path, .take_body = body}, &device);
	if (result == DUET_EXIT_DONE)
		result = show_added(invocation, flags, client, device);
	json_decref(device);
	duet_hub_client_close(client);
	return result;
}

static const struct duet_command add_command = {
	.name = "add",
	.arguments = "DEVICE",
	.summary = "Add a device, and print the connection string that it needs",
	.flags = add_flags,
	.flags_size = sizeof(struct device_flags),
	.run = add,
};

static const struct duet_flag list_flags[] = {
	HUB_FLAGS(struct device_flags, hub),
	HUB_TEXT('w', "CONDITION", "where", struct device_flags, where,
		 "Only those for which it holds: \"tags.room = 'kitchen'\""),
	HUB_NUMBER("N", "top", struct device_flags, top, "0", 0, 10000000, "The first N only; 0: all"),
	HUB_END,
};

static int list(const struct duet_invocation *invocation)
{
	static const struct duet_hub_column columns[] = {{"DEVICE", "deviceId"},
							 {"STATUS", "status"},
							 {"CONNECTION", "connectionState"},
							 {"AUTHENTICATION", "authenticationType"},
							 {"LAST ACTIVE", "lastActivityTime"}};
	const struct device_flags *flags = invocation->flags;
	const char *query = flags->where ? duet_arena_printf(invocation->arena,
							     "SELECT * FROM devices WHERE %s", flags->where)
					 : "SELECT * FROM devices";
	json_t *rows = NULL;
	int result = DUET_EXIT_FAILED;
	struct duet_hub_client *client;

	if (invocation->n_arguments > 0)
		return duet_command_usage(invocation, "--where chooses devices");
	client = query ? duet_hub_client_open(invocation, &flags->hub, &result) : NULL;
	if (!client)
		return result;
	result = duet_hub_query_all(client, query, flags->top, &rows);
	if (result == DUET_EXIT_DONE && flags->hub.json)
		duet_hub_print_json(stdout, rows);
	else if (result == DUET_EXIT_DONE)
		duet_hub_print_table(stdout, rows, columns, sizeof(columns) / sizeof(*columns));
	json_decref(rows);
	duet_hub_client_close(client);
	return result;
}

static const struct duet_command list_command = {
	.name = "list",
	.summary = "List devices",
	.flags = list_flags,
	.flags_size = sizeof(struct device_flags),
	.run = list,
};

static const struct duet_flag show_flags[] = {HUB_FLAGS(struct device_flags, hub), HUB_END};

static int show(const struct duet_invocation *invocation)
{
	const struct device_flags *flags = invocation->flags;
	const char *path = one_device(invocation);

	return path ? duet_hub_do(invocation, &flags->hub,
				  &(struct duet_hub_call){.method = "GET", .path = path}, NULL)
		    : DUET_EXIT_USAGE;
}

static const struct duet_command show_command = {
	.name = "show",
	.arguments = "DEVICE",
	.summary = "Show a device with its keys",
	.flags = show_flags,
	.flags_size = sizeof(struct device_flags),
	.run = show,
};

static const struct duet_flag status_flags[] = {
	HUB_FLAGS(struct device_flags, hub),
	HUB_TEXT(0, "TEXT", "reason", struct device_flags, reason, "Why, for others to read"),
	HUB_END,
};

struct status {
	const char *status, *reason;
};

static int set_status(void *user, json_t *identity)
{
	const struct status *status = user;

	json_object_set_new(identity, "statusReason",
			    status->reason ? json_string(status->reason) : json_null());
	return json_object_set_new(identity, "status", json_string(status->status));
}

static void print_status(const json_t *device)
{
	char id[300], status[32];

	printf("%s is %s\n", duet_hub_member_text(device, "deviceId", id, sizeof(id)),
	       duet_hub_member_text(device, "status", status, sizeof(status)));
}

static int change_status(const struct duet_invocation *invocation, const char *to)
{
	const struct device_flags *flags = invocation->flags;
	struct status status = {to, flags->reason};
	const char *path = one_device(invocation);

	return path ? duet_hub_identity_change(invocation, &flags->hub, path, set_status, &status,
					       print_status)
		    : DUET_EXIT_USAGE;
}

static int disable(const struct duet_invocation *invocation)
{
	return change_status(invocation, "disabled");
}

static int enable(const struct duet_invocation *invocation)
{
	return change_status(invocation, "enabled");
}

static const struct duet_command disable_command = {
	.name = "disable",
	.arguments = "DEVICE",
	.summary = "Let a device connect no more, and end its connection",
	.flags = status_flags,
	.flags_size = sizeof(struct device_flags),
	.run = disable,
};

static const struct duet_command enable_command = {
	.name = "enable",
	.arguments = "DEVICE",
	.summary = "Let a device connect again",
	.flags = status_flags,
	.flags_size = sizeof(struct device_flags),
	.run = enable,
};

static const struct duet_flag remove_flags[] = {
	HUB_FLAGS(struct device_flags, hub),
	HUB_FLAG_(0, "ETAG", "etag", DUET_OPTION_TEXT, struct device_flags, etag, "*",
		  "Only when it has not changed since"),
	HUB_END,
};

static int remove_device(const struct duet_invocation *invocation)
{
	const struct device_flags *flags = invocation->flags;
	const char *path = one_device(invocation);
	struct duet_hub_call call = {.method = "DELETE", .path = path, .if_match = flags->etag};

	return path ? duet_hub_do(invocation, &flags->hub, &call, NULL) : DUET_EXIT_USAGE;
}

static const struct duet_command remove_command = {
	.name = "remove",
	.arguments = "DEVICE",
	.summary = "Remove a device with its twin, its modules and what waits for it",
	.flags = remove_flags,
	.flags_size = sizeof(struct device_flags),
	.run = remove_device,
};

static const struct duet_flag string_flags[] = {
	HUB_FLAGS(struct device_flags, hub),
	HUB_SWITCH(0, "secondary", struct device_flags, secondary, "With the secondary key"),
	HUB_END,
};

static int connection_string(const struct duet_invocation *invocation)
{
	const struct device_flags *flags = invocation->flags;

	return duet_hub_identity_show_string(invocation, &flags->hub, one_device(invocation),
					     flags->secondary);
}

static const struct duet_command string_command = {
	.name = "connection-string",
	.arguments = "DEVICE",
	.summary = "Print what a device needs to connect",
	.flags = string_flags,
	.flags_size = sizeof(struct device_flags),
	.run = connection_string,
};

static int purge(const struct duet_invocation *invocation)
{
	const struct device_flags *flags = invocation->flags;
	struct duet_hub_call call = {.method = "DELETE"};

	if (invocation->n_arguments != 1)
		return duet_command_usage(invocation, "say which device");
	call.path = duet_hub_path(invocation, "/devices/%s/commands", invocation->arguments[0]);
	return duet_hub_do(invocation, &flags->hub, &call, NULL);
}

static const struct duet_command purge_command = {
	.name = "purge",
	.arguments = "DEVICE",
	.summary = "Throw away the messages that wait for a device",
	.flags = show_flags,
	.flags_size = sizeof(struct device_flags),
	.run = purge,
};

static const struct duet_command *const commands[] = {&add_command,
						      &list_command,
						      &show_command,
						      &enable_command,
						      &disable_command,
						      &remove_command,
						      &string_command,
						      &purge_command,
						      &duet_hub_export_command,
						      &duet_hub_import_command,
						      NULL};

const struct duet_command duet_hub_device_command = {
	.name = "device",
	.summary = "Add, list, show, enable, disable, remove, export and import devices",
	.commands = commands,
};
