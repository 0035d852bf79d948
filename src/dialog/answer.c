/* SPDX-License-Identifier: Apache-2.0 */
#include "dialog/follow.h"
#include "dialog/skills.h"
#include "dialog/turn.h"

#include "base/log.h"
#include "response/response.h"
#include "store/store.h"

/* What a skill answers, and when it may be said. */

const char *duet_turn_render(struct duet_turn *turn, const char *intent, const char *key, const json_t *vars)
{
	struct duet_slice program =
		duet_assistant_response(turn->assistant, intent, key, turn->memory->n_replies++);
	const char *text;
	struct duet_error error;
	char where[600];

	if (!program.len)
		return NULL;
	text = duet_response_render_json(program, vars, turn->arena, &error);
	if (text)
		return text;
	duet_error_format(&error, where, sizeof(where));
	duet_error_log("dialog", "response %s of %s: %s", key, intent ? intent : "no intent", where);
	return NULL;
}

void duet_turn_reply(struct duet_dialog *dialog, const char *text, enum duet_tone tone, bool expects_answer)
{
	struct duet_turn *turn = &dialog->turn;
	struct duet_reply reply = {.turn = turn->number, .tone = tone, .expects_answer = expects_answer};

	turn->reply = text && text[0] ? text : NULL;
	reply.text = turn->reply;
	turn->state = TURN_REPLYING;
	if (turn->reply)
		json_object_set_new(turn->json, "reply", json_string(turn->reply));
	dialog->setup.reply(dialog->setup.user, &reply);
}

void duet_turn_reply_key(struct duet_dialog *dialog, const char *key, enum duet_tone tone)
{
	duet_turn_reply(dialog, duet_turn_render(&dialog->turn, NULL, key, NULL), tone, false);
}

/* Answers. */

static const char *answer_text(struct duet_turn *turn)
{
	const struct duet_answer *answer = &turn->answer;
	const char *key = answer->reply, *text;

	if (answer->control == DUET_CONTROL_REPEAT && turn->memory->last_reply)
		return turn->memory->last_reply;
	if (answer->kind == DUET_ANSWER_SILENCE)
		return NULL;
	text = duet_turn_render(turn, turn->request.intent, key ? key : "default", answer->vars);
	if (text)
		return text;
	if (key)
		duet_warn("dialog", "%s has no response %s in %s", turn->request.intent, key,
			  turn->request.language);
	return duet_turn_render(turn, NULL, answer->kind == DUET_ANSWER_FAILED ? "handle_error" : "done",
				NULL);
}

/* All is done and durable: tell the person. */
static void finish_answer(struct duet_dialog *dialog)
{
	struct duet_turn *turn = &dialog->turn;
	bool question = turn->answer.kind == DUET_ANSWER_QUESTION;

	duet_turn_mark(turn, DUET_STAGE_ACT, duet_turn_clock_ns());
	if (turn->answer.act) {
		json_object_set_new(turn->json, "act", turn->answer.act);
		turn->answer.act = NULL;
	}
	if (!question && turn->request.intent)
		duet_memory_talk_about(turn->memory, &turn->request, &turn->answer,
				       duet_dialog_now_ms(dialog));
	if (turn->answer.control != DUET_CONTROL_NONE && turn->answer.control != DUET_CONTROL_REPEAT)
		dialog->setup.control(dialog->setup.user, turn->answer.control);
	duet_turn_reply(dialog, answer_text(turn),
			turn->answer.kind == DUET_ANSWER_FAILED ? DUET_TONE_FAILED : DUET_TONE_DONE,
			question);
}

static void fail_store(struct duet_dialog *dialog)
{
	duet_error_log("dialog", "turn %llu: what was done cannot be saved",
		       (unsigned long long)dialog->turn.number);
	duet_turn_mark(&dialog->turn, DUET_STAGE_ACT, duet_turn_clock_ns());
	duet_turn_reply_key(dialog, "store_error", DUET_TONE_FAILED);
}

/* What was done by mistake is taken back once what was meant is done. */
static void take_back(struct duet_turn *turn, struct duet_skills *skills)
{
	struct duet_answer *answer = &turn->answer;
	uint64_t written;

	if (answer->kind != DUET_ANSWER_REPLY && answer->kind != DUET_ANSWER_SILENCE)
		return;
	written = duet_follow_take_back(skills, &turn->request, turn->undo, answer);
	answer->ticket = written > answer->ticket ? written : answer->ticket;
	json_decref(turn->undo);
	turn->undo = NULL;
}

static void take_answer(struct duet_dialog *dialog)
{
	struct duet_turn *turn = &dialog->turn;
	uint64_t ticket;

	if (!turn->answer.pending && turn->undo)
		take_back(turn, dialog->setup.skills);
	if (!turn->answer.choices) {
		turn->answer.choices = turn->others;
		turn->others = NULL;
	}
	ticket = turn->answer.ticket;
	if (turn->answer.pending) {
		turn->state = TURN_ACTING;
	} else if (ticket == 0 || duet_store_durable(dialog->setup.store, ticket)) {
		finish_answer(dialog);
	} else if (ticket <= dialog->settled) {
		fail_store(dialog);
	} else {
		turn->state = TURN_COMMITTING;
	}
}

void duet_turn_ask_skill(struct duet_dialog *dialog)
{
	struct duet_turn *turn = &dialog->turn;
	struct duet_answer answer = {0};
	bool known = duet_skills_handle(dialog->setup.skills, &turn->request, &answer);

	if (!duet_turn_is(dialog, turn->request.turn) || turn->state != TURN_HEARING) {
		duet_answer_drop(&answer);
		return;
	}
	turn->answer = answer;
	if (known)
		take_answer(dialog);
	else
		duet_turn_reply_key(dialog, "no_intent", DUET_TONE_REFUSED);
}

void duet_dialog_settled(struct duet_dialog *dialog, uint64_t ticket, int code)
{
	dialog->settled = ticket;
	if (dialog->turn.state != TURN_COMMITTING || dialog->turn.answer.ticket > ticket)
		return;
	if (code < 0)
		fail_store(dialog);
	else
		finish_answer(dialog);
}

void duet_dialog_answered(struct duet_dialog *dialog, uint64_t number, struct duet_answer *answer)
{
	struct duet_turn *turn = &dialog->turn;

	if (!duet_turn_is(dialog, number) || (turn->state != TURN_ACTING && turn->state != TURN_HEARING)) {
		duet_info("dialog", "a late answer of turn %llu is dropped", (unsigned long long)number);
		duet_answer_drop(answer);
		return;
	}
	duet_answer_drop(&turn->answer);
	turn->answer = *answer;
	*answer = (struct duet_answer){0};
	turn->answer.pending = false;
	take_answer(dialog);
}
