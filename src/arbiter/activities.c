/* SPDX-License-Identifier: Apache-2.0 */
#include "arbiter/activities.h"

#include <errno.h>
#include <string.h>

#define KIND(kind) (1u << DUET_ACTIVITY_##kind)
#define ALL_KINDS  (KIND(COMMUNICATION) | KIND(ALERT) | KIND(NOTIFICATION) | KIND(CONTENT))

enum outcome { PASSED_ON, ENDED, HELD, RELEASED };

/* What each control can reach and what becomes of it. */
static const struct rule {
	unsigned kinds;
	enum outcome outcome;
} rules[] = {
	[DUET_CONTROL_STOP] = {ALL_KINDS, ENDED},
	[DUET_CONTROL_SNOOZE] = {KIND(ALERT), ENDED},
	[DUET_CONTROL_PAUSE] = {KIND(CONTENT), HELD},
	[DUET_CONTROL_RESUME] = {KIND(CONTENT), RELEASED},
	[DUET_CONTROL_NEXT] = {KIND(CONTENT), PASSED_ON},
	[DUET_CONTROL_PREVIOUS] = {KIND(CONTENT), PASSED_ON},
	[DUET_CONTROL_MUTE] = {KIND(CONTENT) | KIND(COMMUNICATION), PASSED_ON},
	[DUET_CONTROL_CANCEL] = {0, PASSED_ON}, /* the dialog's own */
};

static struct rule rule_of(enum duet_control control)
{
	return (size_t)control < sizeof(rules) / sizeof(rules[0]) ? rules[control] : (struct rule){0};
}

static struct duet_activity *find(struct duet_arbiter *arbiter, int id)
{
	for (size_t i = 0; id > 0 && i < DUET_ACTIVITIES_MAX; i++) {
		if (arbiter->activities[i].id == id)
			return &arbiter->activities[i];
	}
	return NULL;
}

const struct duet_activity *duet_arbiter_activity(const struct duet_arbiter *arbiter, int id)
{
	for (size_t i = 0; id > 0 && i < DUET_ACTIVITIES_MAX; i++) {
		if (arbiter->activities[i].id == id)
			return &arbiter->activities[i];
	}
	return NULL;
}

int duet_activities_begin(struct duet_arbiter *arbiter, const struct duet_event *event)
{
	if (event->activity <= 0 || find(arbiter, event->activity))
		return -EINVAL;
	for (size_t i = 0; i < DUET_ACTIVITIES_MAX; i++) {
		struct duet_activity *free_one = &arbiter->activities[i];

		if (free_one->id)
			continue;
		free_one->id = event->activity;
		free_one->owner = event->assistant;
		free_one->kind = event->activity_kind;
		free_one->focus = DUET_FOCUS_NONE;
		free_one->age = ++arbiter->ages;
		return 0;
	}
	return -ENOSPC;
}

int duet_activities_end(struct duet_arbiter *arbiter, int id)
{
	struct duet_activity *activity = find(arbiter, id);

	if (!activity)
		return -ENOENT;
	memset(activity, 0, sizeof(*activity));
	return 0;
}

/* Does `a` stand above `b`? By kind; of one kind the newer. */
static bool above(const struct duet_activity *a, const struct duet_activity *b)
{
	return a->kind != b->kind ? a->kind < b->kind : a->age > b->age;
}

enum duet_focus duet_activities_focus(const struct duet_arbiter *arbiter,
				      const struct duet_activity *activity)
{
	enum duet_focus focus =
		arbiter->state == DUET_DIALOG_IDLE ? DUET_FOCUS_FOREGROUND : DUET_FOCUS_BACKGROUND;

	if (!activity->id || activity->focus == DUET_FOCUS_HELD)
		return activity->focus;
	for (size_t i = 0; i < DUET_ACTIVITIES_MAX; i++) {
		const struct duet_activity *other = &arbiter->activities[i];

		if (!other->id || other->focus == DUET_FOCUS_HELD || !above(other, activity))
			continue;
		if (other->kind == activity->kind)
			return DUET_FOCUS_PAUSED;
		focus = DUET_FOCUS_BACKGROUND;
	}
	return focus;
}

/* Among those that `control` can reach (of `owner`, or of anybody when negative) the one that stands above.
 */
static const struct duet_activity *topmost(const struct duet_arbiter *arbiter, int owner,
					   enum duet_control control)
{
	struct rule rule = rule_of(control);
	const struct duet_activity *top = NULL;

	for (size_t i = 0; i < DUET_ACTIVITIES_MAX; i++) {
		const struct duet_activity *one = &arbiter->activities[i];
		bool held = one->focus == DUET_FOCUS_HELD;

		if (!one->id || !(rule.kinds & (1u << one->kind)) || (owner >= 0 && one->owner != owner))
			continue;
		if (held ? rule.outcome == HELD : rule.outcome == RELEASED)
			continue;
		if (!top || above(one, top))
			top = one;
	}
	return top;
}

const struct duet_activity *duet_activities_control(const struct duet_arbiter *arbiter, int assistant,
						    enum duet_control control, bool interrupted)
{
	const struct duet_activity *own = topmost(arbiter, assistant, control);

	if (own || (interrupted && control == DUET_CONTROL_STOP))
		return own;
	return topmost(arbiter, -1, control);
}

enum duet_focus duet_activities_apply(struct duet_arbiter *arbiter, int id, enum duet_control control)
{
	struct duet_activity *activity = find(arbiter, id);
	enum outcome outcome = rule_of(control).outcome;

	if (outcome == ENDED)
		duet_activities_end(arbiter, id);
	if (outcome == HELD)
		activity->focus = DUET_FOCUS_HELD;
	if (outcome == RELEASED)
		activity->focus = DUET_FOCUS_NONE;
	return activity->focus;
}
