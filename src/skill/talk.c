/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "skill/moment.h"
#include "skill/request.h"
#include "skill/skills.h"

/* Small talk: all of it is in the responses; here is only what they may ask for. */

struct talk {
	const struct duet_skill_host *host;
};

static const struct {
	int until;
	const char *name;
} periods[] = {{5, "night"}, {12, "morning"}, {18, "afternoon"}, {21, "evening"}, {24, "night"}};

static int talk_open(void *state, const struct duet_skill_host *host, struct duet_error *error)
{
	((struct talk *)state)->host = host;
	return 0;
}

/* The part of the day, "day" while nobody knows. */
static const char *period_now(const struct duet_skill_host *host)
{
	int64_t now_s = duet_clock_wall_s(host->clock);
	struct duet_civil now;
	struct duet_zone *zone;
	size_t i = 0;

	if (now_s < DUET_MOMENT_CLOCK_SET_S || duet_zone_new(&zone, host->settings->zone, NULL) < 0)
		return "day";
	duet_zone_civil(zone, now_s, &now);
	duet_zone_free(zone);
	while (now.hour >= periods[i].until)
		i++;
	return periods[i].name;
}

static void talk_handle(void *state, const struct duet_request *request, struct duet_answer *answer)
{
	const struct duet_skill_host *host = ((struct talk *)state)->host;

	duet_answer_set(answer, DUET_ANSWER_REPLY, request->response ? request->response : "default",
			json_pack("{s:s, s:s}", "skill", "talk", "do", request->intent),
			json_pack("{s:s, s:s}", "assistant_name",
				  request->assistant_name ? request->assistant_name : request->assistant,
				  "period", period_now(host)));
}

static void talk_close(void *state)
{
}

const struct duet_skill duet_skill_talk = {
	.name = "talk",
	.intents = (const char *const[]){"DuetHelp", "DuetGreeting", "DuetThanks", "DuetGoodbye",
					 "DuetHowAreYou", "DuetWhoAreYou", "DuetJoke", NULL},
	.state_size = sizeof(struct talk),
	.open = talk_open,
	.handle = talk_handle,
	.close = talk_close,
};
