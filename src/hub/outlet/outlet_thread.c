/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/outlet/outlet_thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/log.h"
#include "hub/log/log.h"
#include "hub/outlet/dead_letter.h"
#include "hub/outlet/outlet_batch.h"
#include "hub/outlet/outlet_route.h"

enum { WAIT_MS = 1000, FIRST_DELAY_MS = 250, MAX_DELAY_MS = 30000, COMMIT_MS = 500 };

enum state { STARTING, RUNNING, RETRYING, DISABLED };

static const char *const states[] = {"starting", "running", "retrying", "disabled"};

struct duet_hub_outlet {
	struct duet_hub_outlet_route route;
	char *name, *dir, *dead_dir;
	struct duet_hub_log *log;
	struct duet_hub_reader *reader;
	pthread_t thread;
	bool started;
	atomic_bool ending;

	pthread_mutex_t lock; /* guards what others look at */
	enum state state;
	uint64_t n_sent, n_dead, n_missed, place;
	char last_error[400];

	/* the thread's */
	void *outlet; /* the kind's state, while it is open */
	struct duet_hub_batch batch;
	int delay_ms;
	int64_t committed_ms;
	uint64_t committed;
};

int duet_hub_outlet_check(const json_t *json, struct duet_error *error)
{
	struct duet_hub_outlet_route route;
	int code = duet_hub_outlet_route_read(&route, json, error);

	duet_hub_outlet_route_done(&route);
	return code;
}

const char *duet_hub_outlet_name(const struct duet_hub_outlet *outlet)
{
	return outlet->name;
}

static void note(struct duet_hub_outlet *outlet, enum state state, const struct duet_error *error)
{
	char text[400] = "";
	bool worse;

	if (error)
		duet_error_format(error, text, sizeof(text));
	pthread_mutex_lock(&outlet->lock);
	worse = state == RETRYING && outlet->state != RETRYING;
	outlet->state = state;
	outlet->place = duet_hub_reader_place(outlet->reader);
	outlet->n_missed = duet_hub_reader_missed(outlet->reader);
	if (error)
		snprintf(outlet->last_error, sizeof(outlet->last_error), "%s", text);
	pthread_mutex_unlock(&outlet->lock);
	if (worse)
		duet_warn("route", "%s: %s; it is tried again", outlet->name, text);
}

static void close_outlet(struct duet_hub_outlet *outlet)
{
	if (!outlet->outlet)
		return;
	outlet->route.kind->close(outlet->outlet);
	duet_free(outlet->outlet);
	outlet->outlet = NULL;
}

static int open_outlet(struct duet_hub_outlet *outlet, struct duet_error *error)
{
	struct duet_hub_outlet_place place = {outlet->dir, outlet->name};
	int code;

	if (outlet->outlet)
		return 0;
	outlet->outlet = duet_calloc(1, outlet->route.kind->state_size);
	if (!outlet->outlet)
		return duet_error_set(error, -ENOMEM, "out of memory");
	code = outlet->route.kind->open(outlet->outlet, outlet->route.options, &place, error);
	if (code < 0)
		close_outlet(outlet);
	return code;
}

/* Goes on after a while, or when the route ends. */
static void rest(struct duet_hub_outlet *outlet)
{
	outlet->delay_ms = outlet->delay_ms ? outlet->delay_ms * 2 : FIRST_DELAY_MS;
	if (outlet->delay_ms > MAX_DELAY_MS)
		outlet->delay_ms = MAX_DELAY_MS;
	duet_hub_reader_pause(outlet->reader, outlet->delay_ms);
}

/* One event that is refused for good must not hold up the others: each is tried by itself. */
static int send_singly(struct duet_hub_outlet *outlet, size_t *n_done, struct duet_error *error)
{
	const struct duet_hub_batch *batch = &outlet->batch;
	int code = 0;

	for (; *n_done < batch->n_parcels && code == 0; ++*n_done) {
		const struct duet_hub_parcel *parcel = &batch->parcels[*n_done];

		code = outlet->route.kind->send(outlet->outlet, parcel, 1, error);
		if (code == -EBADMSG)
			code = duet_hub_dead_letter(outlet->dead_dir, outlet->name, parcel, error->what);
		else if (code < 0)
			return code;
		else
			continue;
		if (code < 0)
			return code;
		pthread_mutex_lock(&outlet->lock);
		outlet->n_dead++;
		pthread_mutex_unlock(&outlet->lock);
	}
	return code;
}

static int send_batch(struct duet_hub_outlet *outlet, struct duet_error *error)
{
	const struct duet_hub_batch *batch = &outlet->batch;
	size_t n_done = 0;
	int code = open_outlet(outlet, error);

	if (code == 0)
		code = outlet->route.kind->send(outlet->outlet, batch->parcels, batch->n_parcels, error);
	if (code == 0)
		n_done = batch->n_parcels;
	if (code == -EBADMSG)
		code = send_singly(outlet, &n_done, error);
	duet_hub_batch_drop(&outlet->batch, n_done);
	pthread_mutex_lock(&outlet->lock);
	outlet->n_sent += n_done;
	pthread_mutex_unlock(&outlet->lock);
	return code;
}

/* What was given on is not given on again after a restart, but for what came since the last commit. */
static void commit(struct duet_hub_outlet *outlet, bool now)
{
	int64_t at_ms = duet_hub_batch_now_ms();
	uint64_t place = duet_hub_reader_place(outlet->reader);

	if (place == outlet->committed || (!now && at_ms - outlet->committed_ms < COMMIT_MS))
		return;
	if (duet_hub_reader_commit(outlet->reader, place) < 0)
		return; /* the next one will do: more comes again than had to */
	outlet->committed = place;
	outlet->committed_ms = at_ms;
}

static void step(struct duet_hub_outlet *outlet)
{
	struct duet_error error = {0};

	if (outlet->batch.n_parcels == 0)
		duet_hub_batch_fill(&outlet->batch, outlet->reader, &outlet->route);
	if (outlet->batch.n_parcels > 0 && send_batch(outlet, &error) < 0) {
		note(outlet, RETRYING, &error);
		close_outlet(outlet);
		rest(outlet);
		return;
	}
	outlet->delay_ms = 0;
	note(outlet, RUNNING, NULL);
	commit(outlet, false);
	if (outlet->batch.n_parcels == 0 && !duet_hub_reader_wait(outlet->reader, WAIT_MS))
		commit(outlet, true);
}

static void *run(void *user)
{
	struct duet_hub_outlet *outlet = user;

	while (!atomic_load(&outlet->ending))
		step(outlet);
	if (outlet->batch.n_parcels == 0)
		commit(outlet, true);
	close_outlet(outlet);
	return NULL;
}

static int copy_names(struct duet_hub_outlet *outlet, const struct duet_hub_outlet_setup *setup)
{
	outlet->name = duet_strdup(setup->name);
	outlet->dir = duet_strdup(setup->dir);
	outlet->dead_dir = duet_strdup(setup->dead_dir);
	return outlet->name && outlet->dir && outlet->dead_dir ? 0 : -ENOMEM;
}

static int start(struct duet_hub_outlet *outlet, struct duet_error *error)
{
	int code = duet_hub_reader_new(&outlet->reader, outlet->log, outlet->name,
				       outlet->route.from_first ? DUET_HUB_FROM_FIRST : DUET_HUB_FROM_NEXT,
				       error);

	if (code < 0)
		return code;
	outlet->committed = 0;
	commit(outlet, true); /* from now on it is there: what comes is kept for it */
	outlet->place = duet_hub_reader_place(outlet->reader);
	if (!outlet->route.enabled) {
		outlet->state = DISABLED;
		return 0;
	}
	code = duet_hub_batch_init(&outlet->batch, outlet->route.kind->max_batch);
	if (code == 0)
		code = -pthread_create(&outlet->thread, NULL, run, outlet);
	outlet->started = code == 0;
	return code < 0 ? duet_error_set(error, code, "cannot start the route: %s", strerrordesc_np(-code))
			: 0;
}

int duet_hub_outlet_new(struct duet_hub_outlet **outlet, const struct duet_hub_outlet_setup *setup,
			struct duet_error *error)
{
	struct duet_hub_outlet *made = duet_calloc(1, sizeof(*made));
	int code;

	if (!made)
		return duet_error_set(error, -ENOMEM, "out of memory");
	pthread_mutex_init(&made->lock, NULL);
	made->log = setup->log;
	code = duet_hub_outlet_route_read(&made->route, setup->route, error);
	if (code == 0 && copy_names(made, setup) < 0)
		code = duet_error_set(error, -ENOMEM, "out of memory");
	if (code == 0)
		code = start(made, error);
	if (code < 0)
		duet_hub_outlet_free(made);
	else
		*outlet = made;
	return code;
}

void duet_hub_outlet_end(struct duet_hub_outlet *outlet)
{
	atomic_store(&outlet->ending, true);
	duet_hub_reader_wake(outlet->reader);
}

void duet_hub_outlet_free(struct duet_hub_outlet *outlet)
{
	if (!outlet)
		return;
	if (outlet->started) {
		duet_hub_outlet_end(outlet);
		pthread_join(outlet->thread, NULL);
	}
	duet_hub_batch_done(&outlet->batch);
	duet_hub_reader_free(outlet->reader);
	duet_hub_outlet_route_done(&outlet->route);
	pthread_mutex_destroy(&outlet->lock);
	duet_free(outlet->name);
	duet_free(outlet->dir);
	duet_free(outlet->dead_dir);
	duet_free(outlet);
}

json_t *duet_hub_outlet_json(struct duet_hub_outlet *outlet)
{
	json_t *json = duet_hub_outlet_route_json(&outlet->route);
	uint64_t next = duet_hub_log_range(outlet->log).next;
	json_t *status;

	pthread_mutex_lock(&outlet->lock);
	status = json_pack("{s:s, s:I, s:I, s:I, s:I, s:s*}", "state", states[outlet->state], "sent",
			   (json_int_t)outlet->n_sent, "deadLettered", (json_int_t)outlet->n_dead, "missed",
			   (json_int_t)outlet->n_missed, "waiting",
			   (json_int_t)(next > outlet->place ? next - outlet->place : 0), "lastError",
			   outlet->last_error[0] ? outlet->last_error : NULL);
	pthread_mutex_unlock(&outlet->lock);
	json_object_set_new(json, "name", json_string(outlet->name));
	json_object_set_new(json, "status", status);
	return json;
}

int duet_hub_outlet_query(struct duet_hub_outlet *outlet, const char *where, int max, json_t **rows,
			  struct duet_error *error)
{
	struct duet_hub_outlet_place place = {outlet->dir, outlet->name};

	if (outlet->route.kind != &duet_hub_outlet_sqlite)
		return duet_error_set(error, -ENOTSUP, "only routes to sqlite can be asked");
	return duet_hub_outlet_sqlite_query(outlet->route.options, &place, where, max, rows, error);
}
