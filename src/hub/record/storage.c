/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/record/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "hub/record/statement.h"
#include "loop/loop.h"

/* So many changes share a transaction at most: what waits behind them waits that long. */
enum { MAX_BATCH = 512, MAX_QUEUED = 8192, MAX_PATH_BYTES = 4096 };

struct write {
	struct write *next;
	struct duet_letter letter; /* takes the answer to the loop */
	struct duet_loop *loop;
	duet_hub_change *change;
	duet_hub_changed *changed;
	void *user;
	int code;
};

struct duet_hub_storage {
	char path[MAX_PATH_BYTES];
	const struct duet_hub_secret *secret;
	bool inline_writer, thread_runs;
	struct duet_hub_view writer;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows, up to closing */
	pthread_cond_t changed;
	struct write *first, **end;
	int n_queued, max_queued;
	bool closing;
	_Atomic uint64_t n_changes, n_failed, n_commits, commit_ns;
};

static int execute(struct duet_hub_view *view, const char *sql)
{
	return (int)duet_hub_sql_run(view, sql, "");
}

/* Savepoints of one name nest: the innermost is meant. */
int duet_hub_view_try(struct duet_hub_view *view, duet_hub_change *change, void *user)
{
	int code = execute(view, "SAVEPOINT change"), released;

	if (code < 0)
		return code;
	code = change(view, user);
	if (code < 0)
		execute(view, "ROLLBACK TO change");
	released = execute(view, "RELEASE change");
	return code < 0 || released >= 0 ? code : released;
}

static int run_transaction(struct duet_hub_storage *storage, struct write *writes)
{
	int code = execute(&storage->writer, "BEGIN IMMEDIATE");
	int64_t begun_ns;

	for (struct write *write = writes; write && code >= 0; write = write->next) {
		write->code = duet_hub_view_try(&storage->writer, write->change, write->user);
		/* The transaction is gone when the disk or memory failed: nothing of it will be there. */
		if (write->code < 0 && sqlite3_get_autocommit(storage->writer.sqlite))
			code = write->code;
	}
	begun_ns = duet_clock_system.mono_ns(&duet_clock_system);
	if (code >= 0)
		code = execute(&storage->writer, "COMMIT");
	atomic_fetch_add(&storage->commit_ns,
			 (uint64_t)(duet_clock_system.mono_ns(&duet_clock_system) - begun_ns));
	atomic_fetch_add(&storage->n_commits, 1);
	if (code < 0 && !sqlite3_get_autocommit(storage->writer.sqlite))
		execute(&storage->writer, "ROLLBACK");
	return code;
}

static void answer(void *user)
{
	struct write *write = user;
	duet_hub_changed *changed = write->changed;
	void *changed_user = write->user;
	int code = write->code;

	duet_free(write);
	if (changed)
		changed(changed_user, code);
}

static void run_batch(struct duet_hub_storage *storage, struct write *writes)
{
	int code = run_transaction(storage, writes);
	struct write *next;

	if (code < 0)
		duet_error_log("hub", "the database cannot be written: %s", strerror(-code));
	for (struct write *write = writes; write; write = next) {
		next = write->next;
		if (code < 0)
			write->code = code;
		atomic_fetch_add(&storage->n_changes, 1);
		if (write->code < 0)
			atomic_fetch_add(&storage->n_failed, 1);
		if (write->loop && !storage->inline_writer)
			duet_loop_send(write->loop, &write->letter);
		else
			answer(write);
	}
}

/* The oldest ones, at most MAX_BATCH; NULL: none, and it is closing. */
static struct write *take_batch(struct duet_hub_storage *storage)
{
	struct write *writes, **end;
	int n = 0;

	pthread_mutex_lock(&storage->lock);
	while (!storage->first && !storage->closing)
		pthread_cond_wait(&storage->changed, &storage->lock);
	writes = storage->first;
	for (end = &storage->first; *end && n < MAX_BATCH; n++)
		end = &(*end)->next;
	storage->first = *end;
	*end = NULL;
	if (!storage->first)
		storage->end = &storage->first;
	storage->n_queued -= n;
	pthread_mutex_unlock(&storage->lock);
	return n > 0 ? writes : NULL;
}

static void *run_writer(void *user)
{
	struct duet_hub_storage *storage = user;
	struct write *writes;

	while ((writes = take_batch(storage)))
		run_batch(storage, writes);
	return NULL;
}

static int explain(int code, const char *path, struct duet_error *error)
{
	if (code >= 0)
		return code;
	duet_error_set(error, code, "the database cannot be opened: %s",
		       code == -ENOTSUP   ? "a newer version wrote it"
		       : code == -EBADMSG ? "it is damaged"
					  : strerror(-code));
	duet_error_at(error, path, 0, 0);
	if (code == -ENOTSUP)
		duet_error_hint(error, "update duet-hub, or restore a backup");
	else if (code == -EBADMSG)
		duet_error_hint(error, "restore a backup with duet-hub restore");
	return code;
}

static int start(struct duet_hub_storage *storage)
{
	int code = duet_hub_view_connect(&storage->writer, storage->path, true);

	if (code < 0 || storage->inline_writer)
		return code;
	code = -pthread_create(&storage->thread, NULL, run_writer, storage);
	storage->thread_runs = code == 0;
	return code;
}

int duet_hub_storage_new(struct duet_hub_storage **storage, const struct duet_hub_storage_setup *setup,
			 struct duet_error *error)
{
	struct duet_hub_storage *made = duet_calloc(1, sizeof(*made));
	int code;

	*storage = NULL;
	if (!made)
		return duet_error_set(error, -ENOMEM, "out of memory");
	snprintf(made->path, sizeof(made->path), "%s", setup->path);
	made->secret = setup->secret;
	made->writer.secret = setup->secret;
	made->inline_writer = setup->inline_writer;
	made->max_queued = setup->max_queued > 0 ? setup->max_queued : MAX_QUEUED;
	made->end = &made->first;
	pthread_mutex_init(&made->lock, NULL);
	pthread_cond_init(&made->changed, NULL);
	code = start(made);
	if (code < 0) {
		duet_hub_storage_free(made);
		return explain(code, setup->path, error);
	}
	*storage = made;
	return 0;
}

void duet_hub_storage_free(struct duet_hub_storage *storage)
{
	if (!storage)
		return;
	pthread_mutex_lock(&storage->lock);
	storage->closing = true;
	pthread_cond_broadcast(&storage->changed);
	pthread_mutex_unlock(&storage->lock);
	if (storage->thread_runs)
		pthread_join(storage->thread, NULL);
	duet_hub_view_disconnect(&storage->writer);
	pthread_cond_destroy(&storage->changed);
	pthread_mutex_destroy(&storage->lock);
	duet_free(storage);
}

static int enqueue(struct duet_hub_storage *storage, struct write *write)
{
	int code = -EAGAIN;

	pthread_mutex_lock(&storage->lock);
	if (storage->n_queued < storage->max_queued && !storage->closing) {
		*storage->end = write;
		storage->end = &write->next;
		storage->n_queued++;
		pthread_cond_signal(&storage->changed);
		code = 0;
	}
	pthread_mutex_unlock(&storage->lock);
	return code;
}

int duet_hub_storage_write(struct duet_hub_storage *storage, struct duet_loop *loop, duet_hub_change *change,
			   duet_hub_changed *changed, void *user)
{
	struct write *write = duet_calloc(1, sizeof(*write));
	int code = 0;

	if (!write)
		return -ENOMEM;
	*write = (struct write){.loop = loop, .change = change, .changed = changed, .user = user};
	write->letter = (struct duet_letter){.call = answer, .user = write};
	if (storage->inline_writer)
		run_batch(storage, write);
	else
		code = enqueue(storage, write);
	if (code < 0)
		duet_free(write);
	return code;
}

struct waiting {
	struct duet_hub_storage *storage;
	duet_hub_change *change;
	void *user;
	bool done;
	int code;
};

static int change_for_waiting(struct duet_hub_view *view, void *user)
{
	struct waiting *waiting = user;

	return waiting->change(view, waiting->user);
}

static void stop_waiting(void *user, int code)
{
	struct waiting *waiting = user;

	pthread_mutex_lock(&waiting->storage->lock);
	waiting->code = code;
	waiting->done = true;
	pthread_cond_broadcast(&waiting->storage->changed);
	pthread_mutex_unlock(&waiting->storage->lock);
}

int duet_hub_storage_write_now(struct duet_hub_storage *storage, duet_hub_change *change, void *user)
{
	struct waiting waiting = {storage, change, user, false, 0};
	int code = duet_hub_storage_write(storage, NULL, change_for_waiting, stop_waiting, &waiting);

	if (code < 0)
		return code;
	pthread_mutex_lock(&storage->lock);
	while (!waiting.done)
		pthread_cond_wait(&storage->changed, &storage->lock);
	pthread_mutex_unlock(&storage->lock);
	return waiting.code;
}

int duet_hub_view_open(struct duet_hub_view **view, struct duet_hub_storage *storage,
		       struct duet_error *error)
{
	struct duet_hub_view *made = duet_calloc(1, sizeof(*made));
	int code;

	*view = NULL;
	if (!made)
		return duet_error_set(error, -ENOMEM, "out of memory");
	made->secret = storage->secret;
	code = duet_hub_view_connect(made, storage->path, false);
	if (code < 0) {
		duet_hub_view_close(made);
		return explain(code, storage->path, error);
	}
	*view = made;
	return 0;
}

void duet_hub_view_close(struct duet_hub_view *view)
{
	if (!view)
		return;
	duet_hub_view_disconnect(view);
	duet_free(view);
}

/* What was copied is on the disk only when it is told so. */
static int sync_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), code;

	if (fd < 0)
		return -errno;
	code = fsync(fd) < 0 ? -errno : 0;
	close(fd);
	return code;
}

int duet_hub_storage_backup(struct duet_hub_storage *storage, const char *path, struct duet_error *error)
{
	struct duet_hub_view view = {.secret = storage->secret};
	int code = access(path, F_OK) == 0 ? -EEXIST : 0;

	if (code == 0)
		code = duet_hub_view_connect(&view, storage->path, true);
	if (code == 0)
		code = (int)duet_hub_sql_run(&view, "VACUUM INTO ?1", "t", path);
	duet_hub_view_disconnect(&view);
	if (code >= 0)
		code = sync_file(path);
	if (code >= 0)
		return 0;
	duet_error_set(error, code, "the backup cannot be written: %s", strerror(-code));
	duet_error_at(error, path, 0, 0);
	return code;
}

void duet_hub_storage_measure(struct duet_hub_storage *storage, struct duet_hub_storage_load *load)
{
	*load = (struct duet_hub_storage_load){
		.n_changes = atomic_load(&storage->n_changes),
		.n_failed = atomic_load(&storage->n_failed),
		.n_commits = atomic_load(&storage->n_commits),
		.commit_ns = atomic_load(&storage->commit_ns),
		.max_queued = storage->max_queued,
	};
	pthread_mutex_lock(&storage->lock);
	load->n_queued = storage->n_queued;
	pthread_mutex_unlock(&storage->lock);
}
