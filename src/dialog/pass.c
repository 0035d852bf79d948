/* SPDX-License-Identifier: Apache-2.0 */
#include "dialog/turn.h"

/* Words that are another assistant's, or came from one. */

void duet_dialog_comes(struct duet_dialog *dialog, uint64_t number, enum duet_how how, const char *from)
{
	struct duet_turn *turn = &dialog->turn;

	if (!duet_turn_is(dialog, number))
		return;
	turn->how = how;
	turn->from = from;
	if (from)
		json_object_set_new(turn->json, "from", json_string(from));
}

void duet_dialog_controls(struct duet_dialog *dialog, uint64_t number, unsigned controls)
{
	if (duet_turn_is(dialog, number))
		dialog->turn.controls = controls;
}

void duet_dialog_heard_by(struct duet_dialog *dialog, uint64_t number, const struct duet_assistant *other)
{
	if (duet_turn_is(dialog, number))
		dialog->turn.other = other;
}

void duet_dialog_choose(struct duet_dialog *dialog, uint64_t number, const struct duet_assistant *assistant,
			json_t *take_why)
{
	struct duet_turn *turn = &dialog->turn;
	struct duet_memory *memory =
		duet_memory_of(&dialog->memories, assistant->config->id, dialog->setup.store);

	if (duet_turn_is(dialog, number) && turn->state == TURN_HEARING && memory) {
		turn->assistant = assistant;
		turn->memory = memory;
		json_object_set_new(turn->json, "assistant", json_string(assistant->config->id));
		json_object_set_new(turn->json, "language", json_string(assistant->config->language));
		json_object_set(turn->json, "choice", take_why);
	}
	json_decref(take_why);
}

void duet_dialog_passed_on(struct duet_dialog *dialog, uint64_t number, const char *text, const char *to)
{
	struct duet_turn *turn = &dialog->turn;

	if (!duet_turn_is(dialog, number) || turn->state != TURN_HEARING)
		return;
	duet_turn_mark(turn, DUET_STAGE_FINAL, duet_turn_clock_ns());
	json_object_set_new(turn->json, "heard", json_string(text));
	json_object_set_new(turn->json, "to", json_string(to));
	duet_turn_log_words(dialog, text);
	turn->state = TURN_REPLYING;
	duet_dialog_end(dialog, number);
}

void duet_dialog_forget(struct duet_dialog *dialog, const char *id)
{
	duet_memory_forget(dialog->memories, id);
}

/* Who was called by name or is in the middle of something does not send the person away. */
static bool may_name_other(const struct duet_dialog *dialog)
{
	const struct duet_turn *turn = &dialog->turn;

	return dialog->setup.cannot && turn->how == DUET_HOW_CALLED && !duet_memory_asks(turn->memory);
}

bool duet_turn_name_other(struct duet_dialog *dialog, const char *words)
{
	struct duet_turn *turn = &dialog->turn;
	struct duet_other other;
	struct duet_reply reply = {.turn = turn->number, .tone = DUET_TONE_REFUSED};
	json_t *vars;

	if (!may_name_other(dialog) || !dialog->setup.cannot(dialog->setup.user, words, &other))
		return false;
	vars = json_pack("{s:s}", "name", other.name);
	turn->reply = vars ? duet_turn_render(turn, NULL, "other_can", vars) : NULL;
	json_decref(vars);
	if (!turn->reply)
		return false;
	turn->state = TURN_REPLYING;
	json_object_set_new(turn->json, "refused", json_true());
	json_object_set_new(turn->json, "reply", json_string(turn->reply));
	json_object_set_new(turn->json, "to", json_string(other.id));
	reply.text = turn->reply;
	reply.other = other.id;
	dialog->setup.reply(dialog->setup.user, &reply);
	return true;
}
