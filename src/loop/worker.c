/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"
#include "loop/mailbox.h"

struct duet_worker {
	struct duet_mailbox *mailbox;
	int n_threads, niceness;
	bool is_running; /* inline: a job is being done */
	pthread_t threads[];
};

static void *work(void *user)
{
	struct duet_worker *worker = user;
	struct duet_job job;

	/* In Linux each thread has its own. */
	if (worker->niceness > 0)
		setpriority(PRIO_PROCESS, (id_t)gettid(), worker->niceness);
	while (duet_mailbox_wait(worker->mailbox, &job))
		job.call(job.user);
	return NULL;
}

/* Signals are the main thread's. */
static bool start_thread(struct duet_worker *worker, const char *name)
{
	pthread_t *thread = &worker->threads[worker->n_threads];
	sigset_t all, before;
	char short_name[16];
	bool started;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	started = pthread_create(thread, NULL, work, worker) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!started)
		return false;
	worker->n_threads++;
	snprintf(short_name, sizeof(short_name), "%s", name);
	pthread_setname_np(*thread, short_name);
	return true;
}

struct duet_worker *duet_worker_new_group(const char *name, int n_threads, int niceness)
{
	struct duet_worker *worker =
		duet_calloc(1, sizeof(*worker) + (size_t)n_threads * sizeof(*worker->threads));
	bool started;

	if (!worker)
		return NULL;
	worker->niceness = niceness;
	worker->mailbox = duet_mailbox_new();
	started = worker->mailbox;
	for (int i = 0; i < n_threads && started; i++)
		started = start_thread(worker, name);
	if (!started) {
		duet_worker_free(worker);
		return NULL;
	}
	return worker;
}

struct duet_worker *duet_worker_new(const char *name, bool is_inline)
{
	return duet_worker_new_group(name, is_inline ? 0 : 1, 0);
}

void duet_worker_free(struct duet_worker *worker)
{
	if (!worker)
		return;
	if (worker->n_threads > 0)
		duet_mailbox_close(worker->mailbox);
	for (int i = 0; i < worker->n_threads; i++)
		pthread_join(worker->threads[i], NULL);
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

	if (code == 0 && worker->n_threads == 0)
		run_inline(worker);
	return code;
}

bool duet_worker_waiting(const struct duet_worker *worker)
{
	return duet_mailbox_busy(worker->mailbox);
}
