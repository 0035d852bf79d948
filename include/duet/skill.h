/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SKILL_H
#define DUET_SKILL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"

struct duet_arena;
struct duet_clock;
struct duet_home;
struct duet_loop;
struct duet_store;

/*
 * Skills: what assistants can do.
 *
 * A skill is a table of operations and the names of the intents that it
 * carries out. It is given a request and answers with a reply, a question or
 * silence, and says what it did (the act). It never calls back into the dialog.
 * All operations run on the main thread and never block; what must be on disk
 * before the person is told is named by a store ticket in the answer, and the
 * dialog waits for it.
 */

enum duet_value_kind { DUET_VALUE_NONE, DUET_VALUE_TEXT, DUET_VALUE_NUMBER };

struct duet_value {
	enum duet_value_kind kind;
	double number;
	const char *text; /* UTF-8, also the spelling of a number */
};

enum duet_slot_source {
	DUET_SLOT_LIST, /* a value of a list, also one that the home has filled */
	DUET_SLOT_RANGE,
	DUET_SLOT_WILDCARD,
	DUET_SLOT_FIXED,   /* the sentence means it without words of its own: text is the value's */
	DUET_SLOT_CONTEXT, /* known of what was named or of where it was said: the same */
	DUET_SLOT_LEARNT,
};

struct duet_slot {
	const char *name;        /* "area" */
	const char *text;        /* as it was said: "the kitchen" → "kitchen" */
	struct duet_value value; /* what it means (a list's `out`) */
	enum duet_slot_source source;
};

struct duet_request {
	uint64_t turn;
	const char *assistant;      /* its id */
	const char *assistant_name; /* what a person calls it: "Cortana", "小爱同学" */
	const char *language;       /* BCP 47 */
	const char *area;           /* id of the area that the speaker stands in, or NULL: "the lights" */
	const char *intent;
	const char *response; /* the key that the sentence names for its answer, or NULL */
	const char *heard;    /* the words */
	const struct duet_slot *slots;
	size_t n_slots;
	bool confirmed;           /* the person has said yes to the question that this skill asked */
	unsigned controls;        /* what another assistant's activity in front understands, bits 1 <<
				     duet_control; 0: nothing. Only for this turn (rule 9) */
	struct duet_arena *arena; /* of the turn: freed when the turn is over */
};

/* The slot called `name`, or NULL. */
const struct duet_slot *duet_request_slot(const struct duet_request *request, const char *name);

/* Controls that reach an activity or the foreground by the arbiter's rule 10, whosever it is. */
enum duet_control {
	DUET_CONTROL_NONE,
	DUET_CONTROL_STOP,
	DUET_CONTROL_PAUSE,
	DUET_CONTROL_RESUME,
	DUET_CONTROL_NEXT,
	DUET_CONTROL_PREVIOUS,
	DUET_CONTROL_SNOOZE,
	DUET_CONTROL_MUTE,
	DUET_CONTROL_REPEAT, /* say the last reply again */
	DUET_CONTROL_CANCEL, /* drop the dialog */
	DUET_CONTROL_VOLUME, /* there is one for all */
	DUET_CONTROL_TIMER,  /* ask for a timer, whoever set it */
	DUET_N_CONTROLS
};

/* Kinds of activity, highest priority first (rule 6). */
enum duet_activity_kind {
	DUET_ACTIVITY_COMMUNICATION,
	DUET_ACTIVITY_ALERT,
	DUET_ACTIVITY_NOTIFICATION,
	DUET_ACTIVITY_CONTENT,
};

/* What sounds below an activity: must pause; is lowered, or pauses when it is itself NONMIXABLE; may go on.
 */
enum duet_mixing {
	DUET_MIXING_USUAL, /* of its kind */
	DUET_MIXING_NONMIXABLE,
	DUET_MIXING_RESTRICTED,
	DUET_MIXING_UNRESTRICTED,
};

enum duet_answer_kind {
	DUET_ANSWER_REPLY,    /* say it, the dialog is over */
	DUET_ANSWER_QUESTION, /* say it and listen for the answer (`asks`): the same request comes back,
				 confirmed or with what was missing */
	DUET_ANSWER_SILENCE,  /* done, a cue is enough */
	DUET_ANSWER_FAILED,   /* say it, the thing asked for failed */
};

struct duet_answer {
	enum duet_answer_kind kind;
	json_t *act; /* what was done: {"skill": "timer", "do": "start", "seconds": 300 …}; the dialog takes
			it */
	const char *reply; /* key of the response in the assistant's sentences ("timer_started") */
	json_t *vars;      /* for the response; the dialog takes it; NULL: none */
	/* QUESTION: what is asked for. NULL: yes or no. Else what is missing ("duration", "time", "area",
	 * "item", "text": the slots of that kind are added to the request), or "choice". */
	const char *asks;
	/* For "choice", and for "the other one" later on: [{"label": "pizza", "slots": {"id": 3}}, …]; the
	 * slots are added to the request, "said" holds what else it may be told by. One that is "all" of them
	 * comes last and may have an "intent" of its own; it comes back confirmed. The dialog takes it, as
	 * the next two. */
	json_t *choices;
	/* What "it" is from now on: {"kind": "timer", "slots": {"id": 3}}; NULL: nothing. */
	json_t *it;
	/* Requests that take back what was done: [{"of": "light.desk", "intent": "HassTurnOff", "slots":
	 * {…}}]; `of` is what is changed back. */
	json_t *undo;
	uint64_t ticket;           /* store ticket that must be durable before the reply; 0: none */
	enum duet_control control; /* what the arbiter shall do, beside the act */
	bool pending;              /* the answer comes later by host->answered (a slow home device) */
};

/* What a skill may use; outlives it. */
struct duet_skill_host {
	struct duet_loop *loop;
	const struct duet_clock *clock;
	struct duet_store *store;
	struct duet_home *home;                     /* skill/home.h; the house with all drivers */
	const struct duet_skill_settings *settings; /* city, zone, volume limits … */
	void *user;
	/* Starts an activity that sounds; `reply`/`vars` as in an answer say what it announces, NULL: only
	 * its tone. Returns its id, > 0. The arbiter decides when it is in front. */
	int (*activity_begin)(void *user, const char *assistant, enum duet_activity_kind kind,
			      const char *name, const char *reply, json_t *take_vars);
	void (*activity_end)(void *user, int activity);
	/* 0 … 100; the answer of a pending request. */
	int (*volume_get)(void *user);
	void (*volume_set)(void *user, int percent);
	void (*answered)(void *user, uint64_t turn, struct duet_answer *answer);
};

struct duet_skill_settings {
	const char *city;                   /* as a person says it */
	const char *zone;                   /* IANA name, NULL: the system's */
	int night_volume;                   /* 0 … 100: the most between night_begin and night_end */
	int night_begin_min, night_end_min; /* minutes after midnight; equal: no night */
	int ring_limit_s;                   /* an alert that nobody stops falls silent after this */
};

struct duet_skill {
	const char *name;
	const char *const *intents; /* NULL-terminated */
	size_t state_size;
	/* Loads what outlives a restart; rings what was missed. */
	int (*open)(void *state, const struct duet_skill_host *host, struct duet_error *error);
	void (*handle)(void *state, const struct duet_request *request, struct duet_answer *answer);
	/* Optional: a control for an activity that this skill began. */
	void (*control)(void *state, int activity, enum duet_control control);
	/* Optional: the zone or the clock changed (a jump, first set): plan anew. */
	void (*clock_changed)(void *state);
	/* Optional: writes up to `ticket` could not be made durable: what they added is not there. */
	void (*unsaved)(void *state, uint64_t ticket);
	void (*close)(void *state);
};

/* Every skill of this build, NULL-terminated. */
extern const struct duet_skill *const duet_skills[];

#endif
