/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "hub/outlet/outlet_kind.h"

/* JSON lines in a file that is rotated: PATH, then PATH.1 (the newest of the old ones) and so on. */

enum { PATH_SIZE = 4096 };

struct options {
	const char *path;
	int max_mb, keep;
	bool sync;
};

struct state {
	const struct options *options;
	char path[PATH_SIZE];
	int fd;
	int64_t size;
};

#define AT(field) offsetof(struct options, field)

static const struct duet_option options[] = {
	{"path", DUET_OPTION_TEXT, AT(path), "telemetry.jsonl", "The file, in the hub's state/routes", NULL,
	 0, 0},
	{"max_mb", DUET_OPTION_INT, AT(max_mb), "64", "When it is this large another one begins, in MiB",
	 NULL, 1, 65536},
	{"keep", DUET_OPTION_INT, AT(keep), "10", "How many old ones are kept", NULL, 0, 10000},
	{"sync", DUET_OPTION_BOOL, AT(sync), "true", "Each batch is on disk before it counts as given on",
	 NULL, 0, 0},
	{NULL, DUET_OPTION_TEXT, 0, NULL, NULL, NULL, 0, 0},
};

static int fail(struct duet_error *error, const char *path, int code)
{
	duet_error_set(error, code, "cannot write: %s", strerrordesc_np(-code));
	duet_error_at(error, path, 0, 0);
	return code;
}

static int check(const void *given, struct duet_error *error)
{
	const struct options *chosen = given;
	char path[PATH_SIZE];

	if (duet_hub_outlet_path(&(struct duet_hub_outlet_place){"", ""}, chosen->path, path, sizeof(path)) ==
	    0)
		return 0;
	return duet_error_set(error, -EINVAL, "path: a name within the hub's state/routes is expected");
}

static int open_it(struct state *state)
{
	struct stat info;

	state->fd = open(state->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (state->fd < 0)
		return -errno;
	state->size = fstat(state->fd, &info) == 0 ? info.st_size : 0;
	return 0;
}

static int open_file(void *user, const void *given, const struct duet_hub_outlet_place *place,
		     struct duet_error *error)
{
	struct state *state = user;
	char folder[PATH_SIZE];
	int code;

	state->options = given;
	state->fd = -1;
	code = duet_hub_outlet_path(place, state->options->path, state->path, sizeof(state->path));
	if (code < 0)
		return fail(error, state->options->path, code);
	snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(state->path, '/') - state->path), state->path);
	code = duet_file_mkdirs(folder, error);
	if (code == 0 && (code = open_it(state)) < 0)
		fail(error, state->path, code);
	return code;
}

static int rotate(struct state *state)
{
	char from[PATH_SIZE + 16], to[PATH_SIZE + 16];

	close(state->fd);
	for (int i = state->options->keep; i >= 1; i--) {
		snprintf(to, sizeof(to), "%s.%d", state->path, i);
		if (i > 1)
			snprintf(from, sizeof(from), "%s.%d", state->path, i - 1);
		else
			snprintf(from, sizeof(from), "%s", state->path);
		if (rename(from, to) < 0 && errno != ENOENT)
			break;
	}
	if (state->options->keep == 0)
		unlink(state->path);
	return open_it(state);
}

/* Takes back what was half written, so that the next try makes no half lines. */
static int take_back(struct state *state, int code)
{
	if (ftruncate(state->fd, state->size) < 0)
		return -errno;
	return code;
}

static int write_lines(struct state *state, const struct duet_hub_parcel *parcels, size_t n_parcels)
{
	int64_t n = 0;

	for (size_t i = 0; i < n_parcels; i++) {
		if (write(state->fd, parcels[i].json, parcels[i].json_len) != (ssize_t)parcels[i].json_len ||
		    write(state->fd, "\n", 1) != 1)
			return take_back(state, errno ? -errno : -ENOSPC);
		n += (int64_t)parcels[i].json_len + 1;
	}
	if (state->options->sync && fdatasync(state->fd) < 0)
		return take_back(state, -errno);
	state->size += n;
	return 0;
}

static int send_lines(void *user, const struct duet_hub_parcel *parcels, size_t n_parcels,
		      struct duet_error *error)
{
	struct state *state = user;
	int code = 0;

	if (state->size >= (int64_t)state->options->max_mb << 20)
		code = rotate(state);
	if (code == 0)
		code = write_lines(state, parcels, n_parcels);
	return code < 0 ? fail(error, state->path, code) : 0;
}

static void close_file(void *user)
{
	struct state *state = user;

	if (state->fd >= 0)
		close(state->fd);
}

const struct duet_hub_outlet_kind duet_hub_outlet_file = {
	.name = "file",
	.options = options,
	.options_size = sizeof(struct options),
	.state_size = sizeof(struct state),
	.max_batch = 1000,
	.check = check,
	.open = open_file,
	.send = send_lines,
	.close = close_file,
};
