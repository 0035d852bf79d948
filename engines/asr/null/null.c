/* SPDX-License-Identifier: Apache-2.0 */
#include "duet/asr_engine.h"

/* Understands no word: every utterance is as if nothing had been said. */

static int null_open(void *state, const struct duet_asr_setup *setup, struct duet_error *error)
{
	return 0;
}

static int null_begin(void *state, size_t part, float noise_db)
{
	return 0;
}

static int null_feed(void *state, const int16_t *samples, size_t n_samples)
{
	return 0;
}

static int null_finish(void *state, struct duet_asr_result *result)
{
	*result = (struct duet_asr_result){0};
	return 0;
}

static void null_cancel(void *state)
{
}

static void null_close(void *state)
{
}

extern const struct duet_asr_engine duet_asr_engine_null;
const struct duet_asr_engine duet_asr_engine_null = {
	.engine = {.stage = "asr", .name = "null", .summary = "understands no word"},
	.open = null_open,
	.begin = null_begin,
	.feed = null_feed,
	.finish = null_finish,
	.cancel = null_cancel,
	.close = null_close,
};
