/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/hub/hub_transfer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/hub/hub_identity.h"
#include "cmd/hub/hub_print.h"

/* Devices as lines of JSON, in the form of the service's own export and bulk import. */

enum { BATCH = 100 };

struct transfer_flags {
	struct duet_hub_where hub;
	bool keys;
	const char *mode;
};

static const struct duet_flag export_flags[] = {
	HUB_FLAGS(struct transfer_flags, hub),
	HUB_SWITCH(0, "keys", struct transfer_flags, keys,
		   "With their keys: keep what comes out as safely as the hub"),
	HUB_END,
};

/* Without what the hub itself keeps beside the properties. */
static json_t *plain(json_t *properties)
{
	json_t *copy = json_copy(properties);

	json_object_del(copy, "$metadata");
	json_object_del(copy, "$version");
	return copy;
}

static int export_one(const struct duet_invocation *invocation, struct duet_hub_client *client,
		      const json_t *twin)
{
	const struct transfer_flags *flags = invocation->flags;
	const char *id = json_string_value(json_object_get(twin, "deviceId"));
	const char *path = id ? duet_hub_path(invocation, "/devices/%s", id) : NULL;
	json_t *device = NULL, *line, *authentication;
	int result =
		path ? duet_hub_fetch(client, &(struct duet_hub_call){.method = "GET", .path = path}, &device)
		     : DUET_EXIT_FAILED;

	if (result != DUET_EXIT_DONE)
		return result;
	authentication = json_object_get(device, "authentication");
	if (!flags->keys)
		json_object_del(authentication, "symmetricKey");
	line = json_pack("{s:s, s:O?, s:O?, s:O?, s:O?, s:{s:o*}}", "id", id, "status",
			 json_object_get(device, "status"), "authentication", authentication, "capabilities",
			 json_object_get(device, "capabilities"), "tags", json_object_get(twin, "tags"),
			 "properties", "desired",
			 plain(json_object_get(json_object_get(twin, "properties"), "desired")));
	duet_hub_print_line(stdout, line);
	json_decref(line);
	json_decref(device);
	return DUET_EXIT_DONE;
}

static int export_devices(const struct duet_invocation *invocation)
{
	const struct transfer_flags *flags = invocation->flags;
	json_t *twins = NULL;
	int result;
	struct duet_hub_client *client = duet_hub_client_open(invocation, &flags->hub, &result);

	if (!client)
		return result;
	result = duet_hub_query_all(client, "SELECT * FROM devices", 0, &twins);
	for (size_t i = 0; i < json_array_size(twins) && result == DUET_EXIT_DONE; i++)
		result = export_one(invocation, client, json_array_get(twins, i));
	json_decref(twins);
	duet_hub_client_close(client);
	return result;
}

const struct duet_command duet_hub_export_command = {
	.name = "export",
	.summary = "Print all devices with tags and desired properties, one JSON object a line",
	.description = "In the form of Azure's export and bulk import. Modules and reported properties are "
		       "left out; `duet-hub backup` has everything.",
	.flags = export_flags,
	.flags_size = sizeof(struct transfer_flags),
	.run = export_devices,
};

static const struct duet_flag import_flags[] = {
	HUB_FLAGS(struct transfer_flags, hub),
	HUB_FLAG_(0, "MODE", "mode", DUET_OPTION_TEXT, struct transfer_flags, mode, "createOrUpdate",
		  "For lines that do not say: create, update, createOrUpdate, delete, updateTwin"),
	HUB_END,
};

struct importing {
	struct duet_hub_client *client;
	json_t *batch;
	int n_done, n_failed;
};

/* Says on stderr which devices were refused and why. */
static int send_batch(struct importing *importing)
{
	json_t *body = NULL, *errors, *error;
	size_t i, n = json_array_size(importing->batch);
	char id[300], why[400];
	int result;

	if (n == 0)
		return DUET_EXIT_DONE;
	result = duet_hub_fetch(
		importing->client,
		&(struct duet_hub_call){.method = "POST", .path = "/devices", .take_body = importing->batch},
		&body);
	importing->batch = json_array();
	errors = json_object_get(body, "errors");
	json_array_foreach(errors, i, error)
		fprintf(stderr, "%s: %s\n", duet_hub_member_text(error, "deviceId", id, sizeof(id)),
			duet_hub_member_text(error, "errorStatus", why, sizeof(why)));
	importing->n_failed += (int)json_array_size(errors);
	importing->n_done += (int)(n - json_array_size(errors));
	json_decref(body);
	return result;
}

static int import_line(const struct duet_invocation *invocation, struct importing *importing,
		       const char *text, int number)
{
	const struct transfer_flags *flags = invocation->flags;
	json_error_t mistake;
	json_t *line;

	if (text[strspn(text, " \t\r\n")] == '\0')
		return DUET_EXIT_DONE;
	line = json_loads(text, JSON_REJECT_DUPLICATES, &mistake);
	if (!json_is_object(line)) {
		json_decref(line);
		return duet_command_fail(invocation, DUET_EXIT_FAILED,
					 "line %d is no JSON object; the %d devices before it are imported",
					 number, importing->n_done);
	}
	if (!json_object_get(line, "importMode"))
		json_object_set_new(line, "importMode", json_string(flags->mode));
	json_array_append_new(importing->batch, line);
	return json_array_size(importing->batch) == BATCH ? send_batch(importing) : DUET_EXIT_DONE;
}

static int import_all(const struct duet_invocation *invocation, struct importing *importing, FILE *in)
{
	char *text = NULL;
	size_t size = 0;
	int result = DUET_EXIT_DONE, number = 0;

	while (result == DUET_EXIT_DONE && getline(&text, &size, in) >= 0)
		result = import_line(invocation, importing, text, ++number);
	free(text);
	return result == DUET_EXIT_DONE ? send_batch(importing) : result;
}

static int import_devices(const struct duet_invocation *invocation)
{
	const struct transfer_flags *flags = invocation->flags;
	const char *path = invocation->arguments[0];
	struct importing importing = {.batch = json_array()};
	bool is_stdin = invocation->n_arguments == 1 && strcmp(path, "-") == 0;
	int result = DUET_EXIT_FAILED;
	FILE *in;

	if (invocation->n_arguments != 1)
		return duet_command_usage(invocation, "say which file, - for stdin");
	in = is_stdin ? stdin : fopen(path, "re");
	if (!in)
		result = duet_command_fail(invocation, DUET_EXIT_USAGE, "%s: %s", path,
					   strerrordesc_np(errno));
	else
		importing.client = duet_hub_client_open(invocation, &flags->hub, &result);
	if (importing.client) {
		result = import_all(invocation, &importing, in);
		fprintf(stderr, "%d devices imported, %d refused\n", importing.n_done, importing.n_failed);
	}
	json_decref(importing.batch);
	duet_hub_client_close(importing.client);
	if (in && !is_stdin)
		fclose(in);
	return result == DUET_EXIT_DONE && importing.n_failed > 0 ? DUET_EXIT_FAILED : result;
}

const struct duet_command duet_hub_import_command = {
	.name = "import",
	.arguments = "FILE",
	.summary = "Make, change or remove devices as lines of JSON say, those that `export` prints",
	.flags = import_flags,
	.flags_size = sizeof(struct transfer_flags),
	.run = import_devices,
};
