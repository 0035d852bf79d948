/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_STORAGE_H
#define DUET_HUB_STORAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "duet/error.h"

struct duet_loop;
struct duet_hub_secret;

/*
 * What the hub remembers: identities, twins, queues, sessions, documents
 * (enrolments, jobs, configurations) and settings. This header and those of the
 * records (identity.h, twin_record.h, queue.h, session_record.h, document.h,
 * policy.h, upload.h) are the whole interface; today SQLite fills it (WAL,
 * synchronous=FULL), and another database can.
 *
 * A view is one connection. Reading works on the thread that owns the view and
 * sees the last commit. Writing happens inside a change: the writer thread
 * carries many changes out in one transaction, each in a savepoint of its own,
 * and tells each one's loop when the commit is on disk.
 */
struct duet_hub_storage;
struct duet_hub_view;

struct duet_hub_storage_setup {
	const char *path;                     /* the database file */
	const struct duet_hub_secret *secret; /* what encrypts keys at rest; outlives the storage */
	bool inline_writer;                   /* each write at once, in the caller's call: tests, commands */
	int max_queued;                       /* changes that may wait; 0: 8192 */
};

/* -ENOTSUP: written by a newer version. -EBADMSG: damaged, or the wrong key file. */
int duet_hub_storage_new(struct duet_hub_storage **storage, const struct duet_hub_storage_setup *setup,
			 struct duet_error *error);

/* Everything queued is on disk and its `changed` posted when it returns. The loops still run, or take one
 * more turn, and are freed later. NULL is fine. */
void duet_hub_storage_free(struct duet_hub_storage *storage);

/* On the writer thread, in a transaction with others; a negative errno undoes this change alone. Blocks for
 * nothing but the disk. */
typedef int duet_hub_change(struct duet_hub_view *view, void *user);

/* On `loop`, after the commit is on disk, with the change's result; or the commit's error. */
typedef void duet_hub_changed(void *user, int code);

/* Any thread. -EAGAIN: too many wait, nothing will be called. `changed` may be NULL, `loop` too: then
 * `changed` is called on the writer thread. */
int duet_hub_storage_write(struct duet_hub_storage *storage, struct duet_loop *loop, duet_hub_change *change,
			   duet_hub_changed *changed, void *user);

/* Any thread but the writer's and those loops': waits for the commit. For commands and tests. */
int duet_hub_storage_write_now(struct duet_hub_storage *storage, duet_hub_change *change, void *user);

/* Inside a change: a change of its own, undone alone when it fails. */
int duet_hub_view_try(struct duet_hub_view *view, duet_hub_change *change, void *user);

/* A connection that reads. Its owner closes it before the storage is freed. */
int duet_hub_view_open(struct duet_hub_view **view, struct duet_hub_storage *storage,
		       struct duet_error *error);
void duet_hub_view_close(struct duet_hub_view *view);

/* A copy of the database as it is now, while everything goes on; -EEXIST when `path` is there. */
int duet_hub_storage_backup(struct duet_hub_storage *storage, const char *path, struct duet_error *error);

/* Counters since the start, for metrics; any thread. */
struct duet_hub_storage_load {
	uint64_t n_changes, n_failed, n_commits, commit_ns; /* commit_ns: all commits together */
	int n_queued, max_queued;
};
void duet_hub_storage_measure(struct duet_hub_storage *storage, struct duet_hub_storage_load *load);

/* The file's schema; storage_new upgrades older ones. */
enum { DUET_HUB_SCHEMA_VERSION = 2 };

#endif
