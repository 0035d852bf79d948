/* SPDX-License-Identifier: Apache-2.0 */
#include "dialog/dialog.h"

#include <errno.h>
#include <string.h>

#include "assistant/assistant.h"
#include "base/alloc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "dialog/memory.h"
#include "dialog/skills.h"
#include "nlu/understand.h"
#include "response/response.h"
#include "store/store.h"

enum { MAX_ARENA = 1 << 20 };

/* Where a turn stands. */
enum turn_state {
	TURN_NONE,
	TURN_HEARING,    /* until the words are final */
	TURN_ACTING,     /* a skill will answer later */
	TURN_COMMITTING, /* what was done must be durable before the person is told */
	TURN_REPLYING,   /* the reply is out */
};

struct turn {
	enum turn_state state;
	uint64_t number;
	const struct duet_assistant *assistant;
	struct duet_memory *memory;
	struct duet_arena *arena;
	struct duet_arena *confirmed_arena; /* of the question that was answered with yes */
	struct duet_request request;        /* what the skill was asked */
	struct duet_answer answer;
	const char *reply;
	int64_t ended_ns, mark_ns; /* system clock: endpoint decided, the stage before was through */
	double ms[DUET_N_STAGES];  /* negative: not reached */
	json_t *json;
};

struct duet_dialog {
	struct duet_dialog_setup setup;
	struct duet_memory *memories;
	uint64_t settled; /* every ticket up to this one has settled */
	struct turn turn;
};

static int64_t now_ns(void)
{
	return duet_clock_system.mono_ns(&duet_clock_system);
}

/* The stage that began at the last mark is through. */
static void mark(struct turn *turn, enum duet_stage stage, int64_t at_ns)
{
	if (turn->mark_ns)
		turn->ms[stage] = (double)(at_ns - turn->mark_ns) / 1e6;
	turn->mark_ns = at_ns;
}

static bool is_current(const struct duet_dialog *dialog, uint64_t number)
{
	return dialog->turn.state != TURN_NONE && dialog->turn.number == number;
}

int duet_dialog_new(struct duet_dialog **dialog, const struct duet_dialog_setup *setup)
{
	struct duet_dialog *made = duet_calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->setup = *setup;
	*dialog = made;
	return 0;
}

static void drop_answer(struct duet_answer *answer)
{
	json_decref(answer->act);
	json_decref(answer->vars);
	*answer = (struct duet_answer){0};
}

static void clear_turn(struct turn *turn)
{
	drop_answer(&turn->answer);
	json_decref(turn->json);
	duet_arena_free(turn->arena);
	duet_arena_free(turn->confirmed_arena);
	*turn = (struct turn){.state = TURN_NONE};
}

void duet_dialog_free(struct duet_dialog *dialog)
{
	if (!dialog)
		return;
	clear_turn(&dialog->turn);
	duet_memory_free_all(dialog->memories);
	duet_free(dialog);
}

static json_t *new_json(const struct turn *turn)
{
	const struct duet_assistant_config *who = turn->assistant->config;

	return json_pack("{s:I, s:s, s:s, s:s, s:n, s:{}, s:n, s:n, s:n, s:n, s:b, s:{}}", "turn",
			 (json_int_t)turn->number, "assistant", who->id, "language", who->language, "heard",
			 "", "intent", "slots", "source", "template", "act", "reply", "refused", 0, "ms");
}

void duet_dialog_begin(struct duet_dialog *dialog, uint64_t number, const struct duet_assistant *assistant,
		       bool follow_up)
{
	struct turn *turn = &dialog->turn;

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
	if (!follow_up)
		duet_memory_drop_question(turn->memory);
}

bool duet_dialog_asks(const struct duet_dialog *dialog, const struct duet_assistant *assistant)
{
	for (const struct duet_memory *one = dialog->memories; one; one = one->next) {
		if (strcmp(one->id, assistant->config->id) == 0)
			return one->question_arena != NULL;
	}
	return false;
}

/* Responses. */

static const char *render(struct turn *turn, const char *intent, const char *key, const json_t *vars)
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

static void send_reply(struct duet_dialog *dialog, const char *text, enum duet_tone tone, bool expects_answer)
{
	struct turn *turn = &dialog->turn;
	struct duet_reply reply = {.turn = turn->number, .tone = tone, .expects_answer = expects_answer};

	turn->reply = text && text[0] ? text : NULL;
	reply.text = turn->reply;
	turn->state = TURN_REPLYING;
	if (turn->reply)
		json_object_set_new(turn->json, "reply", json_string(turn->reply));
	dialog->setup.reply(dialog->setup.user, &reply);
}

static void reply_key(struct duet_dialog *dialog, const char *key, enum duet_tone tone)
{
	send_reply(dialog, render(&dialog->turn, NULL, key, NULL), tone, false);
}

/* Answers. */

static const char *answer_text(struct turn *turn)
{
	const struct duet_answer *answer = &turn->answer;
	const char *key = answer->reply, *text;

	if (answer->control == DUET_CONTROL_REPEAT && turn->memory->last_reply)
		return turn->memory->last_reply;
	if (answer->kind == DUET_ANSWER_SILENCE)
		return NULL;
	text = render(turn, turn->request.intent, key ? key : "default", answer->vars);
	if (text)
		return text;
	if (key)
		duet_warn("dialog", "%s has no response %s in %s", turn->request.intent, key,
			  turn->request.language);
	return render(turn, NULL, answer->kind == DUET_ANSWER_FAILED ? "handle_error" : "done", NULL);
}

/* All is done and durable: tell the person. */
static void finish_answer(struct duet_dialog *dialog)
{
	struct turn *turn = &dialog->turn;
	bool question = turn->answer.kind == DUET_ANSWER_QUESTION;

	mark(turn, DUET_STAGE_ACT, now_ns());
	if (turn->answer.act) {
		json_object_set_new(turn->json, "act", turn->answer.act);
		turn->answer.act = NULL;
	}
	if (turn->answer.control != DUET_CONTROL_NONE && turn->answer.control != DUET_CONTROL_REPEAT)
		dialog->setup.control(dialog->setup.user, turn->answer.control);
	send_reply(dialog, answer_text(turn),
		   turn->answer.kind == DUET_ANSWER_FAILED ? DUET_TONE_FAILED : DUET_TONE_DONE, question);
}

static void fail_store(struct duet_dialog *dialog)
{
	duet_error_log("dialog", "turn %llu: what was done cannot be saved",
		       (unsigned long long)dialog->turn.number);
	mark(&dialog->turn, DUET_STAGE_ACT, now_ns());
	reply_key(dialog, "store_error", DUET_TONE_FAILED);
}

static void take_answer(struct duet_dialog *dialog)
{
	struct turn *turn = &dialog->turn;
	uint64_t ticket = turn->answer.ticket;

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

static void ask_skill(struct duet_dialog *dialog)
{
	struct turn *turn = &dialog->turn;
	struct duet_answer answer = {0};
	bool known = duet_skills_handle(dialog->setup.skills, &turn->request, &answer);

	if (!is_current(dialog, turn->request.turn) || turn->state != TURN_HEARING) {
		drop_answer(&answer);
		return;
	}
	turn->answer = answer;
	if (known)
		take_answer(dialog);
	else
		reply_key(dialog, "no_intent", DUET_TONE_REFUSED);
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
	struct turn *turn = &dialog->turn;

	if (!is_current(dialog, number) || (turn->state != TURN_ACTING && turn->state != TURN_HEARING)) {
		duet_info("dialog", "a late answer of turn %llu is dropped", (unsigned long long)number);
		drop_answer(answer);
		return;
	}
	drop_answer(&turn->answer);
	turn->answer = *answer;
	*answer = (struct duet_answer){0};
	turn->answer.pending = false;
	take_answer(dialog);
}

/* Words. */

static json_t *value_json(const struct duet_value *value)
{
	double number = value->number;

	if (value->kind == DUET_VALUE_TEXT)
		return json_string(value->text);
	if (value->kind != DUET_VALUE_NUMBER)
		return json_null();
	if (number > -1e15 && number < 1e15 && number == (double)(json_int_t)number)
		return json_integer((json_int_t)number);
	return json_real(number);
}

static json_t *slots_json(const struct duet_match *match)
{
	json_t *slots = json_object();

	for (size_t i = 0; i < match->n_slots; i++)
		json_object_set_new(slots, match->slots[i].name, value_json(&match->slots[i].value));
	return slots;
}

/* "timers.yaml:12", or NULL when no template says it. */
static const char *template_of(struct turn *turn, const struct duet_match *match)
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

static void describe(struct turn *turn, const struct duet_understanding *understanding)
{
	const char *place = template_of(turn, &understanding->match);

	json_object_set_new(turn->json, is_asked(understanding) ? "maybe" : "intent",
			    json_string(understanding->match.intent));
	json_object_set_new(turn->json, "slots", slots_json(&understanding->match));
	json_object_set_new(turn->json, "source", json_string(duet_source_name(understanding->source)));
	if (place)
		json_object_set_new(turn->json, "template", json_string(place));
}

static void set_request(struct duet_dialog *dialog, const char *text, const struct duet_match *match)
{
	struct turn *turn = &dialog->turn;
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
		.arena = turn->arena,
	};
}

/* The person said yes: the same request once more, confirmed. Its arena becomes the turn's. */
static void confirm(struct duet_dialog *dialog)
{
	struct turn *turn = &dialog->turn;
	struct duet_memory *memory = turn->memory;

	turn->request = memory->question;
	turn->request.turn = turn->number;
	turn->request.confirmed = true;
	turn->confirmed_arena = memory->question_arena;
	memory->question_arena = NULL;
	ask_skill(dialog);
}

/* "Did you mean …?": a yes comes back as the request, confirmed. */
static void ask_whether(struct duet_dialog *dialog, const char *paraphrase)
{
	struct turn *turn = &dialog->turn;
	json_t *vars = json_pack("{s:s}", "sentence", paraphrase);
	const char *text = vars ? render(turn, NULL, "did_you_mean", vars) : NULL;

	json_decref(vars);
	if (!text) {
		reply_key(dialog, "no_intent", DUET_TONE_REFUSED);
		return;
	}
	turn->answer = (struct duet_answer){.kind = DUET_ANSWER_QUESTION};
	send_reply(dialog, text, DUET_TONE_DONE, true);
}

static void act_on(struct duet_dialog *dialog, const char *text,
		   const struct duet_understanding *understanding)
{
	struct turn *turn = &dialog->turn;
	const struct duet_match *match = &understanding->match;
	bool asked = turn->memory->question_arena != NULL;

	describe(turn, understanding);
	if (asked && strcmp(match->intent, "DuetYes") == 0) {
		confirm(dialog);
		return;
	}
	duet_memory_drop_question(turn->memory);
	if (asked && strcmp(match->intent, "DuetNo") == 0) {
		reply_key(dialog, "confirm_dropped", DUET_TONE_DONE);
		return;
	}
	set_request(dialog, text, match);
	if (is_asked(understanding))
		ask_whether(dialog, understanding->paraphrase);
	else
		ask_skill(dialog);
}

static void not_understood(struct duet_dialog *dialog, const char *key)
{
	bool asked = dialog->turn.memory->question_arena != NULL;

	duet_memory_drop_question(dialog->turn.memory);
	json_object_set_new(dialog->turn.json, "refused", json_true());
	reply_key(dialog, asked ? "confirm_dropped" : key, DUET_TONE_REFUSED);
}

void duet_dialog_heard(struct duet_dialog *dialog, uint64_t number, const char *text, bool refused)
{
	struct turn *turn = &dialog->turn;
	struct duet_understand_setting setting = {.context.area = dialog->setup.area};
	struct duet_understanding understanding;
	const char *words;
	int understood;

	if (!is_current(dialog, number) || turn->state != TURN_HEARING)
		return;
	mark(turn, DUET_STAGE_FINAL, now_ns());
	words = duet_arena_copy(turn->arena, duet_slice(text));
	if (!words) {
		duet_dialog_failed(dialog, number);
		return;
	}
	if (json_object_set_new(turn->json, "heard", json_string(words)) < 0)
		refused = true;
	if (refused) {
		not_understood(dialog, "not_heard");
		return;
	}
	setting.grammar = turn->assistant->grammar;
	setting.learnt = turn->assistant->learnt;
	setting.answering = turn->memory->question_arena != NULL;
	understood = duet_understand(&setting, duet_slice(words), turn->arena, &understanding);
	mark(turn, DUET_STAGE_MEANING, now_ns());
	if (understood > 0)
		act_on(dialog, words, &understanding);
	else
		not_understood(dialog, "no_intent");
}

void duet_dialog_nothing(struct duet_dialog *dialog, uint64_t number)
{
	if (!is_current(dialog, number) || dialog->turn.state != TURN_HEARING)
		return;
	duet_memory_drop_question(dialog->turn.memory);
	send_reply(dialog, NULL, DUET_TONE_REFUSED, false);
}

void duet_dialog_failed(struct duet_dialog *dialog, uint64_t number)
{
	if (is_current(dialog, number) && dialog->turn.state == TURN_HEARING)
		reply_key(dialog, "handle_error", DUET_TONE_FAILED);
}

/* Times. */

void duet_dialog_took(struct duet_dialog *dialog, uint64_t number, enum duet_stage stage, double ms)
{
	if (is_current(dialog, number))
		dialog->turn.ms[stage] = ms;
}

void duet_dialog_ended(struct duet_dialog *dialog, uint64_t number, int64_t at_ns)
{
	if (!is_current(dialog, number))
		return;
	dialog->turn.ended_ns = at_ns;
	dialog->turn.mark_ns = at_ns;
}

void duet_dialog_sounded(struct duet_dialog *dialog, uint64_t number, int64_t at_ns)
{
	struct turn *turn = &dialog->turn;

	if (!is_current(dialog, number) || turn->ms[DUET_STAGE_SPEECH] >= 0)
		return;
	/* Sound is taken in blocks: reckoned back, the first sample may seem older than the reply. */
	if (at_ns < turn->mark_ns)
		at_ns = turn->mark_ns;
	mark(turn, DUET_STAGE_SPEECH, at_ns);
	if (turn->ended_ns)
		turn->ms[DUET_STAGE_FIRST_SAMPLE] = (double)(at_ns - turn->ended_ns) / 1e6;
}

static void add_times(struct turn *turn)
{
	json_t *ms = json_object_get(turn->json, "ms");

	for (int i = 0; i < DUET_N_STAGES; i++) {
		double tenths = (double)(int64_t)(turn->ms[i] * 10 + 0.5);

		if (turn->ms[i] >= 0)
			json_object_set_new(ms, duet_stage_name((enum duet_stage)i), json_real(tenths / 10));
	}
}

/* The request outlives the turn, with the arena in which its words lie. */
static void keep_question(struct turn *turn)
{
	struct duet_arena **arena = turn->confirmed_arena ? &turn->confirmed_arena : &turn->arena;

	duet_memory_ask(turn->memory, &turn->request, *arena);
	*arena = NULL;
}

void duet_dialog_end(struct duet_dialog *dialog, uint64_t number)
{
	struct turn *turn = &dialog->turn;

	if (!is_current(dialog, number))
		return;
	if (turn->state == TURN_HEARING) {
		clear_turn(turn);
		return;
	}
	add_times(turn);
	if (turn->answer.kind == DUET_ANSWER_QUESTION && turn->state == TURN_REPLYING)
		keep_question(turn);
	duet_memory_note(turn->memory, dialog->setup.store, dialog->setup.keep_history, turn->json);
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
