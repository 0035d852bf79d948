/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/bench/bench_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"

static int is_sound(const struct dirent *entry)
{
	static const char *const endings[] = {".flac", ".wav", ".mp3", ".ogg", ".opus"};
	const char *dot = strrchr(entry->d_name, '.');

	for (size_t i = 0; dot && i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strcasecmp(dot, endings[i]) == 0)
			return 1;
	return 0;
}

static int add(struct bench_files *files, const char *name, struct duet_error *error)
{
	char *copy = files->names ? duet_strdup(name) : NULL;

	if (!copy)
		return duet_error_set(error, -ENOMEM, "out of memory");
	files->names[files->n++] = copy;
	return 0;
}

int bench_files_list(struct bench_files *files, const char *folder, struct duet_error *error)
{
	struct dirent **entries = NULL;
	int n = scandir(folder, &entries, is_sound, alphasort), status = 0;

	*files = (struct bench_files){0};
	if (n <= 0) {
		status = duet_error_set(error, n < 0 ? -errno : -ENOENT, "no recordings here");
		duet_error_at(error, folder, 0, 0);
	} else {
		files->names = duet_calloc((size_t)n, sizeof(*files->names));
	}
	for (int i = 0; i < n; i++) {
		if (status == 0)
			status = add(files, entries[i]->d_name, error);
		free(entries[i]);
	}
	free(entries);
	if (status < 0)
		bench_files_done(files);
	return status;
}

void bench_files_done(struct bench_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		duet_free(files->names[i]);
	duet_free(files->names);
	*files = (struct bench_files){0};
}

static bool add_paths(struct duet_arena *arena, const char *folder, const struct bench_files *files,
		      size_t every, const char **paths, size_t *n)
{
	for (size_t i = 0; i < files->n; i += every) {
		paths[*n] = duet_arena_printf(arena, "%s/%s", folder, files->names[i]);
		if (!paths[*n])
			return false;
		++*n;
	}
	return true;
}

int bench_files_add(struct duet_arena *arena, const char *folder, size_t every, const char ***paths,
		    size_t *n, struct duet_error *error)
{
	struct bench_files files;
	const char **more;
	int status = bench_files_list(&files, folder, error);

	if (status < 0)
		return status;
	more = duet_arena_alloc(arena, (*n + files.n) * sizeof(*more));
	if (more && *n)
		memcpy(more, *paths, *n * sizeof(*more));
	if (more)
		*paths = more;
	if (!more || !add_paths(arena, folder, &files, every, more, n))
		status = duet_error_set(error, -ENOMEM, "out of memory");
	bench_files_done(&files);
	return status;
}
