/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cmd/hub/hub_connection.h"
#include "cmd/hub/hub_identity.h"
#include "cmd/hub/hub_print.h"

/* The keys of policies, devices and modules. */

struct key_flags {
	struct duet_hub_where hub;
	const char *device, *module, *policy;
	int kind;
};

enum { PRIMARY, SECONDARY, BOTH, SWAP };

static const char *const kinds[] = {"primary", "secondary", "both", "swap", NULL};

static const struct duet_flag show_flags[] = {HUB_FLAGS(struct key_flags, hub), HUB_END};

static void print_policies(const json_t *policies)
{
	static const struct duet_hub_column columns[] = {{"POLICY", "keyName"},
							 {"RIGHTS", "rights"},
							 {"PRIMARY", "primaryKey"},
							 {"SECONDARY", "secondaryKey"}};

	duet_hub_print_table(stdout, policies, columns, sizeof(columns) / sizeof(*columns));
}

static int list(const struct duet_invocation *invocation)
{
	const struct key_flags *flags = invocation->flags;
	struct duet_hub_call call = {.method = "GET", .path = "/policies"};

	return duet_hub_do(invocation, &flags->hub, &call, print_policies);
}

static const struct duet_command list_command = {
	.name = "list",
	.summary = "List the policies with their keys",
	.flags = show_flags,
	.flags_size = sizeof(struct key_flags),
	.run = list,
};

static const struct duet_flag regenerate_flags[] = {
	HUB_FLAGS(struct key_flags, hub),
	HUB_TEXT(0, "POLICY", "policy", struct key_flags, policy, "Of a policy"),
	HUB_TEXT(0, "DEVICE", "device", struct key_flags, device, "Of a device"),
	HUB_TEXT(0, "MODULE", "module", struct key_flags, module, "Of a module of it"),
	{'k',
	 "KIND",
	 {"kind", DUET_OPTION_CHOICE, offsetof(struct key_flags, kind), "primary",
	  "Which one; swap makes the secondary one the primary one", kinds, 0, 0}},
	HUB_END,
};

/* An empty key is made up by the hub. */
static int renew(void *user, json_t *identity)
{
	json_t *keys = json_object_get(json_object_get(identity, "authentication"), "symmetricKey");
	json_t *primary = json_incref(json_object_get(keys, "primaryKey"));
	json_t *secondary = json_incref(json_object_get(keys, "secondaryKey"));
	int kind = *(const int *)user;

	if (!json_is_object(keys)) {
		fprintf(stderr, "it has no keys but certificates\n");
		return -1;
	}
	if (kind == SWAP) {
		json_object_set(keys, "primaryKey", secondary);
		json_object_set(keys, "secondaryKey", primary);
	}
	if (kind == PRIMARY || kind == BOTH)
		json_object_set_new(keys, "primaryKey", json_string(""));
	if (kind == SECONDARY || kind == BOTH)
		json_object_set_new(keys, "secondaryKey", json_string(""));
	json_decref(primary);
	json_decref(secondary);
	return 0;
}

static int regenerate(const struct duet_invocation *invocation)
{
	const struct key_flags *flags = invocation->flags;
	int kind = flags->kind;
	struct duet_hub_call call = {.method = "POST"};
	const char *path;

	if (!flags->policy == !flags->device)
		return duet_command_usage(invocation, "either --policy or --device says whose key");
	if (flags->device) {
		path = flags->module ? duet_hub_path(invocation, "/devices/%s/modules/%s", flags->device,
						     flags->module)
				     : duet_hub_path(invocation, "/devices/%s", flags->device);
		return duet_hub_identity_change(invocation, &flags->hub, path, renew, &kind, NULL);
	}
	call.path = duet_hub_path(invocation, "/policies/%s/regenerateKey", flags->policy);
	call.take_body = json_pack("{s:s}", "kind", kinds[kind]);
	return duet_hub_do(invocation, &flags->hub, &call, NULL);
}

static const struct duet_command regenerate_command = {
	.name = "regenerate",
	.summary = "Make new keys; what was signed with the old one is refused from then on",
	.flags = regenerate_flags,
	.flags_size = sizeof(struct key_flags),
	.run = regenerate,
};

static const struct duet_flag string_flags[] = {
	HUB_FLAGS(struct key_flags, hub),
	HUB_FLAG_(0, "POLICY", "policy", DUET_OPTION_TEXT, struct key_flags, policy, "iothubowner",
		  "Of this policy"),
	HUB_END,
};

/* Read from the folder, so that it works before the hub runs. */
static int connection_string(const struct duet_invocation *invocation)
{
	const struct key_flags *flags = invocation->flags;
	struct duet_hub_connection connection;
	struct duet_error error = {0};
	const char *dir = duet_hub_dir(&flags->hub, &error), *string;

	if (!dir ||
	    duet_hub_connection_of_dir(&connection, dir, flags->policy, invocation->arena, &error) < 0)
		return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	string = duet_hub_connection_string(&connection, invocation->arena);
	if (!string)
		return duet_command_fail(invocation, DUET_EXIT_FAILED, "out of memory");
	if (flags->hub.json)
		printf("{\"connectionString\":\"%s\"}\n", string);
	else
		printf("%s\n", string);
	return DUET_EXIT_DONE;
}

static const struct duet_command string_command = {
	.name = "connection-string",
	.summary = "Print what a service needs to connect, from the hub's folder",
	.flags = string_flags,
	.flags_size = sizeof(struct key_flags),
	.run = connection_string,
};

static const struct duet_command *const commands[] = {&list_command, &regenerate_command, &string_command,
						      NULL};

const struct duet_command duet_hub_key_command = {
	.name = "key",
	.summary = "List and regenerate the keys of policies, devices and modules",
	.commands = commands,
};
