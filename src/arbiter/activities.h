/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_ARBITER_ACTIVITIES_H
#define DUET_ARBITER_ACTIVITIES_H

#include "arbiter/arbiter.h"

/*
 * The arbiter's table of what sounds beside the dialog. Only the arbiter calls
 * these; none of them makes actions.
 */

/* 0; -ENOSPC; -EINVAL: no id, or one that is taken. */
int duet_activities_begin(struct duet_arbiter *arbiter, const struct duet_event *event);
int duet_activities_end(struct duet_arbiter *arbiter, int id); /* 0 or -ENOENT */

/* Where the activity belongs now (rule 6). */
enum duet_focus duet_activities_focus(const struct duet_arbiter *arbiter,
				      const struct duet_activity *activity);

/* What a control that was said to `assistant` reaches (rule 10), or NULL. `interrupted`: the dialog in which
 * it was said cut another one short. */
const struct duet_activity *duet_activities_control(const struct duet_arbiter *arbiter, int assistant,
						    enum duet_control control, bool interrupted);
/* Lets it take effect: HELD when the activity now stands still until a person says to go on. */
enum duet_focus duet_activities_apply(struct duet_arbiter *arbiter, int id, enum duet_control control);

#endif
