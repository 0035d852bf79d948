/* SPDX-License-Identifier: Apache-2.0 */
/* Hears nobody. */
#include "duet/vad_engine.h"

static const float silence_db = -96; /* one step of 16 bit */

static int null_open(void *state, const void *options, struct duet_error *error)
{
	return 0;
}

static void null_feed(void *state, const int16_t frame[DUET_FRAME_SAMPLES], struct duet_vad_report *report)
{
	*report = (struct duet_vad_report){.voiced = false, .level_db = silence_db, .noise_db = silence_db};
}

static void null_close(void *state)
{
}

const struct duet_vad_engine duet_vad_engine_null = {
	.engine = {.stage = "vad", .name = "null", .summary = "hears nobody"},
	.open = null_open,
	.feed = null_feed,
	.close = null_close,
};
