/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/text.h"
#include "duet/tts_engine.h"

/* Speaks a tone that is as long as its text: what is played, and for how long, can be reckoned in a test. */

enum { CHUNK_SAMPLES = 160, LEVEL = 3000, MS_PER_S = 1000 };

struct scripted_options {
	int rate_hz, hz, character_ms;
	const char *fails_on;
};

struct scripted_state {
	struct scripted_options chosen;
};

static const struct duet_option options[] = {
	{"rate", DUET_OPTION_INT, offsetof(struct scripted_options, rate_hz), "16000", "Samples a second",
	 NULL, 8000, 48000},
	{"hz", DUET_OPTION_INT, offsetof(struct scripted_options, hz), "440", "How high the tone is", NULL,
	 50, 4000},
	{"character", DUET_OPTION_DURATION, offsetof(struct scripted_options, character_ms), "50ms",
	 "How long one character of the text sounds", NULL, 0, 1000},
	{"fails_on", DUET_OPTION_TEXT, offsetof(struct scripted_options, fails_on), NULL,
	 "A sentence with this in it cannot be spoken", NULL, 0, 0},
	{0},
};

static int scripted_open(void *state, const struct duet_tts_setup *setup, struct duet_error *error)
{
	static const struct scripted_options usual = {16000, 440, 50, NULL};
	struct scripted_state *self = state;

	self->chosen = setup->options ? *(const struct scripted_options *)setup->options : usual;
	return 0;
}

static int scripted_rate_hz(const void *state)
{
	return ((const struct scripted_state *)state)->chosen.rate_hz;
}

static size_t count_characters(const char *sentence)
{
	struct duet_slice text = duet_slice(sentence);
	size_t n = 0;

	while (duet_text_next(&text) >= 0)
		n++;
	return n;
}

/* A square wave: exact, and its level is plain to see. */
static void fill(const struct scripted_options *chosen, int16_t *samples, size_t n_samples, size_t at)
{
	for (size_t i = 0; i < n_samples; i++) {
		size_t half = (at + i) * 2 * (size_t)chosen->hz / (size_t)chosen->rate_hz;

		samples[i] = half % 2 ? -LEVEL : LEVEL;
	}
}

static int scripted_speak(void *state, const char *sentence, duet_tts_sink *sink, void *user)
{
	const struct scripted_options *chosen = &((const struct scripted_state *)state)->chosen;
	size_t per_character = (size_t)chosen->character_ms * (size_t)chosen->rate_hz / MS_PER_S;
	size_t n_samples = count_characters(sentence) * per_character, n;
	int16_t chunk[CHUNK_SAMPLES];

	if (chosen->fails_on && strstr(sentence, chosen->fails_on))
		return -EIO;
	for (size_t at = 0; at < n_samples; at += n) {
		n = n_samples - at < CHUNK_SAMPLES ? n_samples - at : CHUNK_SAMPLES;
		fill(chosen, chunk, n, at);
		if (sink(user, chunk, n))
			break;
	}
	return 0;
}

static void scripted_close(void *state)
{
}

extern const struct duet_tts_engine duet_tts_engine_scripted;
const struct duet_tts_engine duet_tts_engine_scripted = {
	.engine = {.stage = "tts",
		   .name = "scripted",
		   .summary = "speaks a tone as long as its text",
		   .state_size = sizeof(struct scripted_state),
		   .options = options,
		   .options_size = sizeof(struct scripted_options)},
	.open = scripted_open,
	.rate_hz = scripted_rate_hz,
	.speak = scripted_speak,
	.close = scripted_close,
};
