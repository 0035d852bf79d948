/* SPDX-License-Identifier: Apache-2.0 */
#include "arbiter/vocabulary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const control_names[] = {
	"none", "stop",   "pause",  "resume", "next",  "previous", "snooze",
	"mute", "repeat", "cancel", "volume", "timer", NULL,
};
static const char *const kind_names[] = {"communication", "alert", "notification", "content", NULL};
static const char *const mixing_names[] = {"usual", "nonmixable", "mixable_restricted",
					   "mixable_unrestricted", NULL};
static const char *const state_names[] = {"idle", "listening", "thinking", "speaking", NULL};
static const char *const focus_names[] = {"none",   "foreground", "mixed", "background",
					  "paused", "held",       NULL};
static const char *const flag_names[] = {"false", "true", NULL};
static const char *const switch_names[] = {"off", "on", NULL};
static const char anyone[] = "anyone";

#define EVENT(field)  offsetof(struct duet_event, field)
#define ACTION(field) offsetof(struct duet_action, field)

enum {
	E_ACTIVITY,
	E_CONTROL,
	E_ASSISTANT,
	E_OTHER,
	E_ON,
	E_SCORE,
	E_TURN,
	E_EXPECTS,
	E_TRANSFERS,
	E_OWN,
	E_KIND,
	E_MIXING,
	E_CONTROLS
};

const struct duet_field duet_event_fields[] = {
	[E_ASSISTANT] = {"assistant", DUET_FIELD_ASSISTANT, EVENT(assistant), NULL},
	[E_OTHER] = {"other", DUET_FIELD_ASSISTANT, EVENT(other), NULL},
	[E_ACTIVITY] = {"activity", DUET_FIELD_ACTIVITY, EVENT(activity), NULL},
	[E_ON] = {"on", DUET_FIELD_FLAG, EVENT(on), switch_names},
	[E_CONTROL] = {"control", DUET_FIELD_CHOICE, EVENT(control), control_names},
	[E_SCORE] = {"score", DUET_FIELD_SCORE, EVENT(score), NULL},
	[E_TURN] = {"turn", DUET_FIELD_NUMBER, EVENT(turn), NULL},
	[E_EXPECTS] = {"expects_answer", DUET_FIELD_FLAG, EVENT(expects_answer), flag_names},
	[E_TRANSFERS] = {"transfers", DUET_FIELD_FLAG, EVENT(transfers), flag_names},
	[E_OWN] = {"own_sound", DUET_FIELD_FLAG, EVENT(own_sound), flag_names},
	[E_KIND] = {"kind", DUET_FIELD_CHOICE, EVENT(activity_kind), kind_names},
	[E_MIXING] = {"mixing", DUET_FIELD_CHOICE, EVENT(mixing), mixing_names},
	[E_CONTROLS] = {"controls", DUET_FIELD_CONTROLS, EVENT(controls), control_names},
	{0},
};

enum {
	A_STATE,
	A_ASSISTANT,
	A_OTHER,
	A_ACTIVITY,
	A_ON,
	A_CONTROL,
	A_TURN,
	A_FOLLOW_UP,
	A_TRANSFERRED,
	A_CONTROLS,
	A_FOCUS,
	A_AT
};

const struct duet_field duet_action_fields[] = {
	[A_ASSISTANT] = {"assistant", DUET_FIELD_ASSISTANT, ACTION(assistant), NULL},
	[A_OTHER] = {"other", DUET_FIELD_ASSISTANT, ACTION(other), NULL},
	[A_ACTIVITY] = {"activity", DUET_FIELD_ACTIVITY, ACTION(activity), NULL},
	[A_ON] = {"on", DUET_FIELD_FLAG, ACTION(on), switch_names},
	[A_CONTROL] = {"control", DUET_FIELD_CHOICE, ACTION(control), control_names},
	[A_TURN] = {"turn", DUET_FIELD_NUMBER, ACTION(turn), NULL},
	[A_FOLLOW_UP] = {"follow_up", DUET_FIELD_FLAG, ACTION(follow_up), flag_names},
	[A_TRANSFERRED] = {"transferred", DUET_FIELD_FLAG, ACTION(transferred), flag_names},
	[A_CONTROLS] = {"controls", DUET_FIELD_CONTROLS, ACTION(controls), control_names},
	[A_STATE] = {"state", DUET_FIELD_CHOICE, ACTION(state), state_names},
	[A_FOCUS] = {"focus", DUET_FIELD_CHOICE, ACTION(focus), focus_names},
	[A_AT] = {"at", DUET_FIELD_TIME, ACTION(at_ms), NULL},
	{0},
};

#define E(field) (1u << E_##field)
#define A(field) (1u << A_##field)

const struct duet_verb duet_event_verbs[DUET_N_EVENTS] = {
	[DUET_EVENT_TIME] = {"time", 0},
	[DUET_EVENT_WAKE] = {"wake", E(ASSISTANT) | E(SCORE) | E(OWN)},
	[DUET_EVENT_BUTTON] = {"button", E(ASSISTANT)},
	[DUET_EVENT_DISMISS] = {"dismiss", 0},
	[DUET_EVENT_ADDRESS] = {"address", E(ASSISTANT)},
	[DUET_EVENT_REQUEST] = {"request", E(ASSISTANT)},
	[DUET_EVENT_ENDPOINT] = {"endpoint", E(TURN)},
	[DUET_EVENT_CHOOSE] = {"choose", E(ASSISTANT) | E(TURN)},
	[DUET_EVENT_HAND_OVER] = {"hand_over", E(OTHER) | E(TURN)},
	[DUET_EVENT_REPLY] = {"reply", E(TURN) | E(EXPECTS) | E(TRANSFERS) | E(OTHER)},
	[DUET_EVENT_SPOKEN] = {"spoken", E(TURN)},
	[DUET_EVENT_OVER] = {"over", E(TURN)},
	[DUET_EVENT_CONTROL] = {"control", E(CONTROL) | E(ASSISTANT) | E(TURN)},
	[DUET_EVENT_STOP] = {"stop", E(OWN)},
	[DUET_EVENT_BEGIN] = {"begin", E(ACTIVITY) | E(ASSISTANT) | E(KIND) | E(MIXING) | E(CONTROLS)},
	[DUET_EVENT_END] = {"end", E(ACTIVITY)},
	[DUET_EVENT_MICROPHONE] = {"microphone", E(ON)},
	[DUET_EVENT_SETUP] = {"setup", E(ON) | E(ASSISTANT)},
	[DUET_EVENT_CONSENT] = {"consent", E(ON) | E(ASSISTANT) | E(OTHER)},
};

const struct duet_verb duet_action_verbs[DUET_N_ACTIONS] = {
	[DUET_ACTION_WAKE_ON] = {"wake_on", 0},
	[DUET_ACTION_WAKE_OFF] = {"wake_off", 0},
	[DUET_ACTION_STOP_ON] = {"stop_on", 0},
	[DUET_ACTION_STOP_OFF] = {"stop_off", 0},
	[DUET_ACTION_LISTEN] = {"listen",
				A(ASSISTANT) | A(TURN) | A(FOLLOW_UP) | A(TRANSFERRED) | A(CONTROLS)},
	[DUET_ACTION_SPEAK] = {"speak", A(ASSISTANT) | A(TURN)},
	[DUET_ACTION_HAND_OVER] = {"hand_over", A(ASSISTANT) | A(OTHER) | A(TURN) | A(TRANSFERRED)},
	[DUET_ACTION_ABANDON] = {"abandon", A(TURN)},
	[DUET_ACTION_REFUSE] = {"refuse", A(ASSISTANT)},
	[DUET_ACTION_ATTENTION] = {"attention", A(STATE) | A(ASSISTANT) | A(ACTIVITY) | A(ON)},
	[DUET_ACTION_FOCUS] = {"focus", A(ACTIVITY) | A(FOCUS)},
	[DUET_ACTION_CONTROL] = {"control", A(CONTROL) | A(ACTIVITY)},
	[DUET_ACTION_END] = {"end", A(ACTIVITY)},
	[DUET_ACTION_MICROPHONE] = {"microphone", A(ON)},
	[DUET_ACTION_CALL_BACK] = {"call_back", A(AT)},
};

/* Names. */

static int place_of(const char *const *names, size_t n_names, const char *text, size_t length)
{
	for (size_t i = 0; i < n_names && names[i]; i++) {
		if (strlen(names[i]) == length && strncmp(names[i], text, length) == 0)
			return (int)i;
	}
	return -EINVAL;
}

static int read_controls(const char *text, unsigned *controls)
{
	*controls = 0;
	while (*text) {
		size_t length = strcspn(text, "+ ");
		int place = place_of(control_names, DUET_N_CONTROLS, text, length);

		if (place < 0)
			return place;
		*controls |= 1u << place;
		text += length;
		text += strspn(text, "+ ");
	}
	return 0;
}

static int read_number(const char *text, double *number)
{
	char *end;

	*number = strtod(text, &end);
	return *text && *end == '\0' && *number >= 0 && *number < 1e15 ? 0 : -EINVAL;
}

static int read_assistant(const struct duet_labels *labels, const char *text, int *into)
{
	int place = place_of(labels->assistants, labels->n_assistants, text, strlen(text));

	if (place < 0 && strcmp(text, anyone) != 0)
		return place;
	*into = place < 0 ? DUET_ANYONE : place;
	return 0;
}

/* All enumerations have the size of an int. */
_Static_assert(sizeof(enum duet_control) == sizeof(int), "a field of a choice is an int");

int duet_field_read(const struct duet_field *field, const struct duet_labels *labels, const char *text,
		    void *into)
{
	void *at = (char *)into + field->offset;
	double number = 0;
	int place = 0;

	switch (field->type) {
	case DUET_FIELD_ASSISTANT:
		return read_assistant(labels, text, at);
	case DUET_FIELD_CONTROLS:
		return read_controls(text, at);
	case DUET_FIELD_ACTIVITY:
		place = place_of(labels->activities, labels->n_activities, text, strlen(text));
		*(int *)at = place + 1;
		break;
	case DUET_FIELD_FLAG:
		place = place_of(field->choices, 2, text, strlen(text));
		*(bool *)at = place > 0;
		break;
	case DUET_FIELD_CHOICE:
		place = place_of(field->choices, SIZE_MAX, text, strlen(text));
		*(int *)at = place;
		break;
	case DUET_FIELD_NUMBER:
		place = read_number(text, &number);
		*(uint64_t *)at = (uint64_t)number;
		break;
	case DUET_FIELD_SCORE:
		place = read_number(text, &number);
		*(float *)at = (float)number;
		break;
	case DUET_FIELD_TIME:
		place = read_number(text, &number);
		*(int64_t *)at = (int64_t)number;
		break;
	}
	return place < 0 ? place : 0;
}

static const char *label_of(const char *const *names, size_t n, int place)
{
	return place >= 0 && (size_t)place < n ? names[place] : "none";
}

static int write_controls(unsigned controls, char *text, size_t size)
{
	int length = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < DUET_N_CONTROLS; i++) {
		if (controls & (1u << i))
			length += snprintf(text + length, size - (size_t)length, "%s%s", length ? "+" : "",
					   control_names[i]);
	}
	return length;
}

int duet_field_write(const struct duet_field *field, const struct duet_labels *labels, const void *from,
		     char *text, size_t size)
{
	const void *at = (const char *)from + field->offset;
	int number = 0;

	switch (field->type) {
	case DUET_FIELD_ASSISTANT:
		number = *(const int *)at;
		return snprintf(text, size, "%s",
				number == DUET_ANYONE
					? anyone
					: label_of(labels->assistants, labels->n_assistants, number));
	case DUET_FIELD_ACTIVITY:
		return snprintf(text, size, "%s",
				label_of(labels->activities, labels->n_activities, *(const int *)at - 1));
	case DUET_FIELD_FLAG:
		return snprintf(text, size, "%s", field->choices[*(const bool *)at]);
	case DUET_FIELD_CHOICE:
		return snprintf(text, size, "%s", field->choices[*(const int *)at]);
	case DUET_FIELD_CONTROLS:
		return write_controls(*(const unsigned *)at, text, size);
	case DUET_FIELD_NUMBER:
		return snprintf(text, size, "%" PRIu64, *(const uint64_t *)at);
	case DUET_FIELD_SCORE:
		return snprintf(text, size, "%g", (double)*(const float *)at);
	case DUET_FIELD_TIME:
		return snprintf(text, size, "%" PRId64, *(const int64_t *)at);
	}
	return 0;
}

bool duet_field_equal(const struct duet_field *field, const void *a, const void *b)
{
	static const size_t sizes[] = {
		[DUET_FIELD_ASSISTANT] = sizeof(int),     [DUET_FIELD_ACTIVITY] = sizeof(int),
		[DUET_FIELD_NUMBER] = sizeof(uint64_t),   [DUET_FIELD_SCORE] = sizeof(float),
		[DUET_FIELD_FLAG] = sizeof(bool),         [DUET_FIELD_CHOICE] = sizeof(int),
		[DUET_FIELD_CONTROLS] = sizeof(unsigned), [DUET_FIELD_TIME] = sizeof(int64_t),
	};

	return memcmp((const char *)a + field->offset, (const char *)b + field->offset, sizes[field->type]) ==
	       0;
}

/* Sentences. */

/* What nobody set is not told, but an assistant, a state and what a switch is at always are. */
static bool is_told(const struct duet_field *field, const void *from)
{
	const void *at = (const char *)from + field->offset;

	switch (field->type) {
	case DUET_FIELD_ASSISTANT:
	case DUET_FIELD_NUMBER:
	case DUET_FIELD_TIME:
		return true;
	case DUET_FIELD_ACTIVITY:
		return *(const int *)at != 0;
	case DUET_FIELD_FLAG:
		return *(const bool *)at || field->choices == switch_names;
	case DUET_FIELD_CHOICE:
		return strcmp(field->name, "mixing") != 0 || *(const int *)at != 0;
	case DUET_FIELD_SCORE:
		return *(const float *)at != 0;
	case DUET_FIELD_CONTROLS:
		return *(const unsigned *)at != 0;
	}
	return false;
}

/* "turn 3", "follow_up", "cortana". */
static void phrase(const struct duet_field *field, const struct duet_labels *labels, const void *from,
		   char *text, size_t size)
{
	char value[160];

	duet_field_write(field, labels, from, value, sizeof(value));
	if (field->type == DUET_FIELD_FLAG && field->choices == flag_names)
		snprintf(text, size, "%s", field->name);
	else if (field->type == DUET_FIELD_FLAG || field->type == DUET_FIELD_ASSISTANT ||
		 field->type == DUET_FIELD_ACTIVITY || field->type == DUET_FIELD_CHOICE)
		snprintf(text, size, "%s", value);
	else
		snprintf(text, size, "%s %s", field->name, value);
}

static int sentence(const struct duet_verb *verb, unsigned told, const struct duet_field *fields,
		    const void *from, const struct duet_labels *labels, char *text, size_t size)
{
	int length = snprintf(text, size, "%s", verb->name);
	const char *separator = " ";
	char one[200];

	for (size_t i = 0; fields[i].name && (size_t)length < size; i++) {
		if (!(told & (1u << i)) || !is_told(&fields[i], from))
			continue;
		phrase(&fields[i], labels, from, one, sizeof(one));
		length += snprintf(text + length, size - (size_t)length, "%s%s", separator, one);
		separator = ", ";
	}
	return length;
}

int duet_event_text(const struct duet_event *event, const struct duet_labels *labels, char *text, size_t size)
{
	const struct duet_verb *verb = &duet_event_verbs[event->kind];
	unsigned told = verb->fields;

	if (event->kind == DUET_EVENT_REPLY && !event->transfers)
		told &= ~E(OTHER);
	return sentence(verb, told, duet_event_fields, event, labels, text, size);
}

int duet_action_text(const struct duet_action *action, const struct duet_labels *labels, char *text,
		     size_t size)
{
	const struct duet_verb *verb = &duet_action_verbs[action->kind];

	return sentence(verb, verb->fields, duet_action_fields, action, labels, text, size);
}
