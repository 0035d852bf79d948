/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_NLU_SUITE_H
#define DUET_CMD_NLU_SUITE_H

#include "cmd/nlu/nlu_fixture.h"

/*
 * The tests of one language of a suite, tests/LANG of a checkout:
 *
 *   2025: *.yaml for all intents, _fixtures.yaml is the home of all tests, _test_failures.yaml lists
 *         sentences that are known to fail
 *   2026: INTENT/COMBINATION.yaml, each with a home of its own; a _fixtures.yaml beside them is not theirs
 */
enum nlu_layout { NLU_LAYOUT_2025, NLU_LAYOUT_2026 };

/* One sentence and what it must mean. */
struct nlu_case {
	const char *file;
	int line;
	const char *sentence;
	const char *intent, *combination;       /* combination NULL: any */
	const struct duet_yaml_node *slots;     /* a map, or NULL: none */
	const struct duet_yaml_node *responses; /* a text or a list of those that are right, or NULL: any */
	bool known_to_fail;
	struct nlu_view view;
	struct duet_match_context context;
};

struct nlu_suite_run {
	enum nlu_layout layout;
	const char
		*folder; /* tests/LANG; what intents.yaml, two folders above, does not name is not tested */
	void *user;
	/* Before the cases of a file, `path`; both return 0 or a negative errno that ends the run. */
	int (*begin)(void *user, const char *path, const struct nlu_fixture *fixture,
		     struct duet_error *error);
	int (*test)(void *user, const struct nlu_fixture *fixture, const struct nlu_case *one);
};

/* 0, or negative errno and what is wrong with the suite. */
int nlu_suite_run(const struct nlu_suite_run *run, struct duet_error *error);

#endif
