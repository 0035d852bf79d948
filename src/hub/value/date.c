/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/value/date.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

/* 0001-01-01T00:00:00Z */
#define NEVER_MS (INT64_C(-62135596800) * 1000)

const char *duet_hub_date_format(int64_t ms, char text[DUET_HUB_DATE_BYTES])
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	if (ms <= 0 || !gmtime_r(&seconds, &tm) || tm.tm_year > 8099)
		snprintf(text, DUET_HUB_DATE_BYTES, "0001-01-01T00:00:00Z");
	else
		snprintf(text, DUET_HUB_DATE_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
			 (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)(tm.tm_mon + 1) % 100,
			 (unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
			 (unsigned)tm.tm_sec % 100, (unsigned)(ms % 1000) % 1000);
	return text;
}

/* Exactly `n_digits`; -1: something else. */
static int take_number(struct duet_slice *text, size_t n_digits)
{
	int value = 0;

	if (text->len < n_digits)
		return -1;
	for (size_t i = 0; i < n_digits; i++) {
		if (text->ptr[i] < '0' || text->ptr[i] > '9')
			return -1;
		value = value * 10 + text->ptr[i] - '0';
	}
	text->ptr += n_digits;
	text->len -= n_digits;
	return value;
}

static bool take_char(struct duet_slice *text, const char *any)
{
	if (text->len == 0 || !text->ptr[0] || !strchr(any, text->ptr[0]))
		return false;
	text->ptr++;
	text->len--;
	return true;
}

static bool take_fields(struct duet_slice *text, struct tm *tm)
{
	int year = take_number(text, 4), month, day;

	if (year < 0 || !take_char(text, "-"))
		return false;
	month = take_number(text, 2);
	if (month < 1 || month > 12 || !take_char(text, "-"))
		return false;
	day = take_number(text, 2);
	if (day < 1 || day > 31)
		return false;
	*tm = (struct tm){.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
	if (text->len == 0)
		return true;
	if (!take_char(text, "Tt "))
		return false;
	tm->tm_hour = take_number(text, 2);
	if (tm->tm_hour < 0 || tm->tm_hour > 23 || !take_char(text, ":"))
		return false;
	tm->tm_min = take_number(text, 2);
	if (tm->tm_min < 0 || tm->tm_min > 59 || !take_char(text, ":"))
		return false;
	tm->tm_sec = take_number(text, 2);
	return tm->tm_sec >= 0 && tm->tm_sec <= 60;
}

static int take_milliseconds(struct duet_slice *text)
{
	int digit, ms = 0, scale = 100;

	if (!take_char(text, ".,"))
		return 0;
	while ((digit = take_number(text, 1)) >= 0) {
		ms += digit * scale;
		scale /= 10;
	}
	return ms;
}

/* Seconds east of Greenwich; false: something that is no zone. */
static bool take_zone(struct duet_slice *text, int *offset_s)
{
	int sign, hours, minutes = 0;

	*offset_s = 0;
	if (text->len == 0 || take_char(text, "Zz"))
		return text->len == 0;
	sign = text->ptr[0] == '-' ? -1 : 1;
	if (!take_char(text, "+-"))
		return false;
	hours = take_number(text, 2);
	take_char(text, ":");
	if (text->len > 0)
		minutes = take_number(text, 2);
	*offset_s = sign * (hours * 3600 + minutes * 60);
	return text->len == 0 && hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60;
}

int duet_hub_date_parse(struct duet_slice text, int64_t *ms)
{
	struct tm tm;
	int fraction, offset_s;

	if (!take_fields(&text, &tm))
		return -EINVAL;
	fraction = take_milliseconds(&text);
	if (!take_zone(&text, &offset_s))
		return -EINVAL;
	*ms = ((int64_t)timegm(&tm) - offset_s) * 1000 + fraction;
	if (*ms == NEVER_MS)
		*ms = 0;
	return 0;
}
