/* SPDX-License-Identifier: Apache-2.0 */
#include "skill/timer_list.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "loop/loop.h"
#include "skill/moment.h"
#include "skill/phrase.h"
#include "store/store.h"

#define SPACE        "timer"
#define RING_S       600
#define RETRY_MS     200 /* what is over and could not ring */
#define LONG_WAIT_MS (24 * 3600 * 1000)

static void look(void *user);

static int64_t mono_ms(const struct duet_countdowns *list)
{
	return duet_clock_mono_ms(list->host->clock);
}

static int64_t wall_ms(const struct duet_countdowns *list)
{
	return list->host->clock->wall_ns(list->host->clock) / 1000000;
}

static bool clock_is_set(const struct duet_countdowns *list)
{
	return wall_ms(list) / 1000 >= DUET_MOMENT_CLOCK_SET_S;
}

int64_t duet_countdown_left_ms(const struct duet_countdowns *list, const struct duet_countdown *countdown)
{
	int64_t left_ms = countdown->paused ? countdown->left_ms : countdown->end_ms - mono_ms(list);

	return left_ms > 0 ? left_ms : 0;
}

/* Records: how much was left, and when by the clock on the wall that was. */

static int64_t save(struct duet_countdowns *list, const struct duet_countdown *c)
{
	json_t *record =
		json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:b}", "name", c->name, "assistant", c->assistant,
			  "language", c->language, "length_ms", (json_int_t)c->length_ms, "left_ms",
			  (json_int_t)duet_countdown_left_ms(list, c), "at_ms", (json_int_t)wall_ms(list),
			  "paused", c->paused);
	char *text = record ? json_dumps(record, JSON_COMPACT) : NULL;
	int64_t ticket = -ENOMEM;
	char key[32];

	snprintf(key, sizeof(key), "%020" PRIu64, c->id);
	if (text)
		ticket = duet_store_put(list->host->store, SPACE, key, duet_slice(text));
	free(text);
	json_decref(record);
	return ticket;
}

static int64_t erase(struct duet_countdowns *list, uint64_t id)
{
	char key[32];

	snprintf(key, sizeof(key), "%020" PRIu64, id);
	return duet_store_delete(list->host->store, SPACE, key);
}

static void copy_text(char *to, size_t size, const json_t *record, const char *name)
{
	const char *text = json_string_value(json_object_get(record, name));

	snprintf(to, size, "%s", text ? text : "");
}

static struct duet_countdown *free_place(struct duet_countdowns *list)
{
	for (size_t i = 0; i < DUET_COUNTDOWNS_MAX; i++) {
		if (!list->items[i].id)
			return &list->items[i];
	}
	return NULL;
}

/* How long the speaker was off; nobody knows while the clock was not set, then or now. */
static int64_t away_ms(const struct duet_countdowns *list, int64_t at_ms)
{
	int64_t away = wall_ms(list) - at_ms;

	return clock_is_set(list) && at_ms / 1000 >= DUET_MOMENT_CLOCK_SET_S && away > 0 ? away : 0;
}

static bool load_one(void *user, const char *key, struct duet_slice value)
{
	struct duet_countdowns *list = user;
	struct duet_countdown *c = free_place(list);
	json_t *record = json_loadb(value.ptr, value.len, 0, NULL);

	if (!record || !c || !json_is_integer(json_object_get(record, "left_ms"))) {
		duet_warn("timer", "the record %s cannot be read and is left alone", key);
		json_decref(record);
		return true;
	}
	*c = (struct duet_countdown){
		.id = strtoull(key, NULL, 10),
		.length_ms = json_integer_value(json_object_get(record, "length_ms")),
		.left_ms = json_integer_value(json_object_get(record, "left_ms")),
		.paused = json_is_true(json_object_get(record, "paused")),
	};
	copy_text(c->name, sizeof(c->name), record, "name");
	copy_text(c->assistant, sizeof(c->assistant), record, "assistant");
	copy_text(c->language, sizeof(c->language), record, "language");
	c->end_ms = mono_ms(list) + c->left_ms -
		    away_ms(list, json_integer_value(json_object_get(record, "at_ms")));
	list->last_id = c->id > list->last_id ? c->id : list->last_id;
	json_decref(record);
	return true;
}

/* Ringing. */

static int64_t ring_ms(const struct duet_countdowns *list)
{
	int limit_s = list->host->settings->ring_limit_s;

	return (limit_s > 0 ? limit_s : RING_S) * (int64_t)1000;
}

static json_t *ring_vars(const struct duet_countdowns *list, const struct duet_countdown *c)
{
	char length[96], ago[96];

	return json_pack(
		"{s:s, s:s, s:s}", "name", c->name, "length",
		duet_phrase_length(c->language, c->length_ms / 1000, length, sizeof(length)), "ago",
		duet_phrase_duration(c->language, (mono_ms(list) - c->end_ms) / 1000, ago, sizeof(ago)));
}

static void fall_silent(struct duet_countdowns *list, struct duet_countdown *c)
{
	int activity = c->activity;

	c->activity = 0;
	if (activity)
		list->host->activity_end(list->host->user, activity);
}

/* It ended so long ago that its ring would be over by now: it ended while the speaker was off. */
static void miss(struct duet_countdowns *list, struct duet_countdown *c)
{
	const struct duet_skill_host *host = list->host;

	host->activity_begin(host->user, c->assistant, DUET_ACTIVITY_NOTIFICATION, "timer", "timer_missed",
			     ring_vars(list, c));
	erase(list, c->id);
	c->id = 0;
}

static void ring(struct duet_countdowns *list, struct duet_countdown *c)
{
	const struct duet_skill_host *host = list->host;
	int activity = host->activity_begin(host->user, c->assistant, DUET_ACTIVITY_ALERT, "timer",
					    "timer_finished", ring_vars(list, c));

	c->activity = activity > 0 ? activity : 0;
	c->silent_ms = mono_ms(list) + ring_ms(list);
	if (activity <= 0)
		duet_warn("timer", "%" PRIu64 " cannot ring: %s", c->id, strerror(-activity));
}

static void look_at(struct duet_countdowns *list, struct duet_countdown *c)
{
	int64_t now_ms = mono_ms(list), late_ms = now_ms - c->end_ms;

	if (c->activity && now_ms >= c->silent_ms) {
		duet_info("timer", "nobody stopped %" PRIu64, c->id);
		duet_countdowns_remove(list, c);
	} else if (!c->activity && !c->paused && late_ms >= ring_ms(list)) {
		miss(list, c);
	} else if (!c->activity && !c->paused && late_ms >= 0) {
		ring(list, c);
	}
}

static void set_timer(struct duet_countdowns *list)
{
	int64_t now_ms = mono_ms(list), wait_ms = LONG_WAIT_MS;

	for (size_t i = 0; i < DUET_COUNTDOWNS_MAX; i++) {
		const struct duet_countdown *c = &list->items[i];
		int64_t at_ms = c->activity ? c->silent_ms : c->end_ms;

		if (c->id && (c->activity || !c->paused) && at_ms - now_ms < wait_ms)
			wait_ms = at_ms > now_ms ? at_ms - now_ms : RETRY_MS;
	}
	duet_timer_set(list->timer, wait_ms);
}

static void look(void *user)
{
	struct duet_countdowns *list = user;
	struct duet_countdown *items[DUET_COUNTDOWNS_MAX];
	size_t n = duet_countdowns_list(list, items);

	for (size_t i = 0; i < n; i++)
		look_at(list, items[i]);
	set_timer(list);
}

/* What callers do. */

int duet_countdowns_open(struct duet_countdowns *list, const struct duet_skill_host *host,
			 struct duet_error *error)
{
	int result;

	*list = (struct duet_countdowns){.host = host};
	list->timer = duet_timer_new(host->loop, look, list);
	if (!list->timer)
		return duet_error_set(error, -ENOMEM, "out of memory");
	result = duet_store_each(host->store, SPACE, load_one, list);
	if (result < 0) {
		duet_timer_free(list->timer);
		return duet_error_set(error, result, "the timers that were kept cannot be read");
	}
	list->is_late = !clock_is_set(list);
	duet_timer_set(list->timer, 0); /* not before this returns */
	return 0;
}

void duet_countdowns_close(struct duet_countdowns *list)
{
	duet_timer_free(list->timer);
}

int64_t duet_countdowns_add(struct duet_countdowns *list, const struct duet_countdown *countdown,
			    struct duet_countdown **added)
{
	struct duet_countdown *c = free_place(list);
	int64_t ticket;

	if (!c)
		return -ENOSPC;
	*c = *countdown;
	c->id = ++list->last_id;
	c->end_ms = mono_ms(list) + c->length_ms;
	ticket = save(list, c);
	if (ticket < 0)
		c->id = 0;
	else
		c->ticket = (uint64_t)ticket;
	*added = c;
	set_timer(list);
	return ticket;
}

int64_t duet_countdowns_remove(struct duet_countdowns *list, struct duet_countdown *c)
{
	int64_t ticket = erase(list, c->id);

	if (ticket < 0)
		return ticket;
	fall_silent(list, c);
	c->id = 0;
	set_timer(list);
	return ticket;
}

int64_t duet_countdowns_pause(struct duet_countdowns *list, struct duet_countdown *c, bool paused)
{
	c->left_ms = duet_countdown_left_ms(list, c);
	c->end_ms = mono_ms(list) + c->left_ms;
	c->paused = paused;
	set_timer(list);
	return save(list, c);
}

int64_t duet_countdowns_change(struct duet_countdowns *list, struct duet_countdown *c, int64_t by_ms)
{
	fall_silent(list, c); /* two minutes more for one that rings: it starts anew with them */
	if (!c->paused && c->end_ms < mono_ms(list))
		c->end_ms = mono_ms(list);
	c->left_ms += by_ms;
	c->end_ms += by_ms;
	c->paused = c->paused && c->left_ms > 0;
	c->length_ms = c->length_ms + by_ms > 0 ? c->length_ms + by_ms : c->length_ms;
	set_timer(list);
	return save(list, c);
}

static int by_end(const void *a, const void *b)
{
	const struct duet_countdown *x = *(struct duet_countdown *const *)a,
				    *y = *(struct duet_countdown *const *)b;

	if (x->paused != y->paused)
		return x->paused - y->paused;
	if (x->end_ms != y->end_ms && !x->paused)
		return (x->end_ms > y->end_ms) - (x->end_ms < y->end_ms);
	return (x->id > y->id) - (x->id < y->id);
}

size_t duet_countdowns_list(struct duet_countdowns *list, struct duet_countdown *items[DUET_COUNTDOWNS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < DUET_COUNTDOWNS_MAX; i++) {
		if (list->items[i].id)
			items[n++] = &list->items[i];
	}
	qsort(items, n, sizeof(items[0]), by_end);
	return n;
}

struct duet_countdown *duet_countdowns_by_activity(struct duet_countdowns *list, int activity)
{
	for (size_t i = 0; i < DUET_COUNTDOWNS_MAX; i++) {
		if (list->items[i].id && list->items[i].activity == activity)
			return &list->items[i];
	}
	return NULL;
}

void duet_countdowns_unsaved(struct duet_countdowns *list, uint64_t ticket)
{
	for (size_t i = 0; i < DUET_COUNTDOWNS_MAX; i++) {
		struct duet_countdown *c = &list->items[i];

		if (c->id && c->ticket && c->ticket <= ticket &&
		    !duet_store_durable(list->host->store, c->ticket))
			duet_countdowns_remove(list, c);
	}
}

/* Of one that was kept: what the clock, now that it is set, says about its end. */
static bool catch_up(void *user, const char *key, struct duet_slice value)
{
	struct duet_countdowns *list = user;
	json_t *record = json_loadb(value.ptr, value.len, 0, NULL);
	uint64_t id = strtoull(key, NULL, 10);
	int64_t away = away_ms(list, json_integer_value(json_object_get(record, "at_ms")));
	int64_t end_ms = mono_ms(list) + json_integer_value(json_object_get(record, "left_ms")) - away;

	for (size_t i = 0; i < DUET_COUNTDOWNS_MAX && away > 0; i++) {
		struct duet_countdown *c = &list->items[i];

		if (c->id == id && !c->paused && !c->activity && end_ms < c->end_ms)
			c->end_ms = end_ms;
	}
	json_decref(record);
	return true;
}

void duet_countdowns_clock_changed(struct duet_countdowns *list)
{
	if (list->is_late && clock_is_set(list)) {
		duet_store_each(list->host->store, SPACE, catch_up, list);
		list->is_late = false;
	}
	for (size_t i = 0; i < DUET_COUNTDOWNS_MAX; i++) {
		if (list->items[i].id && !list->items[i].activity)
			save(list, &list->items[i]);
	}
	duet_timer_set(list->timer, 0);
}
