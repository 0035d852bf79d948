/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/alloc.h"
#include "hub/record/storage.h"
#include "loop/worker.h"

enum { NICENESS = 10 };

struct duet_hub_pool {
	struct duet_worker *worker;
	atomic_bool ending;
	pthread_mutex_t lock; /* of the views that nobody uses: as many as there are threads */
	int n_views;
	struct duet_hub_view *views[];
};

static struct duet_hub_view *take_view(struct duet_hub_pool *pool)
{
	struct duet_hub_view *view = NULL;

	pthread_mutex_lock(&pool->lock);
	if (pool->n_views > 0)
		view = pool->views[--pool->n_views];
	pthread_mutex_unlock(&pool->lock);
	return view;
}

static void give_view_back(struct duet_hub_pool *pool, struct duet_hub_view *view)
{
	if (!view)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->views[pool->n_views++] = view;
	pthread_mutex_unlock(&pool->lock);
}

static void done(void *user)
{
	struct duet_hub_task *task = user;

	task->done(task->user, task->code);
}

static void work(void *user)
{
	struct duet_hub_task *task = user;
	struct duet_hub_pool *pool = task->pool;
	struct duet_hub_view *view;

	if (atomic_load(&pool->ending)) {
		task->code = -ESHUTDOWN;
	} else {
		view = take_view(pool);
		task->code = task->work(view, task->user);
		give_view_back(pool, view);
	}
	duet_loop_send(task->loop, &task->letter);
}

int duet_hub_pool_post(struct duet_hub_pool *pool, struct duet_hub_task *task)
{
	if (atomic_load(&pool->ending))
		return -EAGAIN;
	task->pool = pool;
	task->letter = (struct duet_letter){.call = done, .user = task};
	return duet_worker_post(pool->worker, work, task);
}

static int open_views(struct duet_hub_pool *pool, const struct duet_hub_pool_setup *setup,
		      struct duet_error *error)
{
	int code = 0;

	while (code == 0 && setup->storage && pool->n_views < setup->n_threads) {
		code = duet_hub_view_open(&pool->views[pool->n_views], setup->storage, error);
		pool->n_views += code == 0;
	}
	return code;
}

int duet_hub_pool_new(struct duet_hub_pool **pool, const struct duet_hub_pool_setup *setup,
		      struct duet_error *error)
{
	struct duet_hub_pool *made =
		duet_calloc(1, sizeof(*made) + (size_t)setup->n_threads * sizeof(struct duet_hub_view *));
	int code;

	*pool = NULL;
	if (!made)
		return duet_error_set(error, -ENOMEM, "out of memory");
	pthread_mutex_init(&made->lock, NULL);
	code = open_views(made, setup, error);
	if (code == 0) {
		made->worker = duet_worker_new_group(setup->name, setup->n_threads, NICENESS);
		if (!made->worker)
			code = duet_error_set(error, -ENOMEM, "out of memory, or of threads");
	}
	if (code < 0)
		duet_hub_pool_free(made);
	else
		*pool = made;
	return code;
}

void duet_hub_pool_end(struct duet_hub_pool *pool)
{
	atomic_store(&pool->ending, true);
	duet_worker_free(pool->worker);
	pool->worker = NULL;
	while (pool->n_views > 0)
		duet_hub_view_close(pool->views[--pool->n_views]);
}

void duet_hub_pool_free(struct duet_hub_pool *pool)
{
	if (!pool)
		return;
	duet_hub_pool_end(pool);
	pthread_mutex_destroy(&pool->lock);
	duet_free(pool);
}
