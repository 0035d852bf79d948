/* SPDX-License-Identifier: Apache-2.0 */
#include "skill/agenda.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "loop/loop.h"
#include "skill/phrase.h"
#include "store/store.h"

/* It looks at the clock at least this often: the wall clock tells nobody that it has jumped. */
#define LOOK_MS  15000
#define RETRY_MS 1000 /* what is due and could not ring */
/* A last ring that lies further ahead than this was rung by a clock that was wrong. */
#define WRONG_CLOCK_S (3 * 3600)

static void look(void *user);

int64_t duet_agenda_now_s(const struct duet_agenda *agenda)
{
	return duet_clock_wall_s(agenda->host->clock);
}

bool duet_agenda_clock_is_set(const struct duet_agenda *agenda)
{
	return duet_agenda_now_s(agenda) >= DUET_MOMENT_CLOCK_SET_S;
}

/* Records. */

static int64_t save(struct duet_agenda *agenda, const struct duet_due *due)
{
	json_t *record = json_pack("{s:o, s:s, s:s, s:s, s:I, s:I, s:I}", "when",
				   duet_moment_json(&due->moment), "text", due->text, "assistant",
				   due->assistant, "language", due->language, "due", (json_int_t)due->due_s,
				   "snoozed", (json_int_t)due->snoozed_s, "rung", (json_int_t)due->rung_s);
	char *text = record ? json_dumps(record, JSON_COMPACT) : NULL;
	int64_t ticket = -ENOMEM;
	char key[32];

	snprintf(key, sizeof(key), "%020" PRIu64, due->id);
	if (text)
		ticket = duet_store_put(agenda->host->store, agenda->kind->space, key, duet_slice(text));
	free(text);
	json_decref(record);
	return ticket;
}

static int64_t erase(struct duet_agenda *agenda, const struct duet_due *due)
{
	char key[32];

	snprintf(key, sizeof(key), "%020" PRIu64, due->id);
	return duet_store_delete(agenda->host->store, agenda->kind->space, key);
}

static void copy_text(char *to, size_t size, const json_t *record, const char *name)
{
	const char *text = json_string_value(json_object_get(record, name));

	snprintf(to, size, "%s", text ? text : "");
}

static bool load_one(void *user, const char *key, struct duet_slice value)
{
	struct duet_agenda *agenda = user;
	json_t *record = json_loadb(value.ptr, value.len, 0, NULL);
	struct duet_due due = {.id = strtoull(key, NULL, 10)};

	if (!record || due.id == 0 ||
	    duet_moment_from_json(&due.moment, json_object_get(record, "when")) < 0) {
		duet_warn(agenda->kind->name, "the record %s cannot be read and is left alone", key);
		json_decref(record);
		return true;
	}
	copy_text(due.text, sizeof(due.text), record, "text");
	copy_text(due.assistant, sizeof(due.assistant), record, "assistant");
	copy_text(due.language, sizeof(due.language), record, "language");
	due.due_s = json_integer_value(json_object_get(record, "due"));
	due.snoozed_s = json_integer_value(json_object_get(record, "snoozed"));
	due.rung_s = json_integer_value(json_object_get(record, "rung"));
	json_decref(record);
	for (size_t i = 0; i < DUET_AGENDA_MAX; i++) {
		if (agenda->items[i].id)
			continue;
		agenda->items[i] = due;
		break;
	}
	if (due.id > agenda->last_id)
		agenda->last_id = due.id;
	return true;
}

/* Planning. */

static int64_t rings_at_s(const struct duet_due *due)
{
	return due->snoozed_s ? due->snoozed_s : due->due_s;
}

/* The next time after now that has not rung yet. What is long planned and now over stays: it was missed. */
static void plan(const struct duet_agenda *agenda, struct duet_due *due)
{
	int64_t now_s = duet_agenda_now_s(agenda), after_s = now_s;

	if (due->rung_s > now_s + WRONG_CLOCK_S)
		due->rung_s = 0;
	if (due->rung_s > after_s)
		after_s = due->rung_s;
	due->due_s = duet_moment_next(&due->moment, agenda->zone, after_s, NULL);
}

static void set_timer(struct duet_agenda *agenda)
{
	int64_t now_ms = agenda->host->clock->wall_ns(agenda->host->clock) / 1000000;
	int64_t mono_ms = duet_clock_mono_ms(agenda->host->clock), wait_ms = LOOK_MS;
	bool any = false;

	for (size_t i = 0; i < DUET_AGENDA_MAX; i++) {
		const struct duet_due *due = &agenda->items[i];
		int64_t left_ms = due->activity ? due->silent_ms - mono_ms : rings_at_s(due) * 1000 - now_ms;

		if (!due->id)
			continue;
		any = true;
		if (left_ms < wait_ms)
			wait_ms = left_ms > 0 ? left_ms : RETRY_MS;
	}
	if (any)
		duet_timer_set(agenda->timer, wait_ms);
	else
		duet_timer_stop(agenda->timer);
}

void duet_agenda_plan(struct duet_agenda *agenda)
{
	struct duet_zone *zone;

	if (duet_zone_new(&zone, agenda->host->settings->zone, NULL) == 0) {
		duet_zone_free(agenda->zone);
		agenda->zone = zone;
	}
	for (size_t i = 0; i < DUET_AGENDA_MAX && duet_agenda_clock_is_set(agenda); i++) {
		struct duet_due *due = &agenda->items[i];

		/* One that is over by now is told as missed or rung by look(). */
		if (due->id && !due->activity && due->due_s > duet_agenda_now_s(agenda))
			plan(agenda, due);
	}
	duet_timer_set(agenda->timer, 0);
}

/* Ringing. */

static int64_t ring_limit_s(const struct duet_agenda *agenda)
{
	int limit_s = agenda->host->settings->ring_limit_s > 0 ? agenda->host->settings->ring_limit_s : 600;

	return agenda->kind->ring_max_s > 0 && agenda->kind->ring_max_s < limit_s ? agenda->kind->ring_max_s
										  : limit_s;
}

static json_t *ring_vars(const struct duet_agenda *agenda, const struct duet_due *due)
{
	struct duet_civil now, then;
	char time[64], when[160];

	duet_zone_civil(agenda->zone, duet_agenda_now_s(agenda), &now);
	duet_zone_civil(agenda->zone, rings_at_s(due), &then);
	return json_pack("{s:s, s:s, s:s}", "text", due->text, "time",
			 duet_phrase_time(due->language, &now, time, sizeof(time)), "when",
			 duet_phrase_when(due->language, &now, &then, when, sizeof(when)));
}

/* After a ring: gone when it was the only one. */
static int64_t settle(struct duet_agenda *agenda, struct duet_due *due)
{
	int64_t ticket;

	due->snoozed_s = 0;
	due->rung_s = due->due_s;
	if (due->moment.kind == DUET_MOMENT_REPEAT) {
		plan(agenda, due);
		return save(agenda, due);
	}
	ticket = erase(agenda, due);
	*due = (struct duet_due){0};
	return ticket;
}

static void miss(struct duet_agenda *agenda, struct duet_due *due)
{
	const struct duet_skill_host *host = agenda->host;

	duet_info(agenda->kind->name, "%" PRIu64 " was missed", due->id);
	host->activity_begin(host->user, due->assistant, DUET_ACTIVITY_NOTIFICATION, agenda->kind->name,
			     agenda->kind->missed, ring_vars(agenda, due));
	settle(agenda, due);
}

static void ring(struct duet_agenda *agenda, struct duet_due *due)
{
	const struct duet_skill_host *host = agenda->host;
	int activity = host->activity_begin(host->user, due->assistant, DUET_ACTIVITY_ALERT,
					    agenda->kind->name, agenda->kind->rings, ring_vars(agenda, due));

	if (activity <= 0) { /* too much rings already: tried again at the next look */
		duet_warn(agenda->kind->name, "%" PRIu64 " cannot ring now: %s", due->id,
			  strerror(-activity));
		return;
	}
	due->activity = activity;
	due->silent_ms = duet_clock_mono_ms(host->clock) + ring_limit_s(agenda) * 1000;
}

static void fall_silent(struct duet_agenda *agenda, struct duet_due *due)
{
	int activity = due->activity;

	due->activity = 0;
	if (activity)
		agenda->host->activity_end(agenda->host->user, activity);
}

static void look_at(struct duet_agenda *agenda, struct duet_due *due)
{
	int64_t late_s = duet_agenda_now_s(agenda) - rings_at_s(due);

	if (due->activity) {
		if (duet_clock_mono_ms(agenda->host->clock) < due->silent_ms)
			return;
		duet_info(agenda->kind->name, "nobody stopped %" PRIu64, due->id);
		fall_silent(agenda, due);
		settle(agenda, due);
		return;
	}
	if (late_s < 0)
		return;
	if (late_s >= ring_limit_s(agenda))
		miss(agenda, due);
	else
		ring(agenda, due);
}

static void look(void *user)
{
	struct duet_agenda *agenda = user;
	struct duet_due *items[DUET_AGENDA_MAX];
	size_t n = duet_agenda_list(agenda, items);

	for (size_t i = 0; i < n && duet_agenda_clock_is_set(agenda); i++)
		look_at(agenda, items[i]);
	set_timer(agenda);
}

/* What callers do. */

int duet_agenda_open(struct duet_agenda *agenda, const struct duet_agenda_kind *kind,
		     const struct duet_skill_host *host, struct duet_error *error)
{
	int result;

	*agenda = (struct duet_agenda){.kind = kind, .host = host};
	result = duet_zone_new(&agenda->zone, host->settings->zone, error);
	if (result < 0)
		return result;
	agenda->timer = duet_timer_new(host->loop, look, agenda);
	if (!agenda->timer) {
		duet_agenda_close(agenda);
		return duet_error_set(error, -ENOMEM, "out of memory");
	}
	result = duet_store_each(host->store, kind->space, load_one, agenda);
	if (result < 0) {
		duet_agenda_close(agenda);
		return duet_error_set(error, result, "what was kept in %s cannot be read", kind->space);
	}
	duet_agenda_plan(agenda);
	return 0;
}

void duet_agenda_close(struct duet_agenda *agenda)
{
	duet_timer_free(agenda->timer);
	duet_zone_free(agenda->zone);
}

int64_t duet_agenda_add(struct duet_agenda *agenda, const struct duet_due *due, struct duet_due **added)
{
	for (size_t i = 0; i < DUET_AGENDA_MAX; i++) {
		struct duet_due *place = &agenda->items[i];
		int64_t ticket;

		if (place->id)
			continue;
		*place = *due;
		place->id = ++agenda->last_id;
		plan(agenda, place);
		ticket = save(agenda, place);
		if (ticket < 0)
			place->id = 0;
		else
			place->ticket = (uint64_t)ticket;
		if (ticket >= 0 && added)
			*added = place;
		set_timer(agenda);
		return ticket;
	}
	return -ENOSPC;
}

int64_t duet_agenda_remove(struct duet_agenda *agenda, struct duet_due *due)
{
	int64_t ticket = erase(agenda, due);

	fall_silent(agenda, due);
	if (ticket >= 0)
		*due = (struct duet_due){0};
	return ticket;
}

int64_t duet_agenda_stop(struct duet_agenda *agenda, struct duet_due *due)
{
	int64_t ticket;

	fall_silent(agenda, due);
	ticket = settle(agenda, due);
	set_timer(agenda);
	return ticket;
}

int64_t duet_agenda_snooze(struct duet_agenda *agenda, struct duet_due *due, int64_t seconds)
{
	int64_t ticket;

	fall_silent(agenda, due);
	due->snoozed_s = duet_agenda_now_s(agenda) + seconds;
	ticket = save(agenda, due);
	set_timer(agenda);
	return ticket;
}

void duet_agenda_unsaved(struct duet_agenda *agenda, uint64_t ticket)
{
	for (size_t i = 0; i < DUET_AGENDA_MAX; i++) {
		struct duet_due *due = &agenda->items[i];

		if (due->id && due->ticket && due->ticket <= ticket &&
		    !duet_store_durable(agenda->host->store, due->ticket))
			duet_agenda_remove(agenda, due);
	}
}

static int by_time(const void *a, const void *b)
{
	const struct duet_due *x = *(struct duet_due *const *)a, *y = *(struct duet_due *const *)b;
	int64_t at_x = rings_at_s(x), at_y = rings_at_s(y);

	return at_x != at_y ? (at_x > at_y) - (at_x < at_y) : (x->id > y->id) - (x->id < y->id);
}

size_t duet_agenda_list(struct duet_agenda *agenda, struct duet_due *items[DUET_AGENDA_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < DUET_AGENDA_MAX; i++) {
		if (agenda->items[i].id)
			items[n++] = &agenda->items[i];
	}
	qsort(items, n, sizeof(items[0]), by_time);
	return n;
}

struct duet_due *duet_agenda_ringing(struct duet_agenda *agenda)
{
	struct duet_due *latest = NULL;

	for (size_t i = 0; i < DUET_AGENDA_MAX; i++) {
		struct duet_due *due = &agenda->items[i];

		if (due->id && due->activity && (!latest || due->activity > latest->activity))
			latest = due;
	}
	return latest;
}

struct duet_due *duet_agenda_by_activity(struct duet_agenda *agenda, int activity)
{
	for (size_t i = 0; i < DUET_AGENDA_MAX; i++) {
		if (agenda->items[i].id && agenda->items[i].activity == activity)
			return &agenda->items[i];
	}
	return NULL;
}
