/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

enum { MAX_PATH_BYTES = 4096 };

/* "cannot open: No such file or directory", with the path as its place; keeps errno's code. */
static int fail(struct duet_error *error, const char *path, const char *doing)
{
	int code = -errno;

	duet_error_set(error, code, "cannot %s: %s", doing, strerrordesc_np(-code));
	duet_error_at(error, path, 0, 0);
	return code;
}

/* For what goes wrong after `fd` was opened: closes it and keeps errno. */
static int fail_close(struct duet_error *error, const char *path, const char *doing, int fd)
{
	int code = fail(error, path, doing);

	close(fd);
	return code;
}

/* Opens a regular file for reading and says how large it is. */
static int open_file(const char *path, size_t *size, struct duet_error *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat info;

	if (fd < 0)
		return fail(error, path, "open");
	if (fstat(fd, &info) < 0)
		return fail_close(error, path, "open", fd);
	if (S_ISDIR(info.st_mode)) {
		errno = EISDIR;
		return fail_close(error, path, "read", fd);
	}
	*size = (size_t)info.st_size;
	return fd;
}

/* Files of /proc and pipes have no size, so that reading goes on to the end whatever fstat said. */
static int read_all(int fd, char **bytes, size_t *n_bytes, size_t room, size_t max)
{
	for (*n_bytes = 0;;) {
		ssize_t got = read(fd, *bytes + *n_bytes, room - *n_bytes);
		char *grown;

		if (got <= 0) {
			errno = got < 0 ? errno : 0;
			return -errno;
		}
		*n_bytes += (size_t)got;
		if (*n_bytes < room)
			continue;
		if (room > max) {
			errno = EFBIG;
			return -EFBIG;
		}
		room = room * 2 > max ? max + 1 : room * 2;
		grown = duet_realloc(*bytes, room + 1, 1);
		if (!grown) {
			errno = ENOMEM;
			return -ENOMEM;
		}
		*bytes = grown;
	}
}

int duet_file_read(const char *path, size_t max, char **bytes, size_t *n_bytes, struct duet_error *error)
{
	size_t size = 0, room;
	int fd = open_file(path, &size, error);

	if (fd < 0)
		return fd;
	if (size > max) {
		errno = EFBIG;
		return fail_close(error, path, "read", fd);
	}
	/* One more than the size, so that the end is seen without growing. */
	room = size + 1 < 4096 ? 4096 : size + 1;
	if (room > max + 1)
		room = max + 1;
	*bytes = duet_alloc(room + 1);
	if (!*bytes || read_all(fd, bytes, n_bytes, room, max) < 0) {
		errno = *bytes ? errno : ENOMEM;
		duet_free(*bytes);
		*bytes = NULL;
		return fail_close(error, path, "read", fd);
	}
	(*bytes)[*n_bytes] = '\0';
	close(fd);
	return 0;
}

static int write_all(int fd, struct duet_slice bytes)
{
	while (bytes.len) {
		ssize_t put = write(fd, bytes.ptr, bytes.len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		bytes.ptr += put;
		bytes.len -= (size_t)put;
	}
	return 0;
}

/* mkstemp makes files that only their owner may read; the new file is to be like the old one. */
static mode_t mode_like(const char *path)
{
	struct stat info;
	mode_t mask;

	if (stat(path, &info) == 0)
		return info.st_mode & 07777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

/* Without this the rename itself may be lost with the power. */
static int sync_folder_of(const char *path)
{
	char folder[MAX_PATH_BYTES];
	const char *slash = strrchr(path, '/');
	int fd, code = 0;

	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path + 1) : 1, slash ? path : ".");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* Some file systems cannot sync a folder and say so. */
	if (fsync(fd) < 0 && errno != EINVAL)
		code = -errno;
	close(fd);
	return code;
}

static int write_beside(int fd, const char *path, struct duet_slice bytes)
{
	int code = write_all(fd, bytes);

	if (code == 0 && (fchmod(fd, mode_like(path)) < 0 || fsync(fd) < 0))
		code = -errno;
	if (close(fd) < 0 && code == 0)
		code = -errno;
	return code;
}

int duet_file_replace(const char *path, struct duet_slice bytes, struct duet_error *error)
{
	char beside[MAX_PATH_BYTES];
	int fd, code;

	if (snprintf(beside, sizeof(beside), "%s.XXXXXX", path) >= (int)sizeof(beside)) {
		errno = ENAMETOOLONG;
		return fail(error, path, "write");
	}
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return fail(error, path, "write");
	code = write_beside(fd, path, bytes);
	if (code == 0 && rename(beside, path) < 0)
		code = -errno;
	if (code < 0)
		unlink(beside);
	else
		code = sync_folder_of(path);
	if (code < 0) {
		errno = -code;
		return fail(error, path, "write");
	}
	return 0;
}

int duet_file_map(const char *path, struct duet_slice *bytes, struct duet_error *error)
{
	size_t size = 0;
	int fd = open_file(path, &size, error);
	void *mapped;

	if (fd < 0)
		return fd;
	*bytes = (struct duet_slice){NULL, 0};
	if (size > 0) {
		mapped = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (mapped == MAP_FAILED)
			return fail_close(error, path, "map", fd);
		*bytes = (struct duet_slice){mapped, size};
	}
	close(fd);
	return 0;
}

void duet_file_unmap(struct duet_slice bytes)
{
	if (bytes.len)
		munmap((void *)(uintptr_t)bytes.ptr, bytes.len);
}

int duet_file_mkdirs(const char *path, struct duet_error *error)
{
	char part[MAX_PATH_BYTES];
	struct stat info;

	if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part)) {
		errno = ENAMETOOLONG;
		return fail(error, path, "make the folder");
	}
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(part, 0777);
		*slash = '/';
	}
	if (mkdir(part, 0777) < 0 && errno != EEXIST)
		return fail(error, path, "make the folder");
	if (stat(part, &info) == 0 && S_ISDIR(info.st_mode))
		return 0;
	errno = ENOTDIR;
	return fail(error, path, "make the folder");
}
