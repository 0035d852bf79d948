/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/outlet/dead_letter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

enum { PATH_SIZE = 4096, HALF_BYTES = 32 << 20 };

static int write_line(int fd, const char *line, size_t n)
{
	struct stat info;

	if (fstat(fd, &info) < 0)
		return -errno;
	if (write(fd, line, n) == (ssize_t)n && fdatasync(fd) == 0)
		return 0;
	if (ftruncate(fd, info.st_size) < 0)
		return -errno;
	return -ENOSPC;
}

static char *make_line(const struct duet_hub_parcel *parcel, const char *reason)
{
	json_t *event = json_loadb(parcel->json, parcel->json_len, 0, NULL);
	json_t *json = event ? json_pack("{s:s, s:o}", "reason", reason, "event", event) : NULL;
	char *line = json ? json_dumps(json, JSON_COMPACT) : NULL;

	json_decref(json);
	return line;
}

int duet_hub_dead_letter(const char *dir, const char *route, const struct duet_hub_parcel *parcel,
			 const char *reason)
{
	char path[PATH_SIZE], old[PATH_SIZE + 2], *line = make_line(parcel, reason);
	struct stat info;
	size_t n;
	int fd, code;

	if (!line)
		return -ENOMEM;
	snprintf(path, sizeof(path), "%s/%s.jsonl", dir, route);
	snprintf(old, sizeof(old), "%s.1", path);
	if (stat(path, &info) == 0 && info.st_size >= HALF_BYTES && rename(path, old) < 0)
		duet_warn("route", "%s: cannot rename: %s", path, strerrordesc_np(errno));
	n = strlen(line);
	line[n] = '\n'; /* the NUL's place */
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	code = fd < 0 ? -errno : write_line(fd, line, n + 1);
	if (fd >= 0)
		close(fd);
	free(line);
	return code;
}
