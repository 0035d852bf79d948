/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "skill/agenda.h"
#include "skill/phrase.h"
#include "skill/request.h"
#include "skill/skills.h"

/* Alarms: once, or on days of the week. */

enum { SNOOZE_S = 540, SNOOZE_MAX_S = 6 * 3600 };

struct alarms {
	struct duet_agenda agenda;
};

static const struct duet_agenda_kind kind = {
	.space = "alarm", .name = "alarm", .rings = "alarm_rings", .missed = "alarm_missed"};

static int alarm_open(void *state, const struct duet_skill_host *host, struct duet_error *error)
{
	return duet_agenda_open(&((struct alarms *)state)->agenda, &kind, host, error);
}

static void alarm_close(void *state)
{
	duet_agenda_close(&((struct alarms *)state)->agenda);
}

static const char *when_text(struct duet_agenda *agenda, const struct duet_due *due, const char *language,
			     bool fresh, char *out, size_t size)
{
	return duet_moment_phrase(&due->moment, language, agenda->zone, duet_agenda_now_s(agenda), fresh, out,
				  size);
}

static const char *list_text(struct duet_agenda *agenda, struct duet_due *const *items, size_t n,
			     const char *language, char *out, size_t size)
{
	char texts[8][160];
	const char *names[8];
	size_t n_named = n < 8 ? n : 8;

	for (size_t i = 0; i < n_named; i++)
		names[i] = when_text(agenda, items[i], language, false, texts[i], sizeof(texts[i]));
	return duet_phrase_list(language, names, n_named, out, size);
}

static json_t *act(const char *what, const struct duet_due *due)
{
	return json_pack("{s:s, s:s, s:o, s:I}", "skill", "alarm", "do", what, "when",
			 duet_moment_json(&due->moment), "due", (json_int_t)due->due_s);
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

	snprintf(of, sizeof(of), "alarm %llu", (unsigned long long)due->id);
	undo = duet_undo_one(of, was_set ? "DuetCancelAlarm" : "DuetSetAlarm",
			     was_set ? slots_of(due)
				     : json_pack("{s:s, s:s}", "moment", kept, "text", due->text));
	json_decref(moment);
	free(kept);
	return undo;
}

static void fail(struct duet_answer *answer, const char *key)
{
	duet_answer_set(answer, DUET_ANSWER_FAILED, key, NULL, NULL);
}

static bool has_time(const struct duet_request *request)
{
	return duet_request_slot(request, "hour") || duet_request_slot(request, "named") ||
	       duet_request_slot(request, "moment") || duet_request_duration_s(request, "") > 0;
}

static int read_moment(struct duet_agenda *agenda, const struct duet_request *request,
		       struct duet_moment *moment)
{
	const char *kept = duet_request_value(request, "moment");
	json_t *json = kept ? json_loads(kept, 0, NULL) : NULL;
	int result;

	if (!kept)
		return duet_moment_read(moment, request, agenda->zone, duet_agenda_now_s(agenda), true);
	result = duet_moment_from_json(moment, json);
	json_decref(json);
	return result;
}

static const char *trouble(int code)
{
	return code == -ERANGE ? "time_past" : "which_time";
}

static const struct duet_due *existing(const struct duet_agenda *agenda, const struct duet_moment *moment)
{
	for (size_t i = 0; i < DUET_AGENDA_MAX; i++) {
		if (agenda->items[i].id && duet_moment_equal(&agenda->items[i].moment, moment))
			return &agenda->items[i];
	}
	return NULL;
}

static const char *set_key(const struct duet_due *due, const struct duet_zone *zone, int64_t now_s)
{
	enum duet_zone_fit fit;

	if (due->moment.kind == DUET_MOMENT_REPEAT)
		return "repeat";
	duet_moment_next(&due->moment, zone, now_s, &fit);
	return fit == DUET_ZONE_GAP ? "moved" : "default";
}

static void add(struct duet_agenda *agenda, const struct duet_request *request, struct duet_due *due,
		struct duet_answer *answer)
{
	char when[160], time[64];
	struct duet_due *added = due;
	int64_t ticket = duet_agenda_add(agenda, due, &added), now_s = duet_agenda_now_s(agenda);
	struct duet_civil rings;

	if (ticket == -ENOSPC) {
		duet_answer_set(answer, DUET_ANSWER_FAILED, "too_many", NULL,
				json_pack("{s:i}", "count", DUET_AGENDA_MAX));
		return;
	}
	duet_zone_civil(agenda->zone, added->due_s, &rings);
	duet_answer_set(answer, DUET_ANSWER_REPLY, set_key(added, agenda->zone, now_s), act("set", added),
			json_pack("{s:s, s:s}", "when",
				  when_text(agenda, added, request->language, true, when, sizeof(when)),
				  "time", duet_phrase_time(request->language, &rings, time, sizeof(time))));
	duet_answer_about(answer, "alarm", slots_of(added), undo(added, true));
	duet_answer_after(answer, ticket);
}

static void set(struct duet_agenda *agenda, const struct duet_request *request, struct duet_answer *answer)
{
	const char *text = duet_request_value(request, "text");
	struct duet_due due = {0};
	char when[160];
	const struct duet_due *same;
	int result;

	snprintf(due.text, sizeof(due.text), "%s", text ? text : "");
	snprintf(due.assistant, sizeof(due.assistant), "%s", request->assistant);
	snprintf(due.language, sizeof(due.language), "%s", request->language);
	if (!duet_agenda_clock_is_set(agenda)) {
		fail(answer, "clock_not_set");
		return;
	}
	if (!has_time(request)) {
		duet_answer_ask(answer, "time", "no_time", NULL, NULL);
		return;
	}
	result = read_moment(agenda, request, &due.moment);
	if (result < 0) {
		duet_answer_ask(answer, "time", trouble(result), NULL, NULL);
		return;
	}
	same = existing(agenda, &due.moment);
	if (!same) {
		add(agenda, request, &due, answer);
		return;
	}
	duet_answer_set(answer, DUET_ANSWER_REPLY, "exists", NULL,
			json_pack("{s:s}", "when",
				  when_text(agenda, &due, request->language, true, when, sizeof(when))));
	duet_answer_about(answer, "alarm", slots_of(same), NULL);
}

/* Which alarms are meant: those that ring at the time and on the day that were said. */

static bool is_meant(struct duet_agenda *agenda, const struct duet_due *due,
		     const struct duet_request *request)
{
	struct duet_moment moment;
	struct duet_civil said, rings;
	const char *repeat = duet_request_value(request, "repeat"), *day = duet_request_value(request, "day");
	bool on_date = day || duet_request_slot(request, "monthday");
	bool at_time = duet_request_slot(request, "hour") || duet_request_slot(request, "named");
	bool has_period = duet_request_slot(request, "period") || duet_request_slot(request, "named");
	int64_t now_s = duet_agenda_now_s(agenda);

	if (duet_moment_read(&moment, request, agenda->zone, now_s, true) < 0)
		return false;
	duet_zone_civil(agenda->zone, due->due_s, &rings);
	duet_zone_civil(agenda->zone, duet_moment_next(&moment, agenda->zone, now_s, NULL), &said);
	if (at_time && (said.minute != rings.minute || said.hour % 12 != rings.hour % 12))
		return false;
	if (at_time && has_period && said.hour != rings.hour)
		return false;
	if (repeat)
		return due->moment.kind == DUET_MOMENT_REPEAT && due->moment.days == moment.days;
	return !on_date || (said.day == rings.day && said.month == rings.month);
}

static size_t choose(struct duet_agenda *agenda, const struct duet_request *request,
		     struct duet_due *items[DUET_AGENDA_MAX])
{
	size_t n = duet_agenda_list(agenda, items), n_meant = 0;
	double id;
	bool has_id = duet_request_number(request, "id", &id);

	if (request->n_slots == 0)
		return n;
	for (size_t i = 0; i < n; i++) {
		if (has_id ? items[i]->id == (uint64_t)id : is_meant(agenda, items[i], request))
			items[n_meant++] = items[i];
	}
	return n_meant;
}

/* What a person may call it by, when asked which. */
static json_t *choices_of(struct duet_agenda *agenda, struct duet_due *const *items, size_t n,
			  const struct duet_due *but, const char *language)
{
	json_t *choices = json_array();

	for (size_t i = 0; i < n; i++) {
		struct duet_civil rings;
		char when[160];

		if (items[i] == but)
			continue;
		duet_zone_civil(agenda->zone, items[i]->due_s, &rings);
		when_text(agenda, items[i], language, false, when, sizeof(when));
		json_array_append_new(choices, json_pack("{s:s, s:o, s:{s:i, s:i}}", "label", when, "slots",
							 slots_of(items[i]), "said", "hour",
							 (rings.hour + 11) % 12 + 1, "minute", rings.minute));
	}
	return choices;
}

static void remove_one(struct duet_agenda *agenda, struct duet_due *due, const char *language,
		       struct duet_answer *answer)
{
	struct duet_due *items[DUET_AGENDA_MAX];
	char when[160];

	when_text(agenda, due, language, false, when, sizeof(when));
	duet_answer_set(answer, DUET_ANSWER_REPLY, "default", act("cancel", due),
			json_pack("{s:s}", "when", when));
	answer->choices = choices_of(agenda, items, duet_agenda_list(agenda, items), due, language);
	duet_answer_about(answer, "alarm", slots_of(due), undo(due, false));
	duet_answer_after(answer, duet_agenda_remove(agenda, due));
}

static void cancel(struct duet_agenda *agenda, const struct duet_request *request, struct duet_answer *answer)
{
	struct duet_due *items[DUET_AGENDA_MAX], *ringing = duet_agenda_ringing(agenda);
	size_t n = choose(agenda, request, items);
	char alarms[512];
	json_t *choices;

	if (ringing && request->n_slots == 0) {
		duet_answer_set(answer, DUET_ANSWER_REPLY, "stopped", act("stop", ringing), NULL);
		duet_answer_after(answer, duet_agenda_stop(agenda, ringing));
		return;
	}
	if (n == 1) {
		remove_one(agenda, items[0], request->language, answer);
		return;
	}
	if (n == 0) {
		fail(answer, duet_agenda_list(agenda, items) ? "alarm_not_found" : "no_alarms");
		return;
	}
	choices = choices_of(agenda, items, n, NULL, request->language);
	json_array_append_new(choices, json_pack("{s:b, s:s, s:{}}", "all", true, "intent",
						 "DuetCancelAllAlarms", "slots"));
	duet_answer_ask(answer, "choice", "which",
			json_pack("{s:i, s:s}", "count", (int)n, "alarms",
				  list_text(agenda, items, n, request->language, alarms, sizeof(alarms))),
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
				n ? "confirm" : "no_alarms", NULL, json_pack("{s:i}", "count", (int)n));
		json_decref(back);
		return;
	}
	for (size_t i = 0; i < n && ticket >= 0; i++) {
		json_t *one = undo(items[i], false);

		json_array_extend(back, one);
		json_decref(one);
		ticket = duet_agenda_remove(agenda, items[i]);
	}
	duet_answer_set(answer, DUET_ANSWER_REPLY, "default",
			json_pack("{s:s, s:s, s:i}", "skill", "alarm", "do", "cancel all", "count", (int)n),
			json_pack("{s:i}", "count", (int)n));
	duet_answer_about(answer, "alarm", json_object(), back);
	duet_answer_after(answer, ticket);
}

/* The one that "change my alarm to eight" means: the only one, else the one that was chosen. */
static struct duet_due *to_be_changed(struct duet_agenda *agenda, const struct duet_request *request,
				      struct duet_answer *answer)
{
	struct duet_due *items[DUET_AGENDA_MAX];
	size_t n = duet_agenda_list(agenda, items), at = 0;
	char alarms[512];
	double id;

	if (duet_request_number(request, "id", &id)) {
		while (at < n && items[at]->id != (uint64_t)id)
			at++;
	} else if (n > 1) {
		duet_answer_ask(
			answer, "choice", "which",
			json_pack("{s:i, s:s}", "count", (int)n, "alarms",
				  list_text(agenda, items, n, request->language, alarms, sizeof(alarms))),
			choices_of(agenda, items, n, NULL, request->language));
		return NULL;
	}
	if (at < n)
		return items[at];
	fail(answer, n ? "alarm_not_found" : "no_alarms");
	return NULL;
}

/* Only a time was said: its day and its half of the day stay what they were. */
static void keep_day(struct duet_moment *moment, const struct duet_moment *was,
		     const struct duet_request *request)
{
	struct duet_civil time = moment->civil;

	if (moment->kind != DUET_MOMENT_DATE || was->kind == DUET_MOMENT_AT ||
	    duet_request_slot(request, "day") || duet_request_slot(request, "monthday"))
		return;
	*moment = *was;
	moment->civil.minute = time.minute;
	moment->civil.hour = time.hour;
	if (!duet_request_slot(request, "period") && !duet_request_slot(request, "named") && time.hour <= 23)
		moment->civil.hour = time.hour % 12 + (was->civil.hour >= 12 ? 12 : 0);
}

static void set_anew(struct duet_agenda *agenda, const struct duet_request *request,
		     struct duet_answer *answer)
{
	struct duet_due *due = to_be_changed(agenda, request, answer), changed;
	json_t *back;
	int result;

	if (!due)
		return;
	changed = *due;
	result = has_time(request) ? read_moment(agenda, request, &changed.moment) : -ENOENT;
	if (result < 0) {
		duet_answer_ask(answer, "time", result == -ENOENT ? "no_time" : trouble(result), NULL, NULL);
		return;
	}
	keep_day(&changed.moment, &due->moment, request);
	back = undo(due, false);
	duet_agenda_remove(agenda, due);
	add(agenda, request, &changed, answer);
	if (answer->undo)
		json_array_extend(answer->undo, back);
	json_decref(back);
}

static void list(struct duet_agenda *agenda, const struct duet_request *request, struct duet_answer *answer)
{
	struct duet_due *items[DUET_AGENDA_MAX];
	bool any = duet_agenda_list(agenda, items) > 0;
	size_t n = choose(agenda, request, items);
	struct duet_civil now, next;
	char alarms[512], when[160];

	if (n == 0) {
		duet_answer_set(answer, DUET_ANSWER_REPLY, any ? "none_then" : "no_alarms",
				json_pack("{s:s, s:s}", "skill", "alarm", "do", "list"), NULL);
		return;
	}
	duet_zone_civil(agenda->zone, duet_agenda_now_s(agenda), &now);
	duet_zone_civil(agenda->zone, items[0]->snoozed_s ? items[0]->snoozed_s : items[0]->due_s, &next);
	duet_answer_set(answer, DUET_ANSWER_REPLY, request->response ? request->response : "default",
			json_pack("{s:s, s:s, s:i}", "skill", "alarm", "do", "list", "count", (int)n),
			json_pack("{s:i, s:s, s:s}", "count", (int)n, "alarms",
				  list_text(agenda, items, n, request->language, alarms, sizeof(alarms)),
				  "when",
				  duet_phrase_when(request->language, &now, &next, when, sizeof(when))));
}

static void snooze(struct duet_agenda *agenda, const struct duet_request *request, struct duet_answer *answer)
{
	struct duet_due *ringing = duet_agenda_ringing(agenda);
	int64_t seconds = duet_request_duration_s(request, "");
	char duration[96];

	if (!ringing) { /* what rings may be another skill's */
		duet_answer_set(answer, DUET_ANSWER_FAILED, "nothing", NULL, NULL);
		return;
	}
	if (seconds <= 0 || seconds > SNOOZE_MAX_S)
		seconds = SNOOZE_S;
	duet_answer_set(
		answer, DUET_ANSWER_REPLY, "default",
		json_pack("{s:s, s:s, s:I}", "skill", "alarm", "do", "snooze", "seconds",
			  (json_int_t)seconds),
		json_pack("{s:s}", "duration",
			  duet_phrase_duration(request->language, seconds, duration, sizeof(duration))));
	duet_answer_after(answer, duet_agenda_snooze(agenda, ringing, seconds));
}

static const struct {
	const char *intent;
	void (*handle)(struct duet_agenda *agenda, const struct duet_request *request,
		       struct duet_answer *answer);
} handlers[] = {{"DuetSetAlarm", set},       {"DuetChangeAlarm", set_anew},
		{"DuetCancelAlarm", cancel}, {"DuetCancelAllAlarms", cancel_all},
		{"DuetListAlarms", list},    {"DuetSnooze", snooze}};

static void alarm_handle(void *state, const struct duet_request *request, struct duet_answer *answer)
{
	struct alarms *alarms = state;

	for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++) {
		if (duet_request_is(request, handlers[i].intent))
			handlers[i].handle(&alarms->agenda, request, answer);
	}
}

static void alarm_control(void *state, int activity, enum duet_control control)
{
	struct duet_agenda *agenda = &((struct alarms *)state)->agenda;
	struct duet_due *due = duet_agenda_by_activity(agenda, activity);

	if (due && control == DUET_CONTROL_SNOOZE)
		duet_agenda_snooze(agenda, due, SNOOZE_S);
	else if (due && control == DUET_CONTROL_STOP)
		duet_agenda_stop(agenda, due);
	else if (control == DUET_CONTROL_STOP) /* a missed alarm has been told */
		agenda->host->activity_end(agenda->host->user, activity);
}

static void alarm_clock_changed(void *state)
{
	duet_agenda_plan(&((struct alarms *)state)->agenda);
}

static void alarm_unsaved(void *state, uint64_t ticket)
{
	duet_agenda_unsaved(&((struct alarms *)state)->agenda, ticket);
}

const struct duet_skill duet_skill_alarm = {
	.name = "alarm",
	.intents = (const char *const[]){"DuetSetAlarm", "DuetChangeAlarm", "DuetCancelAlarm",
					 "DuetCancelAllAlarms", "DuetListAlarms", "DuetSnooze", NULL},
	.state_size = sizeof(struct alarms),
	.open = alarm_open,
	.handle = alarm_handle,
	.control = alarm_control,
	.clock_changed = alarm_clock_changed,
	.unsaved = alarm_unsaved,
	.close = alarm_close,
};
