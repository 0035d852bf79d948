/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SKILL_HOME_TARGET_H
#define DUET_SKILL_HOME_TARGET_H

#include "duet/skill.h"
#include "skill/home.h"

/* Which things of the house a request means. */

enum { DUET_TARGETS_MAX = 128 };

struct duet_targets {
	const struct duet_home_entity *list[DUET_TARGETS_MAX];
	size_t n;
	const char *area; /* what the area or floor is called that was said (or is the speaker's own), "" */
	bool named;       /* it was one thing by its name */
};

/*
 * From the slots name, area, floor, domain and device_class. No name and no place: the speaker's own area; no
 * own area, or `name: all`: the whole house. `domain` replaces the slot's (NULL: the slot's). 0, or -ENOENT
 * and the answer says what was not found.
 */
int duet_targets_find(struct duet_targets *targets, const struct duet_skill_host *host,
		      const struct duet_request *request, const char *domain, struct duet_answer *answer);

/* No room was said, none is known, and there is more than one: true, and the answer asks which. */
bool duet_targets_ask_area(const struct duet_targets *targets, const struct duet_home *home,
			   const struct duet_request *request, struct duet_answer *answer);

/* Keeps those for which `keep` is true; how many. */
size_t duet_targets_keep(struct duet_targets *targets, bool (*keep)(const struct duet_home_entity *entity));

/* "Bed Light and TV". */
const char *duet_targets_names(const struct duet_targets *targets, const char *language, char *out,
			       size_t size);

/* The variables that every answer about the house has: names, count, area; a new object. */
json_t *duet_targets_vars(const struct duet_targets *targets, const struct duet_request *request);

#endif
