/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_LOOP_THREAD_H
#define DUET_HUB_LOOP_THREAD_H

#include <pthread.h>
#include <stdatomic.h>

#include "hub/hub.h"
#include "hub/listener.h"
#include "loop/loop.h"
#include "loop/wheel.h"

/* One of the hub's loops on its thread, from its first breath to the end of its last connection. */
struct duet_hub_thread {
	struct duet_hub_loop loop;
	pthread_t thread;
	bool runs;
	int fds[DUET_HUB_N_PORTS]; /* to listen on; -1: not, or taken by a listener */
	struct duet_hub_listener *listeners[DUET_HUB_N_PORTS];
	struct duet_spoke tick;
	struct duet_letter drain;
	int64_t drain_by_ms; /* monotonic */
	int drain_ms;
	bool drains;
	atomic_size_t n_open;
};

/* The loop itself, for letters; the rest is made on the thread. */
int duet_hub_thread_init(struct duet_hub_thread *thread, struct duet_hub *hub, int index);
void duet_hub_thread_done(
	struct duet_hub_thread *thread); /* after the thread ended; calls what still waits */

/* Returns when it serves, or could not. */
int duet_hub_thread_start(struct duet_hub_thread *thread, struct duet_error *error);
void duet_hub_thread_drain(struct duet_hub_thread *thread, int timeout_ms); /* any thread; returns at once */
void duet_hub_thread_join(struct duet_hub_thread *thread);

#endif
