/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_DIALOG_DIALOG_H
#define DUET_DIALOG_DIALOG_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "assistant/assistant.h"
#include "dialog/history.h"
#include "dialog/trace.h"
#include "duet/skill.h"

struct duet_clock;
struct duet_skills;
struct duet_store;

/*
 * One turn from words to reply, and the turns that follow it. There is one turn
 * at a time on the speaker (the arbiter sees to that); what belongs to a turn
 * that is over is dropped by its number. Each assistant has its own memory: what
 * it said last, what it asked, its history. Main thread; never blocks.
 */
struct duet_dialog;

enum duet_tone { DUET_TONE_DONE, DUET_TONE_REFUSED, DUET_TONE_FAILED };

struct duet_reply {
	uint64_t turn;
	const char *text; /* NULL: nothing to say, a cue is enough; lives as long as the turn */
	enum duet_tone tone;
	bool expects_answer; /* it is a question: the answer comes next, without a wake word */
	const char *other;   /* the assistant cannot, and names this one (its id); or NULL */
};

struct duet_other {
	const char *id, *name;
};

struct duet_dialog_setup {
	const struct duet_clock *clock; /* for how long something can be leant on */
	struct duet_store *store;
	struct duet_skills *skills;
	const char *area; /* where the speaker stands, or NULL */
	int keep_turns, keep_heard;
	void *user;
	/* The answer of the current turn; called once for each turn, perhaps before the call that caused it
	 * returns. */
	void (*reply)(void *user, const struct duet_reply *reply);
	/* The assistant has not understood: one who would, or false. Optional. */
	bool (*cannot)(void *user, const char *text, struct duet_other *other);
	/* Something the arbiter must do, before the reply. */
	void (*control)(void *user, enum duet_control control);
	/* The turn is over and traced; borrowed. */
	void (*over)(void *user, const json_t *turn);
};

int duet_dialog_new(struct duet_dialog **dialog, const struct duet_dialog_setup *setup);
void duet_dialog_free(struct duet_dialog *dialog);

/* A turn begins; one that goes on is over. `follow_up`: it answers the assistant's question. The assistant
 * outlives the turn. */
void duet_dialog_begin(struct duet_dialog *dialog, uint64_t turn, const struct duet_assistant *assistant,
		       bool follow_up);

/* How the words of this turn come to its assistant, when not by its own wake word, and from whom (or NULL).
 */
void duet_dialog_comes(struct duet_dialog *dialog, uint64_t turn, enum duet_how how, const char *from);
/* Which controls the activity in front understands, when it is another assistant's: bits 1 << duet_control.
 */
void duet_dialog_controls(struct duet_dialog *dialog, uint64_t turn, unsigned controls);
/* What its own sentences do not say may be said in those of this one too: the words were heard by it. */
void duet_dialog_heard_by(struct duet_dialog *dialog, uint64_t turn, const struct duet_assistant *other);
/* Of those who were called together this one answers; why goes into the trace. */
void duet_dialog_choose(struct duet_dialog *dialog, uint64_t turn, const struct duet_assistant *assistant,
			json_t *take_why);
/* The words name another assistant: the turn is over, and goes on as another one of `to` (its id). */
void duet_dialog_passed_on(struct duet_dialog *dialog, uint64_t turn, const char *text, const char *to);
/* What was said to the assistant `id` is not remembered any more. */
void duet_dialog_forget(struct duet_dialog *dialog, const char *id);

/* Does the assistant wait for an answer? What may be said to it, which may lean on what was said before. */
bool duet_dialog_asks(const struct duet_dialog *dialog, const struct duet_assistant *assistant);
enum duet_part duet_dialog_part(const struct duet_dialog *dialog, const struct duet_assistant *assistant);

/* The words are final. `refused`: it was speech but no sentence. All answer by `reply`. */
void duet_dialog_heard(struct duet_dialog *dialog, uint64_t turn, const char *text, bool refused);
/* Nothing was said until the time-out. */
void duet_dialog_nothing(struct duet_dialog *dialog, uint64_t turn);
/* The recogniser failed. */
void duet_dialog_failed(struct duet_dialog *dialog, uint64_t turn);
/* See duet_store_setup.settled. */
void duet_dialog_settled(struct duet_dialog *dialog, uint64_t ticket, int code);
/* The late answer of a pending request; takes what the answer holds. */
void duet_dialog_answered(struct duet_dialog *dialog, uint64_t turn, struct duet_answer *answer);

/* How long a stage of the turn took. */
void duet_dialog_took(struct duet_dialog *dialog, uint64_t turn, enum duet_stage stage, double ms);
/* The moment (duet_clock_system) at which the endpoint was decided: FINAL to FIRST_SAMPLE count from here. */
void duet_dialog_ended(struct duet_dialog *dialog, uint64_t turn, int64_t at_ns);
/* The moment at which the first sample of the reply was played. */
void duet_dialog_sounded(struct duet_dialog *dialog, uint64_t turn, int64_t at_ns);

/* The turn is over: said, silent or abandoned. One of which nothing was heard yet leaves no trace. */
void duet_dialog_end(struct duet_dialog *dialog, uint64_t turn);

/* The response `key` in the assistant's words, for what an activity announces; freed by duet_free; NULL when
 * there is none. */
char *duet_dialog_render(struct duet_dialog *dialog, const struct duet_assistant *assistant, const char *key,
			 const json_t *vars);

#endif
