/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>

#include "base/alloc.h"
#include "loop/mailbox.h"

struct duet_worker {
	struct duet_mailbox *mailbox;
	pthread_t thread;
	bool has_thread;
	bool is_running; /* inline: a job is being done */
};

static void *work(void *user)
{
	struct duet_worker *worker = user;
	struct duet_job job;

	while (duet_mailbox_wait(worker->mailbox, &job))
		job.call(job.user);
	return NULL;
}

/* Signals are the main thread's. */
static bool start_thread(struct duet_worker *worker, const char *name)
{
	sigset_t all, before;
	char short_name[16];
	bool started;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	started = pthread_create(&worker->thread, NULL, work, worker) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!started)
		return false;
	snprintf(short_name, sizeof(short_name), "%s", name);
	pthread_setname_np(worker->thread, short_name);
	return true;
}

struct duet_worker *duet_worker_new(const char *name, bool is_inline)
{
	struct duet_worker *worker = duet_calloc(1, sizeof(*worker));

	if (!worker)
		return NULL;
	worker->mailbox = duet_mailbox_new();
	if (worker->mailbox && !is_inline)
		worker->has_thread = start_thread(worker, name);
	if (!worker->mailbox || (!is_inline && !worker->has_thread)) {
		duet_worker_free(worker);
		return NULL;
	}
	return worker;
}

void duet_worker_free(struct duet_worker *worker)
{
	if (!worker)
		return;
	if (worker->has_thread) {
		duet_mailbox_close(worker->mailbox);
		pthread_join(worker->thread, NULL);
	}
	duet_mailbox_free(worker->mailbox);
	duet_free(worker);
}

/* What a job posts is done after it, as on a thread. */
static void run_inline(struct duet_worker *worker)
{
	struct duet_job job;

	if (worker->is_running)
		return;
	worker->is_running = true;
	while (duet_mailbox_take(worker->mailbox, &job))
		job.call(job.user);
	worker->is_running = false;
}

int duet_worker_post(struct duet_worker *worker, duet_loop_call *call, void *user)
{
	int code = duet_mailbox_put(worker->mailbox, (struct duet_job){call, user});

	if (code == 0 && !worker->has_thread)
		run_inline(worker);
	return code;
}

bool duet_worker_waiting(const struct duet_worker *worker)
{
	return duet_mailbox_busy(worker->mailbox);
}
