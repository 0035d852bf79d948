/* SPDX-License-Identifier: Apache-2.0 */
#include "base/zone_rule.h"

#include <errno.h>

#include "base/zone.h"

#define DAY_S 86400

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool next_is(struct duet_slice *in, char c)
{
	if (in->len == 0 || in->ptr[0] != c)
		return false;
	in->ptr++;
	in->len--;
	return true;
}

static void advance(struct duet_slice *in, size_t n)
{
	in->ptr += n;
	in->len -= n;
}

/* "CET" or "<+03>"; names are of no use here. */
static bool skip_name(struct duet_slice *in)
{
	bool quoted = next_is(in, '<');
	size_t n = 0;

	while (n < in->len && (is_letter(in->ptr[n]) ||
			       (quoted && (is_digit(in->ptr[n]) || in->ptr[n] == '+' || in->ptr[n] == '-'))))
		n++;
	advance(in, n);
	return n >= 3 && (!quoted || next_is(in, '>'));
}

static bool read_number(struct duet_slice *in, int min, int max, int *number)
{
	size_t n = 0;

	*number = 0;
	while (n < in->len && n < 4 && is_digit(in->ptr[n]))
		*number = *number * 10 + (in->ptr[n++] - '0');
	advance(in, n);
	return n > 0 && *number >= min && *number <= max;
}

/* [+|-]hh[:mm[:ss]] in seconds. */
static bool read_time(struct duet_slice *in, int *time_s)
{
	bool negative = next_is(in, '-');
	int hours, minutes = 0, seconds = 0;

	if (!negative)
		next_is(in, '+');
	if (!read_number(in, 0, 167, &hours))
		return false;
	if (next_is(in, ':') && !read_number(in, 0, 59, &minutes))
		return false;
	if (next_is(in, ':') && !read_number(in, 0, 59, &seconds))
		return false;
	*time_s = (hours * 3600 + minutes * 60 + seconds) * (negative ? -1 : 1);
	return true;
}

static bool read_switch(struct duet_slice *in, struct duet_zone_switch *s)
{
	*s = (struct duet_zone_switch){.time_s = 2 * 3600};
	if (!next_is(in, ','))
		return false;
	if (next_is(in, 'M')) {
		s->kind = DUET_ZONE_MONTH_WEEK;
		if (!read_number(in, 1, 12, &s->month) || !next_is(in, '.') ||
		    !read_number(in, 1, 5, &s->week) || !next_is(in, '.') || !read_number(in, 0, 6, &s->day))
			return false;
	} else {
		s->kind = next_is(in, 'J') ? DUET_ZONE_JULIAN : DUET_ZONE_DAY_OF_YEAR;
		if (!read_number(in, s->kind == DUET_ZONE_JULIAN ? 1 : 0, 365, &s->day))
			return false;
	}
	return !next_is(in, '/') || read_time(in, &s->time_s);
}

int duet_zone_rule_parse(struct duet_zone_rule *rule, struct duet_slice text)
{
	int west;

	*rule = (struct duet_zone_rule){0};
	if (!skip_name(&text) || !read_time(&text, &west) || west < -25 * 3600 || west > 25 * 3600)
		return -EINVAL;
	rule->standard_s = -west;
	if (text.len == 0)
		return 0;
	rule->has_summer = true;
	rule->summer_s = rule->standard_s + 3600;
	if (!skip_name(&text))
		return -EINVAL;
	if (text.len > 0 && text.ptr[0] != ',') {
		if (!read_time(&text, &west) || west < -25 * 3600 || west > 25 * 3600)
			return -EINVAL;
		rule->summer_s = -west;
	}
	if (!read_switch(&text, &rule->begin) || !read_switch(&text, &rule->end) || text.len > 0)
		return -EINVAL;
	return 0;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* The day (since 1970) of a switch in `year`. */
static int64_t switch_day(const struct duet_zone_switch *s, int year)
{
	struct duet_civil first;
	int64_t days, next_month;

	if (s->kind == DUET_ZONE_JULIAN) /* never counts the 29th of February */
		return duet_civil_days(year, 1, 1) + s->day - 1 + (is_leap(year) && s->day > 59);
	if (s->kind == DUET_ZONE_DAY_OF_YEAR)
		return duet_civil_days(year, 1, 1) + s->day;
	days = duet_civil_days(year, s->month, 1);
	next_month = duet_civil_days(year, s->month + 1, 1);
	duet_civil_from_days(days, &first);
	days += (s->day - ((int)first.weekday + 1) % 7 + 7) % 7 + (s->week - 1) * 7;
	return days < next_month ? days : days - 7;
}

int duet_zone_rule_offset_s(const struct duet_zone_rule *rule, int64_t utc_s)
{
	struct duet_civil civil;
	int64_t local = utc_s + rule->standard_s, begin, end;
	bool summer;

	if (!rule->has_summer)
		return rule->standard_s;
	duet_civil_from_days((local - (local % DAY_S + DAY_S) % DAY_S) / DAY_S, &civil);
	begin = switch_day(&rule->begin, civil.year) * DAY_S + rule->begin.time_s - rule->standard_s;
	end = switch_day(&rule->end, civil.year) * DAY_S + rule->end.time_s - rule->summer_s;
	summer = begin < end ? utc_s >= begin && utc_s < end : utc_s < end || utc_s >= begin;
	return summer ? rule->summer_s : rule->standard_s;
}
