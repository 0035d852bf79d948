/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/hub/hub_connection.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/hub/hub_folder.h"
#include "hub/config.h"
#include "hub/record/policy.h"

enum { HTTPS = 443 };

static const char *field(struct duet_slice name, struct duet_hub_connection *connection, const char *value)
{
	struct {
		const char *name;
		const char **place;
	} fields[] = {{"HostName", &connection->hostname},
		      {"SharedAccessKeyName", &connection->policy},
		      {"SharedAccessKey", &connection->key}};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (duet_slice_equal(name, duet_slice(fields[i].name)))
			return *fields[i].place = value;
	return NULL;
}

/* "hub.example.org:8443" */
static int split_port(struct duet_hub_connection *connection, struct duet_arena *arena)
{
	const char *colon = strchr(connection->hostname, ':');
	char *end;

	connection->host = connection->hostname;
	connection->port = HTTPS;
	if (!colon)
		return 0;
	connection->port = (int)strtol(colon + 1, &end, 10);
	connection->host = duet_arena_copy(
		arena, (struct duet_slice){connection->hostname, (size_t)(colon - connection->hostname)});
	connection->hostname = connection->host;
	return connection->host && *end == '\0' && connection->port > 0 && connection->port < 65536 ? 0
												    : -EINVAL;
}

int duet_hub_connection_parse(struct duet_hub_connection *connection, const char *text,
			      struct duet_arena *arena, struct duet_error *error)
{
	*connection = (struct duet_hub_connection){0};
	while (*text) {
		size_t len = strcspn(text, ";"), name = strcspn(text, "=");
		const char *value;

		if (name < len) {
			value = duet_arena_copy(arena, (struct duet_slice){text + name + 1, len - name - 1});
			if (!value)
				return duet_error_set(error, -ENOMEM, "out of memory");
			field((struct duet_slice){text, name}, connection, value);
		}
		text += len + (text[len] == ';');
	}
	if (connection->hostname && connection->policy && connection->key &&
	    split_port(connection, arena) == 0)
		return 0;
	duet_error_set(error, -EINVAL, "that is no connection string of a hub");
	duet_error_hint(error,
			"HostName=…;SharedAccessKeyName=…;SharedAccessKey=…, as `duet-hub init` prints it");
	return -EINVAL;
}

/* Where a running hub listens: it may have been told other ports than its configuration says. */
static int port_of(const struct duet_hub_config *config)
{
	const char *path = duet_hub_config_path(config, DUET_HUB_RUN_FILE);
	json_t *running = path ? json_load_file(path, 0, NULL) : NULL;
	json_int_t port = json_integer_value(json_object_get(running, "https_port"));

	json_decref(running);
	return port > 0 ? (int)port : config->listen.https_port;
}

static int take_from(struct duet_hub_connection *connection, const struct duet_hub_config *config,
		     const char *policy, struct duet_arena *arena, struct duet_error *error)
{
	const char *address = config->listen.address;
	struct duet_hub_policy found;
	int code = duet_hub_folder_policy(config, policy, arena, &found, error);

	if (code < 0)
		return code;
	*connection = (struct duet_hub_connection){
		.hostname = duet_arena_copy(arena, duet_slice(config->hostname)),
		.port = port_of(config),
		.local = duet_arena_copy(arena, duet_slice(address[0] ? address : "127.0.0.1")),
		.policy = found.name,
		.key = found.keys[0],
		.ca = duet_arena_copy(arena, duet_slice(config->tls.ca)),
	};
	connection->host = connection->hostname;
	if (connection->hostname && connection->local && connection->ca)
		return 0;
	return duet_error_set(error, -ENOMEM, "out of memory");
}

int duet_hub_connection_of_dir(struct duet_hub_connection *connection, const char *dir, const char *policy,
			       struct duet_arena *arena, struct duet_error *error)
{
	struct duet_hub_config *config;
	int code = duet_hub_config_load(&config, dir, error);

	if (code < 0)
		return code;
	code = take_from(connection, config, policy, arena, error);
	duet_hub_config_free(config);
	return code;
}

const char *duet_hub_connection_string(const struct duet_hub_connection *connection, struct duet_arena *arena)
{
	return duet_arena_printf(arena, "HostName=%s;SharedAccessKeyName=%s;SharedAccessKey=%s",
				 connection->hostname, connection->policy, connection->key);
}

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] ? value : NULL;
}

const char *duet_hub_dir(const struct duet_hub_where *where, struct duet_error *error)
{
	const char *dir = where->dir ? where->dir : environment("DUET_HUB_DIR");

	if (!dir) {
		duet_error_set(error, -EINVAL, "which hub is meant?");
		duet_error_hint(error, "--dir DIR or $DUET_HUB_DIR says so");
	}
	return dir;
}

int duet_hub_connection_find(struct duet_hub_connection *connection, const struct duet_hub_where *where,
			     struct duet_arena *arena, struct duet_error *error)
{
	const char *login = where->login, *dir = where->dir;
	int code;

	if (!login && !dir)
		dir = environment("DUET_HUB_DIR");
	if (!login && !dir)
		login = environment("DUET_HUB_CONNECTION");
	if (!login && !dir) {
		duet_error_set(error, -EINVAL, "which hub is meant?");
		duet_error_hint(
			error, "--dir DIR, --login CONNECTION-STRING, $DUET_HUB_DIR or $DUET_HUB_CONNECTION");
		return -EINVAL;
	}
	if (!login)
		return duet_hub_connection_of_dir(connection, dir, "iothubowner", arena, error);
	code = duet_hub_connection_parse(connection, login, arena, error);
	if (code == 0)
		connection->ca = where->ca ? where->ca : environment("DUET_HUB_CA");
	return code;
}
