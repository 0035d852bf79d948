/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "skill/agenda.h"
#include "skill/phrase.h"
#include "skill/request.h"
#include "skill/skills.h"

/* Reminders: something to say at a time. */

enum { RING_MAX_S = 60, LATER_S = 600 };

struct reminders {
	struct duet_agenda agenda;
};

static const struct duet_agenda_kind kind = {.space = "reminder",
					     .name = "reminder",
					     .rings = "reminder_rings",
					     .missed = "reminder_missed",
					     .ring_max_s = RING_MAX_S};

static int reminder_open(void *state, const struct duet_skill_host *host, struct duet_error *error)
{
	return duet_agenda_open(&((struct reminders *)state)->agenda, &kind, host, error);
}

static void reminder_close(void *state)
{
	duet_agenda_close(&((struct reminders *)state)->agenda);
}

static void fail(struct duet_answer *answer, const char *key)
{
	duet_answer_set(answer, DUET_ANSWER_FAILED, key, NULL, NULL);
}

static const char *when_text(struct duet_agenda *agenda, const struct duet_due *due, const char *language,
			     bool fresh, char *out, size_t size)
{
	return duet_moment_phrase(&due->moment, language, agenda->zone, duet_agenda_now_s(agenda), fresh, out,
				  size);
}

/* "take my medicine, tomorrow at 8:00 AM" */
static const char *list_text(struct duet_agenda *agenda, struct duet_due *const *items, size_t n,
			     const char *language, char *out, size_t size)
{
	bool mandarin = language && strncmp(language, "zh", 2) == 0;
	char texts[6][440], when[160];
	const char *names[6];
	size_t n_named = n < 6 ? n : 6;

	for (size_t i = 0; i < n_named; i++) {
		when_text(agenda, items[i], language, false, when, sizeof(when));
		if (mandarin)
			snprintf(texts[i], sizeof(texts[i]), "%s%s", when, items[i]->text);
		else
			snprintf(texts[i], sizeof(texts[i]), "%s %s", items[i]->text, when);
		names[i] = texts[i];
	}
	return duet_phrase_list(language, names, n_named, out, size);
}

static json_t *act(const char *what, const struct duet_due *due)
{
	return json_pack("{s:s, s:s, s:s, s:o, s:I}", "skill", "reminder", "do", what, "text", due->text,
			 "when", duet_moment_json(&due->moment), "due", (json_int_t)due->due_s);
}

static json_t *slots_of(const struct duet_due *due)
{
	return json_pack("{s:I}", "id", (json_int_t)due->id);
}

/* It is set again by what the store keeps of it. */
static json_t *undo(const struct duet_due *due, bool was_set)
{
	json_t *moment = duet_moment_json(&due->moment);
	char *kept = json_dumps(moment, JSON_COMPACT), of[40];
	json_t *undo;

	snprintf(of, sizeof(of), "reminder %llu", (unsigned long long)due->id);
	undo = duet_undo_one(of, was_set ? "DuetCancelReminder" : "DuetSetReminder",
			     was_set ? slots_of(due)
				     : json_pack("{s:s, s:s}", "moment", kept, "text", due->text));
	json_decref(moment);
	free(kept);
	return undo;
}

static void add(struct duet_agenda *agenda, const struct duet_request *request, struct duet_due *due,
		struct duet_answer *answer)
{
	struct duet_due *added = due;
	int64_t ticket = duet_agenda_add(agenda, due, &added);
	char when[160];

	if (ticket == -ENOSPC) {
		duet_answer_set(answer, DUET_ANSWER_FAILED, "too_many", NULL,
				json_pack("{s:i}", "count", DUET_AGENDA_MAX));
		return;
	}
	duet_answer_set(answer, DUET_ANSWER_REPLY, "default", act("set", added),
			json_pack("{s:s, s:s}", "text", added->text, "when",
				  when_text(agenda, added, request->language, true, when, sizeof(when))));
	duet_answer_about(answer, "reminder", slots_of(added), undo(added, true));
	duet_answer_after(answer, ticket);
}

static bool has_moment(const struct duet_request *request)
{
	static const char *const slots[] = {"hour",   "named", "day",     "monthday", "period",
					    "repeat", "hours", "minutes", "seconds",  "moment"};

	for (size_t i = 0; i < sizeof(slots) / sizeof(*slots); i++) {
		if (duet_request_slot(request, slots[i]))
			return true;
	}
	return false;
}

static int read_moment(struct duet_agenda *agenda, const struct duet_request *request,
		       struct duet_moment *moment)
{
	const char *kept = duet_request_value(request, "moment");
	json_t *json = kept ? json_loads(kept, 0, NULL) : NULL;
	int result;

	if (!kept)
		return duet_moment_read(moment, request, agenda->zone, duet_agenda_now_s(agenda), false);
	result = duet_moment_from_json(moment, json);
	json_decref(json);
	return result;
}

static void set(struct duet_agenda *agenda, const struct duet_request *request, struct duet_answer *answer)
{
	const char *text = duet_request_value(request, "text");
	struct duet_due due = {0};
	int result;

	if (!has_moment(request)) {
		duet_answer_ask(answer, text ? "time" : "text", text ? "no_time" : "no_text",
				json_pack("{s:s}", "text", text ? text : ""), NULL);
		return;
	}
	if (!duet_agenda_clock_is_set(agenda)) {
		fail(answer, "clock_not_set");
		return;
	}
	snprintf(due.assistant, sizeof(due.assistant), "%s", request->assistant);
	snprintf(due.language, sizeof(due.language), "%s", request->language);
	snprintf(due.text, sizeof(due.text), "%s", text ? text : "");
	result = read_moment(agenda, request, &due.moment);
	if (result < 0)
		duet_answer_ask(answer, "time", result == -ERANGE ? "time_past" : "which_time", NULL, NULL);
	else
		add(agenda, request, &due, answer);
}

static void list(struct duet_agenda *agenda, const struct duet_request *request, struct duet_answer *answer)
{
	struct duet_due *items[DUET_AGENDA_MAX];
	size_t n = duet_agenda_list(agenda, items);
	char reminders[2048];

	duet_answer_set(
		answer, DUET_ANSWER_REPLY, n ? "default" : "no_reminders",
		json_pack("{s:s, s:s, s:i}", "skill", "reminder", "do", "list", "count", (int)n),
		json_pack("{s:i, s:s}", "count", (int)n, "reminders",
			  list_text(agenda, items, n, request->language, reminders, sizeof(reminders))));
}

static size_t choose(struct duet_agenda *agenda, const struct duet_request *request,
		     struct duet_due *items[DUET_AGENDA_MAX])
{
	const char *text = duet_request_value(request, "text");
	size_t n = duet_agenda_list(agenda, items), n_meant = 0;
	double id;
	bool has_id = duet_request_number(request, "id", &id);

	for (size_t i = 0; i < n; i++) {
		if (has_id ? items[i]->id == (uint64_t)id : !text || duet_phrase_same(items[i]->text, text))
			items[n_meant++] = items[i];
	}
	return n_meant;
}

static json_t *choices_of(struct duet_due *const *items, size_t n, const struct duet_due *but)
{
	json_t *choices = json_array();

	for (size_t i = 0; i < n; i++) {
		if (items[i] != but)
			json_array_append_new(choices, json_pack("{s:s, s:o, s:{s:s}}", "label",
								 items[i]->text, "slots", slots_of(items[i]),
								 "said", "text", items[i]->text));
	}
	return choices;
}

static void cancel(struct duet_agenda *agenda, const struct duet_request *request, struct duet_answer *answer)
{
	struct duet_due *items[DUET_AGENDA_MAX], *all[DUET_AGENDA_MAX];
	size_t n = choose(agenda, request, items);
	char reminders[2048];
	json_t *choices;

	if (n == 1) {
		duet_answer_set(answer, DUET_ANSWER_REPLY, "default", act("cancel", items[0]),
				json_pack("{s:s}", "text", items[0]->text));
		answer->choices = choices_of(all, duet_agenda_list(agenda, all), items[0]);
		duet_answer_about(answer, "reminder", slots_of(items[0]), undo(items[0], false));
		duet_answer_after(answer, duet_agenda_remove(agenda, items[0]));
		return;
	}
	if (n == 0) {
		fail(answer, duet_agenda_list(agenda, items) ? "reminder_not_found" : "no_reminders");
		return;
	}
	choices = choices_of(items, n, NULL);
	json_array_append_new(choices, json_pack("{s:b, s:s, s:{}}", "all", true, "intent",
						 "DuetCancelAllReminders", "slots"));
	duet_answer_ask(
		answer, "choice", "which",
		json_pack("{s:i, s:s}", "count", (int)n, "reminders",
			  list_text(agenda, items, n, request->language, reminders, sizeof(reminders))),
		choices);
}

/* A single one is gone with a word, and back with another; several are asked about. */
static void cancel_all(struct duet_agenda *agenda, const struct duet_request *request,
		       struct duet_answer *answer)
{
	struct duet_due *items[DUET_AGENDA_MAX];
	size_t n = duet_agenda_list(agenda, items);
	json_t *back = json_array();
	int64_t ticket = 0;

	if (n == 0 || (n > 1 && !request->confirmed)) {
		duet_answer_set(answer, n ? DUET_ANSWER_QUESTION : DUET_ANSWER_FAILED,
				n ? "confirm" : "no_reminders", NULL, json_pack("{s:i}", "count", (int)n));
		json_decref(back);
		return;
	}
	for (size_t i = 0; i < n && ticket >= 0; i++) {
		json_t *one = undo(items[i], false);

		json_array_extend(back, one);
		json_decref(one);
		ticket = duet_agenda_remove(agenda, items[i]);
	}
	duet_answer_set(
		answer, DUET_ANSWER_REPLY, "default",
		json_pack("{s:s, s:s, s:i}", "skill", "reminder", "do", "cancel all", "count", (int)n),
		json_pack("{s:i}", "count", (int)n));
	duet_answer_about(answer, "reminder", json_object(), back);
	duet_answer_after(answer, ticket);
}

static const struct {
	const char *intent;
	void (*handle)(struct duet_agenda *agenda, const struct duet_request *request,
		       struct duet_answer *answer);
} handlers[] = {{"DuetSetReminder", set},
		{"DuetListReminders", list},
		{"DuetCancelReminder", cancel},
		{"DuetCancelAllReminders", cancel_all}};

static void reminder_handle(void *state, const struct duet_request *request, struct duet_answer *answer)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++) {
		if (duet_request_is(request, handlers[i].intent))
			handlers[i].handle(&((struct reminders *)state)->agenda, request, answer);
	}
}

static void reminder_control(void *state, int activity, enum duet_control control)
{
	struct duet_agenda *agenda = &((struct reminders *)state)->agenda;
	struct duet_due *due = duet_agenda_by_activity(agenda, activity);

	if (due && control == DUET_CONTROL_SNOOZE)
		duet_agenda_snooze(agenda, due, LATER_S);
	else if (due && control == DUET_CONTROL_STOP)
		duet_agenda_stop(agenda, due);
	else if (control == DUET_CONTROL_STOP)
		agenda->host->activity_end(agenda->host->user, activity);
}

static void reminder_clock_changed(void *state)
{
	duet_agenda_plan(&((struct reminders *)state)->agenda);
}

static void reminder_unsaved(void *state, uint64_t ticket)
{
	duet_agenda_unsaved(&((struct reminders *)state)->agenda, ticket);
}

const struct duet_skill duet_skill_reminder = {
	.name = "reminder",
	.intents = (const char *const[]){"DuetSetReminder", "DuetListReminders", "DuetCancelReminder",
					 "DuetCancelAllReminders", NULL},
	.state_size = sizeof(struct reminders),
	.open = reminder_open,
	.handle = reminder_handle,
	.control = reminder_control,
	.clock_changed = reminder_clock_changed,
	.unsaved = reminder_unsaved,
	.close = reminder_close,
};
