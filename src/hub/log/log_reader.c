/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/log.h"
#include "hub/log/log.h"
#include "hub/log/log_internal.h"

/* Readers of the telemetry log, and the cursors that keep their places. */

enum { PATH_SIZE = 4096, NAME_MAX_LEN = 128, BUFFER = 2 * DUET_HUB_EVENT_MAX };

struct duet_hub_reader {
	struct duet_hub_log *log;
	char *name;
	uint64_t number; /* the event that is next */
	uint64_t missed;
	int fd;                          /* of the segment that it is in, or -1 */
	struct duet_hub_segment segment; /* as it was when last looked at */
	uint64_t at;                     /* the number of the event at the buffer's begin */
	int64_t offset;                  /* in the file, behind what was read into the buffer */
	unsigned char *buffer;
	size_t begin, end;
	bool woken; /* guarded by the log's lock */
};

static bool name_is_fine(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n <= NAME_MAX_LEN && name[0] != '.' && !strchr(name, '/');
}

static void cursor_path(const struct duet_hub_log *log, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/cursors/%s", log->files.dir, name);
}

/* The place that a cursor keeps, or `from`. A damaged file counts as new, with a warning. */
static uint64_t read_cursor(const struct duet_hub_log *log, const char *name, uint64_t from)
{
	char path[PATH_SIZE], *bytes, *end;
	size_t n_bytes;
	uint64_t number;

	cursor_path(log, name, path, sizeof(path));
	if (access(path, F_OK) < 0)
		return from;
	if (duet_file_read(path, 64, &bytes, &n_bytes, NULL) < 0)
		return from;
	number = strtoull(bytes, &end, 10);
	if (end == bytes || *end != '\n' || number == 0) {
		duet_warn("log", "%s is damaged", path);
		number = from;
	}
	duet_free(bytes);
	return number;
}

static uint64_t resolve(struct duet_hub_log *log, uint64_t number)
{
	struct duet_hub_log_range range = duet_hub_log_range(log);

	if (number == DUET_HUB_FROM_FIRST)
		return range.first;
	/* One from the future: the log was thrown away, or restored from a backup. */
	return number > range.next ? range.next : number;
}

static int keep_name(struct duet_hub_reader *reader, const char *name, struct duet_error *error)
{
	char path[PATH_SIZE];

	if (!name)
		return 0;
	if (!name_is_fine(name))
		return duet_error_set(error, -EINVAL, "\"%.80s\" is no name of a cursor", name);
	reader->name = duet_strdup(name);
	if (!reader->name)
		return duet_error_set(error, -ENOMEM, "out of memory");
	cursor_path(reader->log, "", path, sizeof(path));
	return duet_file_mkdirs(path, error);
}

int duet_hub_reader_new(struct duet_hub_reader **reader, struct duet_hub_log *log, const char *name,
			uint64_t from, struct duet_error *error)
{
	struct duet_hub_reader *made = duet_calloc(1, sizeof(*made));
	int code;

	if (!made)
		return duet_error_set(error, -ENOMEM, "out of memory");
	made->log = log;
	made->fd = -1;
	made->buffer = duet_alloc(BUFFER);
	code = made->buffer ? keep_name(made, name, error) : duet_error_set(error, -ENOMEM, "out of memory");
	if (code < 0) {
		duet_hub_reader_free(made);
		return code;
	}
	made->number = resolve(log, name ? read_cursor(log, name, from) : from);
	*reader = made;
	return 0;
}

static void leave(struct duet_hub_reader *reader)
{
	if (reader->fd >= 0)
		close(reader->fd);
	reader->fd = -1;
	reader->begin = reader->end = 0;
}

void duet_hub_reader_free(struct duet_hub_reader *reader)
{
	if (!reader)
		return;
	leave(reader);
	duet_free(reader->buffer);
	duet_free(reader->name);
	duet_free(reader);
}

/* Into the segment that holds the next event; 0: it is not there yet. */
static int enter(struct duet_hub_reader *reader)
{
	char path[PATH_SIZE];

	leave(reader);
	if (!duet_hub_log_files_find(&reader->log->files, reader->number, &reader->segment))
		return 0;
	if (reader->segment.base > reader->number) {
		reader->missed += reader->segment.base - reader->number;
		reader->number = reader->segment.base;
	}
	duet_hub_log_files_path(&reader->log->files, reader->segment.base, path, sizeof(path));
	reader->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (reader->fd < 0)
		return errno == ENOENT ? -EAGAIN : -errno; /* thrown away just now: look again */
	reader->at = reader->segment.base;
	reader->offset = 0;
	return 1;
}

/* More bytes of the segment, but not beyond what is whole. */
static int fill(struct duet_hub_reader *reader)
{
	size_t want = BUFFER - (reader->end - reader->begin);
	ssize_t n;

	if ((int64_t)want > reader->segment.bytes - reader->offset)
		want = (size_t)(reader->segment.bytes - reader->offset);
	memmove(reader->buffer, reader->buffer + reader->begin, reader->end - reader->begin);
	reader->end -= reader->begin;
	reader->begin = 0;
	do
		n = pread(reader->fd, reader->buffer + reader->end, want, reader->offset);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? -errno : -EBADMSG;
	reader->end += (size_t)n;
	reader->offset += n;
	return 0;
}

static int give_up_segment(struct duet_hub_reader *reader)
{
	uint64_t after = reader->segment.base + reader->segment.n_events;

	duet_error_log("log", "segment %020" PRIu64 " is damaged at event %" PRIu64 ", %" PRIu64 " are lost",
		       reader->segment.base, reader->at, after - reader->at);
	reader->missed += after > reader->number ? after - reader->number : 0;
	reader->number = after;
	leave(reader);
	return -EBADMSG;
}

/* The event at the buffer's begin. */
static int take(struct duet_hub_reader *reader, struct duet_hub_event *event)
{
	for (;;) {
		struct duet_slice left = {(char *)reader->buffer + reader->begin,
					  reader->end - reader->begin};
		long n = duet_hub_event_decode(event, left);

		if (n < 0 || (n == 0 && left.len >= DUET_HUB_EVENT_MAX))
			return give_up_segment(reader);
		if (n > 0) {
			reader->begin += (size_t)n;
			reader->at++;
			return 1;
		}
		if (fill(reader) < 0)
			return give_up_segment(reader);
	}
}

/* Is what is next in the segment as it is known, or as it has become? 1, or 0: it is not there (yet). */
static int find(struct duet_hub_reader *reader)
{
	struct duet_hub_segment now;
	int code;

	if (reader->fd >= 0 && reader->number < reader->segment.base + reader->segment.n_events)
		return 1;
	if (!duet_hub_log_files_find(&reader->log->files, reader->number, &now))
		return 0;
	if (reader->fd >= 0 && now.base == reader->segment.base) {
		reader->segment = now;
		return 1;
	}
	do
		code = enter(reader);
	while (code == -EAGAIN);
	return code;
}

int duet_hub_reader_next(struct duet_hub_reader *reader, struct duet_hub_event *event, uint64_t *number)
{
	int code = find(reader);

	if (code <= 0)
		return code;
	do
		code = take(reader, event);
	while (code == 1 && reader->at <= reader->number);
	if (code == 1)
		*number = reader->number++;
	return code;
}

static struct timespec after_ms(int ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += (long)(ms % 1000) * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	return at;
}

static bool has_more(struct duet_hub_reader *reader)
{
	return duet_hub_log_range(reader->log).next > reader->number;
}

int duet_hub_reader_wait(struct duet_hub_reader *reader, int timeout_ms)
{
	struct timespec until = after_ms(timeout_ms);
	struct duet_hub_log *log = reader->log;
	bool more;
	int code = 0;

	pthread_mutex_lock(&log->lock);
	while (!(more = has_more(reader)) && !reader->woken && code == 0)
		code = pthread_cond_timedwait(&log->grown, &log->lock, &until);
	reader->woken = false;
	pthread_mutex_unlock(&log->lock);
	return more;
}

void duet_hub_reader_pause(struct duet_hub_reader *reader, int ms)
{
	struct timespec until = after_ms(ms);
	int code = 0;

	pthread_mutex_lock(&reader->log->lock);
	while (!reader->woken && code == 0)
		code = pthread_cond_timedwait(&reader->log->grown, &reader->log->lock, &until);
	reader->woken = false;
	pthread_mutex_unlock(&reader->log->lock);
}

void duet_hub_reader_wake(struct duet_hub_reader *reader)
{
	pthread_mutex_lock(&reader->log->lock);
	reader->woken = true;
	pthread_cond_broadcast(&reader->log->grown);
	pthread_mutex_unlock(&reader->log->lock);
}

uint64_t duet_hub_reader_place(const struct duet_hub_reader *reader)
{
	return reader->number;
}

uint64_t duet_hub_reader_missed(const struct duet_hub_reader *reader)
{
	return reader->missed;
}

void duet_hub_reader_seek(struct duet_hub_reader *reader, uint64_t number)
{
	leave(reader);
	reader->number = resolve(reader->log, number);
}

int duet_hub_reader_commit(struct duet_hub_reader *reader, uint64_t number)
{
	char path[PATH_SIZE], text[32];
	int n = snprintf(text, sizeof(text), "%" PRIu64 "\n", number);

	if (!reader->name)
		return 0;
	cursor_path(reader->log, reader->name, path, sizeof(path));
	return duet_file_replace(path, (struct duet_slice){text, (size_t)n}, NULL);
}

int duet_hub_reader_forget(struct duet_hub_log *log, const char *name)
{
	char path[PATH_SIZE];

	if (!name_is_fine(name))
		return -EINVAL;
	cursor_path(log, name, path, sizeof(path));
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}
