/* SPDX-License-Identifier: Apache-2.0 */
#include "dialog/skills.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"

struct opened {
	struct duet_skills *all;
	const struct duet_skill *skill;
	void *state;
	struct duet_skill_host host;
	bool is_open;
};

struct duet_skills {
	struct duet_skills_setup setup;
	size_t n;
	struct opened list[];
};

static int activity_begin(void *user, const char *assistant, enum duet_activity_kind kind, const char *name,
			  const char *reply, json_t *take_vars)
{
	struct opened *self = user;
	const struct duet_skills_setup *setup = &self->all->setup;

	return setup->activity_begin(setup->user, (size_t)(self - self->all->list), assistant, kind, name,
				     reply, take_vars);
}

static void activity_end(void *user, int activity)
{
	const struct duet_skills_setup *setup = &((struct opened *)user)->all->setup;

	setup->activity_end(setup->user, activity);
}

static int volume_get(void *user)
{
	const struct duet_skills_setup *setup = &((struct opened *)user)->all->setup;

	return setup->volume_get(setup->user);
}

static void volume_set(void *user, int percent)
{
	const struct duet_skills_setup *setup = &((struct opened *)user)->all->setup;

	setup->volume_set(setup->user, percent);
}

static void answered(void *user, uint64_t turn, struct duet_answer *answer)
{
	const struct duet_skills_setup *setup = &((struct opened *)user)->all->setup;

	setup->answered(setup->user, turn, answer);
}

static int open_one(struct duet_skills *skills, size_t i, struct duet_error *error)
{
	struct opened *self = &skills->list[i];
	int result;

	self->all = skills;
	self->skill = skills->setup.table[i];
	self->host = skills->setup.host;
	self->host.user = self;
	self->host.activity_begin = activity_begin;
	self->host.activity_end = activity_end;
	self->host.volume_get = volume_get;
	self->host.volume_set = volume_set;
	self->host.answered = answered;
	self->state = duet_calloc(1, self->skill->state_size ? self->skill->state_size : 1);
	if (!self->state)
		return duet_error_set(error, -ENOMEM, "out of memory");
	result = self->skill->open ? self->skill->open(self->state, &self->host, error) : 0;
	self->is_open = result == 0;
	return result;
}

int duet_skills_new(struct duet_skills **skills, const struct duet_skills_setup *setup,
		    struct duet_error *error)
{
	struct duet_skills *made;
	size_t n = 0;

	while (setup->table[n])
		n++;
	made = duet_calloc(1, sizeof(*made) + n * sizeof(made->list[0]));
	if (!made)
		return duet_error_set(error, -ENOMEM, "out of memory");
	made->setup = *setup;
	made->n = n;
	for (size_t i = 0; i < n; i++) {
		int result = open_one(made, i, error);

		if (result < 0) {
			duet_skills_free(made);
			return result;
		}
	}
	*skills = made;
	return 0;
}

void duet_skills_free(struct duet_skills *skills)
{
	if (!skills)
		return;
	for (size_t i = skills->n; i-- > 0;) {
		struct opened *self = &skills->list[i];

		if (self->is_open && self->skill->close)
			self->skill->close(self->state);
		duet_free(self->state);
	}
	duet_free(skills);
}

static bool knows(const struct duet_skill *skill, const char *intent)
{
	for (const char *const *one = skill->intents; *one; one++) {
		if (strcmp(*one, intent) == 0)
			return true;
	}
	return false;
}

bool duet_skills_handle(struct duet_skills *skills, const struct duet_request *request,
			struct duet_answer *answer)
{
	for (size_t i = 0; i < skills->n; i++) {
		struct opened *self = &skills->list[i];

		if (!knows(self->skill, request->intent))
			continue;
		self->skill->handle(self->state, request, answer);
		return true;
	}
	duet_warn("dialog", "no skill carries out %s", request->intent);
	return false;
}

void duet_answer_drop(struct duet_answer *answer)
{
	json_decref(answer->act);
	json_decref(answer->vars);
	json_decref(answer->choices);
	json_decref(answer->it);
	json_decref(answer->undo);
	*answer = (struct duet_answer){.kind = DUET_ANSWER_REPLY};
}

bool duet_skills_control(struct duet_skills *skills, size_t skill, int activity, enum duet_control control)
{
	struct opened *self = &skills->list[skill];

	if (!self->skill->control)
		return false;
	self->skill->control(self->state, activity, control);
	return true;
}

void duet_skills_clock_changed(struct duet_skills *skills)
{
	for (size_t i = 0; i < skills->n; i++) {
		if (skills->list[i].skill->clock_changed)
			skills->list[i].skill->clock_changed(skills->list[i].state);
	}
}

void duet_skills_unsaved(struct duet_skills *skills, uint64_t ticket)
{
	for (size_t i = 0; i < skills->n; i++) {
		if (skills->list[i].skill->unsaved)
			skills->list[i].skill->unsaved(skills->list[i].state, ticket);
	}
}
