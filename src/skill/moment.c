/* SPDX-License-Identifier: Apache-2.0 */
#include "skill/moment.h"

#include <errno.h>
#include <string.h>

#include "skill/day.h"
#include "skill/phrase.h"
#include "skill/request.h"

enum { DAY_S = 86400, DAY_REMINDER_HOUR = 9, TODAY_REMINDER_HOUR = 18 };

static const char *const weekdays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

static const struct {
	const char *name;
	unsigned days;
} repeats[] = {{"daily", 0x7f}, {"weekdays", 0x1f}, {"weekends", 0x60}};

static unsigned repeat_days(const char *name)
{
	for (size_t i = 0; i < sizeof(repeats) / sizeof(*repeats); i++) {
		if (strcmp(repeats[i].name, name) == 0)
			return repeats[i].days;
	}
	for (unsigned i = 0; i < 7; i++) {
		if (strcmp(weekdays[i], name) == 0)
			return 1u << i;
	}
	return 0;
}

/* A time of day in minutes; `ambiguous`: it may as well be twelve hours later. */
struct day_time {
	int minutes;
	bool ambiguous;
};

/* How each part of the day reads the hours 1 … 12: from `from` on they are in the afternoon; twelve is
 * `twelve`. */
static const struct {
	const char *name;
	int from, twelve;
} periods[] = {
	{"am", 13, 0},    {"dawn", 13, 0},
	{"pm", 1, 12},    {"noon", -1, 12}, /* eleven is in the morning, one and two are not */
	{"night", 5, 24},                   /* one at night is the small hours */
};

static int hour_in(const char *period, int hour)
{
	for (size_t i = 0; i < sizeof(periods) / sizeof(*periods); i++) {
		if (strcmp(periods[i].name, period) != 0)
			continue;
		if (hour > 12 || hour == 0)
			return hour;
		if (hour == 12)
			return periods[i].twelve;
		if (periods[i].from < 0)
			return hour < 6 ? hour + 12 : hour;
		if (strcmp(period, "night") == 0 && hour < periods[i].from)
			return hour + 24;
		return hour >= periods[i].from ? hour + 12 : hour;
	}
	return hour;
}

static int read_time(const struct duet_request *request, struct day_time *time)
{
	const char *named = duet_request_value(request, "named"),
		   *period = duet_request_value(request, "period");
	double hour, minute = 0, before = 0;

	if (named) {
		*time = (struct day_time){strcmp(named, "midnight") == 0 ? 24 * 60 : 12 * 60, false};
		return 0;
	}
	if (!duet_request_number(request, "hour", &hour))
		return -ENOENT;
	duet_request_number(request, "minute", &minute);
	duet_request_number(request, "minutes_to", &before);
	if (hour < 0 || hour > 24 || minute < 0 || minute > 59 || before < 0 || before > 59)
		return -EINVAL;
	time->ambiguous = !period && hour >= 1 && hour <= 12;
	time->minutes = (period ? hour_in(period, (int)hour) : (int)hour) * 60 + (int)minute - (int)before;
	if (time->ambiguous && hour == 12)
		time->minutes -= 12 * 60;
	return 0;
}

/* Without a day or on another one: what people usually mean. */
static int usual(struct day_time time, bool morning)
{
	int hour = time.minutes / 60;

	if (!time.ambiguous)
		return time.minutes;
	return hour == 0 || (!morning && hour < 7) ? time.minutes + 12 * 60 : time.minutes;
}

static void set_date(struct duet_moment *moment, int64_t day, int minutes)
{
	if (minutes < 0) { /* a quarter to midnight is of the day before */
		day--;
		minutes += 24 * 60;
	}
	duet_civil_from_days(day + minutes / (24 * 60), &moment->civil);
	moment->civil.hour = minutes / 60 % 24;
	moment->civil.minute = minutes % 60;
	moment->kind = DUET_MOMENT_DATE;
}

/* Today or tomorrow, whenever it is that time next. */
static void next_of_any_day(struct duet_moment *moment, struct day_time time, const struct duet_zone *zone,
			    int64_t today, int64_t now_s)
{
	int step = time.ambiguous ? 12 * 60 : 24 * 60;

	for (int minutes = time.minutes;; minutes += step) {
		set_date(moment, today, minutes);
		if (duet_zone_utc(zone, &moment->civil, NULL) > now_s)
			return;
	}
}

static int on_day(struct duet_moment *moment, struct day_time time, const struct duet_request *request,
		  bool morning, const struct duet_zone *zone, int64_t now_s)
{
	struct duet_civil now;
	int64_t today, day;
	int result;

	duet_zone_civil(zone, now_s, &now);
	today = duet_civil_days(now.year, now.month, now.day);
	result = duet_day_read(&day, request, today);
	if (result == -ENOENT) {
		next_of_any_day(moment, time, zone, today, now_s);
		return 0;
	}
	if (result < 0)
		return result;
	set_date(moment, day, day == today ? time.minutes : usual(time, morning));
	if (duet_zone_utc(zone, &moment->civil, NULL) > now_s)
		return 0;
	if (day == today && time.ambiguous) {
		set_date(moment, day, time.minutes + 12 * 60);
		if (duet_zone_utc(zone, &moment->civil, NULL) > now_s)
			return 0;
	}
	if (!duet_day_is_weekday(request))
		return -ERANGE;
	set_date(moment, day + 7, usual(time, morning)); /* "on Monday", said on a Monday */
	return 0;
}

static bool is_today(const struct duet_request *request)
{
	const char *day = duet_request_value(request, "day");

	return day ? strcmp(day, "today") == 0 : !duet_request_slot(request, "monthday");
}

/* "Remind me tomorrow", "this evening": some time of that day, or of that part of it. */
static int whole_day(struct duet_moment *moment, const struct duet_request *request,
		     const struct duet_zone *zone, int64_t now_s)
{
	static const struct {
		const char *period;
		int hour;
	} usual_hours[] = {{"am", 9}, {"noon", 12}, {"pm", 15}, {"night", 20}};
	struct day_time time = {(is_today(request) ? TODAY_REMINDER_HOUR : DAY_REMINDER_HOUR) * 60, false};
	const char *period = duet_request_value(request, "period");
	int result;

	for (size_t i = 0; period && i < sizeof(usual_hours) / sizeof(*usual_hours); i++) {
		if (strcmp(usual_hours[i].period, period) == 0)
			time.minutes = usual_hours[i].hour * 60;
	}
	result = on_day(moment, time, request, false, zone, now_s);
	if (result == -ERANGE && is_today(request)) {
		*moment = (struct duet_moment){.kind = DUET_MOMENT_AT, .at_s = now_s + 3600};
		return 0;
	}
	return result;
}

static void repeating(struct duet_moment *moment, struct day_time time, const char *repeat, bool morning)
{
	int minutes = (usual(time, morning) + 24 * 60) % (24 * 60);

	moment->kind = DUET_MOMENT_REPEAT;
	moment->days = repeat_days(repeat);
	moment->civil.hour = minutes / 60;
	moment->civil.minute = minutes % 60;
}

int duet_moment_read(struct duet_moment *moment, const struct duet_request *request,
		     const struct duet_zone *zone, int64_t now_s, bool morning)
{
	const char *repeat = duet_request_value(request, "repeat");
	bool has_day = duet_request_slot(request, "day") || duet_request_slot(request, "monthday") ||
		       duet_request_slot(request, "period");
	int64_t duration_s = duet_request_duration_s(request, "");
	struct day_time time;
	int result;

	*moment = (struct duet_moment){0};
	result = read_time(request, &time);
	if (result == -ENOENT && duration_s > 0) {
		*moment = (struct duet_moment){.kind = DUET_MOMENT_AT, .at_s = now_s + duration_s};
		return 0;
	}
	if (result == -ENOENT && has_day && !repeat)
		return whole_day(moment, request, zone, now_s);
	if (result == -ENOENT && repeat) {
		time = (struct day_time){DAY_REMINDER_HOUR * 60, false};
		result = 0;
	}
	if (result < 0)
		return result;
	if (!repeat)
		return on_day(moment, time, request, morning, zone, now_s);
	repeating(moment, time, repeat, morning);
	return moment->days ? 0 : -EINVAL;
}

int64_t duet_moment_next(const struct duet_moment *moment, const struct duet_zone *zone, int64_t after_s,
			 enum duet_zone_fit *fit)
{
	struct duet_civil today;
	int64_t days;

	if (fit)
		*fit = DUET_ZONE_ONCE;
	if (moment->kind == DUET_MOMENT_AT)
		return moment->at_s;
	if (moment->kind == DUET_MOMENT_DATE)
		return duet_zone_utc(zone, &moment->civil, fit);
	duet_zone_civil(zone, after_s, &today);
	days = duet_civil_days(today.year, today.month, today.day);
	for (int i = 0; i <= 8; i++) {
		struct duet_civil day;
		int64_t at_s;

		duet_civil_from_days(days + i, &day);
		if (!(moment->days & (1u << day.weekday)))
			continue;
		day.hour = moment->civil.hour;
		day.minute = moment->civil.minute;
		at_s = duet_zone_utc(zone, &day, fit);
		if (at_s > after_s)
			return at_s;
	}
	return after_s + DAY_S; /* not reached while a day is set */
}

bool duet_moment_equal(const struct duet_moment *a, const struct duet_moment *b)
{
	if (a->kind != b->kind || a->days != b->days || a->at_s != b->at_s)
		return false;
	return a->civil.hour == b->civil.hour && a->civil.minute == b->civil.minute &&
	       a->civil.day == b->civil.day && a->civil.month == b->civil.month &&
	       a->civil.year == b->civil.year;
}

const char *duet_moment_phrase(const struct duet_moment *moment, const char *language,
			       const struct duet_zone *zone, int64_t now_s, bool fresh, char *out,
			       size_t size)
{
	struct duet_civil now, then;

	if (moment->kind == DUET_MOMENT_REPEAT)
		return duet_phrase_repeat(language, moment->days, &moment->civil, out, size);
	if (moment->kind == DUET_MOMENT_AT && fresh)
		return duet_phrase_in(language, moment->at_s - now_s, out, size);
	duet_zone_civil(zone, now_s, &now);
	duet_zone_civil(zone, duet_moment_next(moment, zone, now_s, NULL), &then);
	return duet_phrase_when(language, &now, &then, out, size);
}

json_t *duet_moment_json(const struct duet_moment *moment)
{
	const struct duet_civil *c = &moment->civil;

	if (moment->kind == DUET_MOMENT_AT)
		return json_pack("{s:I}", "at", (json_int_t)moment->at_s);
	if (moment->kind == DUET_MOMENT_REPEAT)
		return json_pack("{s:i, s:i, s:i}", "days", (int)moment->days, "hour", c->hour, "minute",
				 c->minute);
	return json_pack("{s:i, s:i, s:i, s:i, s:i}", "year", c->year, "month", c->month, "day", c->day,
			 "hour", c->hour, "minute", c->minute);
}

int duet_moment_from_json(struct duet_moment *moment, const json_t *json)
{
	struct duet_civil *c = &moment->civil;
	json_t *value = json_deep_copy(json); /* jansson unpacks from what is not const */
	json_int_t at;
	int days = 0, result = 0;

	*moment = (struct duet_moment){0};
	if (json_unpack(value, "{s:I}", "at", &at) == 0) {
		moment->kind = DUET_MOMENT_AT;
		moment->at_s = at;
	} else if (json_unpack(value, "{s:i, s:i, s:i}", "days", &days, "hour", &c->hour, "minute",
			       &c->minute) == 0) {
		moment->kind = DUET_MOMENT_REPEAT;
		moment->days = (unsigned)days & 0x7f;
		result = moment->days ? 0 : -EINVAL;
	} else if (json_unpack(value, "{s:i, s:i, s:i, s:i, s:i}", "year", &c->year, "month", &c->month,
			       "day", &c->day, "hour", &c->hour, "minute", &c->minute) == 0) {
		moment->kind = DUET_MOMENT_DATE;
	} else {
		result = -EINVAL;
	}
	json_decref(value);
	if (c->hour < 0 || c->hour > 23 || c->minute < 0 || c->minute > 59 || c->year > 9999 || c->year < 0)
		result = -EINVAL;
	return result;
}
