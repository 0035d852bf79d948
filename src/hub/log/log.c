/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/log/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "hub/log/log_files.h"
#include "hub/log/log_internal.h"
#include "hub/log/log_lane.h"

enum { MAX_LANES = 256, IDLE_MS = 1000 };

/* The writer's batch: a piece of each lane. */
struct batch {
	struct duet_hub_lane *lanes[MAX_LANES];
	struct iovec pieces[MAX_LANES];
	int n;
	uint64_t n_events;
	int64_t n_bytes;
};

static int64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The wall clock as it goes on from when the log was opened, however it is set meanwhile: that throws nothing
 * away. */
static int64_t steady_ms(const struct duet_hub_log *log)
{
	return log->opened_ms + now_ns(CLOCK_BOOTTIME) / 1000000;
}

void duet_hub_log_wake(struct duet_hub_log *log)
{
	uint64_t one = 1;

	if (atomic_load(&log->awake) || atomic_exchange(&log->awake, true))
		return;
	if (write(log->wakeup_fd, &one, sizeof(one)) < 0)
		return; /* the counter is full: it is awake */
}

static void wait_for_work(struct duet_hub_log *log)
{
	struct pollfd watched = {.fd = log->wakeup_fd, .events = POLLIN};
	uint64_t count;

	if (poll(&watched, 1, IDLE_MS) > 0 && read(log->wakeup_fd, &count, sizeof(count)) < 0)
		return;
}

void duet_hub_log_adopt(struct duet_hub_log *log, struct duet_hub_lane *lane)
{
	pthread_mutex_lock(&log->lock);
	lane->next = log->lanes;
	log->lanes = lane;
	pthread_mutex_unlock(&log->lock);
}

const struct duet_hub_log_setup *duet_hub_log_settings(const struct duet_hub_log *log)
{
	return &log->setup;
}

/* Takes what each lane has; a lane that is over leaves the list. */
static void collect(struct duet_hub_log *log, struct batch *batch)
{
	*batch = (struct batch){0};
	pthread_mutex_lock(&log->lock);
	for (struct duet_hub_lane **at = &log->lanes; *at && batch->n < MAX_LANES;) {
		struct duet_hub_lane *lane = *at;

		if (duet_hub_lane_over(lane)) {
			*at = lane->next;
			duet_hub_lane_destroy(lane);
			continue;
		}
		if (duet_hub_lane_take(lane)) {
			batch->lanes[batch->n] = lane;
			batch->pieces[batch->n++] = (struct iovec){lane->writing.bytes, lane->writing.len};
			batch->n_events += lane->writing.n_events;
			batch->n_bytes += (int64_t)lane->writing.len;
		}
		at = &lane->next;
	}
	pthread_mutex_unlock(&log->lock);
}

static void drop_what_is_old(struct duet_hub_log *log)
{
	int64_t oldest_ms = steady_ms(log) - log->setup.retention_ms;
	struct duet_hub_segment first;

	while (duet_hub_log_files_bytes(&log->files) > log->setup.retention_bytes &&
	       duet_hub_log_files_drop(&log->files))
		;
	while (duet_hub_log_files_find(&log->files, 0, &first) && first.last_ms < oldest_ms &&
	       duet_hub_log_files_drop(&log->files))
		;
}

static void count_batch(struct duet_hub_log *log, const struct batch *batch, int code, int64_t took_ns)
{
	pthread_mutex_lock(&log->lock);
	if (code == 0) {
		log->load.n_events += batch->n_events;
		log->load.n_bytes += (uint64_t)batch->n_bytes;
		log->load.n_commits++;
		log->load.commit_ns += (uint64_t)took_ns;
	} else {
		log->load.n_failed += batch->n_events;
	}
	if (code < 0 && !log->load.failing)
		duet_error_log("log", "%s: cannot write, nothing is acknowledged: %s", log->files.dir,
			       strerrordesc_np(-code));
	if (code == 0 && log->load.failing)
		duet_warn("log", "%s: can be written again", log->files.dir);
	log->load.failing = code < 0;
	pthread_cond_broadcast(&log->grown);
	pthread_mutex_unlock(&log->lock);
}

static void write_batch(struct duet_hub_log *log, const struct batch *batch)
{
	int64_t begin_ns = now_ns(CLOCK_MONOTONIC);
	int code;

	code = duet_hub_log_files_write(&log->files, batch->pieces, batch->n, batch->n_events,
					!log->setup.in_memory, steady_ms(log));
	count_batch(log, batch, code, now_ns(CLOCK_MONOTONIC) - begin_ns);
	for (int i = 0; i < batch->n; i++)
		duet_hub_lane_settle(batch->lanes[i], code);
	log->last_bytes += code == 0 ? batch->n_bytes : 0;
	if (log->last_bytes >= log->setup.segment_bytes) {
		log->last_bytes = 0;
		duet_hub_log_files_roll(&log->files);
		drop_what_is_old(log);
	}
}

static void tell_loops(struct duet_hub_log *log)
{
	pthread_mutex_lock(&log->lock);
	for (struct duet_hub_lane *lane = log->lanes; lane; lane = lane->next)
		duet_hub_lane_tell(lane);
	pthread_mutex_unlock(&log->lock);
}

static void *run(void *user)
{
	struct duet_hub_log *log = user;
	struct batch batch;
	bool ending;

	do {
		wait_for_work(log);
		ending = atomic_load(&log->ending);
		/* From here on an append wakes again; what came before it is collected now. */
		atomic_store(&log->awake, false);
		collect(log, &batch);
		if (batch.n > 0)
			write_batch(log, &batch);
		else
			drop_what_is_old(log);
		tell_loops(log);
	} while (!ending || batch.n > 0);
	return NULL;
}

static void free_parts(struct duet_hub_log *log)
{
	while (log->lanes) {
		struct duet_hub_lane *lane = log->lanes;

		log->lanes = lane->next;
		duet_hub_lane_destroy(lane);
	}
	duet_hub_log_files_close(&log->files);
	if (log->wakeup_fd >= 0)
		close(log->wakeup_fd);
	pthread_cond_destroy(&log->grown);
	pthread_mutex_destroy(&log->lock);
	duet_free(log);
}

static void make_locks(struct duet_hub_log *log)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_mutex_init(&log->lock, NULL);
	pthread_cond_init(&log->grown, &attributes);
	pthread_condattr_destroy(&attributes);
}

int duet_hub_log_new(struct duet_hub_log **log, const struct duet_hub_log_setup *setup,
		     struct duet_error *error)
{
	struct duet_hub_log *made = duet_calloc(1, sizeof(*made));
	int code;

	if (!made)
		return duet_error_set(error, -ENOMEM, "out of memory");
	made->setup = *setup;
	made->opened_ms = (now_ns(CLOCK_REALTIME) - now_ns(CLOCK_BOOTTIME)) / 1000000;
	make_locks(made);
	code = duet_hub_log_files_open(&made->files, setup->dir, error);
	made->wakeup_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (code == 0 && made->files.n_segments > 0)
		made->last_bytes = made->files.segments[made->files.n_segments - 1].bytes;
	if (code == 0 && made->wakeup_fd < 0)
		code = duet_error_set(error, -errno, "the telemetry log: %s", strerrordesc_np(errno));
	if (code == 0) {
		code = -pthread_create(&made->thread, NULL, run, made);
		if (code < 0)
			duet_error_set(error, code, "the telemetry log: %s", strerrordesc_np(-code));
	}
	if (code < 0)
		free_parts(made);
	else
		*log = made;
	return code;
}

void duet_hub_log_free(struct duet_hub_log *log)
{
	if (!log)
		return;
	atomic_store(&log->ending, true);
	duet_hub_log_wake(log);
	pthread_join(log->thread, NULL);
	free_parts(log);
}

struct duet_hub_log_range duet_hub_log_range(struct duet_hub_log *log)
{
	struct duet_hub_log_range range;

	pthread_mutex_lock(&log->files.lock);
	range.next = log->files.next;
	range.first = log->files.n_segments ? log->files.segments[0].base : range.next;
	pthread_mutex_unlock(&log->files.lock);
	return range;
}

void duet_hub_log_measure(struct duet_hub_log *log, struct duet_hub_log_load *load)
{
	pthread_mutex_lock(&log->lock);
	*load = log->load;
	pthread_mutex_unlock(&log->lock);
	load->kept_bytes = (uint64_t)duet_hub_log_files_bytes(&log->files);
}
