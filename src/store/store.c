/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "loop/loop.h"
#include "loop/worker.h"
#include "store/database.h"
#include "store/rows.h"

/*
 * Writes are queued on the loop thread. While one batch (the flight) is being
 * committed by the worker the next one gathers, so that a slow disk makes
 * larger batches and not a longer queue. The worker says that it is done
 * through a file descriptor, which, other than a posted call, cannot outlive
 * the store.
 */
enum { MAX_QUEUED = 65536, MAX_SPANS = 32 };

/* Tickets that settled alike. */
struct span {
	uint64_t first, last;
	int code;
};

struct spans {
	struct span spans[MAX_SPANS];
	size_t n_spans;
};

struct duet_store {
	struct duet_store_setup setup;
	char *path;
	int64_t origin;
	bool is_inline;
	struct duet_database *reader; /* the loop thread's; the same as the writer when inline */
	struct duet_database *writer; /* the worker's; NULL while the file cannot be written */
	struct duet_worker *worker;
	struct duet_watch *watch;
	int done_fd;
	struct duet_writes queued, flight;
	int flight_code;
	uint64_t last_ticket, settled_ticket;
	struct spans failed;     /* not durable, though settled */
	struct spans unreported; /* settled, and the owner does not know yet */
};

/* When there is no room the last span swallows the new one and the worse of the two results: a ticket is
 * never called durable that is not. */
static void add_span(struct spans *spans, struct span span)
{
	struct span *last = spans->n_spans ? &spans->spans[spans->n_spans - 1] : NULL;
	bool joins = last && last->code == span.code && last->last + 1 == span.first;

	if (!joins && spans->n_spans < MAX_SPANS) {
		spans->spans[spans->n_spans++] = span;
		return;
	}
	last->last = span.last;
	if (span.code < 0)
		last->code = span.code;
}

static bool has_failed(const struct duet_store *store, uint64_t ticket)
{
	for (size_t i = 0; i < store->failed.n_spans; i++)
		if (ticket >= store->failed.spans[i].first && ticket <= store->failed.spans[i].last)
			return true;
	return false;
}

bool duet_store_durable(const struct duet_store *store, uint64_t ticket)
{
	return ticket <= store->settled_ticket && !has_failed(store, ticket);
}

/* A file that could not be written may be writable by now. */
static int commit_flight(struct duet_store *store)
{
	if (!store->writer && duet_database_open(&store->writer, store->path, false, NULL) < 0)
		return -EROFS;
	return duet_database_commit(store->writer, &store->flight, store->origin);
}

/* On the worker. */
static void fly(void *user)
{
	struct duet_store *store = user;
	uint64_t one = 1;

	store->flight_code = commit_flight(store);
	if (store->done_fd >= 0 && write(store->done_fd, &one, sizeof(one)) < 0)
		duet_error_log("store", "cannot tell that writes have settled");
}

static void land(struct duet_store *store)
{
	struct span span = {store->settled_ticket + 1, store->settled_ticket + store->flight.n_writes,
			    store->flight_code};

	if (span.code < 0) {
		duet_warn("store", "%s: %zu changes could not be kept: %s",
			  store->path ? store->path : "memory", store->flight.n_writes,
			  strerrordesc_np(-span.code));
		add_span(&store->failed, span);
	}
	add_span(&store->unreported, span);
	store->settled_ticket = span.last;
	duet_writes_done(&store->flight);
}

static void take_off(struct duet_store *store)
{
	if (store->flight.first || !store->queued.first)
		return;
	duet_writes_move(&store->flight, &store->queued);
	/* One flight at a time, so that its mailbox cannot be full. */
	duet_worker_post(store->worker, fly, store);
	if (store->is_inline)
		land(store);
}

static void report(struct duet_store *store)
{
	struct spans spans = store->unreported;

	store->unreported.n_spans = 0;
	for (size_t i = 0; i < spans.n_spans && store->setup.settled; i++)
		store->setup.settled(store->setup.user, spans.spans[i].last, spans.spans[i].code);
}

/* On the loop thread: the worker is done. */
static void flight_done(void *user)
{
	struct duet_store *store = user;
	uint64_t count;

	if (read(store->done_fd, &count, sizeof(count)) < 0)
		return;
	if (!store->is_inline)
		land(store);
	take_off(store);
	report(store);
}

/* What there is must be heard of even when nothing can be added: a timer that was set before the disk went
 * bad still rings. */
static bool may_be_read(const char *path, int code)
{
	return path && code != -ENOMEM && code != -ENOTSUP && code != -EBADMSG && access(path, R_OK) == 0;
}

static int open_databases(struct duet_store *store, struct duet_error *error)
{
	struct duet_error why;
	int code = duet_database_open(&store->writer, store->path, false, &why);

	if (code == 0 && store->is_inline) {
		store->reader = store->writer;
		return 0;
	}
	if (code == 0)
		return duet_database_open(&store->reader, store->path, true, error);
	if (!may_be_read(store->path, code) ||
	    duet_database_open(&store->reader, store->path, true, NULL) < 0) {
		if (error)
			*error = why;
		return code;
	}
	duet_warn("store", "%s can be read but not written (%s): nothing new will be kept", store->path,
		  strerrordesc_np(-code));
	return 0;
}

static int start(struct duet_store *store, struct duet_error *error)
{
	int code = open_databases(store, error);

	if (code < 0)
		return code;
	if (store->setup.loop) {
		store->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (store->done_fd < 0)
			return duet_error_set(error, -errno, "cannot make an event descriptor");
		store->watch = duet_watch_read(store->setup.loop, store->done_fd, flight_done, store);
	}
	store->worker = duet_worker_new("duet-store", store->is_inline);
	if (!store->worker || (store->setup.loop && !store->watch))
		return duet_error_set(error, -ENOMEM, "out of memory");
	return 0;
}

int duet_store_new(struct duet_store **store, const struct duet_store_setup *setup, struct duet_error *error)
{
	struct duet_store *made = duet_calloc(1, sizeof(*made));
	int code = -ENOMEM;

	*store = NULL;
	if (!made)
		return duet_error_set(error, -ENOMEM, "out of memory");
	made->setup = *setup;
	made->done_fd = -1;
	made->is_inline = setup->inline_worker || !setup->path || !setup->loop;
	duet_writes_init(&made->queued);
	duet_writes_init(&made->flight);
	if (getrandom(&made->origin, sizeof(made->origin), 0) < 0)
		made->origin = getpid();
	if (setup->path)
		made->path = duet_strdup(setup->path);
	if (setup->path && !made->path)
		duet_error_set(error, -ENOMEM, "out of memory");
	else
		code = start(made, error);
	if (code < 0)
		duet_store_free(made);
	else
		*store = made;
	return code;
}

/* After the worker is gone this thread does what it left. */
static void finish(struct duet_store *store)
{
	if (store->flight.first)
		land(store);
	while (store->queued.first) {
		duet_writes_move(&store->flight, &store->queued);
		store->flight_code = commit_flight(store);
		land(store);
	}
}

void duet_store_free(struct duet_store *store)
{
	if (!store)
		return;
	duet_worker_free(store->worker);
	finish(store);
	duet_watch_free(store->watch);
	if (store->done_fd >= 0)
		close(store->done_fd);
	if (store->reader != store->writer)
		duet_database_close(store->reader);
	duet_database_close(store->writer);
	duet_free(store->path);
	duet_free(store);
}

static int64_t enqueue(struct duet_store *store, enum duet_write_kind kind, const char *space,
		       const char *key, struct duet_slice value, int keep)
{
	struct duet_write *write;

	if (store->queued.n_writes >= MAX_QUEUED)
		return -EAGAIN;
	write = duet_writes_add(&store->queued, kind, space, key, value);
	if (!write)
		return -ENOMEM;
	write->ticket = ++store->last_ticket;
	write->keep = keep;
	take_off(store);
	return (int64_t)store->last_ticket;
}

int64_t duet_store_put(struct duet_store *store, const char *space, const char *key, struct duet_slice value)
{
	return enqueue(store, DUET_WRITE_PUT, space, key, value, 0);
}

int64_t duet_store_delete(struct duet_store *store, const char *space, const char *key)
{
	return enqueue(store, DUET_WRITE_DELETE, space, key, (struct duet_slice){"", 0}, 0);
}

int64_t duet_store_append(struct duet_store *store, const char *journal, struct duet_slice entry, int keep)
{
	return keep > 0 ? enqueue(store, DUET_WRITE_APPEND, journal, "", entry, keep) : -EINVAL;
}

int64_t duet_store_forget(struct duet_store *store, const char *journal, int64_t number)
{
	struct duet_write *write;

	if (store->queued.n_writes >= MAX_QUEUED)
		return -EAGAIN;
	write = duet_writes_add(&store->queued, DUET_WRITE_FORGET, journal, "", (struct duet_slice){"", 0});
	if (!write)
		return -ENOMEM;
	write->ticket = ++store->last_ticket;
	write->number = number;
	take_off(store);
	return (int64_t)store->last_ticket;
}

static int add_pending(const struct duet_store *store, struct duet_rows *rows, const char *space,
		       bool is_journal)
{
	int code = duet_rows_apply(rows, &store->flight, space, is_journal);

	return code < 0 ? code : duet_rows_apply(rows, &store->queued, space, is_journal);
}

/* The newest change of the record that is not yet in the file, or NULL. */
static const struct duet_write *find_pending(const struct duet_store *store, const char *space,
					     const char *key)
{
	const struct duet_writes *both[] = {&store->flight, &store->queued};
	const struct duet_write *newest = NULL;

	for (int i = 0; i < 2; i++)
		for (const struct duet_write *write = both[i]->first; write; write = write->next)
			if (!duet_write_is_journal(write->kind) && strcmp(write->key, key) == 0 &&
			    strcmp(write->space, space) == 0)
				newest = write;
	return newest;
}

int duet_store_get(struct duet_store *store, const char *space, const char *key,
		   void (*got)(void *user, struct duet_slice value), void *user)
{
	const struct duet_write *write = find_pending(store, space, key);
	struct duet_rows rows;
	int code = 0;

	duet_rows_init(&rows, 0);
	if (!write)
		code = duet_database_get(store->reader, space, key, duet_rows_add, &rows);
	else if (write->kind == DUET_WRITE_PUT)
		code = duet_rows_add(&rows, &(struct duet_row){.key = key, .value = write->value});
	if (code == 0 && rows.n_rows) {
		got(user, rows.rows[0].value);
		code = 1;
	}
	duet_rows_done(&rows);
	return code;
}

/* Everything is copied before the first call, which may then change the store. */
int duet_store_each(struct duet_store *store, const char *space,
		    bool (*each)(void *user, const char *key, struct duet_slice value), void *user)
{
	struct duet_rows rows;
	int code;

	duet_rows_init(&rows, 0);
	code = duet_database_each(store->reader, space, duet_rows_add, &rows);
	if (code == 0)
		code = add_pending(store, &rows, space, false);
	for (size_t i = 0; i < rows.n_rows && code == 0; i++)
		if (!each(user, rows.rows[i].key, rows.rows[i].value))
			break;
	duet_rows_done(&rows);
	return code;
}

int duet_store_journal(struct duet_store *store, const char *journal,
		       bool (*each)(void *user, int64_t number, struct duet_slice entry), void *user)
{
	struct duet_rows rows;
	int code;

	duet_rows_init(&rows, store->origin);
	code = duet_database_journal(store->reader, journal, duet_rows_add, &rows);
	if (code == 0)
		code = add_pending(store, &rows, journal, true);
	for (size_t i = 0; i < rows.n_rows && code == 0; i++)
		if (!each(user, rows.rows[i].number, rows.rows[i].value))
			break;
	duet_rows_done(&rows);
	return code;
}
