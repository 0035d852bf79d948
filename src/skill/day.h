/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SKILL_DAY_H
#define DUET_SKILL_DAY_H

#include "base/zone.h"
#include "duet/skill.h"

/*
 * Which day a person means, in days since 1970 (base/zone.h). From the slots of the shipped sentences: day
 * (today, tomorrow, after_tomorrow, yesterday, before_yesterday, in_three_days, in_four_days, mon … sun,
 * next_mon … next_sun for those of next week, weekend, a feast by its name), or month and monthday, or days
 * and weeks from `today`. A weekday is the next one, today included; a date without its year the next one
 * too. -ENOENT: nothing of that was said; -EINVAL: there is no such day. Pure.
 */
int duet_day_read(int64_t *day, const struct duet_request *request, int64_t today);

/* Is the day that was said one of the week, so that another comes in seven days? */
bool duet_day_is_weekday(const struct duet_request *request);

#endif
