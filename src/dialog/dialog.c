/* SPDX-License-Identifier: Apache-2.0 */
#include "dialog/turn.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/log.h"
#include "dialog/follow.h"
#include "dialog/skills.h"
#include "response/response.h"

enum { MAX_ARENA = 1 << 20 };

int duet_dialog_new(struct duet_dialog **dialog, const struct duet_dialog_setup *setup)
{
	struct duet_dialog *made = duet_calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->setup = *setup;
	*dialog = made;
	return 0;
}

static void clear_turn(struct duet_turn *turn)
{
	duet_answer_drop(&turn->answer);
	json_decref(turn->json);
	duet_arena_free(turn->arena);
	json_decref(turn->undo);
	json_decref(turn->others);
	*turn = (struct duet_turn){.state = TURN_NONE};
}

void duet_dialog_free(struct duet_dialog *dialog)
{
	if (!dialog)
		return;
	clear_turn(&dialog->turn);
	duet_memory_free_all(dialog->memories);
	duet_free(dialog);
}

static json_t *new_json(const struct duet_turn *turn)
{
	const struct duet_assistant_config *who = turn->assistant->config;

	return json_pack("{s:I, s:s, s:s, s:s, s:n, s:{}, s:n, s:n, s:n, s:n, s:b, s:{}}", "turn",
			 (json_int_t)turn->number, "assistant", who->id, "language", who->language, "heard",
			 "", "intent", "slots", "source", "template", "act", "reply", "refused", 0, "ms");
}

/* Whoever begins to speak without answering ends every dialog that there was (rules 1 and 4). */
static void drop_questions(struct duet_dialog *dialog, const struct duet_memory *but)
{
	for (struct duet_memory *one = dialog->memories; one; one = one->next) {
		if (one != but)
			duet_memory_drop_question(one);
	}
}

void duet_dialog_begin(struct duet_dialog *dialog, uint64_t number, const struct duet_assistant *assistant,
		       bool follow_up)
{
	struct duet_turn *turn = &dialog->turn;

	if (turn->state != TURN_NONE)
		duet_dialog_end(dialog, turn->number);
	turn->memory = duet_memory_of(&dialog->memories, assistant->config->id, dialog->setup.store);
	turn->arena = duet_arena_new(MAX_ARENA);
	turn->assistant = assistant;
	turn->number = number;
	for (int i = 0; i < DUET_N_STAGES; i++)
		turn->ms[i] = -1;
	turn->json = new_json(turn);
	turn->state = TURN_HEARING;
	if (!turn->memory || !turn->arena || !turn->json) {
		duet_error_log("dialog", "out of memory: turn %llu is dropped", (unsigned long long)number);
		clear_turn(turn);
		return;
	}
	drop_questions(dialog, follow_up ? turn->memory : NULL);
}

/* The memory if there is one, as it is now. */
static const struct duet_memory *memory_of(const struct duet_dialog *dialog,
					   const struct duet_assistant *assistant)
{
	for (struct duet_memory *one = dialog->memories; one; one = one->next) {
		if (strcmp(one->id, assistant->config->id) != 0)
			continue;
		duet_memory_expire(one, duet_dialog_now_ms(dialog));
		return one;
	}
	return NULL;
}

bool duet_dialog_asks(const struct duet_dialog *dialog, const struct duet_assistant *assistant)
{
	const struct duet_memory *memory = memory_of(dialog, assistant);

	return memory && duet_memory_asks(memory);
}

enum duet_part duet_dialog_part(const struct duet_dialog *dialog, const struct duet_assistant *assistant)
{
	const struct duet_memory *memory = memory_of(dialog, assistant);

	return memory ? duet_follow_part(memory) : DUET_PART_COMMANDS;
}

/* Times. */

void duet_dialog_took(struct duet_dialog *dialog, uint64_t number, enum duet_stage stage, double ms)
{
	if (duet_turn_is(dialog, number))
		dialog->turn.ms[stage] = ms;
}

void duet_dialog_ended(struct duet_dialog *dialog, uint64_t number, int64_t at_ns)
{
	if (!duet_turn_is(dialog, number))
		return;
	dialog->turn.ended_ns = at_ns;
	dialog->turn.mark_ns = at_ns;
}

void duet_dialog_sounded(struct duet_dialog *dialog, uint64_t number, int64_t at_ns)
{
	struct duet_turn *turn = &dialog->turn;

	if (!duet_turn_is(dialog, number) || turn->ms[DUET_STAGE_SPEECH] >= 0)
		return;
	/* Sound is taken in blocks: reckoned back, the first sample may seem older than the reply. */
	if (at_ns < turn->mark_ns)
		at_ns = turn->mark_ns;
	duet_turn_mark(turn, DUET_STAGE_SPEECH, at_ns);
	if (turn->ended_ns)
		turn->ms[DUET_STAGE_FIRST_SAMPLE] = (double)(at_ns - turn->ended_ns) / 1e6;
}

static void add_times(struct duet_turn *turn)
{
	json_t *ms = json_object_get(turn->json, "ms");

	for (int i = 0; i < DUET_N_STAGES; i++) {
		double tenths = (double)(int64_t)(turn->ms[i] * 10 + 0.5);

		if (turn->ms[i] >= 0)
			json_object_set_new(ms, duet_stage_name((enum duet_stage)i), json_real(tenths / 10));
	}
}

static void note_history(struct duet_dialog *dialog)
{
	const struct duet_turn *turn = &dialog->turn;
	const struct duet_assistant_config *who = turn->assistant->config;
	const struct duet_history_keep keep = {who->history_turns, who->history_days};

	duet_memory_note(turn->memory, dialog->setup.store, &keep, duet_dialog_now_s(dialog), turn->json);
}

void duet_dialog_end(struct duet_dialog *dialog, uint64_t number)
{
	struct duet_turn *turn = &dialog->turn;

	if (!duet_turn_is(dialog, number))
		return;
	if (turn->state == TURN_HEARING) {
		clear_turn(turn);
		return;
	}
	add_times(turn);
	if (turn->answer.kind == DUET_ANSWER_QUESTION && turn->state == TURN_REPLYING) {
		duet_memory_ask(turn->memory, &turn->request, &turn->answer, turn->reply, turn->undo,
				duet_dialog_now_ms(dialog));
		turn->undo = NULL;
	}
	note_history(dialog);
	if (duet_trace_keep(dialog->setup.store, turn->json, dialog->setup.keep_turns) < 0)
		duet_warn("dialog", "turn %llu is not in the trace", (unsigned long long)number);
	dialog->setup.over(dialog->setup.user, turn->json);
	clear_turn(turn);
}

char *duet_dialog_render(struct duet_dialog *dialog, const struct duet_assistant *assistant, const char *key,
			 const json_t *vars)
{
	struct duet_arena *arena = duet_arena_new(MAX_ARENA);
	struct duet_slice program = duet_assistant_response(assistant, NULL, key, 0);
	const char *text =
		arena && program.len ? duet_response_render_json(program, vars, arena, NULL) : NULL;
	char *copy = text ? duet_strdup(text) : NULL;

	duet_arena_free(arena);
	return copy;
}
