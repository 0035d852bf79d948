/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_HUB_COPY_H
#define DUET_CMD_HUB_COPY_H

#include <stdbool.h>

#include "duet/error.h"

/*
 * Copies of files that a hub may be writing meanwhile. A folder is listed before
 * anything of it is copied, and what went away since is not missed. Nothing is
 * overwritten. Blocks.
 */

/* With the file's mode, synced. */
int duet_hub_copy_file(const char *from, const char *to, struct duet_error *error);

struct duet_hub_copying {
	const char *const *but; /* names that are left out, wherever they are; NULL-terminated, or NULL */
	const char *only;       /* how a file's name must end; NULL: all are copied */
	bool databases;         /* those of SQLite are in use: each is copied as of one moment */
};

/* All below `from`, which need not be there, into `to`, which is made when it is not. */
int duet_hub_copy_folder(const char *from, const char *to, const struct duet_hub_copying *how,
			 struct duet_error *error);

#endif
