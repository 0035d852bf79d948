/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_POOL_H
#define DUET_HUB_POOL_H

#include "duet/error.h"
#include "loop/loop.h"

struct duet_hub_storage;
struct duet_hub_view;

/*
 * Threads for what would hold a loop up: questions to the database that may take long, and files. They give
 * way to the loops, and their queue is bounded.
 */
struct duet_hub_pool;

struct duet_hub_pool_setup {
	const char *name;
	int n_threads;
	struct duet_hub_storage *storage; /* each thread has a view of it; NULL: none */
};

/* In the caller's memory, which stays until `done`. */
struct duet_hub_task {
	/* On one of the threads; `view` for the call. */
	int (*work)(struct duet_hub_view *view, void *user);
	/* On `loop`, with the work's result; -ESHUTDOWN: the pool ended before it began. */
	void (*done)(void *user, int code);
	void *user;
	struct duet_loop *loop;
	struct duet_hub_pool *pool; /* the pool's, as what follows */
	struct duet_letter letter;
	int code;
};

int duet_hub_pool_new(struct duet_hub_pool **pool, const struct duet_hub_pool_setup *setup,
		      struct duet_error *error);
/* What is being done is finished, what waits is cancelled, nothing is taken any more; returns when all has
 * been sent to its loop. */
void duet_hub_pool_end(struct duet_hub_pool *pool);
void duet_hub_pool_free(struct duet_hub_pool *pool); /* ends it first */

/* Any thread. -EAGAIN: too much waits, or it has ended. */
int duet_hub_pool_post(struct duet_hub_pool *pool, struct duet_hub_task *task);

#endif
