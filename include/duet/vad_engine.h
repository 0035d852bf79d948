/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_VAD_ENGINE_H
#define DUET_VAD_ENGINE_H

#include <stdint.h>

#include "duet/engine.h"
#include "duet/error.h"

/* Voice activity: which frames hold a voice, and how loud voice and background are. */

struct duet_vad_report {
	bool voiced;
	float level_db; /* of this frame, dB relative to full scale */
	float noise_db; /* the adapted noise floor, the same unit */
};

struct duet_vad_engine {
	struct duet_engine engine;
	int (*open)(void *state, const void *options, struct duet_error *error);
	/* Ear worker, one call for each frame in order; does not block or allocate. */
	void (*feed)(void *state, const int16_t frame[DUET_FRAME_SAMPLES], struct duet_vad_report *report);
	void (*close)(void *state);
};

#endif
