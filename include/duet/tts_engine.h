/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_TTS_ENGINE_H
#define DUET_TTS_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#include "duet/engine.h"
#include "duet/error.h"

struct duet_lexicon;

struct duet_tts_setup {
	const void *options;
	const char *language; /* BCP 47 */
	const char *voice;    /* the engine's own name, NULL: its default for the language */
	double rate;          /* 1: as the voice was made */
	const struct duet_lexicon *lexicon;
};

/* Takes sound as it is made, mono 16 bit; returns true when no more is wanted (somebody barged in). */
typedef bool duet_tts_sink(void *user, const int16_t *samples, size_t n_samples);

struct duet_tts_engine {
	struct duet_engine engine;
	/* Main thread, may block. A missing voice or program is an error that says which and what to install.
	 */
	int (*open)(void *state, const struct duet_tts_setup *setup, struct duet_error *error);
	/* Sample rate of what the sink gets. */
	int (*rate_hz)(const void *state);
	/* Speech worker, blocks while it speaks: one sentence, already normalised to words (tts/normalise.h).
	 */
	int (*speak)(void *state, const char *sentence, duet_tts_sink *sink, void *user);
	void (*close)(void *state);
	/* Optional: calls `each` for every voice. */
	int (*voices)(void (*each)(void *user, const char *voice, const char *language), void *user);
};

#endif
