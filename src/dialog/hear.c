/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "dialog/follow.h"
#include "dialog/meaning.h"
#include "dialog/turn.h"
#include "nlu/understand.h"

/* What was heard, and what is asked of a skill. */

static json_t *slots_json(const struct duet_slot *list, size_t n)
{
	json_t *slots = json_object();

	for (size_t i = 0; i < n; i++)
		json_object_set_new(slots, list[i].name, duet_trace_value(&list[i].value));
	return slots;
}

/* "timers.yaml:12", or NULL when no template says it. */
static const char *template_of(struct duet_turn *turn, const struct duet_match *match)
{
	const char *slash = match->file ? strrchr(match->file, '/') : NULL;

	return match->file
		       ? duet_arena_printf(turn->arena, "%s:%d", slash ? slash + 1 : match->file, match->line)
		       : NULL;
}

static bool is_asked(const struct duet_understanding *understanding)
{
	return understanding->doubtful || understanding->risky;
}

static void describe(struct duet_turn *turn, const struct duet_understanding *understanding)
{
	const char *place = template_of(turn, &understanding->match);

	json_object_set_new(turn->json, is_asked(understanding) ? "maybe" : "intent",
			    json_string(understanding->match.intent));
	json_object_set_new(turn->json, "slots",
			    slots_json(understanding->match.slots, understanding->match.n_slots));
	json_object_set_new(turn->json, "source", json_string(duet_source_name(understanding->source)));
	if (place)
		json_object_set_new(turn->json, "template", json_string(place));
}

static void set_request(struct duet_dialog *dialog, const char *text, const struct duet_match *match)
{
	struct duet_turn *turn = &dialog->turn;
	const struct duet_assistant_config *who = turn->assistant->config;

	turn->request = (struct duet_request){
		.turn = turn->number,
		.assistant = who->id,
		.assistant_name = who->name,
		.language = who->language,
		.area = dialog->setup.area,
		.intent = match->intent,
		.response = match->response,
		.heard = text,
		.slots = match->slots,
		.n_slots = match->n_slots,
		.controls = turn->controls,
		.arena = turn->arena,
	};
}

/* What is meant comes from what was said before. */
static void ask_about(struct duet_dialog *dialog, const json_t *meaning, bool confirmed)
{
	struct duet_turn *turn = &dialog->turn;

	turn->request.confirmed = confirmed;
	if (duet_meaning_read(meaning, &turn->request) < 0) {
		duet_turn_reply_key(dialog, "handle_error", DUET_TONE_FAILED);
		return;
	}
	duet_turn_ask_skill(dialog);
}

/* The person said yes: the same request once more, confirmed. */
static void confirm(struct duet_dialog *dialog)
{
	struct duet_turn *turn = &dialog->turn;
	struct duet_question *question = &turn->memory->question;
	json_t *meaning = json_incref(question->meaning);

	turn->undo = json_incref(question->undo);
	duet_memory_drop_question(turn->memory);
	ask_about(dialog, meaning, true);
	json_decref(meaning);
}

/* "Did you mean …?": a yes comes back as the request, confirmed. */
static void ask_whether(struct duet_dialog *dialog, const char *paraphrase)
{
	struct duet_turn *turn = &dialog->turn;
	json_t *vars = json_pack("{s:s}", "sentence", paraphrase);
	const char *text = vars ? duet_turn_render(turn, NULL, "did_you_mean", vars) : NULL;

	json_decref(vars);
	if (!text) {
		duet_turn_reply_key(dialog, "no_intent", DUET_TONE_REFUSED);
		return;
	}
	turn->answer = (struct duet_answer){.kind = DUET_ANSWER_QUESTION};
	duet_turn_reply(dialog, text, DUET_TONE_DONE, true);
}

/* The question once more, until it was not understood twice. */
static void ask_again(struct duet_dialog *dialog, const char *key)
{
	struct duet_turn *turn = &dialog->turn;
	const struct duet_question *question = &turn->memory->question;
	json_t *vars = json_pack("{s:s}", "question", question->text ? question->text : "");
	const char *text = vars ? duet_turn_render(turn, NULL, key, vars) : NULL;

	json_decref(vars);
	duet_turn_reply(dialog, text ? text : question->text, DUET_TONE_DONE, true);
}

static void not_understood(struct duet_dialog *dialog, const char *key)
{
	struct duet_memory *memory = dialog->turn.memory;
	bool asked = duet_memory_asks(memory);

	json_object_set_new(dialog->turn.json, "refused", json_true());
	if (asked && memory->question.n_tries++ == 0) {
		ask_again(dialog, "ask_again");
		return;
	}
	duet_memory_drop_question(memory);
	duet_turn_reply_key(dialog, asked ? "confirm_dropped" : key, DUET_TONE_REFUSED);
}

/* Several could be meant: "Which one: …?" */
static void ask_which(struct duet_dialog *dialog, struct duet_follow *follow)
{
	struct duet_turn *turn = &dialog->turn;
	json_t *vars = json_pack("{s:[]}", "choices"), *choice;
	const char *text;
	size_t i;

	json_array_foreach(follow->choices, i, choice)
		json_array_append(json_object_get(vars, "choices"), json_object_get(choice, "label"));
	text = duet_turn_render(turn, NULL, "which_one", vars);
	json_decref(vars);
	if (duet_meaning_read(follow->meaning, &turn->request) < 0 || !text) {
		duet_turn_reply_key(dialog, "handle_error", DUET_TONE_FAILED);
		return;
	}
	turn->answer = (struct duet_answer){
		.kind = DUET_ANSWER_QUESTION, .asks = "choice", .choices = json_incref(follow->choices)};
	duet_turn_reply(dialog, text, DUET_TONE_DONE, true);
}

static void describe_request(struct duet_turn *turn)
{
	if (!turn->request.intent)
		return;
	json_object_set_new(turn->json, "intent", json_string(turn->request.intent));
	json_object_set_new(turn->json, "slots", slots_json(turn->request.slots, turn->request.n_slots));
}

static void act_on_follow_up(struct duet_dialog *dialog, struct duet_follow *follow)
{
	struct duet_turn *turn = &dialog->turn;

	duet_memory_drop_question(turn->memory);
	if (follow->choices) {
		turn->undo = json_incref(follow->undo);
		ask_which(dialog, follow);
	} else if (follow->meaning) {
		turn->undo = json_incref(follow->undo);
		turn->others = json_incref(follow->others);
		ask_about(dialog, follow->meaning, follow->confirmed);
	} else {
		duet_follow_take_back(dialog->setup.skills, &turn->request, follow->undo, NULL);
		duet_turn_reply_key(dialog, follow->reply, DUET_TONE_DONE);
	}
	describe_request(turn);
}

static void follow_up(struct duet_dialog *dialog)
{
	struct duet_turn *turn = &dialog->turn;
	struct duet_follow follow;

	duet_follow_up(&follow, turn->memory, &turn->request);
	if (follow.meaning || follow.reply)
		act_on_follow_up(dialog, &follow);
	else
		not_understood(dialog, "no_intent");
	duet_follow_done(&follow);
}

/* What is said to a question before anything else; false: it is no answer. */
static bool take_reply(struct duet_dialog *dialog, const struct duet_match *match)
{
	struct duet_turn *turn = &dialog->turn;
	bool confirms = strcmp(turn->memory->question.asks, "confirm") == 0;

	if (!duet_memory_asks(turn->memory))
		return false;
	if (strcmp(match->intent, "DuetYes") == 0 && confirms) {
		confirm(dialog);
	} else if (strcmp(match->intent, "DuetYes") == 0) {
		not_understood(dialog, "no_intent");
	} else if (strcmp(match->intent, "DuetNo") == 0 || strcmp(match->intent, "HassNevermind") == 0) {
		duet_memory_drop_question(turn->memory);
		duet_turn_reply_key(dialog, "confirm_dropped", DUET_TONE_DONE);
	} else if (strcmp(match->intent, "DuetRepeat") == 0) {
		ask_again(dialog, "question");
	} else {
		return false;
	}
	return true;
}

static void act_on(struct duet_dialog *dialog, const char *text,
		   const struct duet_understanding *understanding)
{
	struct duet_turn *turn = &dialog->turn;
	const struct duet_match *match = &understanding->match;

	describe(turn, understanding);
	set_request(dialog, text, match);
	if (strncmp(match->part, "follow", 6) == 0) {
		follow_up(dialog);
		return;
	}
	if (take_reply(dialog, match))
		return;
	duet_memory_drop_question(turn->memory);
	if (is_asked(understanding))
		ask_whether(dialog, understanding->paraphrase);
	else
		duet_turn_ask_skill(dialog);
}

/* Words that no sentence says may still be what a choice is called. */
static bool act_on_words(struct duet_dialog *dialog, const char *text)
{
	struct duet_turn *turn = &dialog->turn;
	struct duet_follow follow;

	set_request(dialog, text, &(struct duet_match){.intent = ""});
	duet_follow_words(&follow, turn->memory, text);
	if (follow.meaning)
		act_on_follow_up(dialog, &follow);
	duet_follow_done(&follow);
	return turn->state != TURN_HEARING;
}

/* It was asked too long ago: a yes to it would be one to anything. */
static bool is_too_late(const struct duet_understanding *understanding)
{
	return strcmp(understanding->match.intent, "DuetYes") == 0 ||
	       strcmp(understanding->match.intent, "DuetNo") == 0;
}

static int understand(struct duet_dialog *dialog, const char *words, struct duet_understanding *understanding)
{
	struct duet_turn *turn = &dialog->turn;
	struct duet_grammar_context pairs[DUET_FOLLOW_PAIRS];
	struct duet_understand_setting setting = {
		.grammar = turn->assistant->grammar,
		.learnt = turn->assistant->learnt,
		.context = {.area = dialog->setup.area, .more = pairs},
		.answering = duet_memory_asks(turn->memory),
	};
	int result;

	setting.context.n_more = duet_follow_context(turn->memory, pairs);
	result = duet_understand(&setting, duet_slice(words), turn->arena, understanding);
	if (result != 0 || !turn->other)
		return result;
	setting.grammar = turn->other->grammar;
	setting.learnt = turn->other->learnt;
	return duet_understand(&setting, duet_slice(words), turn->arena, understanding);
}

void duet_turn_log_words(struct duet_dialog *dialog, const char *words)
{
	const struct duet_turn *turn = &dialog->turn;

	if (words[0])
		duet_heard_note(dialog->setup.store, dialog->setup.keep_heard, duet_dialog_now_s(dialog),
				turn->assistant->config->id, words, turn->how, turn->from);
}

void duet_dialog_heard(struct duet_dialog *dialog, uint64_t number, const char *text, bool refused)
{
	struct duet_turn *turn = &dialog->turn;
	struct duet_understanding understanding;
	bool was_asked;
	const char *words;
	int understood;

	if (!duet_turn_is(dialog, number) || turn->state != TURN_HEARING)
		return;
	duet_turn_mark(turn, DUET_STAGE_FINAL, duet_turn_clock_ns());
	words = duet_arena_copy(turn->arena, duet_slice(text));
	if (!words) {
		duet_dialog_failed(dialog, number);
		return;
	}
	if (json_object_set_new(turn->json, "heard", json_string(words)) < 0)
		refused = true;
	duet_turn_log_words(dialog, words);
	was_asked = duet_memory_expire(turn->memory, duet_dialog_now_ms(dialog));
	if (refused) {
		not_understood(dialog, "not_heard");
		return;
	}
	understood = understand(dialog, words, &understanding);
	duet_turn_mark(turn, DUET_STAGE_MEANING, duet_turn_clock_ns());
	if (understood > 0 && was_asked && is_too_late(&understanding))
		duet_turn_reply_key(dialog, "too_late", DUET_TONE_REFUSED);
	else if (understood > 0)
		act_on(dialog, words, &understanding);
	else if (!act_on_words(dialog, words) && !duet_turn_name_other(dialog, words))
		not_understood(dialog, "no_intent");
}

/* Somebody who was asked is told that it is over; who said only the wake word hears a cue. */
void duet_dialog_nothing(struct duet_dialog *dialog, uint64_t number)
{
	bool asked;

	if (!duet_turn_is(dialog, number) || dialog->turn.state != TURN_HEARING)
		return;
	asked = duet_memory_asks(dialog->turn.memory);
	duet_memory_drop_question(dialog->turn.memory);
	if (asked)
		duet_turn_reply_key(dialog, "no_answer", DUET_TONE_REFUSED);
	else
		duet_turn_reply(dialog, NULL, DUET_TONE_REFUSED, false);
}

void duet_dialog_failed(struct duet_dialog *dialog, uint64_t number)
{
	if (duet_turn_is(dialog, number) && dialog->turn.state == TURN_HEARING)
		duet_turn_reply_key(dialog, "handle_error", DUET_TONE_FAILED);
}
