/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SKILL_HOME_ABOUT_H
#define DUET_SKILL_HOME_ABOUT_H

#include "skill/home_target.h"

/* What was talked about in the house, for what is said next (see struct duet_answer). New references. */

/* What "it" is: the thing, or the place that was said. */
json_t *duet_home_it(const struct duet_targets *targets, const struct duet_request *request);

/* "The other one": what is like the only target, in its room, else anywhere; NULL: nothing. */
json_t *duet_home_others(const struct duet_home *home, const struct duet_targets *targets,
			 const struct duet_request *request);

/* Things of one name, to choose one of by its room. */
json_t *duet_home_choices(const struct duet_home *home, const struct duet_targets *targets,
			  const char *language);

/* The request that brings back what the thing is now, before `service` changes it; NULL: nothing can. */
json_t *duet_home_undo(const struct duet_home *home, const struct duet_home_entity *entity,
		       const char *service, const json_t *data);

#endif
