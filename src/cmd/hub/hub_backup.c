/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "cmd/hub/hub.h"
#include "cmd/hub/hub_connection.h"
#include "cmd/hub/hub_copy.h"
#include "cmd/hub/hub_folder.h"
#include "cmd/hub/hub_manifest.h"
#include "cmd/hub/hub_print.h"
#include "hub/record/blob.h"
#include "hub/record/storage.h"

/* Copies a hub while it runs, and makes a hub out of a copy. */

enum { PATH_SIZE = 4096, MAX_CONFIG = 1 << 19 };

#define UPLOADS "blobs" /* in a backup, wherever the hub has them */

struct backup_flags {
	struct duet_hub_where hub;
	bool no_telemetry, no_uploads;
};

static const struct duet_flag backup_flags[] = {
	HUB_FLAG_('d', "DIR", "dir", DUET_OPTION_PATH, struct backup_flags, hub.dir, NULL,
		  "The hub's folder; else $DUET_HUB_DIR"),
	HUB_SWITCH(0, "no-telemetry", struct backup_flags, no_telemetry,
		   "Leave the telemetry log out, and what routes have written to files"),
	HUB_SWITCH(0, "no-uploads", struct backup_flags, no_uploads, "Leave out what devices have uploaded"),
	HUB_SWITCH('j', "json", struct backup_flags, hub.json, "JSON for scripts"),
	HUB_END,
};

static int copy_database(const struct duet_hub_config *config, const char *to, struct duet_error *error)
{
	struct duet_hub_opened opened;
	char path[PATH_SIZE];
	int code = duet_hub_folder_open(&opened, config, true, error);

	if (code < 0)
		return code;
	snprintf(path, sizeof(path), "%s/" DUET_HUB_DATABASE_FILE, to);
	code = duet_hub_storage_backup(opened.storage, path, error);
	duet_hub_folder_close(&opened);
	return code;
}

static int make_new(const char *to, struct duet_error *error)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/state", to);
	if (mkdir(to, 0700) == 0 && mkdir(path, 0700) == 0)
		return 0;
	duet_error_set(error, -errno, "cannot make: %s", strerrordesc_np(errno));
	duet_error_at(error, to, 0, 0);
	return error->code;
}

static int copy_files(const struct duet_hub_config *config, const char *to, struct duet_error *error)
{
	static const char *const files[] = {"hub.yaml",          "ca.pem",          "ca.key",
					    "server.pem",        "server.key",      "secret.key",
					    DUET_HUB_AUDIT_FILE, DUET_HUB_AUDIT_OLD};
	int code = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files) && code == 0; i++) {
		char source[PATH_SIZE], target[PATH_SIZE];

		snprintf(source, sizeof(source), "%s/%s", config->dir, files[i]);
		snprintf(target, sizeof(target), "%s/%s", to, files[i]);
		if (access(source, F_OK) == 0)
			code = duet_hub_copy_file(source, target, error);
	}
	return code;
}

static int copy_state(const struct duet_hub_config *config, const char *to, const char *name,
		      const struct duet_hub_copying *how, struct duet_error *error)
{
	char source[PATH_SIZE], target[PATH_SIZE];

	snprintf(source, sizeof(source), "%s/state/%s", config->dir, name);
	snprintf(target, sizeof(target), "%s/state/%s", to, name);
	return duet_hub_copy_folder(source, target, how, error);
}

/* The routes; and what they have written, with the log that they read. */
static int copy_telemetry(const struct duet_hub_config *config, const char *to, bool only_routes,
			  struct duet_error *error)
{
	struct duet_hub_copying how = {.only = only_routes ? ".route" : NULL, .databases = true};
	int code = copy_state(config, to, "routes", &how, error);

	if (code == 0 && !only_routes)
		code = copy_state(config, to, "dead", &how, error);
	if (code == 0 && !only_routes)
		code = copy_state(config, to, "log", &how, error);
	return code;
}

static int copy_uploads(const struct duet_hub_config *config, const char *to, struct duet_error *error)
{
	char target[PATH_SIZE];

	snprintf(target, sizeof(target), "%s/" UPLOADS, to);
	return duet_hub_copy_folder(config->upload.folder, target, &(struct duet_hub_copying){0}, error);
}

static int copy_hub(const struct duet_hub_config *config, const char *to, const struct backup_flags *flags,
		    struct duet_error *error)
{
	int code = make_new(to, error);

	if (code == 0)
		code = copy_database(config, to, error);
	if (code == 0)
		code = copy_files(config, to, error);
	if (code == 0)
		code = copy_telemetry(config, to, flags->no_telemetry, error);
	if (code == 0 && !flags->no_uploads)
		code = copy_uploads(config, to, error);
	return code == 0 ? duet_hub_manifest_write(to, error) : code;
}

static json_int_t bytes_of(const char *to, const char *name)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", to, name);
	return duet_hub_blob_total(path);
}

static void tell(const char *to, const struct backup_flags *flags)
{
	json_t *told = json_pack("{s:s, s:I, s:I, s:I}", "folder", to, "databaseBytes",
				 bytes_of(to, DUET_HUB_DATABASE_FILE), "telemetryBytes",
				 bytes_of(to, DUET_HUB_LOG_DIR), "uploadBytes", bytes_of(to, UPLOADS));

	if (flags->hub.json)
		duet_hub_print_line(stdout, told);
	else
		duet_hub_print_json(stdout, told);
	json_decref(told);
}

static int backup(const struct duet_invocation *invocation)
{
	const struct backup_flags *flags = invocation->flags;
	struct duet_error error = {0};
	struct duet_hub_config *config;
	const char *dir = duet_hub_dir(&flags->hub, &error), *to = invocation->arguments[0];
	int code;

	if (invocation->n_arguments != 1)
		return duet_command_usage(invocation, "say where to: a folder that is not there yet");
	if (!dir || duet_hub_config_load(&config, dir, &error) < 0)
		return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	code = copy_hub(config, to, flags, &error);
	duet_hub_config_free(config);
	if (code < 0)
		return duet_command_error(invocation, DUET_EXIT_FAILED, &error);
	tell(to, flags);
	return DUET_EXIT_DONE;
}

const struct duet_command duet_hub_backup_command = {
	.name = "backup",
	.arguments = "FOLDER",
	.summary = "Copy a hub while it runs",
	.description =
		"Copies the hub to FOLDER, which must not be there yet: the database as of one moment, "
		"certificates, keys, configuration, routes with what they have written to files here, the "
		"telemetry log up to where it was, and what devices have uploaded. The copy holds "
		"secrets: keep it as safely as the hub. manifest.json has the checksum of every file.",
	.flags = backup_flags,
	.flags_size = sizeof(struct backup_flags),
	.run = backup,
};

/* The configuration as it will stand in `to`. */
static int read_config(const char *from, const char *to, struct duet_hub_config **config,
		       struct duet_error *error)
{
	char path[PATH_SIZE], *bytes;
	size_t n_bytes;
	int code;

	snprintf(path, sizeof(path), "%s/hub.yaml", from);
	code = duet_file_read(path, MAX_CONFIG, &bytes, &n_bytes, error);
	if (code < 0)
		return code;
	code = duet_hub_config_parse(config, to, path, bytes, n_bytes, error);
	duet_free(bytes);
	return code;
}

static int make_room(const char *path, struct duet_error *error)
{
	if (rmdir(path) == 0 || errno == ENOENT)
		return 0;
	duet_error_set(error, -EEXIST, "is there already, and nothing is overwritten");
	duet_error_at(error, path, 0, 0);
	duet_error_hint(error, "a backup is restored to where nothing is; move away what is there");
	return -EEXIST;
}

/* Uploads go where the configuration says, which may be outside of the hub's folder. */
static int restore_hub(const char *from, const char *to, struct duet_error *error)
{
	static const char *const but[] = {UPLOADS, DUET_HUB_MANIFEST, NULL};
	struct duet_hub_config *config = NULL;
	char uploads[PATH_SIZE];
	int code = duet_hub_manifest_check(from, error);

	if (code == 0)
		code = read_config(from, to, &config, error);
	if (!config)
		return code;
	code = make_room(config->upload.folder, error);
	if (code == 0)
		code = make_room(to, error);
	if (code == 0)
		code = duet_hub_copy_folder(from, to, &(struct duet_hub_copying){.but = but}, error);
	snprintf(uploads, sizeof(uploads), "%s/" UPLOADS, from);
	if (code == 0)
		code = duet_hub_copy_folder(uploads, config->upload.folder, &(struct duet_hub_copying){0},
					    error);
	duet_hub_config_free(config);
	return code;
}

static int restore(const struct duet_invocation *invocation)
{
	const char *from = invocation->arguments[0], *to = invocation->arguments[1];
	struct duet_error error = {0};

	if (invocation->n_arguments != 2)
		return duet_command_usage(invocation,
					  "say which backup, and the folder of the hub that it becomes");
	if (restore_hub(from, to, &error) < 0)
		return duet_command_error(invocation, DUET_EXIT_FAILED, &error);
	chmod(to, 0755); /* clients on this machine read ca.pem */
	printf("%s is a hub as it was; `duet-hub run %s` starts it\n", to, to);
	return DUET_EXIT_DONE;
}

const struct duet_command duet_hub_restore_command = {
	.name = "restore",
	.arguments = "BACKUP DIR",
	.summary = "Make a hub in DIR out of a backup, after checking every file of it",
	.description =
		"DIR must be new or empty: a hub that is there is never overwritten. Uploaded files go "
		"where upload.folder of the configuration says.",
	.run = restore,
};
