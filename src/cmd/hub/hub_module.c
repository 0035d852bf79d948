/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cmd/hub/hub_identity.h"
#include "cmd/hub/hub_print.h"

/* The modules of a device. */

struct module_flags {
	struct duet_hub_where hub;
	struct duet_hub_new_identity made;
	bool secondary;
	const char *etag;
};

static const char *one_module(const struct duet_invocation *invocation)
{
	if (invocation->n_arguments == 2)
		return duet_hub_path(invocation, "/devices/%s/modules/%s", invocation->arguments[0],
				     invocation->arguments[1]);
	duet_command_usage(invocation, "say which device and which module");
	return NULL;
}

static const struct duet_flag add_flags[] = {
	HUB_FLAGS(struct module_flags, hub),
	HUB_IDENTITY_FLAGS(struct module_flags, made),
	HUB_END,
};

static int print_added(const struct duet_invocation *invocation, struct duet_hub_client *client,
		       const json_t *module)
{
	const struct module_flags *flags = invocation->flags;
	const char *string =
		duet_hub_identity_string(invocation, duet_hub_client_hostname(client), module, false);

	if (flags->hub.json)
		duet_hub_print_json(stdout, module);
	else if (string)
		printf("%s\n", string);
	return string ? DUET_EXIT_DONE : DUET_EXIT_FAILED;
}

static int put_module(const struct duet_invocation *invocation, struct duet_hub_call *call)
{
	const struct module_flags *flags = invocation->flags;
	json_t *module = NULL;
	int result;
	struct duet_hub_client *client = duet_hub_client_open(invocation, &flags->hub, &result);

	if (!client) {
		json_decref(call->take_body);
		return result;
	}
	result = duet_hub_fetch(client, call, &module);
	if (result == DUET_EXIT_DONE)
		result = print_added(invocation, client, module);
	json_decref(module);
	duet_hub_client_close(client);
	return result;
}

static int add(const struct duet_invocation *invocation)
{
	const struct module_flags *flags = invocation->flags;
	const char *path = one_module(invocation);
	json_t *body = path ? duet_hub_identity_body(invocation, &flags->made) : NULL;

	if (!body)
		return DUET_EXIT_USAGE;
	json_object_set_new(body, "deviceId", json_string(invocation->arguments[0]));
	json_object_set_new(body, "moduleId", json_string(invocation->arguments[1]));
	return put_module(invocation,
			  &(struct duet_hub_call){.method = "PUT", .path = path, .take_body = body});
}

static const struct duet_command add_command = {
	.name = "add",
	.arguments = "DEVICE MODULE",
	.summary = "Add a module, and print the connection string that it needs",
	.flags = add_flags,
	.flags_size = sizeof(struct module_flags),
	.run = add,
};

static const struct duet_flag show_flags[] = {HUB_FLAGS(struct module_flags, hub), HUB_END};

static void print_modules(const json_t *modules)
{
	static const struct duet_hub_column columns[] = {{"MODULE", "moduleId"},
							 {"CONNECTION", "connectionState"},
							 {"AUTHENTICATION", "authentication.type"},
							 {"LAST ACTIVE", "lastActivityTime"}};

	duet_hub_print_table(stdout, modules, columns, sizeof(columns) / sizeof(*columns));
}

static int list(const struct duet_invocation *invocation)
{
	const struct module_flags *flags = invocation->flags;
	struct duet_hub_call call = {.method = "GET"};

	if (invocation->n_arguments != 1)
		return duet_command_usage(invocation, "say which device");
	call.path = duet_hub_path(invocation, "/devices/%s/modules", invocation->arguments[0]);
	return duet_hub_do(invocation, &flags->hub, &call, print_modules);
}

static const struct duet_command list_command = {
	.name = "list",
	.arguments = "DEVICE",
	.summary = "List the modules of a device",
	.flags = show_flags,
	.flags_size = sizeof(struct module_flags),
	.run = list,
};

static int show(const struct duet_invocation *invocation)
{
	const struct module_flags *flags = invocation->flags;
	const char *path = one_module(invocation);
	struct duet_hub_call call = {.method = "GET", .path = path};

	return path ? duet_hub_do(invocation, &flags->hub, &call, NULL) : DUET_EXIT_USAGE;
}

static const struct duet_command show_command = {
	.name = "show",
	.arguments = "DEVICE MODULE",
	.summary = "Show a module with its keys",
	.flags = show_flags,
	.flags_size = sizeof(struct module_flags),
	.run = show,
};

static const struct duet_flag remove_flags[] = {
	HUB_FLAGS(struct module_flags, hub),
	HUB_FLAG_(0, "ETAG", "etag", DUET_OPTION_TEXT, struct module_flags, etag, "*",
		  "Only when it has not changed since"),
	HUB_END,
};

static int remove_module(const struct duet_invocation *invocation)
{
	const struct module_flags *flags = invocation->flags;
	const char *path = one_module(invocation);
	struct duet_hub_call call = {.method = "DELETE", .path = path, .if_match = flags->etag};

	return path ? duet_hub_do(invocation, &flags->hub, &call, NULL) : DUET_EXIT_USAGE;
}

static const struct duet_command remove_command = {
	.name = "remove",
	.arguments = "DEVICE MODULE",
	.summary = "Remove a module with its twin",
	.flags = remove_flags,
	.flags_size = sizeof(struct module_flags),
	.run = remove_module,
};

static const struct duet_flag string_flags[] = {
	HUB_FLAGS(struct module_flags, hub),
	HUB_SWITCH(0, "secondary", struct module_flags, secondary, "With the secondary key"),
	HUB_END,
};

static int connection_string(const struct duet_invocation *invocation)
{
	const struct module_flags *flags = invocation->flags;

	return duet_hub_identity_show_string(invocation, &flags->hub, one_module(invocation),
					     flags->secondary);
}

static const struct duet_command string_command = {
	.name = "connection-string",
	.arguments = "DEVICE MODULE",
	.summary = "Print what a module needs to connect",
	.flags = string_flags,
	.flags_size = sizeof(struct module_flags),
	.run = connection_string,
};

static const struct duet_command *const commands[] = {&add_command,    &list_command,   &show_command,
						      &remove_command, &string_command, NULL};

const struct duet_command duet_hub_module_command = {
	.name = "module",
	.summary = "Add, list, show and remove modules of devices",
	.commands = commands,
};
