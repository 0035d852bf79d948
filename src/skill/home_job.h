/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SKILL_HOME_JOB_H
#define DUET_SKILL_HOME_JOB_H

#include "duet/skill.h"
#include "skill/home_target.h"

/*
 * One order to several things at once. The answer comes when all have answered, at once or later, or when
 * those that are silent have been waited for long enough.
 */
struct duet_home_order {
	const char *what;          /* for the act: "turn_on" */
	const char *key;           /* of the response when all went well */
	const char *not_supported; /* … when none of them can do that; NULL: "not_supported" */
	json_t *take_undo;         /* what takes it back; NULL: each thing becomes again what it was */
	json_t *take_vars;         /* for the response, beside names and count */
	/* The service and the data for one thing; NULL: nothing is to be done for it. *take_data is a new
	 * reference or NULL. */
	const char *(*service)(const void *user, const struct duet_home_entity *entity, json_t **take_data);
	const void *user; /* used only during the call */
};

/* A list of orders that wait, one for each skill. */
struct duet_home_jobs {
	const struct duet_skill_host *host;
	struct duet_home_job *first;
};

void duet_home_run(struct duet_home_jobs *jobs, const struct duet_request *request,
		   const struct duet_targets *targets, const struct duet_home_order *order,
		   struct duet_answer *answer);
void duet_home_jobs_done(struct duet_home_jobs *jobs);

#endif
