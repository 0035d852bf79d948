/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "skill/phrase.h"
#include "skill/request.h"
#include "skill/skills.h"
#include "skill/timer_list.h"

/* Timers: what people say to them. */

enum { LONGEST_S = 7 * 24 * 3600, MAX_NAMED = 6 };

struct timers {
	struct duet_countdowns list;
};

typedef void timer_handler(struct duet_countdowns *list, const struct duet_request *request,
			   struct duet_answer *answer);

static void fail(struct duet_answer *answer, const char *key, json_t *take_vars)
{
	duet_answer_set(answer, DUET_ANSWER_FAILED, key, NULL, take_vars);
}

static const char *left_text(const struct duet_countdowns *list, const struct duet_countdown *c,
			     const char *language, char *out, size_t size)
{
	return duet_phrase_duration(language, (duet_countdown_left_ms(list, c) + 999) / 1000, out, size);
}

/* "pizza", or its length: what a person can tell it by. */
static const char *label(const struct duet_countdown *c, const char *language, char *out, size_t size)
{
	return c->name[0] ? c->name : duet_phrase_duration(language, c->length_ms / 1000, out, size);
}

static json_t *vars_of(const struct duet_countdowns *list, const struct duet_countdown *c,
		       const char *language)
{
	char left[96], length[96];

	return json_pack("{s:s, s:s, s:s, s:b}", "name", c->name, "left",
			 left_text(list, c, language, left, sizeof(left)), "length",
			 duet_phrase_length(language, c->length_ms / 1000, length, sizeof(length)), "paused",
			 c->paused);
}

static json_t *act(const struct duet_countdowns *list, const char *what, const struct duet_countdown *c)
{
	return json_pack("{s:s, s:s, s:I, s:s, s:I}", "skill", "timer", "do", what, "id", (json_int_t)c->id,
			 "name", c->name, "seconds",
			 (json_int_t)((duet_countdown_left_ms(list, c) + 999) / 1000));
}

/* Slots that mean this one and no other. */
static json_t *slots_of(const struct duet_countdown *c)
{
	return json_pack("{s:I}", "id", (json_int_t)c->id);
}

static json_t *undo(const struct duet_countdown *c, const char *intent, json_t *take_slots)
{
	char of[40];

	snprintf(of, sizeof(of), "timer %llu", (unsigned long long)c->id);
	return duet_undo_one(of, intent, take_slots);
}

static bool has_length(const struct duet_request *request)
{
	return duet_request_slot(request, "hours") || duet_request_slot(request, "minutes") ||
	       duet_request_slot(request, "seconds");
}

static void start(struct duet_countdowns *list, const struct duet_request *request,
		  struct duet_answer *answer)
{
	int64_t seconds = duet_request_duration_s(request, "");
	const char *name = duet_request_value(request, "name");
	struct duet_countdown wanted = {.length_ms = seconds * 1000}, *added;
	char duration[96];
	int64_t ticket;

	if (!has_length(request)) {
		duet_answer_ask(answer, "duration", "no_length", json_pack("{s:s}", "name", name ? name : ""),
				NULL);
		return;
	}
	if (seconds < 1 || seconds > LONGEST_S) {
		fail(answer, seconds > LONGEST_S ? "too_long" : "too_short",
		     json_pack("{s:s}", "name", name ? name : ""));
		return;
	}
	snprintf(wanted.name, sizeof(wanted.name), "%s", name ? name : "");
	snprintf(wanted.assistant, sizeof(wanted.assistant), "%s", request->assistant);
	snprintf(wanted.language, sizeof(wanted.language), "%s", request->language);
	ticket = duet_countdowns_add(list, &wanted, &added);
	if (ticket == -ENOSPC) {
		fail(answer, "too_many", json_pack("{s:i}", "count", DUET_COUNTDOWNS_MAX));
		return;
	}
	duet_answer_set(
		answer, DUET_ANSWER_REPLY, "default", act(list, "start", added),
		json_pack("{s:s, s:s}", "name", wanted.name, "duration",
			  duet_phrase_duration(request->language, seconds, duration, sizeof(duration))));
	duet_answer_after(answer, ticket);
	duet_answer_about(answer, "timer", slots_of(added), undo(added, "HassCancelTimer", slots_of(added)));
}

static bool is_called(const struct duet_countdown *c, const char *name, int64_t length_s)
{
	return (!name || duet_phrase_same(c->name, name)) &&
	       (length_s <= 0 || c->length_ms / 1000 == length_s);
}

/* Which timers are meant: the very one, by name, by length, else all. */
static size_t choose(struct duet_countdowns *list, const struct duet_request *request,
		     struct duet_countdown *items[DUET_COUNTDOWNS_MAX])
{
	const char *name = duet_request_value(request, "name");
	int64_t length_s = duet_request_duration_s(request, "start_");
	size_t n = duet_countdowns_list(list, items), n_meant = 0;
	double id;
	bool has_id = duet_request_number(request, "id", &id);

	for (size_t i = 0; i < n; i++) {
		if (has_id ? items[i]->id != (uint64_t)id : !is_called(items[i], name, length_s))
			continue;
		items[n_meant++] = items[i];
	}
	return n_meant;
}

static json_t *list_vars(struct duet_countdowns *list, struct duet_countdown *const *items, size_t n,
			 const char *language, bool with_left)
{
	char texts[MAX_NAMED][300], text[96], joined[2048];
	const char *names[MAX_NAMED];
	size_t n_named = n < MAX_NAMED ? n : MAX_NAMED;

	for (size_t i = 0; i < n_named; i++) {
		const char *what = label(items[i], language, text, sizeof(text));

		if (with_left)
			duet_phrase_left(language, what,
					 (duet_countdown_left_ms(list, items[i]) + 999) / 1000, texts[i],
					 sizeof(texts[i]));
		else
			snprintf(texts[i], sizeof(texts[i]), "%s", what);
		names[i] = texts[i];
	}
	duet_phrase_list(language, names, n_named, joined, sizeof(joined));
	return json_pack("{s:i, s:s}", "count", (int)n, "timers", joined);
}

/* What a person may call it by, when asked which. */
static json_t *choice_of(const struct duet_countdown *c, const char *language)
{
	int64_t s = c->length_ms / 1000;
	json_t *said = json_object();
	char text[96];

	if (c->name[0])
		json_object_set_new(said, "name", json_string(c->name));
	if (s >= 3600)
		json_object_set_new(said, "start_hours", json_integer(s / 3600));
	if (s / 60 % 60)
		json_object_set_new(said, "start_minutes", json_integer(s / 60 % 60));
	if (s % 60)
		json_object_set_new(said, "start_seconds", json_integer(s % 60));
	return json_pack("{s:s, s:o, s:o}", "label", label(c, language, text, sizeof(text)), "slots",
			 slots_of(c), "said", said);
}

static json_t *choices_of(struct duet_countdown *const *items, size_t n, const struct duet_countdown *but,
			  const char *language)
{
	json_t *choices = json_array();

	for (size_t i = 0; i < n; i++) {
		if (items[i] != but)
			json_array_append_new(choices, choice_of(items[i], language));
	}
	return choices;
}

/* The one was meant, and these could have been. */
static void tell_others(struct duet_countdowns *list, const struct duet_countdown *c, const char *language,
			struct duet_answer *answer)
{
	struct duet_countdown *items[DUET_COUNTDOWNS_MAX];

	answer->choices = choices_of(items, duet_countdowns_list(list, items), c, language);
}

static void ask_which(struct duet_countdowns *list, const struct duet_request *request, const char *key,
		      struct duet_countdown *const *items, size_t n, struct duet_answer *answer)
{
	json_t *choices = choices_of(items, n, NULL, request->language);

	if (duet_request_is(request, "HassCancelTimer"))
		json_array_append_new(choices, json_pack("{s:b, s:s, s:{}}", "all", true, "intent",
							 "HassCancelAllTimers", "slots"));
	duet_answer_ask(answer, "choice", key, list_vars(list, items, n, request->language, false), choices);
}

/* The one that is meant; NULL and an answer when there is none, or more than one. A ringing one goes first:
 * it is in everybody's ears. */
static struct duet_countdown *the_one(struct duet_countdowns *list, const struct duet_request *request,
				      const char *several, struct duet_answer *answer)
{
	struct duet_countdown *items[DUET_COUNTDOWNS_MAX], *all[DUET_COUNTDOWNS_MAX];
	size_t n = choose(list, request, items);

	if (n == 1 || (n > 1 && items[0]->activity))
		return items[0];
	if (n == 0)
		fail(answer, duet_countdowns_list(list, all) ? "timer_not_found" : "no_timers", NULL);
	else
		ask_which(list, request, several, items, n, answer);
	return NULL;
}

/* With what was left of it. */
static json_t *start_again(const struct duet_countdowns *list, const struct duet_countdown *c)
{
	return undo(c, "HassStartTimer",
		    json_pack("{s:I, s:s?}", "seconds",
			      (json_int_t)((duet_countdown_left_ms(list, c) + 999) / 1000), "name",
			      c->name[0] ? c->name : NULL));
}

static void cancel(struct duet_countdowns *list, const struct duet_request *request,
		   struct duet_answer *answer)
{
	struct duet_countdown *c = the_one(list, request, "which", answer);
	json_t *back = NULL;

	if (!c)
		return;
	if (!c->activity)
		back = start_again(list, c);
	duet_answer_set(answer, DUET_ANSWER_REPLY, c->activity ? "stopped" : "default",
			act(list, c->activity ? "stop" : "cancel", c), vars_of(list, c, request->language));
	tell_others(list, c, request->language, answer);
	duet_answer_about(answer, "timer", slots_of(c), back);
	duet_answer_after(answer, duet_countdowns_remove(list, c));
}

static void cancel_all(struct duet_countdowns *list, const struct duet_request *request,
		       struct duet_answer *answer)
{
	struct duet_countdown *items[DUET_COUNTDOWNS_MAX];
	size_t n = duet_countdowns_list(list, items);
	json_t *back = n ? json_array() : NULL;
	int64_t ticket = 0;

	if (n == 0) {
		fail(answer, "no_timers", NULL);
		return;
	}
	for (size_t i = 0; i < n && ticket >= 0; i++) {
		json_t *one = start_again(list, items[i]);

		json_array_extend(back, one);
		json_decref(one);
		ticket = duet_countdowns_remove(list, items[i]);
	}
	duet_answer_set(answer, DUET_ANSWER_REPLY, "default",
			json_pack("{s:s, s:s, s:i}", "skill", "timer", "do", "cancel all", "count", (int)n),
			json_pack("{s:i}", "count", (int)n));
	duet_answer_about(answer, "timer", json_object(), back);
	duet_answer_after(answer, ticket);
}

static void change(struct duet_countdowns *list, const struct duet_request *request,
		   struct duet_answer *answer, int64_t by_s)
{
	struct duet_countdown *c = the_one(list, request, "multiple_timers_matched", answer);
	bool over;

	if (!c)
		return;
	over = duet_countdown_left_ms(list, c) + by_s * 1000 <= 0;
	if (duet_countdown_left_ms(list, c) / 1000 + by_s > LONGEST_S) {
		fail(answer, "too_long", NULL);
		return;
	}
	duet_answer_set(answer, DUET_ANSWER_REPLY, over ? "finished" : "default", NULL, NULL);
	duet_answer_after(answer, duet_countdowns_change(list, c, by_s * 1000));
	if (answer->kind == DUET_ANSWER_FAILED)
		return;
	answer->act = act(list, by_s > 0 ? "increase" : "decrease", c);
	answer->vars = vars_of(list, c, request->language);
	tell_others(list, c, request->language, answer);
	duet_answer_about(answer, "timer", slots_of(c),
			  undo(c, by_s > 0 ? "HassDecreaseTimer" : "HassIncreaseTimer",
			       json_pack("{s:I, s:I}", "id", (json_int_t)c->id, "seconds",
					 (json_int_t)(by_s > 0 ? by_s : -by_s))));
}

static void increase(struct duet_countdowns *list, const struct duet_request *request,
		     struct duet_answer *answer)
{
	change(list, request, answer, duet_request_duration_s(request, ""));
}

static void decrease(struct duet_countdowns *list, const struct duet_request *request,
		     struct duet_answer *answer)
{
	change(list, request, answer, -duet_request_duration_s(request, ""));
}

/* "Change the timer to …": it runs that long from now on. */
static void set_anew(struct duet_countdowns *list, const struct duet_request *request,
		     struct duet_answer *answer)
{
	struct duet_countdown *c = the_one(list, request, "multiple_timers_matched", answer);
	int64_t seconds = duet_request_duration_s(request, "");
	json_t *back;

	if (!c)
		return;
	if (seconds < 1 || seconds > LONGEST_S) {
		fail(answer, seconds < 1 ? "too_short" : "too_long", NULL);
		return;
	}
	back = undo(c, "DuetChangeTimer",
		    json_pack("{s:I, s:I}", "id", (json_int_t)c->id, "seconds",
			      (json_int_t)(duet_countdown_left_ms(list, c) / 1000)));
	duet_answer_set(answer, DUET_ANSWER_REPLY, "default", NULL, NULL);
	duet_answer_about(answer, "timer", slots_of(c), back);
	duet_answer_after(answer,
			  duet_countdowns_change(list, c, seconds * 1000 - duet_countdown_left_ms(list, c)));
	if (answer->kind == DUET_ANSWER_FAILED)
		return;
	answer->act = act(list, "change", c);
	answer->vars = vars_of(list, c, request->language);
	tell_others(list, c, request->language, answer);
}

static void pause_or_go_on(struct duet_countdowns *list, const struct duet_request *request,
			   struct duet_answer *answer, bool pause)
{
	struct duet_countdown *c = the_one(list, request, "multiple_timers_matched", answer);

	if (!c)
		return;
	if (c->paused == pause || c->activity) {
		fail(answer, "already", NULL);
		return;
	}
	duet_answer_set(answer, DUET_ANSWER_REPLY, "default", act(list, pause ? "pause" : "resume", c),
			vars_of(list, c, request->language));
	tell_others(list, c, request->language, answer);
	duet_answer_about(answer, "timer", slots_of(c),
			  undo(c, pause ? "HassUnpauseTimer" : "HassPauseTimer", slots_of(c)));
	duet_answer_after(answer, duet_countdowns_pause(list, c, pause));
}

static void pause_timer(struct duet_countdowns *list, const struct duet_request *request,
			struct duet_answer *answer)
{
	pause_or_go_on(list, request, answer, true);
}

static void resume_timer(struct duet_countdowns *list, const struct duet_request *request,
			 struct duet_answer *answer)
{
	pause_or_go_on(list, request, answer, false);
}

static void status(struct duet_countdowns *list, const struct duet_request *request,
		   struct duet_answer *answer)
{
	struct duet_countdown *items[DUET_COUNTDOWNS_MAX], *all[DUET_COUNTDOWNS_MAX];
	size_t n = choose(list, request, items);
	bool any = duet_countdowns_list(list, all) > 0;
	json_t *done = json_pack("{s:s, s:s, s:i}", "skill", "timer", "do", "status", "count", (int)n);

	if (n == 0)
		duet_answer_set(answer, DUET_ANSWER_REPLY, any ? "timer_not_found" : "no_timers", done, NULL);
	else if (n == 1)
		duet_answer_set(answer, DUET_ANSWER_REPLY, "default", done,
				vars_of(list, items[0], request->language));
	else
		duet_answer_set(answer, DUET_ANSWER_REPLY, "several", done,
				list_vars(list, items, n, request->language, true));
	if (n == 1)
		duet_answer_about(answer, "timer", slots_of(items[0]), NULL);
}

static const struct {
	const char *intent;
	timer_handler *handle;
} handlers[] = {{"HassStartTimer", start},           {"HassCancelTimer", cancel},
		{"HassCancelAllTimers", cancel_all}, {"HassIncreaseTimer", increase},
		{"HassDecreaseTimer", decrease},     {"DuetChangeTimer", set_anew},
		{"HassPauseTimer", pause_timer},     {"HassUnpauseTimer", resume_timer},
		{"HassTimerStatus", status}};

static int timer_open(void *state, const struct duet_skill_host *host, struct duet_error *error)
{
	return duet_countdowns_open(&((struct timers *)state)->list, host, error);
}

static void timer_handle(void *state, const struct duet_request *request, struct duet_answer *answer)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++) {
		if (duet_request_is(request, handlers[i].intent))
			handlers[i].handle(&((struct timers *)state)->list, request, answer);
	}
}

static void timer_control(void *state, int activity, enum duet_control control)
{
	struct duet_countdowns *list = &((struct timers *)state)->list;
	struct duet_countdown *c = duet_countdowns_by_activity(list, activity);

	if (control != DUET_CONTROL_STOP && control != DUET_CONTROL_SNOOZE)
		return;
	if (c)
		duet_countdowns_remove(list, c);
	else /* a missed one has been told */
		list->host->activity_end(list->host->user, activity);
}

static void timer_clock_changed(void *state)
{
	duet_countdowns_clock_changed(&((struct timers *)state)->list);
}

static void timer_unsaved(void *state, uint64_t ticket)
{
	duet_countdowns_unsaved(&((struct timers *)state)->list, ticket);
}

static void timer_close(void *state)
{
	duet_countdowns_close(&((struct timers *)state)->list);
}

const struct duet_skill duet_skill_timer = {
	.name = "timer",
	.intents = (const char *const[]){"HassStartTimer", "HassCancelTimer", "HassCancelAllTimers",
					 "HassIncreaseTimer", "HassDecreaseTimer", "DuetChangeTimer",
					 "HassPauseTimer", "HassUnpauseTimer", "HassTimerStatus", NULL},
	.state_size = sizeof(struct timers),
	.open = timer_open,
	.handle = timer_handle,
	.control = timer_control,
	.clock_changed = timer_clock_changed,
	.unsaved = timer_unsaved,
	.close = timer_close,
};
