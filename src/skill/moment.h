/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SKILL_MOMENT_H
#define DUET_SKILL_MOMENT_H

#include "base/zone.h"
#include "duet/skill.h"

/*
 * When something shall happen, as a person says it. A time of day belongs to the
 * clock on the wall (after a change of the zone or of summer time, seven
 * o'clock is still seven o'clock), "in ten minutes" belongs to time itself.
 */
struct duet_moment {
	enum { DUET_MOMENT_AT, DUET_MOMENT_DATE, DUET_MOMENT_REPEAT } kind;
	int64_t at_s;            /* AT: since 1970 UTC */
	struct duet_civil civil; /* DATE: day and time; REPEAT: the time */
	unsigned days;           /* REPEAT: a bit for each weekday, Monday is bit 0 */
};

/* Before this (2024-01-01 UTC) the clock has not been set. */
#define DUET_MOMENT_CLOCK_SET_S 1704067200

/*
 * From the slots of the shipped sentences: hours, minutes, seconds; or hour, minute, minutes_to, period,
 * named, repeat, and what skill/day.h reads. An hour without its half of the day means the next one; on
 * another day what is usual
 * (`morning`: as for an alarm). -ENOENT: nothing of that was said; -ERANGE: it is over; -EINVAL: no such
 * time.
 */
int duet_moment_read(struct duet_moment *moment, const struct duet_request *request,
		     const struct duet_zone *zone, int64_t now_s, bool morning);

/* The first time after `after_s` (DATE, AT: the only one, whenever); *fit as in base/zone.h, or NULL. */
int64_t duet_moment_next(const struct duet_moment *moment, const struct duet_zone *zone, int64_t after_s,
			 enum duet_zone_fit *fit);

/* Do they mean the same? */
bool duet_moment_equal(const struct duet_moment *a, const struct duet_moment *b);

/* "tomorrow at 7:15 AM", "every day at …", "in ten minutes" when `fresh`. */
const char *duet_moment_phrase(const struct duet_moment *moment, const char *language,
			       const struct duet_zone *zone, int64_t now_s, bool fresh, char *out,
			       size_t size);

/* For the store: an object, and back (-EINVAL). */
json_t *duet_moment_json(const struct duet_moment *moment);
int duet_moment_from_json(struct duet_moment *moment, const json_t *json);

#endif
