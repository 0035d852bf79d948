/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SKILL_HOME_SKILL_H
#define DUET_SKILL_HOME_SKILL_H

#include "skill/home_job.h"

/* The parts of the home skill: each handler carries out one intent. */
struct duet_home_skill {
	const struct duet_skill_host *host;
	struct duet_home_jobs jobs;
};

typedef void duet_home_handler(struct duet_home_skill *self, const struct duet_request *request,
			       struct duet_answer *answer);

/* home_switch.c */
duet_home_handler duet_home_turn_on, duet_home_turn_off, duet_home_toggle, duet_home_set_position,
	duet_home_stop_cover, duet_home_fan_speed;
/* home_light.c */
duet_home_handler duet_home_light_set;
/* home_climate.c */
duet_home_handler duet_home_climate_set, duet_home_climate_get;
/* home_weather.c */
duet_home_handler duet_home_weather;
/* home_state.c */
duet_home_handler duet_home_get_state;

#endif
