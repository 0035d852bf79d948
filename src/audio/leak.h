/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_AUDIO_LEAK_H
#define DUET_AUDIO_LEAK_H

#include <stdbool.h>
#include <stdint.h>

#include "audio/capture.h"

/*
 * What an echo canceller lets through: how loud frames were before it and after it. With nobody in the room
 * the ratio of both is the leak, and it changes slowly; somebody who speaks raises it at once. So what is
 * left of a stretch of sound tells whether there was more in it than an echo.
 */
enum { DUET_LEAK_FRAMES = 320 };

struct duet_leak {
	float heard[DUET_LEAK_FRAMES], left[DUET_LEAK_FRAMES]; /* powers */
	int64_t n_frames;
	double slow_heard, slow_left; /* of the last half a second */
	double leak;                  /* ratio of powers; 1 at first */
};

/* The filter begins anew, and so does what is known of it. */
void duet_leak_reset(struct duet_leak *leak);

void duet_leak_add(struct duet_leak *leak, const int16_t heard[DUET_FRAME_SAMPLES],
		   const int16_t left[DUET_FRAME_SAMPLES]);

/* Was there nothing but an echo in the `n_frames` frames that ended `n_ago` frames before the last one? False
 * too while the filter has not settled. */
bool duet_leak_explains(const struct duet_leak *leak, int n_frames, int n_ago);

/* Has the filter heard so little (less than 5 s) that most of an echo may still come through? */
bool duet_leak_begins(const struct duet_leak *leak);

#endif
