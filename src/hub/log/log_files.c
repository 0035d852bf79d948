/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/log/log_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/log.h"

enum { PATH_SIZE = 4096 };

void duet_hub_log_files_path(const struct duet_hub_log_files *files, uint64_t base, char *path, size_t size)
{
	snprintf(path, size, "%s/%020" PRIu64 ".log", files->dir, base);
}

static int add_segment(struct duet_hub_log_files *files, const struct duet_hub_segment *segment)
{
	if (files->n_segments == files->room) {
		size_t room = files->room ? files->room * 2 : 64;
		struct duet_hub_segment *more = duet_realloc(files->segments, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		files->segments = more;
		files->room = room;
	}
	files->segments[files->n_segments++] = *segment;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct duet_hub_segment *left = a, *right = b;

	return left->base < right->base ? -1 : left->base > right->base;
}

static int note_file(struct duet_hub_log_files *files, int dir_fd, const char *name)
{
	struct duet_hub_segment segment = {0};
	struct stat info;
	char *end;

	if (name[0] < '0' || name[0] > '9')
		return 0;
	segment.base = strtoull(name, &end, 10);
	if (strcmp(end, ".log") != 0 || segment.base == 0 || fstatat(dir_fd, name, &info, 0) < 0)
		return 0;
	segment.bytes = info.st_size;
	segment.last_ms = (int64_t)info.st_mtim.tv_sec * 1000;
	return add_segment(files, &segment);
}

static int list(struct duet_hub_log_files *files, struct duet_error *error)
{
	DIR *dir = opendir(files->dir);
	const struct dirent *entry;
	int code = 0;

	if (!dir) {
		code = duet_error_set(error, -errno, "cannot open: %s", strerrordesc_np(errno));
		duet_error_at(error, files->dir, 0, 0);
		return code;
	}
	while (code == 0 && (entry = readdir(dir)))
		code = note_file(files, dirfd(dir), entry->d_name);
	closedir(dir);
	if (code < 0)
		return duet_error_set(error, code, "out of memory");
	if (files->n_segments > 0)
		qsort(files->segments, files->n_segments, sizeof(*files->segments), compare);
	for (size_t i = 0; i + 1 < files->n_segments; i++)
		files->segments[i].n_events = files->segments[i + 1].base - files->segments[i].base;
	return 0;
}

/* How many whole events the last segment has, and where they end. */
static int count(struct duet_hub_segment *last, const char *path, struct duet_error *error)
{
	struct duet_slice bytes, left;
	struct duet_hub_event event;
	int code = duet_file_map(path, &bytes, error);
	long n;

	if (code < 0)
		return code;
	for (left = bytes; left.len > 0; left.ptr += n, left.len -= (size_t)n, last->n_events++) {
		n = duet_hub_event_decode(&event, left);
		if (n <= 0)
			break;
	}
	last->bytes = (int64_t)(bytes.len - left.len);
	duet_file_unmap(bytes);
	return 0;
}

/* What was being written when the power went was not acknowledged. */
static int mend(struct duet_hub_log_files *files, struct duet_error *error)
{
	struct duet_hub_segment *last = &files->segments[files->n_segments - 1];
	int64_t size = last->bytes;
	char path[PATH_SIZE];
	int code;

	duet_hub_log_files_path(files, last->base, path, sizeof(path));
	code = count(last, path, error);
	if (code < 0)
		return code;
	files->next = last->base + last->n_events;
	files->resumes = true;
	if (last->bytes == size)
		return 0;
	duet_warn("log", "%s: cut after %" PRIu64 " events, %" PRId64 " bytes were not whole", path,
		  last->n_events, size - last->bytes);
	if (truncate(path, last->bytes) == 0)
		return 0;
	code = duet_error_set(error, -errno, "cannot cut what is not whole: %s", strerrordesc_np(errno));
	duet_error_at(error, path, 0, 0);
	return code;
}

int duet_hub_log_files_open(struct duet_hub_log_files *files, const char *dir, struct duet_error *error)
{
	int code;

	*files = (struct duet_hub_log_files){.fd = -1, .next = 1};
	pthread_mutex_init(&files->lock, NULL);
	files->dir = duet_strdup(dir);
	if (!files->dir)
		return duet_error_set(error, -ENOMEM, "out of memory");
	code = duet_file_mkdirs(dir, error);
	if (code == 0)
		code = list(files, error);
	if (code == 0 && files->n_segments > 0)
		code = mend(files, error);
	return code;
}

void duet_hub_log_files_close(struct duet_hub_log_files *files)
{
	if (files->fd >= 0)
		close(files->fd);
	duet_free(files->segments);
	duet_free((void *)(uintptr_t)files->dir);
	pthread_mutex_destroy(&files->lock);
}

static int sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), code = 0;

	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0 && errno != EINVAL)
		code = -errno;
	close(fd);
	return code;
}

static int begin_segment(struct duet_hub_log_files *files, int64_t now_ms)
{
	struct duet_hub_segment segment = {.base = files->next, .last_ms = now_ms};
	size_t last = files->n_segments - 1;
	char path[PATH_SIZE];
	int code = 0;

	duet_hub_log_files_path(files, files->next, path, sizeof(path));
	/* One that nothing whole was ever written to has the same name. */
	files->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (files->fd < 0)
		return -errno;
	code = sync_dir(files->dir);
	if (code == 0) {
		pthread_mutex_lock(&files->lock);
		if (files->n_segments > 0 && files->segments[last].base == files->next)
			files->segments[last] = segment;
		else
			code = add_segment(files, &segment);
		pthread_mutex_unlock(&files->lock);
	}
	if (code < 0)
		duet_hub_log_files_roll(files);
	return code;
}

/* After a restart the last segment goes on. */
static int reopen(struct duet_hub_log_files *files)
{
	const struct duet_hub_segment *last = &files->segments[files->n_segments - 1];
	char path[PATH_SIZE];

	duet_hub_log_files_path(files, last->base, path, sizeof(path));
	files->resumes = false;
	files->fd = open(path, O_WRONLY | O_CLOEXEC);
	if (files->fd < 0)
		return -errno;
	if (lseek(files->fd, last->bytes, SEEK_SET) == last->bytes)
		return 0;
	duet_hub_log_files_roll(files);
	return -EIO;
}

static int write_all(int fd, const struct iovec *pieces, int n_pieces)
{
	for (int i = 0; i < n_pieces; i++) {
		const char *at = pieces[i].iov_base;
		size_t left = pieces[i].iov_len;

		while (left > 0) {
			ssize_t n = write(fd, at, left);

			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0)
				return -errno;
			at += n;
			left -= (size_t)n;
		}
	}
	return 0;
}

/* Takes back what was written of a batch; where that fails too, another segment begins. */
static void take_back(struct duet_hub_log_files *files)
{
	int64_t bytes = files->segments[files->n_segments - 1].bytes;

	if (ftruncate(files->fd, bytes) < 0 || lseek(files->fd, bytes, SEEK_SET) != bytes)
		duet_hub_log_files_roll(files);
}

static void publish(struct duet_hub_log_files *files, int64_t n_bytes, uint64_t n_events, int64_t now_ms)
{
	struct duet_hub_segment *last;

	pthread_mutex_lock(&files->lock);
	last = &files->segments[files->n_segments - 1];
	last->bytes += n_bytes;
	last->n_events += n_events;
	last->last_ms = now_ms;
	files->next += n_events;
	pthread_mutex_unlock(&files->lock);
}

int duet_hub_log_files_write(struct duet_hub_log_files *files, const struct iovec *pieces, int n_pieces,
			     uint64_t n_events, bool sync, int64_t now_ms)
{
	int64_t n_bytes = 0;
	int code = 0;

	if (files->fd < 0)
		code = files->resumes ? reopen(files) : begin_segment(files, now_ms);
	if (code < 0)
		return code;
	for (int i = 0; i < n_pieces; i++)
		n_bytes += (int64_t)pieces[i].iov_len;
	code = write_all(files->fd, pieces, n_pieces);
	if (code == 0 && sync && fdatasync(files->fd) < 0)
		code = -errno;
	if (code < 0)
		take_back(files);
	else
		publish(files, n_bytes, n_events, now_ms);
	return code;
}

void duet_hub_log_files_roll(struct duet_hub_log_files *files)
{
	if (files->fd >= 0)
		close(files->fd);
	files->fd = -1;
	files->resumes = false;
}

bool duet_hub_log_files_drop(struct duet_hub_log_files *files)
{
	struct duet_hub_segment first;
	char path[PATH_SIZE];

	pthread_mutex_lock(&files->lock);
	if (files->n_segments < 2) {
		pthread_mutex_unlock(&files->lock);
		return false;
	}
	first = files->segments[0];
	files->n_segments--;
	memmove(files->segments, files->segments + 1, files->n_segments * sizeof(*files->segments));
	pthread_mutex_unlock(&files->lock);
	duet_hub_log_files_path(files, first.base, path, sizeof(path));
	if (unlink(path) < 0)
		duet_warn("log", "%s: cannot remove: %s", path, strerrordesc_np(errno));
	return true;
}

int64_t duet_hub_log_files_bytes(struct duet_hub_log_files *files)
{
	int64_t bytes = 0;

	pthread_mutex_lock(&files->lock);
	for (size_t i = 0; i < files->n_segments; i++)
		bytes += files->segments[i].bytes;
	pthread_mutex_unlock(&files->lock);
	return bytes;
}

bool duet_hub_log_files_find(struct duet_hub_log_files *files, uint64_t number,
			     struct duet_hub_segment *segment)
{
	bool found = false;

	pthread_mutex_lock(&files->lock);
	for (size_t i = 0; i < files->n_segments && !found; i++) {
		*segment = files->segments[i];
		found = segment->n_events > 0 && number < segment->base + segment->n_events;
	}
	pthread_mutex_unlock(&files->lock);
	return found;
}
