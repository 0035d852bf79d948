/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BASE_FILE_H
#define DUET_BASE_FILE_H

#include <stddef.h>

#include "duet/error.h"
#include "duet/slice.h"

/* Whole files. */

/* Reads at most `max` bytes; *bytes is freed by duet_free and has a NUL behind its end. -EFBIG when larger.
 */
int duet_file_read(const char *path, size_t max, char **bytes, size_t *n_bytes, struct duet_error *error);

/* All or nothing: written beside it, synced, renamed. */
int duet_file_replace(const char *path, struct duet_slice bytes, struct duet_error *error);

/* Read-only mapping; *bytes.ptr is given back by duet_file_unmap. An empty file maps to an empty slice. */
int duet_file_map(const char *path, struct duet_slice *bytes, struct duet_error *error);
void duet_file_unmap(struct duet_slice bytes);

/* Makes a folder and those above it. */
int duet_file_mkdirs(const char *path, struct duet_error *error);

#endif
