/* SPDX-License-Identifier: Apache-2.0 */
#include "skill/home_skill.h"

#include <string.h>

#include "skill/request.h"
#include "skill/skills.h"

/* The house: on and off, open and closed, lights, heating, questions. */

static const struct {
	const char *intent;
	void (*handle)(struct duet_home_skill *self, const struct duet_request *request,
		       struct duet_answer *answer);
} handlers[] = {
	{"HassTurnOn", duet_home_turn_on},
	{"HassTurnOff", duet_home_turn_off},
	{"HassToggle", duet_home_toggle},
	{"HassSetPosition", duet_home_set_position},
	{"DuetStopCover", duet_home_stop_cover},
	{"HassFanSetSpeed", duet_home_fan_speed},
	{"HassLightSet", duet_home_light_set},
	{"HassClimateSetTemperature", duet_home_climate_set},
	{"HassClimateGetTemperature", duet_home_climate_get},
	{"HassGetWeather", duet_home_weather},
	{"HassGetState", duet_home_get_state},
};

static int home_open(void *state, const struct duet_skill_host *host, struct duet_error *error)
{
	struct duet_home_skill *self = state;

	self->host = host;
	self->jobs.host = host;
	return 0;
}

static void home_handle(void *state, const struct duet_request *request, struct duet_answer *answer)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++) {
		if (duet_request_is(request, handlers[i].intent))
			handlers[i].handle(state, request, answer);
	}
}

static void home_close(void *state)
{
	duet_home_jobs_done(&((struct duet_home_skill *)state)->jobs);
}

const struct duet_skill duet_skill_home = {
	.name = "home",
	.intents = (const char *const[]){"HassTurnOn", "HassTurnOff", "HassToggle", "HassSetPosition",
					 "DuetStopCover", "HassFanSetSpeed", "HassLightSet",
					 "HassClimateSetTemperature", "HassClimateGetTemperature",
					 "HassGetWeather", "HassGetState", NULL},
	.state_size = sizeof(struct duet_home_skill),
	.open = home_open,
	.handle = home_handle,
	.close = home_close,
};
