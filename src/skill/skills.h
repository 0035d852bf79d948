/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SKILL_SKILLS_H
#define DUET_SKILL_SKILLS_H

#include "duet/skill.h"

/* The skills of this folder; duet_skills lists them. */
extern const struct duet_skill duet_skill_alarm, duet_skill_clock, duet_skill_control, duet_skill_home,
	duet_skill_list, duet_skill_media, duet_skill_reminder, duet_skill_talk, duet_skill_timer,
	duet_skill_volume;

#endif
