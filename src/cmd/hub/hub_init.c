/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "cmd/hub/hub.h"
#include "cmd/hub/hub_connection.h"
#include "cmd/hub/hub_folder.h"
#include "cmd/hub/hub_print.h"
#include "hub/key/certificate.h"
#include "hub/key/secret.h"

/* Makes a hub: its authority and certificate, its keys, its configuration. */

struct init_flags {
	const char *hostname;
	int mqtt_port, https_port;
	bool json;
};

static const struct duet_flag flags_table[] = {
	HUB_FLAG_(0, "NAME", "hostname", DUET_OPTION_TEXT, struct init_flags, hostname, "localhost",
		  "The name by which devices and services will reach it"),
	HUB_NUMBER("PORT", "mqtt-port", struct init_flags, mqtt_port, "8883", 0, 65535,
		   "For the configuration: MQTT"),
	HUB_NUMBER("PORT", "https-port", struct init_flags, https_port, "443", 0, 65535,
		   "For the configuration: HTTPS"),
	HUB_SWITCH('j', "json", struct init_flags, json,
		   "{\"hostname\", \"ca_file\", \"service_connection_string\"} and nothing else"),
	HUB_END,
};

static bool is_empty(const char *dir)
{
	DIR *folder = opendir(dir);
	const struct dirent *entry;
	bool empty = true;

	while (folder && (entry = readdir(folder)))
		empty = empty && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
	if (folder)
		closedir(folder);
	return empty;
}

static int make_folder(const char *dir, struct duet_error *error)
{
	char path[4096];
	int code = duet_file_mkdirs(dir, error);

	if (code < 0)
		return code;
	snprintf(path, sizeof(path), "%s/hub.yaml", dir);
	if (access(path, F_OK) == 0) {
		duet_error_set(error, -EEXIST, "%.180s is a hub already", dir);
		duet_error_hint(error, "`duet-hub run %.100s` starts it", dir);
		return -EEXIST;
	}
	if (!is_empty(dir)) {
		duet_error_set(error, -ENOTEMPTY, "%.180s is not empty", dir);
		duet_error_hint(error, "name a folder of its own for the hub");
		return -ENOTEMPTY;
	}
	snprintf(path, sizeof(path), "%s/state", dir);
	if (mkdir(path, 0700) < 0)
		return duet_error_set(error, -errno, "cannot make %.200s: %s", path, strerrordesc_np(errno));
	return 0;
}

static int write_config(const char *dir, const struct init_flags *flags, struct duet_error *error)
{
	char path[4096], scope[16], mqtt[12], https[12], *text = NULL;
	unsigned char random[4];
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int code;

	if (!out || RAND_bytes(random, sizeof(random)) != 1)
		return duet_error_set(error, -ENOMEM, "out of memory");
	snprintf(scope, sizeof(scope), "0ne%02X%02X%02X%02X", random[0], random[1], random[2], random[3]);
	snprintf(mqtt, sizeof(mqtt), "%d", flags->mqtt_port);
	snprintf(https, sizeof(https), "%d", flags->https_port);
	duet_hub_config_write(out, (struct duet_hub_setting[]){{"hostname", flags->hostname},
							       {"listen.mqtt_port", mqtt},
							       {"listen.https_port", https},
							       {"provisioning.id_scope", scope},
							       {NULL, NULL}});
	fclose(out);
	snprintf(path, sizeof(path), "%s/hub.yaml", dir);
	code = duet_file_replace(path, (struct duet_slice){text, size}, error);
	free(text);
	return code;
}

/* Is it a name that a configuration and a certificate can have? */
static int check_hostname(const char *hostname, struct duet_error *error)
{
	struct duet_hub_config *config;
	char text[300];
	int n = snprintf(text, sizeof(text), "hostname: \"%s\"", hostname), code;

	if (n >= (int)sizeof(text) || strchr(hostname, '"') || strchr(hostname, '\\'))
		return duet_error_set(error, -EINVAL, "that is no host name");
	code = duet_hub_config_parse(&config, "/", "", text, (size_t)n, error);
	if (code == 0)
		duet_hub_config_free(config);
	return code;
}

static void clean_up(const char *dir)
{
	static const char *const names[] = {"state/hub.db", "state/hub.db-wal", "state/hub.db-shm",
					    "state",        "secret.key",       "ca.pem",
					    "ca.key",       "server.pem",       "server.key"};
	char path[4096];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		if (remove(path) < 0)
			continue; /* it was not made yet */
	}
}

/* The configuration comes last: without it the folder is no hub. */
static int make(const char *dir, const struct init_flags *flags, struct duet_arena *arena,
		struct duet_hub_connection *connection, struct duet_error *error)
{
	char path[4096];
	int code = make_folder(dir, error);

	if (code < 0)
		return code;
	code = duet_hub_certificate_init(dir, flags->hostname, error);
	snprintf(path, sizeof(path), "%s/" DUET_HUB_SECRET_FILE, dir);
	if (code == 0)
		code = duet_hub_secret_create(path, error);
	if (code == 0)
		code = write_config(dir, flags, error);
	if (code == 0)
		code = duet_hub_folder_make(dir, error);
	if (code == 0)
		code = duet_hub_connection_of_dir(connection, dir, "iothubowner", arena, error);
	if (code < 0) {
		snprintf(path, sizeof(path), "%s/hub.yaml", dir);
		unlink(path);
		clean_up(dir);
	}
	return code;
}

static int print_json(const struct duet_hub_connection *connection, const char *string)
{
	json_t *json = json_pack("{s:s, s:s, s:s}", "hostname", connection->hostname, "ca_file",
				 connection->ca, "service_connection_string", string);

	if (!json)
		return DUET_EXIT_FAILED;
	duet_hub_print_line(stdout, json);
	json_decref(json);
	return DUET_EXIT_DONE;
}

static void print_scope(const char *dir)
{
	struct duet_hub_config *config;

	if (duet_hub_config_load(&config, dir, NULL) < 0)
		return;
	printf("ID scope of the provisioning service:\n  %s\n\n", config->provisioning.id_scope);
	duet_hub_config_free(config);
}

static int print_person(const char *dir, const struct duet_hub_connection *owner, struct duet_arena *arena,
			struct duet_error *error)
{
	const char *bold = duet_hub_colour(stdout, "\033[1m"), *plain = duet_hub_colour(stdout, "\033[0m");

	printf("%sA hub for %s in %s.%s\n\nConnection strings, by policy:\n", bold, owner->hostname, dir,
	       plain);
	for (int i = 0; i < DUET_HUB_N_POLICIES; i++) {
		struct duet_hub_connection one;
		int code = duet_hub_connection_of_dir(&one, dir, duet_hub_policy_name(i), arena, error);

		if (code < 0)
			return code;
		printf("  %-18s %s\n", one.policy, duet_hub_connection_string(&one, arena));
	}
	putchar('\n');
	print_scope(dir);
	printf("What makes a client trust it:\n"
	       "  Node.js           export NODE_EXTRA_CA_CERTS=%s\n"
	       "  C and OpenSSL     export SSL_CERT_FILE=%s\n"
	       "  mosquitto, curl   --cafile, --cacert %s\n"
	       "  the whole system  cp %s /usr/local/share/ca-certificates/duet-hub.crt && "
	       "update-ca-certificates\n\n",
	       owner->ca, owner->ca, owner->ca, owner->ca);
	printf("Next:\n  duet-hub run %s\n  duet-hub device add --dir %s my-device\n", dir, dir);
	return 0;
}

static int init(const struct duet_invocation *invocation)
{
	const struct init_flags *flags = invocation->flags;
	const char *dir = invocation->arguments[0], *string;
	struct duet_hub_connection connection = {0};
	struct duet_error error = {0};
	int code;

	if (invocation->n_arguments != 1)
		return duet_command_usage(invocation, "say which folder");
	if (check_hostname(flags->hostname, &error) < 0)
		return duet_command_error(invocation, DUET_EXIT_USAGE, &error);
	code = make(dir, flags, invocation->arena, &connection, &error);
	string = code < 0 ? NULL : duet_hub_connection_string(&connection, invocation->arena);
	if (code == 0 && flags->json && string)
		return print_json(&connection, string);
	if (code == 0)
		code = print_person(dir, &connection, invocation->arena, &error);
	return code < 0 ? duet_command_error(invocation, DUET_EXIT_FAILED, &error) : DUET_EXIT_DONE;
}

const struct duet_command duet_hub_init_command = {
	.name = "init",
	.arguments = "DIR",
	.summary = "Make a hub: its certificates, keys and configuration",
	.description =
		"Makes the folder DIR with a private certification authority (ca.pem), a server certificate "
		"for "
		"NAME, localhost, this machine, 127.0.0.1 and ::1, the keys of the five policies (in the "
		"database, "
		"encrypted under secret.key) and hub.yaml, a configuration that explains itself. Prints the "
		"connection strings and how to make a client trust the hub. A folder that is a hub already "
		"is "
		"refused.",
	.flags = flags_table,
	.flags_size = sizeof(struct init_flags),
	.run = init,
};
