/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "cmd/hub.h"
#include "cmd/hub_connection.h"
#include "cmd/hub_folder.h"
#include "cmd/hub_manifest.h"
#include "hub/storage.h"

/* Copies a hub while it runs, and makes a hub out of a copy. */

enum { PATH_SIZE = 4096, COPY_BYTES = 1 << 16 };

struct backup_flags {
	struct duet_hub_where hub;
	bool no_log;
};

static const struct duet_flag backup_flags[] = {
	HUB_FLAG_('d', "DIR", "dir", DUET_OPTION_PATH, struct backup_flags, hub.dir, NULL,
		  "The hub's folder; else $DUET_HUB_DIR"),
	HUB_SWITCH(0, "no-telemetry", struct backup_flags, no_log,
		   "Leave the telemetry log and uploaded files out"),
	HUB_END,
};

static int fail_at(struct duet_error *error, const char *path, const char *doing)
{
	int code = duet_error_set(error, -errno, "cannot %s: %s", doing, strerrordesc_np(errno));

	duet_error_at(error, path, 0, 0);
	return code;
}

static int copy_bytes(int from, int to)
{
	char bytes[COPY_BYTES];
	ssize_t n;

	while ((n = read(from, bytes, sizeof(bytes))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || write(to, bytes, (size_t)n) != n)
			return -1;
	}
	return fsync(to);
}

static int copy_file(const char *from, const char *to, struct duet_error *error)
{
	int source = open(from, O_RDONLY | O_CLOEXEC), target, code = 0;
	struct stat info;

	if (source < 0)
		return fail_at(error, from, "open");
	if (fstat(source, &info) < 0)
		info.st_mode = 0600;
	target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, info.st_mode & 0777);
	if (target < 0 || copy_bytes(source, target) < 0)
		code = fail_at(error, to, "write");
	if (target >= 0)
		close(target);
	close(source);
	return code;
}

static bool is_left_out(const char *name)
{
	static const char *const names[] = {".",      "..",         "lock",      "running.json",
					    "hub.db", "hub.db-wal", "hub.db-shm"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static int copy_folder(const char *from, const char *to, struct duet_error *error);

static int copy_entry(const char *from, const char *to, const char *name, struct duet_error *error)
{
	char source[PATH_SIZE], target[PATH_SIZE];
	struct stat info;

	snprintf(source, sizeof(source), "%s/%s", from, name);
	snprintf(target, sizeof(target), "%s/%s", to, name);
	/* What went away meanwhile (an old segment of the log) is not missed. */
	if (lstat(source, &info) < 0)
		return errno == ENOENT ? 0 : fail_at(error, source, "open");
	if (S_ISDIR(info.st_mode))
		return copy_folder(source, target, error);
	return S_ISREG(info.st_mode) ? copy_file(source, target, error) : 0;
}

static int copy_folder(const char *from, const char *to, struct duet_error *error)
{
	DIR *folder = opendir(from);
	const struct dirent *entry;
	int code = 0;

	if (!folder)
		return fail_at(error, from, "open");
	if (mkdir(to, 0700) < 0 && errno != EEXIST)
		code = fail_at(error, to, "make");
	while (code == 0 && (entry = readdir(folder)))
		if (!is_left_out(entry->d_name))
			code = copy_entry(from, to, entry->d_name, error);
	closedir(folder);
	return code;
}

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

static int copy_names(const char *from, const char *to, const char *const *names, struct duet_error *error)
{
	int code = 0;

	for (; *names && code == 0; names++)
		code = copy_entry(from, to, *names, error);
	return code;
}

static int make_new(const char *to, struct duet_error *error)
{
	char path[PATH_SIZE];

	if (mkdir(to, 0700) < 0)
		return fail_at(error, to, "make");
	snprintf(path, sizeof(path), "%s/state", to);
	return mkdir(path, 0700) < 0 ? fail_at(error, path, "make") : 0;
}

static int copy_hub(const struct duet_hub_config *config, const char *to, bool no_log,
		    struct duet_error *error)
{
	static const char *const files[] = {"hub.yaml",   "ca.pem",     "ca.key", "server.pem",
					    "server.key", "secret.key", NULL};
	static const char *const state[] = {"state/audit.jsonl", "state/audit.jsonl.1", "state/routes", NULL};
	static const char *const telemetry[] = {"state/log", "state/uploads", NULL};
	int code = make_new(to, error);

	if (code == 0)
		code = copy_database(config, to, error);
	if (code == 0)
		code = copy_names(config->dir, to, files, error);
	if (code == 0)
		code = copy_names(config->dir, to, state, error);
	if (code == 0 && !no_log)
		code = copy_names(config->dir, to, telemetry, error);
	return code == 0 ? duet_hub_manifest_write(to, error) : code;
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
	code = copy_hub(config, to, flags->no_log, &error);
	duet_hub_config_free(config);
	if (code < 0)
		return duet_command_error(invocation, DUET_EXIT_FAILED, &error);
	printf("%s\n", to);
	return DUET_EXIT_DONE;
}

const struct duet_command duet_hub_backup_command = {
	.name = "backup",
	.arguments = "FOLDER",
	.summary = "Copy a hub while it runs",
	.description =
		"Copies the hub's folder to FOLDER, which must not be there yet: the database as of one "
		"moment, "
		"certificates, keys, configuration, and the telemetry log up to where it was. The copy holds "
		"secrets: keep it as safely as the hub. manifest.json has the checksum of every file.",
	.flags = backup_flags,
	.flags_size = sizeof(struct backup_flags),
	.run = backup,
};

static int restore(const struct duet_invocation *invocation)
{
	const char *from = invocation->arguments[0], *to = invocation->arguments[1];
	struct duet_error error = {0};
	char path[PATH_SIZE], database[PATH_SIZE];
	int code;

	if (invocation->n_arguments != 2)
		return duet_command_usage(invocation,
					  "say which backup, and the folder of the hub that it becomes");
	code = duet_hub_manifest_check(from, &error);
	if (code == 0 && rmdir(to) < 0 && errno != ENOENT)
		code = fail_at(&error, to, "take the place of");
	if (code == 0)
		code = copy_folder(from, to, &error);
	snprintf(path, sizeof(path), "%s/" DUET_HUB_DATABASE_FILE, from);
	snprintf(database, sizeof(database), "%s/" DUET_HUB_DATABASE_FILE, to);
	if (code == 0)
		code = copy_file(path, database, &error);
	if (code < 0)
		return duet_command_error(invocation, DUET_EXIT_FAILED, &error);
	snprintf(path, sizeof(path), "%s/" DUET_HUB_MANIFEST, to);
	unlink(path);
	chmod(to, 0755); /* clients on this machine read ca.pem */
	printf("%s is a hub as it was; `duet-hub run %s` starts it\n", to, to);
	return DUET_EXIT_DONE;
}

const struct duet_command duet_hub_restore_command = {
	.name = "restore",
	.arguments = "BACKUP DIR",
	.summary = "Make a hub in DIR out of a backup, after checking every file of it",
	.run = restore,
};
