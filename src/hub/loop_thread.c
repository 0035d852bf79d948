/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/loop_thread.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/log.h"
#include "hub/config.h"
#include "hub/housekeeping.h"
#include "hub/log/log.h"
#include "hub/metrics.h"
#include "hub/presence.h"
#include "hub/record/storage.h"
#include "hub/service/service.h"
#include "hub/session/session.h"
#include "net/stream.h"

enum { TICK_MS = 1000, DRAIN_TICK_MS = 50, ARENA_SIZE = 1 << 20 };

struct start {
	struct duet_hub_thread *thread;
	struct duet_error *error;
	sem_t begun;
	int code;
};

int duet_hub_thread_init(struct duet_hub_thread *thread, struct duet_hub *hub, int index)
{
	*thread = (struct duet_hub_thread){.loop = {.hub = hub, .index = index}};
	for (int i = 0; i < DUET_HUB_N_PORTS; i++)
		thread->fds[i] = -1;
	thread->loop.loop = duet_loop_new(duet_hub_clock(hub));
	thread->loop.metrics = duet_calloc(1, sizeof(*thread->loop.metrics));
	return thread->loop.loop && thread->loop.metrics ? 0 : -ENOMEM;
}

void duet_hub_thread_done(struct duet_hub_thread *thread)
{
	for (int i = 0; i < DUET_HUB_N_PORTS; i++)
		if (thread->fds[i] >= 0)
			close(thread->fds[i]);
	if (thread->loop.loop)
		duet_loop_turn(thread->loop.loop);
	duet_streams_free(thread->loop.streams);
	duet_wheel_free(thread->loop.wheel);
	duet_loop_free(thread->loop.loop);
	duet_free(thread->loop.metrics);
}

static void close_listeners(struct duet_hub_thread *thread)
{
	for (int i = 0; i < DUET_HUB_N_PORTS; i++) {
		duet_hub_listener_free(thread->listeners[i]);
		thread->listeners[i] = NULL;
	}
}

/* Everything is over when nobody is connected and nothing that was begun will still be answered. */
static bool is_over(const struct duet_hub_thread *thread)
{
	struct duet_streams_load load;

	duet_streams_measure(thread->loop.streams, &load);
	return (load.n_open == 0 && thread->loop.n_sessions == 0) ||
	       duet_wheel_now_ms(thread->loop.wheel) >= thread->drain_by_ms;
}

static void tick(void *user)
{
	struct duet_hub_thread *thread = user;
	struct duet_streams_load load;

	duet_streams_measure(thread->loop.streams, &load);
	atomic_store_explicit(&thread->n_open, load.n_open, memory_order_relaxed);
	if (thread->drains && is_over(thread)) {
		duet_loop_quit(thread->loop.loop);
		return;
	}
	if (!thread->drains)
		duet_hub_housekeeping(&thread->loop, &load);
	duet_wheel_set(thread->loop.wheel, &thread->tick, thread->drains ? DRAIN_TICK_MS : TICK_MS);
}

static void begin_drain(void *user)
{
	struct duet_hub_thread *thread = user;
	struct duet_session *session, *next;

	thread->drains = true;
	thread->drain_by_ms = duet_wheel_now_ms(thread->loop.wheel) + thread->drain_ms;
	close_listeners(thread);
	for (session = thread->loop.sessions; session; session = next) {
		next = duet_session_next(session);
		duet_session_end(session, "the hub ends");
	}
	duet_hub_service_drain(&thread->loop);
	duet_wheel_set(thread->loop.wheel, &thread->tick, 0);
}

static int make(struct duet_hub_thread *thread, struct duet_error *error)
{
	struct duet_hub_loop *loop = &thread->loop;
	int code;

	loop->wheel = duet_wheel_new(loop->loop);
	loop->streams = duet_streams_new(loop->loop);
	loop->arena = duet_arena_new(ARENA_SIZE);
	loop->presence = duet_hub_presence_new(loop);
	if (!loop->wheel || !loop->streams || !loop->arena || !loop->presence)
		return duet_error_set(error, -ENOMEM, "out of memory");
	code = duet_hub_view_open(&loop->view, duet_hub_storage(loop->hub), error);
	if (code == 0)
		code = duet_hub_lane_new(&loop->lane, duet_hub_log(loop->hub), loop->loop,
					 duet_session_lane_ready, loop);
	for (int i = 0; code == 0 && i < DUET_HUB_N_PORTS; i++) {
		if (thread->fds[i] < 0)
			continue;
		thread->listeners[i] = duet_hub_listener_new(loop, thread->fds[i], (enum duet_hub_port)i);
		thread->fds[i] = -1;
		code = thread->listeners[i] ? 0 : -ENOMEM;
	}
	if (code == -ENOMEM)
		duet_error_set(error, code, "out of memory");
	return code;
}

/* Whoever is still there after the time for draining goes without a word. */
static void unmake(struct duet_hub_thread *thread)
{
	struct duet_hub_loop *loop = &thread->loop;

	close_listeners(thread);
	while (loop->sessions)
		duet_session_kill(loop->sessions);
	duet_hub_service_close(loop);
	if (loop->n_sessions > 0)
		duet_log(DUET_LOG_WARN, "hub", "%zu sessions were not finished in time", loop->n_sessions);
	duet_hub_presence_free(loop->presence);
	duet_hub_lane_free(loop->lane);
	loop->lane = NULL;          /* what the writer still tells the loop goes into no log */
	duet_loop_turn(loop->loop); /* what the log had sent to the lane */
	duet_hub_view_close(loop->view);
	duet_arena_free(loop->arena);
}

static void *run(void *user)
{
	struct start *start = user;
	struct duet_hub_thread *thread = start->thread;
	int code = make(thread, start->error);

	start->code = code;
	if (code == 0) {
		thread->tick = (struct duet_spoke){.call = tick, .user = thread};
		duet_wheel_set(thread->loop.wheel, &thread->tick, TICK_MS);
	}
	sem_post(&start->begun);
	if (code == 0)
		duet_loop_run(thread->loop.loop);
	unmake(thread);
	return NULL;
}

int duet_hub_thread_start(struct duet_hub_thread *thread, struct duet_error *error)
{
	struct start start = {.thread = thread, .error = error};
	sigset_t all, before;
	char name[16];
	int code;

	sem_init(&start.begun, 0, 0);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the main thread's */
	code = pthread_create(&thread->thread, NULL, run, &start);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (code != 0) {
		sem_destroy(&start.begun);
		return duet_error_set(error, -code, "a thread cannot be started");
	}
	thread->runs = true;
	snprintf(name, sizeof(name), "loop %d", thread->loop.index);
	pthread_setname_np(thread->thread, name);
	while (sem_wait(&start.begun) < 0 && errno == EINTR)
		;
	sem_destroy(&start.begun);
	return start.code;
}

void duet_hub_thread_drain(struct duet_hub_thread *thread, int timeout_ms)
{
	if (!thread->runs || thread->drain.call)
		return;
	thread->drain_ms = timeout_ms;
	thread->drain = (struct duet_letter){NULL, begin_drain, thread};
	duet_loop_send(thread->loop.loop, &thread->drain);
}

void duet_hub_thread_join(struct duet_hub_thread *thread)
{
	if (thread->runs)
		pthread_join(thread->thread, NULL);
	thread->runs = false;
}
