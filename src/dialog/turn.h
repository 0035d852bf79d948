/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_DIALOG_TURN_H
#define DUET_DIALOG_TURN_H

#include <string.h>

#include "assistant/assistant.h"
#include "base/clock.h"
#include "dialog/dialog.h"
#include "dialog/memory.h"

/*
 * The turn that goes on, for the files of this folder alone.
 *
 *	dialog.c   turns begin and end, and how long it took
 *	hear.c     words → what is asked of a skill
 *	answer.c   what a skill answers → what is said
 *	pass.c     words that are another assistant's
 */

/* Where a turn stands. */
enum turn_state {
	TURN_NONE,
	TURN_HEARING,    /* until the words are final */
	TURN_ACTING,     /* a skill will answer later */
	TURN_COMMITTING, /* what was done must be durable before the person is told */
	TURN_REPLYING,   /* the reply is out */
};

struct duet_turn {
	enum turn_state state;
	uint64_t number;
	const struct duet_assistant *assistant;
	struct duet_memory *memory;
	enum duet_how how;
	const char *from;                   /* who passed the words on, or NULL */
	const struct duet_assistant *other; /* whose sentences they may be too, or NULL */
	unsigned controls;                  /* what another's activity in front understands */
	struct duet_arena *arena;
	struct duet_request request; /* what the skill was asked */
	struct duet_answer answer;
	json_t *undo;   /* what is taken back when the request is carried out, or NULL */
	json_t *others; /* what else could have been meant, or NULL */
	const char *reply;
	int64_t ended_ns, mark_ns; /* system clock: endpoint decided, the stage before was through */
	double ms[DUET_N_STAGES];  /* negative: not reached */
	json_t *json;
};

struct duet_dialog {
	struct duet_dialog_setup setup;
	struct duet_memory *memories;
	uint64_t settled; /* every ticket up to this one has settled */
	struct duet_turn turn;
};

static inline bool duet_turn_is(const struct duet_dialog *dialog, uint64_t number)
{
	return dialog->turn.state != TURN_NONE && dialog->turn.number == number;
}

static inline int64_t duet_turn_clock_ns(void)
{
	return duet_clock_system.mono_ns(&duet_clock_system);
}

/* How late it is for what may be leant on. */
static inline int64_t duet_dialog_now_ms(const struct duet_dialog *dialog)
{
	return duet_clock_mono_ms(dialog->setup.clock);
}

static inline int64_t duet_dialog_now_s(const struct duet_dialog *dialog)
{
	return duet_clock_wall_s(dialog->setup.clock);
}

/* The stage that began at the last mark is through. */
static inline void duet_turn_mark(struct duet_turn *turn, enum duet_stage stage, int64_t at_ns)
{
	if (turn->mark_ns)
		turn->ms[stage] = (double)(at_ns - turn->mark_ns) / 1e6;
	turn->mark_ns = at_ns;
}

/* The response in the turn's arena, or NULL. */
const char *duet_turn_render(struct duet_turn *turn, const char *intent, const char *key, const json_t *vars);
/* It is what the turn answers. */
void duet_turn_reply(struct duet_dialog *dialog, const char *text, enum duet_tone tone, bool expects_answer);
void duet_turn_reply_key(struct duet_dialog *dialog, const char *key, enum duet_tone tone);
/* Who got these words goes into the log. */
void duet_turn_log_words(struct duet_dialog *dialog, const char *words);
/* It cannot, and names the one who can (rule 12). False: nobody can. */
bool duet_turn_name_other(struct duet_dialog *dialog, const char *words);
/* The turn's request goes to the skill that knows it. */
void duet_turn_ask_skill(struct duet_dialog *dialog);

#endif
