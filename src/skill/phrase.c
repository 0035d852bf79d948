/* SPDX-License-Identifier: Apache-2.0 */
#include "skill/phrase.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define WEEKDAYS 0x1fu
#define WEEKEND  0x60u
#define ALL_DAYS 0x7fu

/* What differs between languages; formats take the pieces in the order of the language. */
struct language {
	const char *code;
	struct {
		const char *one, *many, *length; /* "%d" is the number */
	} day, hour, minute, second;
	const char *unit_join;   /* between two units */
	const char *comma, *and; /* in lists */
	const char *weekdays[7];
	const char *when, *in, *left; /* day, time; duration; what, duration */
	const char *today, *tomorrow, *after_tomorrow;
	const char *on_weekday, *on_date; /* weekday; date */
	const char *daily, *on_weekdays, *on_weekends, *every;
	void (*time)(const struct duet_civil *civil, char *out, size_t size);
	void (*month_day)(const struct duet_civil *civil, char *out, size_t size);
	const char *date; /* weekday, date in `date_order` */
	bool date_first;
};

static void english_time(const struct duet_civil *civil, char *out, size_t size)
{
	snprintf(out, size, "%d:%02d %s", civil->hour % 12 == 0 ? 12 : civil->hour % 12, civil->minute,
		 civil->hour < 12 ? "AM" : "PM");
}

static void english_month_day(const struct duet_civil *civil, char *out, size_t size)
{
	static const char *const months[] = {"January",   "February", "March",    "April",
					     "May",       "June",     "July",     "August",
					     "September", "October",  "November", "December"};

	snprintf(out, size, "%s %d", months[(civil->month + 11) % 12], civil->day);
}

/* The part of the day that goes with an hour. */
static void mandarin_time(const struct duet_civil *civil, char *out, size_t size)
{
	static const struct {
		int until;
		const char *name;
	} parts[] = {{5, "凌晨"}, {9, "早上"}, {12, "上午"}, {13, "中午"}, {18, "下午"}, {24, "晚上"}};
	size_t i = 0;

	while (civil->hour >= parts[i].until)
		i++;
	snprintf(out, size, "%s%d:%02d", parts[i].name, civil->hour > 12 ? civil->hour - 12 : civil->hour,
		 civil->minute);
}

static void mandarin_month_day(const struct duet_civil *civil, char *out, size_t size)
{
	snprintf(out, size, "%d月%d日", civil->month, civil->day);
}

static const struct language languages[] = {
	{
		.code = "en",
		.day = {"%d day", "%d days", "%d day"},
		.hour = {"%d hour", "%d hours", "%d hour"},
		.minute = {"%d minute", "%d minutes", "%d minute"},
		.second = {"%d second", "%d seconds", "%d second"},
		.unit_join = " and ",
		.comma = ", ",
		.and = " and ",
		.weekdays = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"},
		.when = "%s at %s",
		.in = "in %s",
		.left = "%s with %s left",
		.today = "today",
		.tomorrow = "tomorrow",
		.after_tomorrow = NULL,
		.on_weekday = "on %s",
		.on_date = "on %s",
		.daily = "every day at %s",
		.on_weekdays = "on weekdays at %s",
		.on_weekends = "on weekends at %s",
		.every = "every %s at %s",
		.time = english_time,
		.month_day = english_month_day,
		.date = "%s, %s",
	},
	{
		.code = "zh",
		.day = {"%d天", "%d天", "%d天"},
		.hour = {"%d小时", "%d小时", "%d小时"},
		.minute = {"%d分钟", "%d分钟", "%d分钟"},
		.second = {"%d秒", "%d秒", "%d秒"},
		.unit_join = "",
		.comma = "、",
		.and = "和",
		.weekdays = {"星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"},
		.when = "%s%s",
		.in = "%s后",
		.left = "%s还剩%s",
		.today = "今天",
		.tomorrow = "明天",
		.after_tomorrow = "后天",
		.on_weekday = "%s",
		.on_date = "%s",
		.daily = "每天%s",
		.on_weekdays = "工作日%s",
		.on_weekends = "周末%s",
		.every = "每%s%s",
		.time = mandarin_time,
		.month_day = mandarin_month_day,
		.date = "%s，%s",
		.date_first = true,
	},
};

static const struct language *language_of(const char *code)
{
	for (size_t i = 0; i < sizeof(languages) / sizeof(*languages); i++) {
		if (code && strncmp(code, languages[i].code, strlen(languages[i].code)) == 0)
			return &languages[i];
	}
	return &languages[0];
}

/* The formats stand in the table above, so that the compiler cannot see them. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static const char *duration(const struct language *l, int64_t seconds, bool as_length, char *out, size_t size)
{
	const struct {
		const char *one, *many, *length;
		int64_t n;
	} units[] = {{l->day.one, l->day.many, l->day.length, seconds / 86400},
		     {l->hour.one, l->hour.many, l->hour.length, seconds / 3600 % 24},
		     {l->minute.one, l->minute.many, l->minute.length, seconds / 60 % 60},
		     {l->second.one, l->second.many, l->second.length, seconds % 60}};
	char one[64];
	int n_said = 0;
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < 4 && n_said < 2; i++) {
		if (units[i].n == 0 && !(i == 3 && n_said == 0))
			continue;
		snprintf(one, sizeof(one),
			 as_length         ? units[i].length
			 : units[i].n == 1 ? units[i].one
					   : units[i].many,
			 (int)units[i].n);
		len += (size_t)snprintf(out + len, len < size ? size - len : 0, "%s%s",
					n_said++ ? l->unit_join : "", one);
	}
	return out;
}

const char *duet_phrase_duration(const char *language, int64_t seconds, char *out, size_t size)
{
	return duration(language_of(language), seconds < 0 ? 0 : seconds, false, out, size);
}

const char *duet_phrase_length(const char *language, int64_t seconds, char *out, size_t size)
{
	return duration(language_of(language), seconds < 0 ? 0 : seconds, true, out, size);
}

const char *duet_phrase_time(const char *language, const struct duet_civil *civil, char *out, size_t size)
{
	language_of(language)->time(civil, out, size);
	return out;
}

const char *duet_phrase_weekday(const char *language, enum duet_weekday weekday)
{
	return language_of(language)->weekdays[weekday % 7];
}

const char *duet_phrase_date(const char *language, const struct duet_civil *civil, char *out, size_t size)
{
	const struct language *l = language_of(language);
	const char *weekday = l->weekdays[civil->weekday % 7];
	char date[64];

	l->month_day(civil, date, sizeof(date));
	snprintf(out, size, l->date, l->date_first ? date : weekday, l->date_first ? weekday : date);
	return out;
}

const char *duet_phrase_near_day(const char *language, int days)
{
	const struct language *l = language_of(language);

	return days == 0 ? l->today : days == 1 ? l->tomorrow : days == 2 ? l->after_tomorrow : NULL;
}

static void day_from(const struct language *l, const struct duet_civil *now, const struct duet_civil *then,
		     char *out, size_t size)
{
	int64_t days = duet_civil_days(then->year, then->month, then->day) -
		       duet_civil_days(now->year, now->month, now->day);
	const char *near = days < 0 || days > 2 ? NULL : duet_phrase_near_day(l->code, (int)days);
	char date[64];

	if (near) {
		snprintf(out, size, "%s", near);
	} else if (days > 1 && days < 7) {
		snprintf(out, size, l->on_weekday, l->weekdays[then->weekday % 7]);
	} else {
		l->month_day(then, date, sizeof(date));
		snprintf(out, size, l->on_date, date);
	}
}

const char *duet_phrase_when(const char *language, const struct duet_civil *now,
			     const struct duet_civil *then, char *out, size_t size)
{
	const struct language *l = language_of(language);
	char day[96], time[64];

	day_from(l, now, then, day, sizeof(day));
	l->time(then, time, sizeof(time));
	snprintf(out, size, l->when, day, time);
	return out;
}

const char *duet_phrase_repeat(const char *language, unsigned days, const struct duet_civil *civil, char *out,
			       size_t size)
{
	const struct language *l = language_of(language);
	const char *names[7];
	size_t n = 0;
	char time[64], list[200];

	l->time(civil, time, sizeof(time));
	if (days == ALL_DAYS || days == WEEKDAYS || days == WEEKEND) {
		snprintf(out, size,
			 days == ALL_DAYS   ? l->daily
			 : days == WEEKDAYS ? l->on_weekdays
					    : l->on_weekends,
			 time);
		return out;
	}
	for (int i = 0; i < 7; i++) {
		if (days & (1u << i))
			names[n++] = l->weekdays[i];
	}
	duet_phrase_list(language, names, n, list, sizeof(list));
	snprintf(out, size, l->every, list, time);
	return out;
}

const char *duet_phrase_in(const char *language, int64_t seconds, char *out, size_t size)
{
	char text[96];

	duet_phrase_duration(language, seconds, text, sizeof(text));
	snprintf(out, size, language_of(language)->in, text);
	return out;
}

const char *duet_phrase_list(const char *language, const char *const *items, size_t n_items, char *out,
			     size_t size)
{
	const struct language *l = language_of(language);
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < n_items && len < size; i++) {
		const char *join = i == 0 ? "" : i + 1 == n_items ? l->and : l->comma;

		len += (size_t)snprintf(out + len, size - len, "%s%s", join, items[i]);
	}
	return out;
}

static const struct {
	const char *condition, *english, *mandarin;
} conditions[] = {
	{"clear-night", "clear", "晴"},
	{"cloudy", "cloudy", "多云"},
	{"exceptional", "exceptional", "异常天气"},
	{"fog", "foggy", "有雾"},
	{"hail", "hailing", "冰雹"},
	{"lightning", "stormy", "雷电"},
	{"lightning-rainy", "stormy with rain", "雷阵雨"},
	{"partlycloudy", "partly cloudy", "晴间多云"},
	{"pouring", "pouring", "大雨"},
	{"foggy", "foggy", "有雾"},
	{"rainy", "rainy", "有雨"},
	{"snowy", "snowy", "有雪"},
	{"snowy-rainy", "sleety", "雨夹雪"},
	{"stormy", "stormy", "有雷雨"},
	{"sunny", "sunny", "晴"},
	{"windy", "windy", "有风"},
	{"windy-variant", "windy and cloudy", "多云有风"},
};

const char *duet_phrase_weather(const char *language, const char *condition)
{
	for (size_t i = 0; i < sizeof(conditions) / sizeof(*conditions); i++) {
		if (strcmp(conditions[i].condition, condition) == 0)
			return language_of(language) == &languages[0] ? conditions[i].english
								      : conditions[i].mandarin;
	}
	return condition;
}

const char *duet_phrase_left(const char *language, const char *what, int64_t seconds, char *out, size_t size)
{
	char left[96];

	duet_phrase_duration(language, seconds, left, sizeof(left));
	snprintf(out, size, language_of(language)->left, what, left);
	return out;
}

const char *duet_phrase_number(double number, char *out, size_t size)
{
	snprintf(out, size, "%.1f", number);
	if (strlen(out) > 2 && strcmp(out + strlen(out) - 2, ".0") == 0)
		out[strlen(out) - 2] = '\0';
	return out;
}

bool duet_phrase_same(const char *a, const char *b)
{
	char folded_a[512], folded_b[512];

	return duet_text_normalise(duet_slice(a), true, folded_a, sizeof(folded_a)) >= 0 &&
	       duet_text_normalise(duet_slice(b), true, folded_b, sizeof(folded_b)) >= 0 &&
	       strcmp(folded_a, folded_b) == 0;
}
