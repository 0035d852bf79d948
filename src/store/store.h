/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_STORE_STORE_H
#define DUET_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "duet/error.h"
#include "duet/slice.h"

struct duet_loop;

/*
 * What must outlive a power cut: small records by (space, key), and bounded
 * journals (SQLite, WAL, synchronous=FULL). A worker of its own writes, in
 * order and in batches, so that a slow disk never stops the loop; reads see
 * what was put, durable or not.
 *
 * Every write gets a ticket, rising from 1. A ticket is durable once the
 * transaction that holds it is on disk; `settled` tells. When a write fails
 * (disk full, folder not writable) its ticket settles with the error and the
 * record keeps its old durable value; later writes are tried anew.
 */
struct duet_store;

struct duet_store_setup {
	struct duet_loop *loop;
	const char *path;   /* the file; NULL: in memory only, tickets settle at once */
	bool inline_worker; /* write in the caller's call (tests, one-shot commands) */
	void *user;
	/* Loop thread: every ticket up to `ticket` has settled; code 0 or negative errno for this batch. */
	void (*settled)(void *user, uint64_t ticket, int code);
};

/* A damaged file is set aside (renamed) with a warning, and a new one begun. */
int duet_store_new(struct duet_store **store, const struct duet_store_setup *setup, struct duet_error *error);
void duet_store_free(
	struct duet_store *store); /* what was put is durable when it returns, if the disk allows */

/* Loop thread; bytes are copied. Return the ticket (> 0) or a negative errno. */
int64_t duet_store_put(struct duet_store *store, const char *space, const char *key, struct duet_slice value);
int64_t duet_store_delete(struct duet_store *store, const char *space, const char *key);
/* Adds to a journal that keeps its newest `keep` entries. */
int64_t duet_store_append(struct duet_store *store, const char *journal, struct duet_slice entry, int keep);

/* Deletes the entry of that number from a journal. */
int64_t duet_store_forget(struct duet_store *store, const char *journal, int64_t number);

/* Loop thread. `each` returns false to stop. Key order; journals oldest first. 0 or negative errno. */
int duet_store_get(struct duet_store *store, const char *space, const char *key,
		   void (*got)(void *user, struct duet_slice value), void *user); /* 1 found, 0 not */
int duet_store_each(struct duet_store *store, const char *space,
		    bool (*each)(void *user, const char *key, struct duet_slice value), void *user);
int duet_store_journal(struct duet_store *store, const char *journal,
		       bool (*each)(void *user, int64_t number, struct duet_slice entry), void *user);
bool duet_store_durable(const struct duet_store *store, uint64_t ticket);

#endif
