/* SPDX-License-Identifier: Apache-2.0 */
#include "duet/wake_engine.h"

/* Hears no wake word, ever. */

static int null_open(void *state, const struct duet_wake_setup *setup, struct duet_error *error)
{
	return 0;
}

static void null_reset(void *state)
{
}

static int null_feed(void *state, const int16_t *samples, size_t n_samples,
		     struct duet_wake_detection *detection)
{
	return 0;
}

static void null_close(void *state)
{
}

extern const struct duet_wake_engine duet_wake_engine_null;
const struct duet_wake_engine duet_wake_engine_null = {
	.engine = {.stage = "wake", .name = "null", .summary = "hears no wake word"},
	.open = null_open,
	.reset = null_reset,
	.feed = null_feed,
	.close = null_close,
};
