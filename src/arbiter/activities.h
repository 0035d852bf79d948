/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_ARBITER_ACTIVITIES_H
#define DUET_ARBITER_ACTIVITIES_H

#include "arbiter/arbiter.h"

/*
 * The arbiter's table of what sounds beside the dialog. Only the arbiter calls
 * these; those that take `actions` add to them.
 */

/* The next action; what is over the limit is dropped. */
struct duet_action *duet_actions_add(struct duet_actions *actions, enum duet_action_kind kind);

/* In setup nobody else may act (16). */
bool duet_activities_barred(const struct duet_arbiter *arbiter, int assistant);

/* One of its kind ends for it unless that kind stacks or queues (8). 0; -ENOSPC; -EINVAL: no id, or one that
 * is taken. */
int duet_activities_begin(struct duet_arbiter *arbiter, const struct duet_event *event,
			  struct duet_actions *actions);
int duet_activities_end(struct duet_arbiter *arbiter, int id); /* 0 or -ENOENT */

/* Who is in front, and what becomes of the others (6, 7, 8). */
void duet_activities_refocus(struct duet_arbiter *arbiter, struct duet_actions *actions);

/* A control that a person has said: `said_now`, in the dialog that is going on, it reaches the activities of
 * all (10). 0 or -ENOENT. */
int duet_activities_control(struct duet_arbiter *arbiter, const struct duet_event *event, bool said_now,
			    struct duet_actions *actions);
/* Ends what is in front, whosever it is. 0 or -ENOENT. */
int duet_activities_stop(struct duet_arbiter *arbiter, struct duet_actions *actions);

#endif
