/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/clock.h"
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
static bool civil_in(const char *zone_name, int64_t at_s, struct duet_civil *civil)
{
	struct duet_zone *zone;

	if (duet_zone_new(&zone, zone_name, NULL) < 0)
		return false;
	duet_zone_civil(zone, at_s, civil);
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

static void time_there(const struct duet_request *request, const struct duet_civil *here, int64_t now_s,
		       struct duet_answer *answer)
{
	const char *zone = duet_request_value(request, "city"), *city = duet_request_said(request, "city");
	struct duet_civil there;
	char time[64];

	if (!zone || !civil_in(zone, now_s, &there)) {
		duet_answer_set(answer, DUET_ANSWER_FAILED, "no_zone", NULL,
				json_pack("{s:s}", "city", city ? city : ""));
		return;
	}
	duet_phrase_time(request->language, &there, time, sizeof(time));
	duet_answer_set(answer, DUET_ANSWER_REPLY, "default",
			json_pack("{s:s, s:s, s:s, s:i, s:i}", "skill", "clock", "do", "tell time", "zone",
				  zone, "hour", there.hour, "minute", there.minute),
			json_pack("{s:s, s:s, s:i}", "city", city, "time", time, "days_apart",
				  (int)(duet_civil_days(there.year, there.month, there.day) -
					duet_civil_days(here->year, here->month, here->day))));
}

static void date(const struct duet_request *request, const struct duet_civil *now, struct duet_answer *answer)
{
	static const char *const days[] = {"today", "tomorrow", "after_tomorrow"};
	const char *day = duet_request_value(request, "day");
	int64_t day_number = duet_civil_days(now->year, now->month, now->day);
	struct duet_civil asked;
	char text[96], iso[32];

	for (int i = 0; i < 3; i++)
		day_number += day && strcmp(day, days[i]) == 0 ? i : 0;
	duet_civil_from_days(day_number, &asked);
	duet_phrase_date(request->language, &asked, text, sizeof(text));
	snprintf(iso, sizeof(iso), "%04d-%02d-%02d", asked.year, asked.month, asked.day);
	duet_answer_set(answer, DUET_ANSWER_REPLY, request->response ? request->response : "default",
			json_pack("{s:s, s:s, s:s}", "skill", "clock", "do", "tell date", "date", iso),
			json_pack("{s:s, s:s, s:s}", "date", text, "weekday",
				  duet_phrase_weekday(request->language, asked.weekday), "day",
				  day ? day : "today"));
}

static void clock_handle(void *state, const struct duet_request *request, struct duet_answer *answer)
{
	const struct duet_skill_host *host = ((struct clocks *)state)->host;
	int64_t now_s = duet_clock_wall_s(host->clock);
	struct duet_civil now;

	if (now_s < DUET_MOMENT_CLOCK_SET_S || !civil_in(host->settings->zone, now_s, &now))
		duet_answer_set(answer, DUET_ANSWER_FAILED, "clock_not_set", NULL, NULL);
	else if (duet_request_is(request, "HassGetCurrentDate"))
		date(request, &now, answer);
	else if (duet_request_is(request, "DuetTimeInCity"))
		time_there(request, &now, now_s, answer);
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
