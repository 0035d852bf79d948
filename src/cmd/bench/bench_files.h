/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_BENCH_FILES_H
#define DUET_CMD_BENCH_FILES_H

#include <stddef.h>

#include "base/arena.h"
#include "duet/error.h"

/* The sound files of a folder, by their endings, in the order of their names. */
struct bench_files {
	char **names;
	size_t n;
};

/* That there are none is an error. */
int bench_files_list(struct bench_files *files, const char *folder, struct duet_error *error);
void bench_files_done(struct bench_files *files);

/* Adds the paths of every `every`-th of them, in the arena, to the `*n` that there are; 0, or negative errno.
 */
int bench_files_add(struct duet_arena *arena, const char *folder, size_t every, const char ***paths,
		    size_t *n, struct duet_error *error);

#endif
