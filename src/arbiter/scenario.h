/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_ARBITER_SCENARIO_H
#define DUET_ARBITER_SCENARIO_H

#include "arbiter/vocabulary.h"
#include "duet/error.h"

/*
 * Conformance scenarios: events with times and the actions that they must
 * cause, each naming the rules that it proves. data/arbiter/README.md describes
 * the files, for those who have another speaker as well.
 */
#define DUET_RULES 21

struct duet_expectation {
	struct duet_action action;
	unsigned fields; /* that must be as in `action`, 1 << place in duet_action_fields */
	int line;
};

enum duet_step_kind {
	DUET_STEP_EVENT,
	DUET_STEP_RESTART, /* the speaker starts anew: activities are begun again by those who own them */
	DUET_STEP_NETWORK, /* the network comes or goes: an arbiter never hears of it (21) */
};

struct duet_step {
	enum duet_step_kind kind;
	int64_t at_ms;
	struct duet_event event;
	bool turn_given; /* else it is the current one's */
	bool network_on;
	bool nothing;                        /* the event must cause no action at all */
	const struct duet_expectation *then; /* actions that must come, in this order; others may */
	size_t n_then;
	const struct duet_expectation *never; /* those that must not */
	size_t n_never;
	int line;
};

struct duet_scenario {
	const char *name;
	uint32_t rules; /* 1 << number */
	const struct duet_step *steps;
	size_t n_steps;
	int line;
};

struct duet_scenarios {
	const char *path;
	struct duet_labels labels; /* the first assistant is the default one */
	struct duet_scenario *list;
	size_t n;
	struct duet_arena *arena;
};

/* A mistake says file, line, column and what is wrong. */
int duet_scenarios_load(struct duet_scenarios **scenarios, const char *path, struct duet_error *error);
int duet_scenarios_parse(struct duet_scenarios **scenarios, const char *name, const char *bytes,
			 size_t n_bytes, struct duet_error *error);
void duet_scenarios_free(struct duet_scenarios *scenarios);

/* Plays it on a new arbiter; `each` (or NULL) sees every step with what it caused, its event filled in. 0, or
 * -EPROTO: an expectation does not hold, and `error` says which. */
int duet_scenario_play(const struct duet_scenarios *all, const struct duet_scenario *scenario,
		       void (*each)(void *user, const struct duet_step *step,
				    const struct duet_actions *actions),
		       void *user, struct duet_error *error);

#endif
