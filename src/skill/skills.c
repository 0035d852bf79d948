/* SPDX-License-Identifier: Apache-2.0 */
#include "skill/skills.h"

const struct duet_skill *const duet_skills[] = {
	&duet_skill_clock,
	&duet_skill_timer,
	&duet_skill_alarm,
	&duet_skill_reminder,
	&duet_skill_volume,
	&duet_skill_control,
	&duet_skill_talk,
	&duet_skill_home,
	&duet_skill_media,
	&duet_skill_list,
	NULL,
};
