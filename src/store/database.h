/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_STORE_DATABASE_H
#define DUET_STORE_DATABASE_H

#include <stdbool.h>
#include <stdint.h>

#include "duet/error.h"
#include "store/write.h"

/* A connection to the SQLite file; one thread at a time. What fails says so by a negative errno. */
struct duet_database;

/* `path` NULL: in memory. Sets a damaged file aside. With `read_only` the file must exist. */
int duet_database_open(struct duet_database **database, const char *path, bool read_only,
		       struct duet_error *error);
void duet_database_close(struct duet_database *database);

/* All of them or none; durable when it returns 0. `origin` tells this process's entries from others'. */
int duet_database_commit(struct duet_database *database, const struct duet_writes *writes, int64_t origin);

/* A record or a journal's entry, as it is read; valid during the call. Negative errno stops. */
struct duet_row {
	const char *key;
	int64_t number, origin;
	uint64_t ticket;
	struct duet_slice value;
};

typedef int duet_row_call(void *user, const struct duet_row *row);

int duet_database_get(struct duet_database *database, const char *space, const char *key, duet_row_call *call,
		      void *user);
int duet_database_each(struct duet_database *database, const char *space, duet_row_call *call, void *user);
int duet_database_journal(struct duet_database *database, const char *name, duet_row_call *call, void *user);

#endif
