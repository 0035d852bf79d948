/* SPDX-License-Identifier: Apache-2.0 */
#include "arbiter/scenario.h"

#include <errno.h>
#include <stdio.h>

#include "fuzz.h"

static void read_step(void *user, const struct duet_step *step, const struct duet_actions *actions)
{
	char text[64];

	FUZZ_ASSERT(actions->n < DUET_ACTIONS_MAX);
	if (step->kind == DUET_STEP_EVENT)
		duet_event_text(&step->event, user, text, sizeof(text));
	for (size_t i = 0; i < actions->n; i++)
		duet_action_text(&actions->list[i], user, text, sizeof(text));
}

/* Any bytes are scenarios, which hold or do not, or a mistake that says what is wrong. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct duet_scenarios *all = NULL;
	struct duet_error error = {0};

	if (duet_scenarios_parse(&all, "fuzz", (const char *)bytes, n_bytes, &error) < 0) {
		FUZZ_ASSERT(error.what[0]);
		return 0;
	}
	for (size_t i = 0; i < all->n; i++) {
		int result = duet_scenario_play(all, &all->list[i], read_step, &all->labels, &error);

		FUZZ_ASSERT(result == 0 || result == -EPROTO);
	}
	duet_scenarios_free(all);
	return 0;
}
