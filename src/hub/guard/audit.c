/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/guard/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"

enum { PATH_SIZE = 4096, SYNC_AFTER_S = 1, MAX_LINE = 64 << 10 };

struct duet_hub_audit {
	pthread_mutex_t lock;
	char path[PATH_SIZE];
	int fd;
	int64_t size, half; /* bytes: of the file now, and where the next one begins */
	time_t synced_s;
};

static int open_file(const char *path, int64_t *size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	struct stat info;

	if (fd < 0)
		return -errno;
	*size = fstat(fd, &info) == 0 ? info.st_size : 0;
	return fd;
}

int duet_hub_audit_open(struct duet_hub_audit **audit, const char *path, int64_t keep_bytes,
			struct duet_error *error)
{
	struct duet_hub_audit *made = duet_calloc(1, sizeof(*made));

	if (!made)
		return duet_error_set(error, -ENOMEM, "out of memory");
	pthread_mutex_init(&made->lock, NULL);
	made->half = keep_bytes / 2;
	snprintf(made->path, sizeof(made->path), "%s", path);
	made->fd = open_file(path, &made->size);
	if (made->fd < 0) {
		int code = duet_error_set(error, made->fd, "cannot open: %s", strerrordesc_np(-made->fd));

		duet_error_at(error, path, 0, 0);
		duet_hub_audit_close(made);
		return code;
	}
	*audit = made;
	return 0;
}

void duet_hub_audit_close(struct duet_hub_audit *audit)
{
	if (!audit)
		return;
	if (audit->fd >= 0) {
		fdatasync(audit->fd);
		close(audit->fd);
	}
	pthread_mutex_destroy(&audit->lock);
	duet_free(audit);
}

/* The full half becomes the old one; what the old one held is forgotten. */
static void rotate(struct duet_hub_audit *audit)
{
	char old[PATH_SIZE + 2];
	int64_t size;
	int fd;

	snprintf(old, sizeof(old), "%s.1", audit->path);
	if (rename(audit->path, old) < 0)
		return;
	fd = open_file(audit->path, &size);
	if (fd < 0)
		return;
	fdatasync(audit->fd);
	close(audit->fd);
	audit->fd = fd;
	audit->size = size;
}

static void write_line(struct duet_hub_audit *audit, const char *line, size_t n)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (audit->size + (int64_t)n > audit->half)
		rotate(audit);
	if (write(audit->fd, line, n) == (ssize_t)n)
		audit->size += (int64_t)n;
	else
		duet_error_log("audit", "%s: cannot write: %s", audit->path, strerrordesc_np(errno));
	if (now.tv_sec - audit->synced_s >= SYNC_AFTER_S) {
		fdatasync(audit->fd);
		audit->synced_s = now.tv_sec;
	}
}

static void format_now(char *text, size_t size)
{
	struct timespec now;
	struct tm tm;
	size_t len;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	len = strftime(text, size, "%FT%T", &tm);
	snprintf(text + len, size - len, ".%03ldZ", now.tv_nsec / 1000000);
}

void duet_hub_audit_note(struct duet_hub_audit *audit, const struct duet_hub_act *act)
{
	struct duet_text text;
	char time[40];
	json_t *json;
	char *line;

	if (!audit)
		return;
	duet_text_init(&text, MAX_LINE);
	format_now(time, sizeof(time));
	json = json_pack("{s:s, s:s, s:s*, s:s, s:s*, s:s*}", "time", time, "by", act->by ? act->by : "",
			 "address", act->address, "act", act->act, "target", act->target, "detail",
			 act->detail);
	if (json && act->status)
		json_object_set_new(json, "status", json_integer(act->status));
	line = json ? json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	json_decref(json);
	if (!line || duet_text_printf(&text, "%s\n", line) < 0) {
		duet_error_log("audit", "%s: a line was lost", act->act);
	} else {
		pthread_mutex_lock(&audit->lock);
		write_line(audit, text.ptr, text.len);
		pthread_mutex_unlock(&audit->lock);
	}
	free(line);
	duet_text_done(&text);
}
