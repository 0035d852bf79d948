/* SPDX-License-Identifier: Apache-2.0 */
/* A quiet room and no loudspeaker: silence comes in, what goes out is not heard. */
#include "duet/audio_engine.h"

#include <string.h>

enum { RATE_HZ = 16000, MAX_PLAYED = 2048 };

struct null_options {
	int length_ms;
};

struct null_state {
	struct duet_audio_setup setup;
	int length_ms;
	int64_t n_steps;
};

static int null_open(void *state, const struct duet_audio_setup *setup, struct duet_error *error)
{
	struct null_state *null = state;
	const struct null_options *options = setup->options;

	null->setup = *setup;
	null->length_ms = options ? options->length_ms : 0;
	return 0;
}

static int null_start(void *state, struct duet_error *error)
{
	return 0;
}

static void null_stop(void *state)
{
}

static int null_step(void *state)
{
	static const int16_t silence[RATE_HZ / 100];
	static const struct duet_audio_format format = {RATE_HZ, 1, DUET_SAMPLE_S16};
	struct null_state *null = state;
	const struct duet_audio_host *host = null->setup.host;
	int16_t unheard[MAX_PLAYED];

	if (null->n_steps == 0)
		host->capture_format(host->user, &format);
	host->captured(host->user, silence, RATE_HZ / 100);
	host->wanted(host->user, unheard,
		     duet_audio_step_samples(null->setup.playback_rate_hz, null->n_steps));
	null->n_steps++;
	return null->length_ms == 0 || null->n_steps * 10 < null->length_ms;
}

static const struct duet_option options[] = {
	{"length", DUET_OPTION_DURATION, offsetof(struct null_options, length_ms), "0",
	 "How long the silence lasts; 0: for ever", NULL, 0, 0},
	{0},
};

const struct duet_audio_engine duet_audio_engine_null = {
	.engine = {.stage = "audio",
		   .name = "null",
		   .summary = "silence in, nothing out",
		   .state_size = sizeof(struct null_state),
		   .options = options,
		   .options_size = sizeof(struct null_options)},
	.open = null_open,
	.start = null_start,
	.stop = null_stop,
	.close = null_stop,
	.step = null_step,
};
