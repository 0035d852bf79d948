/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BASE_ZONE_H
#define DUET_BASE_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "duet/error.h"
#include "duet/slice.h"

/*
 * Time zones of the system's tzdata (RFC 8536), read by ourselves: libc's
 * tzset is one for the whole process, and a speaker is asked for the time in
 * other cities. Immutable once made; any thread. Proleptic Gregorian calendar,
 * no leap seconds.
 */
struct duet_zone;

enum duet_weekday {
	DUET_MONDAY,
	DUET_TUESDAY,
	DUET_WEDNESDAY,
	DUET_THURSDAY,
	DUET_FRIDAY,
	DUET_SATURDAY,
	DUET_SUNDAY
};

/* What a clock on the wall and a calendar show. */
struct duet_civil {
	int year, month, day;     /* month and day from 1 */
	int hour, minute, second; /* 0 … 23, 0 … 59, 0 … 59 */
	enum duet_weekday weekday;
};

/* `name` is an IANA name ("Asia/Shanghai") or a POSIX rule ("CET-1CEST,M3.5.0,M10.5.0/3"); NULL: the system's
 * zone
 * ($TZ, /etc/localtime, else UTC). -ENOENT for a name that is not known. */
int duet_zone_new(struct duet_zone **zone, const char *name, struct duet_error *error);
/* From a TZif file's bytes. */
int duet_zone_parse(struct duet_zone **zone, struct duet_slice tzif);
void duet_zone_free(struct duet_zone *zone);

/* Seconds east of Greenwich at that moment. */
int duet_zone_offset_s(const struct duet_zone *zone, int64_t utc_s);
void duet_zone_civil(const struct duet_zone *zone, int64_t utc_s, struct duet_civil *civil);

enum duet_zone_fit {
	DUET_ZONE_ONCE, /* the usual case */
	DUET_ZONE_GAP, /* that time does not exist (clocks go forward): the result is as much later as the gap
			  is wide */
	DUET_ZONE_TWICE, /* it comes twice (clocks go back): the result is the first */
};

/* When the zone's clocks show `civil` (weekday is not looked at; fields out of range carry over). */
int64_t duet_zone_utc(const struct duet_zone *zone, const struct duet_civil *civil, enum duet_zone_fit *fit);

/* Days since 1970-01-01 and back. */
int64_t duet_civil_days(int year, int month, int day);
void duet_civil_from_days(int64_t days, struct duet_civil *civil);

#endif
