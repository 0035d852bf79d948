/* SPDX-License-Identifier: Apache-2.0 */
#include "duet/tts_engine.h"

/* Says everything in no time and without a sound. */

static int null_open(void *state, const struct duet_tts_setup *setup, struct duet_error *error)
{
	return 0;
}

static int null_rate_hz(const void *state)
{
	return 16000;
}

static int null_speak(void *state, const char *sentence, duet_tts_sink *sink, void *user)
{
	return 0;
}

static void null_close(void *state)
{
}

extern const struct duet_tts_engine duet_tts_engine_null;
const struct duet_tts_engine duet_tts_engine_null = {
	.engine = {.stage = "tts", .name = "null", .summary = "says nothing"},
	.open = null_open,
	.rate_hz = null_rate_hz,
	.speak = null_speak,
	.close = null_close,
};
