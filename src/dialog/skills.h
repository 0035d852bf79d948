/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_DIALOG_SKILLS_H
#define DUET_DIALOG_SKILLS_H

#include "duet/skill.h"

/*
 * The skills that are open, as the dialog sees them: who carries out which
 * intent, and whose activity is whose. Main thread.
 */
struct duet_skills;

struct duet_skills_setup {
	const struct duet_skill *const *table; /* NULL-terminated */
	struct duet_skill_host host;           /* `user` and the functions below are set for each skill */
	void *user;
	/* As in the host, with the skill's place in the table. */
	int (*activity_begin)(void *user, size_t skill, const char *assistant, enum duet_activity_kind kind,
			      const char *name, const char *reply, json_t *take_vars);
	void (*activity_end)(void *user, int activity);
	int (*volume_get)(void *user);
	void (*volume_set)(void *user, int percent);
	void (*answered)(void *user, uint64_t turn, struct duet_answer *answer);
};

int duet_skills_new(struct duet_skills **skills, const struct duet_skills_setup *setup,
		    struct duet_error *error);
void duet_skills_free(struct duet_skills *skills);

/* False when no skill knows the intent. */
bool duet_skills_handle(struct duet_skills *skills, const struct duet_request *request,
			struct duet_answer *answer);

/* What an answer holds is dropped. */
void duet_answer_drop(struct duet_answer *answer);

/* A control for an activity that the skill began; false when the skill does not care for controls. */
bool duet_skills_control(struct duet_skills *skills, size_t skill, int activity, enum duet_control control);
void duet_skills_clock_changed(struct duet_skills *skills);
/* Of the store's writes up to `ticket` some have failed. */
void duet_skills_unsaved(struct duet_skills *skills, uint64_t ticket);

#endif
