/* SPDX-License-Identifier: Apache-2.0 */
#include "arbiter/activities.h"

#include <errno.h>
#include <string.h>

#define BIT(control) (1u << DUET_CONTROL_##control)

enum { N_KINDS = DUET_ACTIVITY_CONTENT + 1 };

/* How two of a kind get on (8), and what an activity is that says nothing of itself. */
enum company { REPLACES, STACKS, QUEUES };

static const struct kind {
	enum company company;
	enum duet_mixing mixing;
	unsigned controls;
} kinds[N_KINDS] = {
	[DUET_ACTIVITY_COMMUNICATION] = {REPLACES, DUET_MIXING_NONMIXABLE, BIT(STOP) | BIT(MUTE)},
	[DUET_ACTIVITY_ALERT] = {STACKS, DUET_MIXING_RESTRICTED, BIT(STOP) | BIT(SNOOZE)},
	[DUET_ACTIVITY_NOTIFICATION] = {QUEUES, DUET_MIXING_RESTRICTED, BIT(STOP)},
	[DUET_ACTIVITY_CONTENT] = {REPLACES, DUET_MIXING_RESTRICTED,
				   BIT(STOP) | BIT(PAUSE) | BIT(RESUME) | BIT(NEXT) | BIT(PREVIOUS) |
					   BIT(MUTE)},
};

/* What becomes of an activity that a control reaches. */
enum outcome { PASSED_ON, ENDED, HELD, RELEASED, SPEAKERS };

static const enum outcome outcomes[DUET_N_CONTROLS] = {
	[DUET_CONTROL_STOP] = ENDED,      [DUET_CONTROL_SNOOZE] = ENDED,    [DUET_CONTROL_PAUSE] = HELD,
	[DUET_CONTROL_RESUME] = RELEASED, [DUET_CONTROL_VOLUME] = SPEAKERS, /* there is one (11) */
	[DUET_CONTROL_TIMER] = SPEAKERS,                                    /* whoever set it */
};

struct duet_action *duet_actions_add(struct duet_actions *actions, enum duet_action_kind kind)
{
	struct duet_action *action = &actions->list[actions->n];

	if (actions->n + 1 < DUET_ACTIONS_MAX)
		actions->n++;
	*action = (struct duet_action){.kind = kind};
	return action;
}

bool duet_activities_barred(const struct duet_arbiter *arbiter, int assistant)
{
	return arbiter->in_setup != DUET_ANYONE && assistant != arbiter->in_setup;
}

const struct duet_activity *duet_arbiter_activity(const struct duet_arbiter *arbiter, int id)
{
	for (size_t i = 0; id > 0 && i < DUET_ACTIVITIES_MAX; i++) {
		if (arbiter->activities[i].id == id)
			return &arbiter->activities[i];
	}
	return NULL;
}

static struct duet_activity *find(struct duet_arbiter *arbiter, int id)
{
	const struct duet_activity *found = duet_arbiter_activity(arbiter, id);

	return found ? &arbiter->activities[found - arbiter->activities] : NULL;
}

/* Beginning and ending. */

static void replace(struct duet_arbiter *arbiter, enum duet_activity_kind kind, struct duet_actions *actions)
{
	for (size_t i = 0; i < DUET_ACTIVITIES_MAX; i++) {
		struct duet_activity *one = &arbiter->activities[i];
		struct duet_action *action;

		if (!one->id || one->kind != kind)
			continue;
		action = duet_actions_add(actions, DUET_ACTION_END);
		action->activity = one->id;
		action->assistant = one->owner;
		memset(one, 0, sizeof(*one));
	}
}

static struct duet_activity *find_free(struct duet_arbiter *arbiter)
{
	for (size_t i = 0; i < DUET_ACTIVITIES_MAX; i++) {
		if (!arbiter->activities[i].id)
			return &arbiter->activities[i];
	}
	return NULL;
}

int duet_activities_begin(struct duet_arbiter *arbiter, const struct duet_event *event,
			  struct duet_actions *actions)
{
	const struct kind *kind = &kinds[event->activity_kind];
	struct duet_activity *made;

	if (event->activity <= 0 || find(arbiter, event->activity))
		return -EINVAL;
	if (kind->company == REPLACES)
		replace(arbiter, event->activity_kind, actions);
	made = find_free(arbiter);
	if (!made)
		return -ENOSPC;
	*made = (struct duet_activity){
		.id = event->activity,
		.owner = event->assistant,
		.kind = event->activity_kind,
		.mixing = event->mixing ? event->mixing : kind->mixing,
		.controls = event->controls ? event->controls : kind->controls,
		.age = ++arbiter->ages,
	};
	return 0;
}

int duet_activities_end(struct duet_arbiter *arbiter, int id)
{
	struct duet_activity *activity = find(arbiter, id);

	if (!activity)
		return -ENOENT;
	memset(activity, 0, sizeof(*activity));
	return 0;
}

/* Focus. */

/* Does it take part in who is in front? */
static bool competes(const struct duet_arbiter *arbiter, const struct duet_activity *one)
{
	return one->id && one->focus != DUET_FOCUS_HELD && !duet_activities_barred(arbiter, one->owner);
}

/* Does `a` stand above `b`? By kind; of one kind the newer, but what queues waits for its turn. */
static bool above(const struct duet_activity *a, const struct duet_activity *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind;
	return kinds[a->kind].company == QUEUES ? a->age < b->age : a->age > b->age;
}

/* Of each kind the one that sounds. */
static void find_tops(const struct duet_arbiter *arbiter, const struct duet_activity *tops[N_KINDS])
{
	memset(tops, 0, N_KINDS * sizeof(*tops));
	for (size_t i = 0; i < DUET_ACTIVITIES_MAX; i++) {
		const struct duet_activity *one = &arbiter->activities[i];

		if (competes(arbiter, one) && (!tops[one->kind] || above(one, tops[one->kind])))
			tops[one->kind] = one;
	}
}

/* What becomes of `own` under something that mixes like `upper` (7). */
static enum duet_focus under(enum duet_mixing upper, enum duet_mixing own)
{
	if (upper == DUET_MIXING_NONMIXABLE)
		return DUET_FOCUS_PAUSED;
	if (upper == DUET_MIXING_UNRESTRICTED)
		return DUET_FOCUS_MIXED;
	return own == DUET_MIXING_NONMIXABLE ? DUET_FOCUS_PAUSED : DUET_FOCUS_BACKGROUND;
}

static enum duet_focus stricter(enum duet_focus a, enum duet_focus b)
{
	return a > b ? a : b;
}

static enum duet_focus focus_of(const struct duet_arbiter *arbiter, const struct duet_activity *one,
				const struct duet_activity *const tops[N_KINDS])
{
	enum duet_focus focus = DUET_FOCUS_FOREGROUND;

	if (one->focus == DUET_FOCUS_HELD)
		return DUET_FOCUS_HELD;
	if (tops[one->kind] != one)
		return DUET_FOCUS_PAUSED;
	if (arbiter->state != DUET_DIALOG_IDLE)
		focus = under(DUET_MIXING_RESTRICTED, one->mixing);
	for (unsigned kind = 0; kind < one->kind; kind++) {
		if (tops[kind])
			focus = stricter(focus, under(tops[kind]->mixing, one->mixing));
	}
	return focus;
}

static void add_focus(struct duet_actions *actions, const struct duet_activity *activity)
{
	struct duet_action *action = duet_actions_add(actions, DUET_ACTION_FOCUS);

	action->activity = activity->id;
	action->assistant = activity->owner;
	action->focus = activity->focus;
}

void duet_activities_refocus(struct duet_arbiter *arbiter, struct duet_actions *actions)
{
	const struct duet_activity *tops[N_KINDS];

	find_tops(arbiter, tops);
	arbiter->front = 0;
	for (int kind = N_KINDS - 1; kind >= 0; kind--) {
		if (tops[kind])
			arbiter->front = tops[kind]->id;
	}
	for (size_t i = 0; i < DUET_ACTIVITIES_MAX; i++) {
		struct duet_activity *one = &arbiter->activities[i];
		enum duet_focus focus = one->id ? focus_of(arbiter, one, tops) : DUET_FOCUS_NONE;

		if (one->focus == focus)
			continue;
		one->focus = focus;
		one->was_front |= focus == DUET_FOCUS_FOREGROUND;
		add_focus(actions, one);
	}
}

/* Controls. */

/* What came due while one spoke or listened, or in its turn: nobody has heard it. */
static bool waits(const struct duet_activity *one)
{
	return kinds[one->kind].company != REPLACES && !one->was_front;
}

static bool understands(const struct duet_activity *one, enum duet_control control)
{
	bool held = one->focus == DUET_FOCUS_HELD;

	if (!one->id || !(one->controls & (1u << control)))
		return false;
	return held ? outcomes[control] != HELD : outcomes[control] != RELEASED;
}

/* Among those that understand `control` (of `owner`, or of anybody) the one that stands above; `waiting`:
 * even if it only waits. */
static const struct duet_activity *topmost(const struct duet_arbiter *arbiter, int owner,
					   enum duet_control control, bool waiting)
{
	const struct duet_activity *top = NULL;

	for (size_t i = 0; i < DUET_ACTIVITIES_MAX; i++) {
		const struct duet_activity *one = &arbiter->activities[i];

		if (!understands(one, control) || (owner != DUET_ANYONE && one->owner != owner) ||
		    (waits(one) && !waiting))
			continue;
		if (!top || above(one, top))
			top = one;
	}
	return top;
}

/* One's own first; a "stop" that cut a dialog short has done what it was to do; else anybody's. What is heard
 * is meant before what waits. */
static const struct duet_activity *target_of(const struct duet_arbiter *arbiter,
					     const struct duet_event *event, bool said_now)
{
	bool was_the_stop = arbiter->interrupted && event->control == DUET_CONTROL_STOP;
	bool others = !was_the_stop && said_now && arbiter->in_setup == DUET_ANYONE;
	const struct duet_activity *target = NULL;

	for (int waiting = 0; waiting < 2 && !target; waiting++) {
		target = topmost(arbiter, event->assistant, event->control, waiting);
		if (!target && others)
			target = topmost(arbiter, DUET_ANYONE, event->control, waiting);
	}
	return target;
}

static void apply(struct duet_arbiter *arbiter, int id, enum duet_control control,
		  struct duet_actions *actions)
{
	struct duet_activity *activity = find(arbiter, id);
	enum outcome outcome = outcomes[control];
	struct duet_action *action = duet_actions_add(actions, DUET_ACTION_CONTROL);

	action->activity = id;
	action->assistant = activity->owner;
	action->control = control;
	if (outcome == ENDED)
		memset(activity, 0, sizeof(*activity));
	if (outcome == HELD) {
		activity->focus = DUET_FOCUS_HELD;
		add_focus(actions, activity);
	}
	if (outcome == RELEASED)
		activity->focus = DUET_FOCUS_NONE;
}

int duet_activities_control(struct duet_arbiter *arbiter, const struct duet_event *event, bool said_now,
			    struct duet_actions *actions)
{
	const struct duet_activity *target;

	if (event->control <= DUET_CONTROL_NONE || event->control >= DUET_N_CONTROLS)
		return -ENOENT;
	if (outcomes[event->control] == SPEAKERS) {
		struct duet_action *action = duet_actions_add(actions, DUET_ACTION_CONTROL);

		action->assistant = event->assistant;
		action->control = event->control;
		return 0;
	}
	target = target_of(arbiter, event, said_now);
	if (!target)
		return -ENOENT;
	apply(arbiter, target->id, event->control, actions);
	return 0;
}

int duet_activities_stop(struct duet_arbiter *arbiter, struct duet_actions *actions)
{
	if (!arbiter->front)
		return -ENOENT;
	apply(arbiter, arbiter->front, DUET_CONTROL_STOP, actions);
	return 0;
}
