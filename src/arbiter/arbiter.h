/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_ARBITER_ARBITER_H
#define DUET_ARBITER_ARBITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/skill.h"

/*
 * Who listens, who speaks, whose sound is in front: a pure state machine.
 * Events go in, actions come out, the time is handed in. It knows no audio, no
 * threads and no text; assistants are numbers, activities ids that the caller
 * gives. It allocates nothing.
 *
 * The rules are those of "Two assistants on one speaker" (the numbers stand in
 * the tests): one dialog (1); no wake word while one listens (2); barge-in (4);
 * only a person's own act displaces another dialog (5); activities by priority
 * (6); controls reach the right activity, whosever it is (10); two wake words at
 * once (18).
 */

enum duet_dialog_state {
	DUET_DIALOG_IDLE,
	DUET_DIALOG_LISTENING,
	DUET_DIALOG_THINKING,
	DUET_DIALOG_SPEAKING,
};

enum duet_focus {
	DUET_FOCUS_NONE,       /* not begun, or ended */
	DUET_FOCUS_FOREGROUND, /* sounds as it likes; at most one */
	DUET_FOCUS_BACKGROUND, /* sounds, lowered */
	DUET_FOCUS_PAUSED,     /* silent until what stands above it ends */
	DUET_FOCUS_HELD,       /* silent until a person says to go on */
};

enum duet_event_kind {
	DUET_EVENT_TIME,     /* only time has passed */
	DUET_EVENT_WAKE,     /* assistant, score: its wake word was heard */
	DUET_EVENT_BUTTON,   /* assistant: the person chose it by hand */
	DUET_EVENT_REQUEST,  /* assistant: it asks for the dialog of its own accord */
	DUET_EVENT_ENDPOINT, /* turn: the person has finished */
	DUET_EVENT_REPLY,    /* turn, expects_answer: there is something to say */
	DUET_EVENT_SPOKEN,   /* turn: it is said */
	DUET_EVENT_OVER,     /* turn: it ends without a reply */
	DUET_EVENT_CONTROL,  /* assistant (the one that was told), control */
	DUET_EVENT_BEGIN,    /* activity, assistant (its owner), kind */
	DUET_EVENT_END,      /* activity: ended by its owner */
	DUET_N_EVENTS
};

struct duet_event {
	enum duet_event_kind kind;
	int assistant;
	float score; /* normalised, see duet_wake_detection */
	uint64_t turn;
	bool expects_answer;
	enum duet_control control;
	int activity; /* > 0 */
	enum duet_activity_kind activity_kind;
};

enum duet_action_kind {
	DUET_ACTION_WAKE_ON, /* wake words are live */
	DUET_ACTION_WAKE_OFF,
	DUET_ACTION_LISTEN,    /* turn, assistant, follow_up: a new turn hears the person */
	DUET_ACTION_SPEAK,     /* turn, assistant: say the reply */
	DUET_ACTION_ABANDON,   /* turn: forget it, whatever it was doing; it never resumes */
	DUET_ACTION_REFUSE,    /* assistant: its request is refused */
	DUET_ACTION_ATTENTION, /* state, assistant: for lights */
	DUET_ACTION_FOCUS,     /* activity, focus */
	DUET_ACTION_CONTROL,   /* activity, control: for its owner; STOP and SNOOZE have ended it */
	DUET_ACTION_CALL_BACK, /* at_ms: send DUET_EVENT_TIME then */
};

struct duet_action {
	enum duet_action_kind kind;
	int assistant;
	uint64_t turn;
	bool follow_up; /* an answer is expected: no wake word went before */
	enum duet_dialog_state state;
	int activity;
	enum duet_focus focus;
	enum duet_control control;
	int64_t at_ms;
};

#define DUET_ACTIVITIES_MAX 32
#define DUET_ACTIONS_MAX    (DUET_ACTIVITIES_MAX + 16) /* one event never makes more */

struct duet_actions {
	size_t n;
	struct duet_action list[DUET_ACTIONS_MAX];
};

struct duet_activity {
	int id; /* 0: free */
	int owner;
	enum duet_activity_kind kind;
	enum duet_focus focus;
	unsigned age; /* rises with each beginning */
};

/* Read it freely; only the functions below change it. */
struct duet_arbiter {
	int default_assistant;
	enum duet_dialog_state state;
	uint64_t turn;        /* the latest one; turns rise by one */
	int assistant;        /* whose dialog it is */
	bool expects_answer;  /* of what is being said */
	bool interrupted;     /* this dialog cut another one short (rule 10: that was the "stop") */
	bool wake_live;       /* wake words are listened for */
	float score;          /* of the wake word that began the dialog */
	int64_t contest_till; /* until then another wake word may take the turn over */
	unsigned ages;
	struct duet_activity activities[DUET_ACTIVITIES_MAX];
};

/* How long another wake word may take a turn over (rule 18). */
#define DUET_CONTEST_MS 300

/* `last_turn`: turns are numbered from the one after it. */
void duet_arbiter_init(struct duet_arbiter *arbiter, int default_assistant, uint64_t last_turn);

/* Another assistant is the default one from now on. */
void duet_arbiter_set_default(struct duet_arbiter *arbiter, int default_assistant);

/* Takes one event at `now_ms` (which never goes back) and writes what is to be done, in order. 0; -ENOENT:
 * the event means nothing now (an old turn, an unknown activity, a wake word that is not live) and nothing
 * changed but what the passing of time changes; -ENOSPC: no room for the activity, which did not begin. */
int duet_arbiter_step(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		      struct duet_actions *actions);

/* The activity, or NULL. */
const struct duet_activity *duet_arbiter_activity(const struct duet_arbiter *arbiter, int id);

#endif
