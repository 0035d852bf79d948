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
 * The rules are those of "Two assistants on one speaker"; their numbers stand
 * beside what carries them out, in the tests, and in the scenarios of
 * data/arbiter, which prove all of them (arbiter/scenario.h).
 */

/* Instead of an assistant: a wake word that several share, so that it is not known yet who is meant (20). */
#define DUET_ANYONE (-1)

enum { DUET_ASSISTANTS_MAX = 16 };

enum duet_dialog_state {
	DUET_DIALOG_IDLE,
	DUET_DIALOG_LISTENING,
	DUET_DIALOG_THINKING,
	DUET_DIALOG_SPEAKING,
};

/* The further down, the less is heard of it. */
enum duet_focus {
	DUET_FOCUS_NONE,       /* not begun, or ended */
	DUET_FOCUS_FOREGROUND, /* sounds as it likes; at most one */
	DUET_FOCUS_MIXED,      /* in the background, as loud as it was */
	DUET_FOCUS_BACKGROUND, /* sounds, lowered */
	DUET_FOCUS_PAUSED,     /* silent until what stands above it ends */
	DUET_FOCUS_HELD,       /* silent until a person says to go on */
};

enum duet_event_kind {
	DUET_EVENT_TIME,       /* only time has passed */
	DUET_EVENT_WAKE,       /* assistant or DUET_ANYONE, score, own_sound: its wake word was heard */
	DUET_EVENT_BUTTON,     /* assistant: the person chose it by hand; dismisses the alert in front */
	DUET_EVENT_DISMISS,    /* the person dismissed by hand what is in front */
	DUET_EVENT_ADDRESS,    /* assistant: somebody writes to it, or its microphone is open */
	DUET_EVENT_REQUEST,    /* assistant: it asks for the dialog of its own accord */
	DUET_EVENT_ENDPOINT,   /* turn: the person has finished */
	DUET_EVENT_CHOOSE,     /* turn, assistant: of those who were called together it understood best */
	DUET_EVENT_HAND_OVER,  /* turn, other: the words are for that one, who was named in them */
	DUET_EVENT_REPLY,      /* turn, expects_answer, transfers and other: there is something to say */
	DUET_EVENT_SPOKEN,     /* turn: it is said */
	DUET_EVENT_OVER,       /* turn: it ends without a reply */
	DUET_EVENT_CONTROL,    /* turn, assistant (the one that was told), control */
	DUET_EVENT_STOP,       /* own_sound: a bare "stop" was heard, without a wake word */
	DUET_EVENT_BEGIN,      /* activity, assistant (its owner), activity_kind, mixing, controls */
	DUET_EVENT_END,        /* activity: ended by its owner */
	DUET_EVENT_MICROPHONE, /* on: its switch was moved */
	DUET_EVENT_SETUP,      /* on, assistant: it is being set up, or that is over */
	DUET_EVENT_CONSENT,    /* on, assistant, other: may the first pass words on to the other? */
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
	enum duet_mixing mixing; /* USUAL: that of its kind */
	unsigned controls;       /* what it understands, bits 1 << duet_control; 0: what its kind does */
	bool transfers;          /* it cannot, and names `other` (12) */
	int other;
	bool on;
	bool own_sound; /* it was heard in what the speaker itself is known to be playing (3) */
};

enum duet_action_kind {
	DUET_ACTION_WAKE_ON, /* wake words are live */
	DUET_ACTION_WAKE_OFF,
	DUET_ACTION_STOP_ON, /* so is the bare "stop" */
	DUET_ACTION_STOP_OFF,
	DUET_ACTION_LISTEN,    /* turn, assistant, follow_up, transferred, controls: a new turn hears the
				  person */
	DUET_ACTION_SPEAK,     /* turn, assistant: say the reply */
	DUET_ACTION_HAND_OVER, /* turn, assistant, other: a new turn of `assistant` gets the words that
				  `other` heard: what followed the name; when `transferred`, all of them, and
				  that is to be logged */
	DUET_ACTION_ABANDON,   /* turn: forget it, whatever it was doing; it never resumes */
	DUET_ACTION_REFUSE,    /* assistant: its request is refused */
	DUET_ACTION_ATTENTION, /* state, assistant, activity and activity_kind: for lights; one at a time */
	DUET_ACTION_FOCUS,     /* activity, focus */
	DUET_ACTION_CONTROL,   /* activity, control: for its owner; STOP and SNOOZE have ended it. Activity 0:
				  for the speaker as a whole, whoever was told */
	DUET_ACTION_END,       /* activity: it is over, another of its kind has taken its place */
	DUET_ACTION_MICROPHONE, /* on: nothing may be heard, or again */
	DUET_ACTION_CALL_BACK,  /* at_ms: send DUET_EVENT_TIME then */
	DUET_N_ACTIONS
};

struct duet_action {
	enum duet_action_kind kind;
	int assistant;
	int other;
	uint64_t turn;
	bool follow_up;   /* an answer is expected: no wake word went before */
	bool transferred; /* `other` could not, and has named this one: a cue, then no wake word either */
	unsigned
		controls; /* what the activity in front, which is another's, understands (9); for this turn */
	enum duet_dialog_state state;
	int activity;
	enum duet_activity_kind activity_kind;
	enum duet_focus focus;
	enum duet_control control;
	bool on;
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
	enum duet_mixing mixing;
	unsigned controls;
	enum duet_focus focus;
	unsigned age;   /* rises with each beginning */
	bool was_front; /* an alert that only waits is not what a person means */
};

/* What the lights last showed. */
struct duet_attention {
	enum duet_dialog_state state;
	int assistant;
	int activity;
	bool microphone_on;
};

/* Read it freely; only the functions below change it. */
struct duet_arbiter {
	int default_assistant;
	enum duet_dialog_state state;
	uint64_t turn;       /* the latest one; turns rise by one */
	int assistant;       /* whose dialog it is; DUET_ANYONE: not known yet */
	bool expects_answer; /* of what is being said */
	bool transfers;      /* what is being said names `other`, who listens next */
	int other;
	bool interrupted; /* this dialog cut another one short (rule 10: that was the "stop") */
	bool wake_live;   /* wake words are listened for */
	bool stop_live;   /* so is a bare "stop" */
	bool microphone_on;
	int in_setup;         /* the assistant that is being set up, or DUET_ANYONE: none is */
	float score;          /* of the wake word that began the dialog */
	int64_t contest_till; /* until then another wake word may take the turn over */
	uint32_t consents[DUET_ASSISTANTS_MAX]; /* of each: to whom it may pass words on, 1 << number */
	struct duet_attention attention;
	int front; /* the activity that is in the foreground, or would be without the dialog; 0: none */
	unsigned ages;
	struct duet_activity activities[DUET_ACTIVITIES_MAX];
};

/* How long another wake word may take a turn over (rule 18). */
#define DUET_CONTEST_MS 300

/* `last_turn`: turns are numbered from the one after it. The microphone is on, nobody has agreed to anything.
 */
void duet_arbiter_init(struct duet_arbiter *arbiter, int default_assistant, uint64_t last_turn);

/* Another assistant is the default one from now on. */
void duet_arbiter_set_default(struct duet_arbiter *arbiter, int default_assistant);

/* Takes one event at `now_ms` (which never goes back) and writes what is to be done, in order. 0; -ENOENT:
 * the event means nothing now (an old turn, an unknown activity, a wake word that is not live) and nothing
 * changed but what the passing of time changes; -ENOSPC: no room for the activity, which did not begin;
 * -EINVAL: an activity without an id, or with one that is taken. */
int duet_arbiter_step(struct duet_arbiter *arbiter, const struct duet_event *event, int64_t now_ms,
		      struct duet_actions *actions);

/* The activity, or NULL. */
const struct duet_activity *duet_arbiter_activity(const struct duet_arbiter *arbiter, int id);

#endif
