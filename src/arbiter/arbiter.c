/* SPDX-License-Identifier: Apache-2.0 */
#include "arbiter/arbiter.h"

#include <errno.h>
#include <string.h>

#include "arbiter/activities.h"

#define IN(state) (1u << DUET_DIALOG_##state)
#define ANY       (IN(IDLE) | IN(LISTENING) | IN(THINKING) | IN(SPEAKING))

typedef bool guard(const struct duet_arbiter *arbiter, const struct duet_event *event);
typedef int effect(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		   struct duet_actions *actions);

/* One row: in one of the states `from`, an event for which `when` holds leads to `to` after `then`. */
struct transition {
	unsigned from;
	enum duet_event_kind event;
	guard *when;
	int to; /* a duet_dialog_state, or STAY */
	effect *then;
};

#define STAY -1

static struct duet_action *add(struct duet_actions *actions, enum duet_action_kind kind)
{
	struct duet_action *action = &actions->list[actions->n];

	if (actions->n + 1 < DUET_ACTIONS_MAX)
		actions->n++;
	*action = (struct duet_action){.kind = kind};
	return action;
}

static void add_focus(struct duet_actions *actions, const struct duet_activity *activity)
{
	struct duet_action *action = add(actions, DUET_ACTION_FOCUS);

	action->activity = activity->id;
	action->assistant = activity->owner;
	action->focus = activity->focus;
}

/* Guards. */

static bool always(const struct duet_arbiter *arbiter, const struct duet_event *event)
{
	return true;
}

static bool current(const struct duet_arbiter *arbiter, const struct duet_event *event)
{
	return event->turn == arbiter->turn;
}

static bool answer_expected(const struct duet_arbiter *arbiter, const struct duet_event *event)
{
	return current(arbiter, event) && arbiter->expects_answer;
}

/* Rule 18; wake words are not live any more once the contest is over. */
static bool outscored(const struct duet_arbiter *arbiter, const struct duet_event *event)
{
	if (!arbiter->wake_live || event->assistant == arbiter->assistant)
		return false;
	if (event->score > arbiter->score)
		return true;
	return event->score >= arbiter->score && event->assistant == arbiter->default_assistant;
}

/* Effects. */

static void set_wake(struct duet_arbiter *arbiter, bool live, struct duet_actions *actions)
{
	if (arbiter->wake_live == live)
		return;
	arbiter->wake_live = live;
	add(actions, live ? DUET_ACTION_WAKE_ON : DUET_ACTION_WAKE_OFF);
}

static void listen(struct duet_arbiter *arbiter, int assistant, bool follow_up, struct duet_actions *actions)
{
	struct duet_action *action = add(actions, DUET_ACTION_LISTEN);

	arbiter->assistant = assistant;
	arbiter->turn++;
	arbiter->expects_answer = false;
	action->assistant = assistant;
	action->turn = arbiter->turn;
	action->follow_up = follow_up;
}

static void abandon(struct duet_arbiter *arbiter, struct duet_actions *actions)
{
	if (arbiter->state != DUET_DIALOG_IDLE)
		add(actions, DUET_ACTION_ABANDON)->turn = arbiter->turn;
}

/* A person's own act: whatever dialog there was ends and never resumes (rules 4 and 5). */
static int begin_dialog(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
			struct duet_actions *actions)
{
	abandon(arbiter, actions);
	arbiter->interrupted = arbiter->state == DUET_DIALOG_SPEAKING;
	arbiter->score = event->score;
	listen(arbiter, event->assistant, false, actions);
	if (event->kind != DUET_EVENT_WAKE) {
		set_wake(arbiter, false, actions);
		return 0;
	}
	arbiter->contest_till = now_ms + DUET_CONTEST_MS;
	set_wake(arbiter, true, actions);
	add(actions, DUET_ACTION_CALL_BACK)->at_ms = arbiter->contest_till;
	return 0;
}

static int take_over(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		     struct duet_actions *actions)
{
	abandon(arbiter, actions);
	arbiter->score = event->score;
	listen(arbiter, event->assistant, false, actions);
	return 0;
}

static int refuse(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		  struct duet_actions *actions)
{
	add(actions, DUET_ACTION_REFUSE)->assistant = event->assistant;
	return 0;
}

static int think(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		 struct duet_actions *actions)
{
	set_wake(arbiter, true, actions);
	return 0;
}

static int speak(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		 struct duet_actions *actions)
{
	struct duet_action *action = add(actions, DUET_ACTION_SPEAK);

	arbiter->expects_answer = event->expects_answer;
	action->turn = arbiter->turn;
	action->assistant = arbiter->assistant;
	set_wake(arbiter, true, actions);
	return 0;
}

static int follow_up(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		     struct duet_actions *actions)
{
	listen(arbiter, arbiter->assistant, true, actions);
	set_wake(arbiter, false, actions);
	return 0;
}

static int finish(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		  struct duet_actions *actions)
{
	arbiter->interrupted = false;
	set_wake(arbiter, true, actions);
	return 0;
}

static int nothing(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		   struct duet_actions *actions)
{
	return 0;
}

static int control(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		   struct duet_actions *actions)
{
	const struct duet_activity *target =
		duet_activities_control(arbiter, event->assistant, event->control, arbiter->interrupted);
	struct duet_action *action;

	if (!target)
		return -ENOENT;
	action = add(actions, DUET_ACTION_CONTROL);
	action->activity = target->id;
	action->control = event->control;
	if (duet_activities_apply(arbiter, target->id, event->control) == DUET_FOCUS_HELD)
		add_focus(actions, target);
	return 0;
}

static int begin_activity(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
			  struct duet_actions *actions)
{
	return duet_activities_begin(arbiter, event);
}

static int end_activity(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
			struct duet_actions *actions)
{
	return duet_activities_end(arbiter, event->activity);
}

/* The first row that fits is taken; an event that fits none means nothing now. */
static const struct transition transitions[] = {
	{ANY, DUET_EVENT_TIME, always, STAY, nothing},

	{IN(IDLE) | IN(THINKING) | IN(SPEAKING), DUET_EVENT_WAKE, always, DUET_DIALOG_LISTENING,
	 begin_dialog},
	{IN(LISTENING), DUET_EVENT_WAKE, outscored, DUET_DIALOG_LISTENING, take_over},
	{ANY, DUET_EVENT_BUTTON, always, DUET_DIALOG_LISTENING, begin_dialog},
	{IN(IDLE) | IN(SPEAKING), DUET_EVENT_REQUEST, always, DUET_DIALOG_LISTENING, begin_dialog},
	{IN(LISTENING) | IN(THINKING), DUET_EVENT_REQUEST, always, STAY, refuse},

	{IN(LISTENING), DUET_EVENT_ENDPOINT, current, DUET_DIALOG_THINKING, think},
	{IN(LISTENING) | IN(THINKING), DUET_EVENT_REPLY, current, DUET_DIALOG_SPEAKING, speak},
	{IN(SPEAKING), DUET_EVENT_SPOKEN, answer_expected, DUET_DIALOG_LISTENING, follow_up},
	{IN(SPEAKING), DUET_EVENT_SPOKEN, current, DUET_DIALOG_IDLE, finish},
	{IN(LISTENING) | IN(THINKING) | IN(SPEAKING), DUET_EVENT_OVER, current, DUET_DIALOG_IDLE, finish},

	{ANY, DUET_EVENT_CONTROL, always, STAY, control},
	{ANY, DUET_EVENT_BEGIN, always, STAY, begin_activity},
	{ANY, DUET_EVENT_END, always, STAY, end_activity},
};

static const struct transition *find(const struct duet_arbiter *arbiter, const struct duet_event *event)
{
	for (size_t i = 0; i < sizeof(transitions) / sizeof(transitions[0]); i++) {
		const struct transition *row = &transitions[i];

		if (row->event == event->kind && (row->from & (1u << arbiter->state)) &&
		    row->when(arbiter, event))
			return row;
	}
	return NULL;
}

static void close_contest(struct duet_arbiter *arbiter, int64_t now_ms, struct duet_actions *actions)
{
	if (arbiter->state == DUET_DIALOG_LISTENING && now_ms >= arbiter->contest_till)
		set_wake(arbiter, false, actions);
}

static void move(struct duet_arbiter *arbiter, int to, int was_assistant, struct duet_actions *actions)
{
	struct duet_action *action;

	if (to == STAY || ((int)arbiter->state == to && arbiter->assistant == was_assistant))
		return;
	arbiter->state = (enum duet_dialog_state)to;
	action = add(actions, DUET_ACTION_ATTENTION);
	action->state = arbiter->state;
	action->assistant = arbiter->assistant;
}

static void refocus(struct duet_arbiter *arbiter, struct duet_actions *actions)
{
	for (size_t i = 0; i < DUET_ACTIVITIES_MAX; i++) {
		struct duet_activity *activity = &arbiter->activities[i];
		enum duet_focus focus = duet_activities_focus(arbiter, activity);

		if (activity->focus == focus)
			continue;
		activity->focus = focus;
		add_focus(actions, activity);
	}
}

void duet_arbiter_init(struct duet_arbiter *arbiter, int default_assistant, uint64_t last_turn)
{
	memset(arbiter, 0, sizeof(*arbiter));
	arbiter->default_assistant = default_assistant;
	arbiter->turn = last_turn;
	arbiter->wake_live = true;
}

void duet_arbiter_set_default(struct duet_arbiter *arbiter, int default_assistant)
{
	arbiter->default_assistant = default_assistant;
}

int duet_arbiter_step(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		      struct duet_actions *actions)
{
	const struct transition *row;
	int was_assistant = arbiter->assistant, result;

	actions->n = 0;
	close_contest(arbiter, now_ms, actions);
	row = find(arbiter, event);
	if (!row)
		return -ENOENT;
	result = row->then(arbiter, event, now_ms, actions);
	if (result < 0)
		return result;
	move(arbiter, row->to, was_assistant, actions);
	refocus(arbiter, actions);
	return 0;
}
