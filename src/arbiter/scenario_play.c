/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "arbiter/scenario.h"

/* A scenario against the arbiter. */

struct play {
	const struct duet_scenarios *all;
	struct duet_arbiter arbiter;
	struct duet_actions actions;
	int64_t call_back_ms; /* negative: none is wanted */
	void (*each)(void *user, const struct duet_step *step, const struct duet_actions *actions);
	void *user;
	struct duet_error *error;
};

static bool fits(const struct duet_expectation *wanted, const struct duet_action *action)
{
	if (wanted->action.kind != action->kind)
		return false;
	for (int i = 0; duet_action_fields[i].name; i++) {
		if ((wanted->fields & (1u << i)) &&
		    !duet_field_equal(&duet_action_fields[i], &wanted->action, action))
			return false;
	}
	return true;
}

/* The place of the first action from `at` on that fits; n when none does. */
static size_t find(const struct duet_actions *actions, const struct duet_expectation *wanted, size_t at)
{
	while (at < actions->n && !fits(wanted, &actions->list[at]))
		at++;
	return at;
}

static int complain(const struct play *play, const char *what, const struct duet_expectation *wanted,
		    int line)
{
	char text[256] = "";

	if (wanted)
		duet_action_text(&wanted->action, &play->all->labels, text, sizeof(text));
	duet_error_set(play->error, -EPROTO, "%s%.160s", what, text);
	duet_error_at(play->error, play->all->path, line, 0);
	return -EPROTO;
}

static int check(const struct play *play, const struct duet_step *step)
{
	size_t at = 0;

	if (step->nothing && play->actions.n > 0)
		return complain(play, "something happens that must not", NULL, step->line);
	for (size_t i = 0; i < step->n_then; i++) {
		at = find(&play->actions, &step->then[i], at);
		if (at++ == play->actions.n)
			return complain(play, "it does not happen, or too early: ", &step->then[i],
					step->then[i].line);
	}
	for (size_t i = 0; i < step->n_never; i++) {
		if (find(&play->actions, &step->never[i], 0) < play->actions.n)
			return complain(play, "it must not happen: ", &step->never[i], step->never[i].line);
	}
	return 0;
}

static void send(struct play *play, const struct duet_step *step)
{
	duet_arbiter_step(&play->arbiter, &step->event, step->at_ms, &play->actions);
	for (size_t i = 0; i < play->actions.n; i++) {
		if (play->actions.list[i].kind == DUET_ACTION_CALL_BACK)
			play->call_back_ms = play->actions.list[i].at_ms;
	}
}

static void tell(const struct play *play, const struct duet_step *step)
{
	if (play->each)
		play->each(play->user, step, &play->actions);
}

/* What the arbiter wanted to be called back for is no part of the step that comes after it. */
static void call_back(struct play *play, const struct duet_step *next)
{
	struct duet_step step = {.at_ms = play->call_back_ms, .event.kind = DUET_EVENT_TIME};
	bool is_it = next->kind == DUET_STEP_EVENT && next->event.kind == DUET_EVENT_TIME;

	if (play->call_back_ms < 0 || next->at_ms < step.at_ms)
		return;
	play->call_back_ms = -1;
	if (is_it && next->at_ms == step.at_ms)
		return;
	send(play, &step);
	tell(play, &step);
}

static void take(struct play *play, struct duet_step *step)
{
	call_back(play, step);
	play->actions.n = 0;
	if (step->kind == DUET_STEP_RESTART)
		duet_arbiter_init(&play->arbiter, 0, play->arbiter.turn);
	if (step->kind != DUET_STEP_EVENT)
		return;
	if (!step->turn_given)
		step->event.turn = play->arbiter.turn;
	send(play, step);
}

int duet_scenario_play(const struct duet_scenarios *all, const struct duet_scenario *scenario,
		       void (*each)(void *user, const struct duet_step *step,
				    const struct duet_actions *actions),
		       void *user, struct duet_error *error)
{
	struct play play = {.all = all, .call_back_ms = -1, .each = each, .user = user, .error = error};

	duet_arbiter_init(&play.arbiter, 0, 0);
	for (size_t i = 0; i < scenario->n_steps; i++) {
		struct duet_step step = scenario->steps[i];
		int result;

		take(&play, &step);
		tell(&play, &step);
		result = check(&play, &step);
		if (result < 0)
			return result;
	}
	return 0;
}
