/* SPDX-License-Identifier: Apache-2.0 */
#include "duet/button_engine.h"

/* A speaker without buttons; `duet button` presses them all the same. */

static int null_open(void *state, const void *options, struct duet_error *error)
{
	return 0;
}

static void null_close(void *state)
{
}

extern const struct duet_button_engine duet_button_engine_null;
const struct duet_button_engine duet_button_engine_null = {
	.engine = {.stage = "button", .name = "null", .summary = "no buttons"},
	.open = null_open,
	.close = null_close,
};
