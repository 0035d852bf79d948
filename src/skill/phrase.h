/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SKILL_PHRASE_H
#define DUET_SKILL_PHRASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/zone.h"

/*
 * The small pieces of an answer that templates would be too long for: how long, what time, which day, this
 * and that. Written as people write ("7:15 AM", "早上7:15"); the voice reads them out. Pure. A language that
 * is not known gets English. Each writes at most `size` bytes with the NUL and returns `out`.
 */

/* "1 hour and 5 minutes", "1小时5分钟"; the two largest units that are not zero, at least "0 seconds". */
const char *duet_phrase_duration(const char *language, int64_t seconds, char *out, size_t size);

/* The same in front of a noun: "10 minute" timer, "10分钟". */
const char *duet_phrase_length(const char *language, int64_t seconds, char *out, size_t size);

/* "7:15 AM", "早上7:15". */
const char *duet_phrase_time(const char *language, const struct duet_civil *civil, char *out, size_t size);

/* "Sunday, November 22", "11月22日，星期日"; and the weekday alone. */
const char *duet_phrase_date(const char *language, const struct duet_civil *civil, char *out, size_t size);
const char *duet_phrase_weekday(const char *language, enum duet_weekday weekday);

/* "today", "tomorrow", "后天": what the language calls a day so many days ahead, NULL when it has no word for
 * it. */
const char *duet_phrase_near_day(const char *language, int days);

/* Day and time as seen from `now`: "tomorrow at 7:15 AM", "明天早上7:15". */
const char *duet_phrase_when(const char *language, const struct duet_civil *now,
			     const struct duet_civil *then, char *out, size_t size);

/* "on weekdays at 7:15 AM", "工作日早上7:15"; `days` has a bit for each weekday, Monday is bit 0. */
const char *duet_phrase_repeat(const char *language, unsigned days, const struct duet_civil *time, char *out,
			       size_t size);

/* "in 10 minutes", "10分钟后". */
const char *duet_phrase_in(const char *language, int64_t seconds, char *out, size_t size);

/* "a, b and c", "a、b和c". */
const char *duet_phrase_list(const char *language, const char *const *items, size_t n_items, char *out,
			     size_t size);

/* What a weather condition of Home Assistant ("partlycloudy") is called; the word itself when it is not
 * known. */
const char *duet_phrase_weather(const char *language, const char *condition);

/* "pizza with 5 minutes left", "煮蛋还剩5分钟". */
const char *duet_phrase_left(const char *language, const char *what, int64_t seconds, char *out, size_t size);

/* "21", "20.5". */
const char *duet_phrase_number(double number, char *out, size_t size);

/* Are these the same words, whatever their case? */
bool duet_phrase_same(const char *a, const char *b);

#endif
