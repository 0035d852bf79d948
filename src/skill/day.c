/* SPDX-License-Identifier: Apache-2.0 */
#include "skill/day.h"

#include <errno.h>
#include <string.h>

#include "skill/request.h"

enum { YEARS_AHEAD = 8 }; /* far enough for every 29 February */

static const char *const weekdays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

static const struct {
	const char *name;
	int days;
} near[] = {{"today", 0},       {"tomorrow", 1},          {"after_tomorrow", 2},
	    {"yesterday", -1},  {"before_yesterday", -2}, {"in_three_days", 3},
	    {"in_four_days", 4}};

static const struct {
	const char *name;
	int month, day;
} feasts[] = {{"new_year", 1, 1},        {"valentine", 2, 14},  {"women", 3, 8},         {"labour", 5, 1},
	      {"children", 6, 1},        {"national", 10, 1},   {"halloween", 10, 31},   {"singles", 11, 11},
	      {"christmas_eve", 12, 24}, {"christmas", 12, 25}, {"new_year_eve", 12, 31}};

static int weekday_of(const char *name)
{
	for (int i = 0; i < 7; i++) {
		if (strcmp(weekdays[i], name) == 0)
			return i;
	}
	return -1;
}

static bool is_date(int64_t day, int month, int monthday)
{
	struct duet_civil civil;

	duet_civil_from_days(day, &civil);
	return civil.month == month && civil.day == monthday;
}

/* Months are tried one by one: of "the thirty first" not every month has one. */
static int next_date(int64_t *day, int month, int monthday, int64_t today)
{
	struct duet_civil now;

	duet_civil_from_days(today, &now);
	for (int i = 0; i < YEARS_AHEAD * 12; i++) {
		int year = now.year + (now.month - 1 + i) / 12, in = (now.month - 1 + i) % 12 + 1;

		if (month && in != month)
			continue;
		*day = duet_civil_days(year, in, monthday);
		if (*day >= today && is_date(*day, in, monthday))
			return 0;
	}
	return -EINVAL;
}

/* Saturday, and on a Sunday that day itself. */
static int64_t weekend(int64_t today, int now)
{
	return now == DUET_SUNDAY ? today : today + DUET_SATURDAY - now;
}

static int named(int64_t *day, const char *name, int64_t today)
{
	struct duet_civil now;
	int weekday = weekday_of(name);

	duet_civil_from_days(today, &now);
	for (size_t i = 0; i < sizeof(near) / sizeof(*near); i++) {
		if (strcmp(near[i].name, name) == 0) {
			*day = today + near[i].days;
			return 0;
		}
	}
	for (size_t i = 0; i < sizeof(feasts) / sizeof(*feasts); i++) {
		if (strcmp(feasts[i].name, name) == 0)
			return next_date(day, feasts[i].month, feasts[i].day, today);
	}
	if (strncmp(name, "next_", 5) == 0 && weekday_of(name + 5) >= 0) {
		*day = today - (int)now.weekday + 7 + weekday_of(name + 5);
		return 0;
	}
	if (weekday < 0 && strcmp(name, "weekend") != 0)
		return -ENOENT;
	*day = weekday < 0 ? weekend(today, (int)now.weekday) : today + (weekday - (int)now.weekday + 7) % 7;
	return 0;
}

int duet_day_read(int64_t *day, const struct duet_request *request, int64_t today)
{
	const char *name = duet_request_value(request, "day");
	double month = 0, monthday, days = 0, weeks = 0;

	if (name)
		return named(day, name, today);
	duet_request_number(request, "month", &month);
	if (duet_request_number(request, "monthday", &monthday))
		return next_date(day, (int)month, (int)monthday, today);
	if (!duet_request_number(request, "days", &days) && !duet_request_number(request, "weeks", &weeks))
		return -ENOENT;
	*day = today + (int64_t)days + (int64_t)weeks * 7;
	return 0;
}

bool duet_day_is_weekday(const struct duet_request *request)
{
	const char *name = duet_request_value(request, "day");

	return name && weekday_of(name) >= 0;
}
