/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LOOP_MAILBOX_H
#define DUET_LOOP_MAILBOX_H

#include <stdbool.h>

#include "loop/loop.h"

/* A bounded queue of calls between threads; what loop and worker are made of. Any thread. */
struct duet_mailbox;

struct duet_job {
	duet_loop_call *call;
	void *user;
};

struct duet_mailbox *duet_mailbox_new(void);
void duet_mailbox_free(struct duet_mailbox *mailbox);

int duet_mailbox_put(struct duet_mailbox *mailbox, struct duet_job job);    /* 0, or -EAGAIN when full */
bool duet_mailbox_take(struct duet_mailbox *mailbox, struct duet_job *job); /* false: empty */
bool duet_mailbox_wait(struct duet_mailbox *mailbox, struct duet_job *job); /* false: empty and closed */
void duet_mailbox_close(struct duet_mailbox *mailbox);                      /* lets those who wait go */
bool duet_mailbox_busy(struct duet_mailbox *mailbox); /* something is in it, or it is closed */

#endif
