/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cmd/hub/hub.h"
#include "cmd/hub/hub_connection.h"
#include "cmd/hub/hub_print.h"
#include "net/sas.h"

/* Tokens for programs that cannot make them: curl, mosquitto_pub. */

enum { TOKEN_SIZE = 1024 };

struct token_flags {
	struct duet_hub_where hub;
	const char *device, *module;
	int life_ms;
	bool secondary;
};

static const struct duet_flag flags_table[] = {
	HUB_FLAGS(struct token_flags, hub),
	HUB_FLAG_('D', "DEVICE", "device", DUET_OPTION_TEXT, struct token_flags, device, NULL,
		  "For a device: the password of its MQTT connection; without it for services"),
	HUB_FLAG_('m', "MODULE", "module", DUET_OPTION_TEXT, struct token_flags, module, NULL,
		  "For a module of it"),
	HUB_TIME("TIME", "expires", struct token_flags, life_ms, "1h", "How long it holds"),
	HUB_SWITCH(0, "secondary", struct token_flags, secondary, "Signed with the device's secondary key"),
	HUB_END,
};

static int show(const struct duet_invocation *invocation, const char *resource, const char *key,
		const char *policy)
{
	const struct token_flags *flags = invocation->flags;
	char token[TOKEN_SIZE];
	json_t *shown;

	if (duet_sas_make(resource, key, policy, (int64_t)time(NULL) + flags->life_ms / 1000, token,
			  sizeof(token)) < 0)
		return duet_command_fail(invocation, DUET_EXIT_FAILED, "its key is no key in base64");
	if (!flags->hub.json) {
		printf("%s\n", token);
		return DUET_EXIT_DONE;
	}
	shown = json_pack("{s:s}", "sas", token);
	duet_hub_print_line(stdout, shown);
	json_decref(shown);
	return DUET_EXIT_DONE;
}

static int for_service(const struct duet_invocation *invocation)
{
	const struct token_flags *flags = invocation->flags;
	struct duet_hub_connection connection;
	struct duet_error error = {0};

	if (duet_hub_connection_find(&connection, &flags->hub, invocation->arena, &error) < 0)
		return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	return show(invocation, connection.hostname, connection.key, connection.policy);
}

static int for_identity(const struct duet_invocation *invocation, struct duet_hub_client *client,
			const char *path)
{
	const struct token_flags *flags = invocation->flags;
	const char *host = duet_hub_client_hostname(client), *key;
	const char *resource =
		duet_arena_printf(invocation->arena, "%.*s%s", (int)strcspn(host, ":"), host, path);
	json_t *identity = NULL;
	int result =
		duet_hub_fetch(client, &(struct duet_hub_call){.method = "GET", .path = path}, &identity);

	if (result != DUET_EXIT_DONE)
		return result;
	key = json_string_value(
		json_object_get(json_object_get(json_object_get(identity, "authentication"), "symmetricKey"),
				flags->secondary ? "secondaryKey" : "primaryKey"));
	if (!key || !*key || !resource)
		result = duet_command_fail(invocation, DUET_EXIT_FAILED, "it has no keys but certificates");
	else
		result = show(invocation, resource, key, NULL);
	json_decref(identity);
	return result;
}

static int token(const struct duet_invocation *invocation)
{
	const struct token_flags *flags = invocation->flags;
	struct duet_hub_client *client;
	const char *path;
	int result;

	if (invocation->n_arguments > 0 || (flags->module && !flags->device))
		return duet_command_usage(invocation,
					  "--device and --module say for whom, nothing for services");
	if (!flags->device)
		return for_service(invocation);
	path = flags->module
		       ? duet_hub_path(invocation, "/devices/%s/modules/%s", flags->device, flags->module)
		       : duet_hub_path(invocation, "/devices/%s", flags->device);
	client = path ? duet_hub_client_open(invocation, &flags->hub, &result) : NULL;
	if (!client)
		return path ? result : DUET_EXIT_USAGE;
	result = for_identity(invocation, client, path);
	duet_hub_client_close(client);
	return result;
}

const struct duet_command duet_hub_token_command = {
	.name = "token",
	.summary = "Print a token (SharedAccessSignature) for a device or a service",
	.description = "For programs that cannot make one: `curl -H \"Authorization: $(duet-hub token)\" …`, "
		       "`mosquitto_pub -P \"$(duet-hub token --device lamp)\" …`.",
	.flags = flags_table,
	.flags_size = sizeof(struct token_flags),
	.run = token,
};
