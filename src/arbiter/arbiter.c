/* SPDX-License-Identifier: Apache-2.0 */
#include "arbiter/arbiter.h"

#include <errno.h>
#include <string.h>

#include "arbiter/activities.h"

#define IN(state) (1u << DUET_DIALOG_##state)
#define BUSY      (IN(LISTENING) | IN(THINKING) | IN(SPEAKING))
#define ANY       (IN(IDLE) | BUSY)

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

/* Guards. */

static bool always(const struct duet_arbiter *arbiter, const struct duet_event *event)
{
	return true;
}

static bool may_act(const struct duet_arbiter *arbiter, const struct duet_event *event)
{
	return !duet_activities_barred(arbiter, event->assistant);
}

static bool current(const struct duet_arbiter *arbiter, const struct duet_event *event)
{
	return event->turn == arbiter->turn;
}

static bool is_assistant(int number)
{
	return number >= 0 && number < DUET_ASSISTANTS_MAX;
}

/* A person has said it, and may be heard (3). */
static bool from_person(const struct duet_arbiter *arbiter, const struct duet_event *event)
{
	return arbiter->microphone_on && !event->own_sound;
}

static bool woken(const struct duet_arbiter *arbiter, const struct duet_event *event)
{
	return from_person(arbiter, event) && may_act(arbiter, event);
}

/* Rule 18; wake words are not live any more once the contest is over. */
static bool outscored(const struct duet_arbiter *arbiter, const struct duet_event *event)
{
	if (!arbiter->wake_live || !woken(arbiter, event) || event->assistant == arbiter->assistant)
		return false;
	if (event->score > arbiter->score)
		return true;
	return event->score >= arbiter->score && event->assistant == arbiter->default_assistant;
}

/* By hand, an alert that is in front is dismissed (11). */
static bool alert_rings(const struct duet_arbiter *arbiter, const struct duet_event *event)
{
	const struct duet_activity *front = duet_arbiter_activity(arbiter, arbiter->front);

	return front && front->kind == DUET_ACTIVITY_ALERT;
}

static bool may_listen(const struct duet_arbiter *arbiter, const struct duet_event *event)
{
	return arbiter->microphone_on && may_act(arbiter, event);
}

static bool undecided(const struct duet_arbiter *arbiter, const struct duet_event *event)
{
	return current(arbiter, event) && arbiter->assistant == DUET_ANYONE && is_assistant(event->assistant);
}

static bool names_other(const struct duet_arbiter *arbiter, const struct duet_event *event)
{
	return current(arbiter, event) && is_assistant(event->other) && event->other != arbiter->assistant &&
	       !duet_activities_barred(arbiter, event->other);
}

static bool answer_expected(const struct duet_arbiter *arbiter, const struct duet_event *event)
{
	return current(arbiter, event) && arbiter->expects_answer && arbiter->microphone_on;
}

static bool transfers_words(const struct duet_arbiter *arbiter, const struct duet_event *event)
{
	return current(arbiter, event) && arbiter->transfers && is_assistant(arbiter->assistant) &&
	       (arbiter->consents[arbiter->assistant] & (1u << arbiter->other));
}

static bool transfers(const struct duet_arbiter *arbiter, const struct duet_event *event)
{
	return current(arbiter, event) && arbiter->transfers && arbiter->microphone_on;
}

static bool switched_off(const struct duet_arbiter *arbiter, const struct duet_event *event)
{
	return !event->on && arbiter->microphone_on;
}

static bool switched(const struct duet_arbiter *arbiter, const struct duet_event *event)
{
	return event->on != arbiter->microphone_on;
}

static bool of_another(const struct duet_arbiter *arbiter, const struct duet_event *event)
{
	return event->on && event->assistant != arbiter->assistant;
}

static bool of_two(const struct duet_arbiter *arbiter, const struct duet_event *event)
{
	return is_assistant(event->assistant) && is_assistant(event->other) &&
	       event->assistant != event->other;
}

/* Effects. */

static void listen(struct duet_arbiter *arbiter, int assistant, struct duet_actions *actions)
{
	const struct duet_activity *front = duet_arbiter_activity(arbiter, arbiter->front);
	struct duet_action *action = duet_actions_add(actions, DUET_ACTION_LISTEN);

	arbiter->assistant = assistant;
	arbiter->turn++;
	arbiter->expects_answer = false;
	arbiter->transfers = false;
	arbiter->contest_till = 0;
	action->assistant = assistant;
	action->turn = arbiter->turn;
	action->controls = front && front->owner != assistant ? front->controls : 0;
}

static void abandon(struct duet_arbiter *arbiter, struct duet_actions *actions)
{
	if (arbiter->state != DUET_DIALOG_IDLE)
		duet_actions_add(actions, DUET_ACTION_ABANDON)->turn = arbiter->turn;
}

/* A person's own act: whatever dialog there was ends and never resumes (4, 5). */
static int begin_dialog(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
			struct duet_actions *actions)
{
	abandon(arbiter, actions);
	arbiter->interrupted = arbiter->state == DUET_DIALOG_SPEAKING;
	arbiter->score = event->score;
	listen(arbiter, event->assistant, actions);
	return 0;
}

/* By a wake word, and others may be heard for a moment longer (18). */
static int wake(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		struct duet_actions *actions)
{
	begin_dialog(arbiter, event, now_ms, actions);
	arbiter->contest_till = now_ms + DUET_CONTEST_MS;
	duet_actions_add(actions, DUET_ACTION_CALL_BACK)->at_ms = arbiter->contest_till;
	return 0;
}

static int take_over(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		     struct duet_actions *actions)
{
	int64_t till = arbiter->contest_till;

	abandon(arbiter, actions);
	arbiter->score = event->score;
	listen(arbiter, event->assistant, actions);
	arbiter->contest_till = till;
	return 0;
}

static int refuse(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		  struct duet_actions *actions)
{
	duet_actions_add(actions, DUET_ACTION_REFUSE)->assistant = event->assistant;
	return 0;
}

static int choose(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		  struct duet_actions *actions)
{
	arbiter->assistant = event->assistant;
	return 0;
}

static void pass_words(struct duet_arbiter *arbiter, int other, bool transferred,
		       struct duet_actions *actions)
{
	struct duet_action *action = duet_actions_add(actions, DUET_ACTION_HAND_OVER);

	action->other = arbiter->assistant;
	action->assistant = other;
	action->turn = ++arbiter->turn;
	action->transferred = transferred;
	arbiter->assistant = other;
	arbiter->transfers = false;
	arbiter->expects_answer = false;
}

static int hand_over(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		     struct duet_actions *actions)
{
	pass_words(arbiter, event->other, false, actions);
	return 0;
}

/* The person has agreed: nobody has to say it again (12). */
static int transfer_words(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
			  struct duet_actions *actions)
{
	pass_words(arbiter, arbiter->other, true, actions);
	return 0;
}

static int transfer(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		    struct duet_actions *actions)
{
	int from = arbiter->assistant;
	size_t at = actions->n;

	listen(arbiter, arbiter->other, actions);
	actions->list[at].transferred = true;
	actions->list[at].other = from;
	return 0;
}

static int speak(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		 struct duet_actions *actions)
{
	struct duet_action *action = duet_actions_add(actions, DUET_ACTION_SPEAK);

	arbiter->expects_answer = event->expects_answer;
	arbiter->transfers = event->transfers && names_other(arbiter, event);
	arbiter->other = event->other;
	action->turn = arbiter->turn;
	action->assistant = arbiter->assistant;
	return 0;
}

static int follow_up(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		     struct duet_actions *actions)
{
	size_t at = actions->n;

	listen(arbiter, arbiter->assistant, actions);
	actions->list[at].follow_up = true;
	return 0;
}

static int finish(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		  struct duet_actions *actions)
{
	arbiter->interrupted = false;
	return 0;
}

static int cut(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
	       struct duet_actions *actions)
{
	abandon(arbiter, actions);
	arbiter->interrupted = false;
	return 0;
}

static int nothing(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		   struct duet_actions *actions)
{
	return 0;
}

/* What an assistant was told about another's activity holds for that utterance only (9). */
static int control(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		   struct duet_actions *actions)
{
	bool said_now = arbiter->state != DUET_DIALOG_IDLE && current(arbiter, event);

	return duet_activities_control(arbiter, event, said_now, actions);
}

static int stop_front(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		      struct duet_actions *actions)
{
	return duet_activities_stop(arbiter, actions);
}

static int begin_activity(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
			  struct duet_actions *actions)
{
	return duet_activities_begin(arbiter, event, actions);
}

static int end_activity(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
			struct duet_actions *actions)
{
	return duet_activities_end(arbiter, event->activity);
}

static int switch_microphone(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
			     struct duet_actions *actions)
{
	arbiter->microphone_on = event->on;
	duet_actions_add(actions, DUET_ACTION_MICROPHONE)->on = event->on;
	return 0;
}

/* Who cannot be heard need not be listened to. */
static int deafen(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		  struct duet_actions *actions)
{
	cut(arbiter, event, now_ms, actions);
	return switch_microphone(arbiter, event, now_ms, actions);
}

static int set_up(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		  struct duet_actions *actions)
{
	arbiter->in_setup = event->on ? event->assistant : DUET_ANYONE;
	return 0;
}

static int set_up_instead(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
			  struct duet_actions *actions)
{
	cut(arbiter, event, now_ms, actions);
	return set_up(arbiter, event, now_ms, actions);
}

static int consent(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		   struct duet_actions *actions)
{
	uint32_t *to = &arbiter->consents[event->assistant];

	*to = event->on ? *to | (1u << event->other) : *to & ~(1u << event->other);
	return 0;
}

/* The first row that fits is taken; an event that fits none means nothing now. */
static const struct transition transitions[] = {
	{ANY, DUET_EVENT_TIME, always, STAY, nothing},

	/* Who is called. */
	{IN(IDLE) | IN(THINKING) | IN(SPEAKING), DUET_EVENT_WAKE, woken, DUET_DIALOG_LISTENING, wake},
	{IN(LISTENING), DUET_EVENT_WAKE, outscored, DUET_DIALOG_LISTENING, take_over},
	{IN(IDLE), DUET_EVENT_BUTTON, alert_rings, STAY, stop_front},
	{ANY, DUET_EVENT_BUTTON, may_listen, DUET_DIALOG_LISTENING, begin_dialog},
	{ANY, DUET_EVENT_BUTTON, always, STAY, refuse},
	{ANY, DUET_EVENT_ADDRESS, may_act, DUET_DIALOG_LISTENING, begin_dialog},
	{ANY, DUET_EVENT_ADDRESS, always, STAY, refuse},
	{IN(IDLE) | IN(SPEAKING), DUET_EVENT_REQUEST, may_listen, DUET_DIALOG_LISTENING, begin_dialog},
	{ANY, DUET_EVENT_REQUEST, always, STAY, refuse},

	/* A dialog's way. */
	{IN(LISTENING), DUET_EVENT_ENDPOINT, current, DUET_DIALOG_THINKING, nothing},
	{IN(LISTENING) | IN(THINKING), DUET_EVENT_CHOOSE, undecided, STAY, choose},
	{IN(LISTENING) | IN(THINKING), DUET_EVENT_HAND_OVER, names_other, DUET_DIALOG_THINKING, hand_over},
	{IN(LISTENING) | IN(THINKING), DUET_EVENT_REPLY, current, DUET_DIALOG_SPEAKING, speak},
	{IN(SPEAKING), DUET_EVENT_SPOKEN, transfers_words, DUET_DIALOG_THINKING, transfer_words},
	{IN(SPEAKING), DUET_EVENT_SPOKEN, transfers, DUET_DIALOG_LISTENING, transfer},
	{IN(SPEAKING), DUET_EVENT_SPOKEN, answer_expected, DUET_DIALOG_LISTENING, follow_up},
	{IN(SPEAKING), DUET_EVENT_SPOKEN, current, DUET_DIALOG_IDLE, finish},
	{BUSY, DUET_EVENT_OVER, current, DUET_DIALOG_IDLE, finish},

	/* What a person wants of what sounds. */
	{ANY, DUET_EVENT_CONTROL, may_act, STAY, control},
	{IN(SPEAKING), DUET_EVENT_STOP, from_person, DUET_DIALOG_IDLE, cut},
	{IN(IDLE), DUET_EVENT_STOP, from_person, STAY, stop_front},
	{BUSY, DUET_EVENT_DISMISS, always, DUET_DIALOG_IDLE, cut},
	{IN(IDLE), DUET_EVENT_DISMISS, always, STAY, stop_front},
	{ANY, DUET_EVENT_BEGIN, always, STAY, begin_activity},
	{ANY, DUET_EVENT_END, always, STAY, end_activity},

	/* The speaker itself. */
	{IN(LISTENING), DUET_EVENT_MICROPHONE, switched_off, DUET_DIALOG_IDLE, deafen},
	{ANY, DUET_EVENT_MICROPHONE, switched, STAY, switch_microphone},
	{BUSY, DUET_EVENT_SETUP, of_another, DUET_DIALOG_IDLE, set_up_instead},
	{ANY, DUET_EVENT_SETUP, always, STAY, set_up},
	{ANY, DUET_EVENT_CONSENT, of_two, STAY, consent},
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

/* What follows from the state, whatever the event was. */

static void set_live(bool *live, bool wanted, enum duet_action_kind on, enum duet_action_kind off,
		     struct duet_actions *actions)
{
	if (*live == wanted)
		return;
	*live = wanted;
	duet_actions_add(actions, wanted ? on : off);
}

/* Rules 2 and 10. */
static void settle_ears(struct duet_arbiter *arbiter, int64_t now_ms, struct duet_actions *actions)
{
	bool listening = arbiter->state == DUET_DIALOG_LISTENING;
	bool sounds = arbiter->state == DUET_DIALOG_SPEAKING ||
		      (arbiter->state == DUET_DIALOG_IDLE && arbiter->front);

	set_live(&arbiter->wake_live,
		 arbiter->microphone_on && (!listening || now_ms < arbiter->contest_till),
		 DUET_ACTION_WAKE_ON, DUET_ACTION_WAKE_OFF, actions);
	set_live(&arbiter->stop_live, arbiter->microphone_on && sounds, DUET_ACTION_STOP_ON,
		 DUET_ACTION_STOP_OFF, actions);
}

/* The dialog first, then what is in front (15). */
static void settle_attention(struct duet_arbiter *arbiter, struct duet_actions *actions)
{
	struct duet_attention *shown = &arbiter->attention;
	bool idle = arbiter->state == DUET_DIALOG_IDLE;
	const struct duet_activity *front = idle ? duet_arbiter_activity(arbiter, arbiter->front) : NULL;
	int assistant = front ? front->owner : arbiter->assistant;
	struct duet_action *action;

	if (shown->state == arbiter->state && shown->activity == (front ? front->id : 0) &&
	    shown->microphone_on == arbiter->microphone_on && (idle || shown->assistant == assistant))
		return;
	*shown = (struct duet_attention){arbiter->state, assistant, front ? front->id : 0,
					 arbiter->microphone_on};
	action = duet_actions_add(actions, DUET_ACTION_ATTENTION);
	action->state = arbiter->state;
	action->assistant = assistant;
	action->activity = shown->activity;
	action->activity_kind = front ? front->kind : DUET_ACTIVITY_CONTENT;
	action->on = arbiter->microphone_on;
}

void duet_arbiter_init(struct duet_arbiter *arbiter, int default_assistant, uint64_t last_turn)
{
	memset(arbiter, 0, sizeof(*arbiter));
	arbiter->default_assistant = default_assistant;
	arbiter->assistant = default_assistant;
	arbiter->turn = last_turn;
	arbiter->wake_live = true;
	arbiter->microphone_on = true;
	arbiter->in_setup = DUET_ANYONE;
	arbiter->attention = (struct duet_attention){DUET_DIALOG_IDLE, default_assistant, 0, true};
}

void duet_arbiter_set_default(struct duet_arbiter *arbiter, int default_assistant)
{
	arbiter->default_assistant = default_assistant;
}

int duet_arbiter_step(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		      struct duet_actions *actions)
{
	const struct transition *row;
	int result;

	actions->n = 0;
	settle_ears(arbiter, now_ms, actions);
	row = find(arbiter, event);
	if (!row)
		return -ENOENT;
	result = row->then(arbiter, event, now_ms, actions);
	if (result < 0)
		return result;
	if (row->to != STAY)
		arbiter->state = (enum duet_dialog_state)row->to;
	duet_activities_refocus(arbiter, actions);
	settle_ears(arbiter, now_ms, actions);
	settle_attention(arbiter, actions);
	return 0;
}
