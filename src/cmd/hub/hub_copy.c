/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/hub/hub_copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, COPY_BYTES = 1 << 16, BUSY_MS = 5000 };

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

int duet_hub_copy_file(const char *from, const char *to, struct duet_error *error)
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

static bool is_database(const char *path)
{
	static const char magic[16] = "SQLite format 3";
	char head[sizeof(magic)] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is_one = fd >= 0 && read(fd, head, sizeof(head)) == sizeof(head) &&
		      memcmp(head, magic, sizeof(magic)) == 0;

	if (fd >= 0)
		close(fd);
	return is_one;
}

static int copy_database(const char *from, const char *to, struct duet_error *error)
{
	sqlite3 *database = NULL;
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_open_v2(from, &database, SQLITE_OPEN_READWRITE, NULL);

	sqlite3_busy_timeout(database, BUSY_MS);
	if (code == SQLITE_OK)
		code = sqlite3_prepare_v2(database, "VACUUM INTO ?1", -1, &statement, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(statement, 1, to, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code != SQLITE_DONE) {
		duet_error_set(error, -EIO, "cannot copy this database: %s", sqlite3_errmsg(database));
		duet_error_at(error, from, 0, 0);
	}
	sqlite3_finalize(statement);
	sqlite3_close(database);
	return code == SQLITE_DONE ? 0 : -EIO;
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), n_end = strlen(end);

	return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

/* What belongs to a database is in its copy already. */
static bool is_left_out(const char *name, const struct duet_hub_copying *how)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return true;
	if (how->databases && (ends_with(name, "-wal") || ends_with(name, "-shm")))
		return true;
	for (const char *const *but = how->but; but && *but; but++)
		if (strcmp(name, *but) == 0)
			return true;
	return false;
}

static int copy_entry(const char *from, const char *to, const char *name, const struct duet_hub_copying *how,
		      struct duet_error *error)
{
	char source[PATH_SIZE], target[PATH_SIZE];
	struct stat info;

	if (snprintf(source, sizeof(source), "%s/%s", from, name) >= PATH_SIZE ||
	    snprintf(target, sizeof(target), "%s/%s", to, name) >= PATH_SIZE)
		return duet_error_set(error, -ENAMETOOLONG, "the name of a file is too long");
	if (lstat(source, &info) < 0)
		return errno == ENOENT ? 0 : fail_at(error, source, "open");
	if (S_ISDIR(info.st_mode))
		return duet_hub_copy_folder(source, target, how, error);
	if (!S_ISREG(info.st_mode) || (how->only && !ends_with(name, how->only)))
		return 0;
	return how->databases && is_database(source) ? copy_database(source, target, error)
						     : duet_hub_copy_file(source, target, error);
}

/* The last names first: the telemetry log's cursors before its segments, so that none is ahead of them. */
static int is_after(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*b)->d_name, (*a)->d_name);
}

int duet_hub_copy_folder(const char *from, const char *to, const struct duet_hub_copying *how,
			 struct duet_error *error)
{
	struct dirent **entries;
	int n = scandir(from, &entries, NULL, is_after), code = 0;

	if (n < 0)
		return errno == ENOENT ? 0 : fail_at(error, from, "open");
	if (mkdir(to, 0700) < 0 && errno != EEXIST)
		code = fail_at(error, to, "make");
	for (int i = 0; i < n; i++) {
		if (code == 0 && !is_left_out(entries[i]->d_name, how))
			code = copy_entry(from, to, entries[i]->d_name, how, error);
		free(entries[i]);
	}
	free(entries);
	return code;
}
