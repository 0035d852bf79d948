/* SPDX-License-Identifier: Apache-2.0 */
#include "duet/light_engine.h"

/* A speaker without lights. */

static int null_open(void *state, const void *options, struct duet_error *error)
{
	return 0;
}

static void null_show(void *state, const struct duet_light *light)
{
}

static void null_close(void *state)
{
}

extern const struct duet_light_engine duet_light_engine_null;
const struct duet_light_engine duet_light_engine_null = {
	.engine = {.stage = "light", .name = "null", .summary = "no lights"},
	.open = null_open,
	.show = null_show,
	.close = null_close,
};
