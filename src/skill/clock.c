/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "skill/day.h"
#include "skill/moment.h"
#include "skill/phrase.h"
#include "skill/request.h"
#include "skill/skills.h"

/* Time and date, here and elsewhere. */

struct clocks {
	const struct duet_skill_host *host;
};

static int clock_open(void *state, const struct duet_skill_host *host, struct duet_error *error)
{
	((struct clocks *)state)->host = host;
	return 0;
}

static void clock_close(void *state)
{
}

/* Read anew each time: it is asked a few times a day, and the system's zone may have changed. */
static bool civil_in(const char *zone_name, int64_t at_s, struct duet_civil *civil, int *offset_s)
{
	struct duet_zone *zone;

	if (duet_zone_new(&zone, zone_name, NULL) < 0)
		return false;
	duet_zone_civil(zone, at_s, civil);
	*offset_s = duet_zone_offset_s(zone, at_s);
	duet_zone_free(zone);
	return true;
}

static void time_here(const struct duet_request *request, const struct duet_civil *now,
		      struct duet_answer *answer)
{
	char time[64];

	duet_phrase_time(request->language, now, time, sizeof(time));
	duet_answer_set(answer, DUET_ANSWER_REPLY, request->response ? request->response : "default",
			json_pack("{s:s, s:s, s:i, s:i}", "skill", "clock", "do", "tell time", "hour",
				  now->hour, "minute", now->minute),
			json_pack("{s:s, s:i, s:i}", "time", time, "hour", now->hour, "minute", now->minute));
}

/* What a place is ahead of here or behind. */
static json_t *difference(const struct duet_request *request, int ahead_s)
{
	char text[96];

	return json_pack("{s:b, s:b, s:s}", "same", ahead_s == 0, "ahead", ahead_s > 0, "difference",
			 duet_phrase_duration(request->language, abs(ahead_s), text, sizeof(text)));
}

static void time_there(const struct duet_request *request, const struct duet_civil *here, int64_t now_s,
		       int offset_s, struct duet_answer *answer)
{
	const char *zone = duet_request_value(request, "city"), *city = duet_request_said(request, "city");
	struct duet_civil there;
	int there_s = 0;
	json_t *vars;
	char time[64];

	if (!zone || !strchr(zone, '/') || !civil_in(zone, now_s, &there, &there_s)) {
		duet_answer_set(answer, DUET_ANSWER_FAILED, "no_zone", NULL,
				json_pack("{s:s}", "city", city ? city : ""));
		return;
	}
	duet_phrase_time(request->language, &there, time, sizeof(time));
	vars = difference(request, there_s - offset_s);
	json_object_set_new(vars, "city", json_string(city));
	json_object_set_new(vars, "time", json_string(time));
	json_object_set_new(vars, "days_apart",
			    json_integer(duet_civil_days(there.year, there.month, there.day) -
					 duet_civil_days(here->year, here->month, here->day)));
	duet_answer_set(answer, DUET_ANSWER_REPLY, request->response ? request->response : "default",
			json_pack("{s:s, s:s, s:s, s:i, s:i}", "skill", "clock", "do", "tell time", "zone",
				  zone, "hour", there.hour, "minute", there.minute),
			vars);
}

static void date(const struct duet_request *request, const struct duet_civil *now, struct duet_answer *answer)
{
	const char *day = duet_request_value(request, "day");
	int64_t today = duet_civil_days(now->year, now->month, now->day), asked_day = today;
	struct duet_civil asked;
	char text[96], iso[32];

	if (duet_day_read(&asked_day, request, today) == -EINVAL) {
		duet_answer_set(answer, DUET_ANSWER_FAILED, "no_such_day", NULL, NULL);
		return;
	}
	duet_civil_from_days(asked_day, &asked);
	duet_phrase_date(request->language, &asked, text, sizeof(text));
	snprintf(iso, sizeof(iso), "%04d-%02d-%02d", asked.year, asked.month, asked.day);
	duet_answer_set(answer, DUET_ANSWER_REPLY, request->response ? request->response : "default",
			json_pack("{s:s, s:s, s:s}", "skill", "clock", "do", "tell date", "date", iso),
			json_pack("{s:s, s:s, s:i, s:s}", "date", text, "weekday",
				  duet_phrase_weekday(request->language, asked.weekday), "year", asked.year,
				  "day",
				  day                  ? day
				  : asked_day == today ? "today"
						       : ""));
}

static void clock_handle(void *state, const struct duet_request *request, struct duet_answer *answer)
{
	const struct duet_skill_host *host = ((struct clocks *)state)->host;
	int64_t now_s = duet_clock_wall_s(host->clock);
	struct duet_civil now;
	int offset_s = 0;

	if (now_s < DUET_MOMENT_CLOCK_SET_S || !civil_in(host->settings->zone, now_s, &now, &offset_s))
		duet_answer_set(answer, DUET_ANSWER_FAILED, "clock_not_set", NULL, NULL);
	else if (duet_request_is(request, "HassGetCurrentDate"))
		date(request, &now, answer);
	else if (duet_request_is(request, "DuetTimeInCity"))
		time_there(request, &now, now_s, offset_s, answer);
	else
		time_here(request, &now, answer);
}

const struct duet_skill duet_skill_clock = {
	.name = "clock",
	.intents = (const char *const[]){"HassGetCurrentTime", "HassGetCurrentDate", "DuetTimeInCity", NULL},
	.state_size = sizeof(struct clocks),
	.open = clock_open,
	.handle = clock_handle,
	.close = clock_close,
};
