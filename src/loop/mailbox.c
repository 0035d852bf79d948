/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/mailbox.h"

#include <errno.h>
#include <pthread.h>

#include "base/alloc.h"

enum { MAX_JOBS = 1024 };

struct duet_mailbox {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool closed;
	size_t first, n_jobs;
	struct duet_job jobs[MAX_JOBS];
};

struct duet_mailbox *duet_mailbox_new(void)
{
	struct duet_mailbox *mailbox = duet_calloc(1, sizeof(*mailbox));

	if (!mailbox)
		return NULL;
	pthread_mutex_init(&mailbox->lock, NULL);
	pthread_cond_init(&mailbox->changed, NULL);
	return mailbox;
}

void duet_mailbox_free(struct duet_mailbox *mailbox)
{
	if (!mailbox)
		return;
	pthread_cond_destroy(&mailbox->changed);
	pthread_mutex_destroy(&mailbox->lock);
	duet_free(mailbox);
}

int duet_mailbox_put(struct duet_mailbox *mailbox, struct duet_job job)
{
	int code = -EAGAIN;

	pthread_mutex_lock(&mailbox->lock);
	if (mailbox->n_jobs < MAX_JOBS) {
		mailbox->jobs[(mailbox->first + mailbox->n_jobs++) % MAX_JOBS] = job;
		pthread_cond_signal(&mailbox->changed);
		code = 0;
	}
	pthread_mutex_unlock(&mailbox->lock);
	return code;
}

/* With the lock held. */
static bool take(struct duet_mailbox *mailbox, struct duet_job *job)
{
	if (mailbox->n_jobs == 0)
		return false;
	*job = mailbox->jobs[mailbox->first];
	mailbox->first = (mailbox->first + 1) % MAX_JOBS;
	mailbox->n_jobs--;
	return true;
}

bool duet_mailbox_take(struct duet_mailbox *mailbox, struct duet_job *job)
{
	bool taken;

	pthread_mutex_lock(&mailbox->lock);
	taken = take(mailbox, job);
	pthread_mutex_unlock(&mailbox->lock);
	return taken;
}

bool duet_mailbox_wait(struct duet_mailbox *mailbox, struct duet_job *job)
{
	bool taken;

	pthread_mutex_lock(&mailbox->lock);
	while (mailbox->n_jobs == 0 && !mailbox->closed)
		pthread_cond_wait(&mailbox->changed, &mailbox->lock);
	taken = take(mailbox, job);
	pthread_mutex_unlock(&mailbox->lock);
	return taken;
}

void duet_mailbox_close(struct duet_mailbox *mailbox)
{
	pthread_mutex_lock(&mailbox->lock);
	mailbox->closed = true;
	pthread_cond_broadcast(&mailbox->changed);
	pthread_mutex_unlock(&mailbox->lock);
}

bool duet_mailbox_busy(struct duet_mailbox *mailbox)
{
	bool busy;

	pthread_mutex_lock(&mailbox->lock);
	busy = mailbox->n_jobs > 0 || mailbox->closed;
	pthread_mutex_unlock(&mailbox->lock);
	return busy;
}
