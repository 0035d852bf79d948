/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_FLOOR_FLOOR_H
#define DUET_FLOOR_FLOOR_H

#include <stdbool.h>
#include <stdint.h>

#include "duet/engine.h"

/*
 * How loud a frame is, and how loud the room is without voices: what all voice activity engines report. The
 * floor follows the minima of the smoothed power (R. Martin, "Noise power spectral density estimation based
 * on optimal smoothing and minimum statistics", 2001, in one band), and jumps up to sound that does not
 * change, which no voice does. Levels are dB relative to full scale, without what lies below voices.
 */
enum { DUET_FLOOR_SPANS = 6, DUET_FLOOR_STEADY_FRAMES = 50 };

struct duet_floor {
	float in, out; /* of the high-pass */
	float smooth;  /* power over some frames, 1 at full scale */
	float minima[DUET_FLOOR_SPANS], span_minimum;
	int n_span_frames, n_spans, next_span;
	float steady[DUET_FLOOR_STEADY_FRAMES]; /* levels of the last frames */
	int n_steady, next_steady;
	bool known;
	float level_db, smooth_db, noise_db; /* of the last frame; the middle one over 20 ms */
};

#define DUET_FLOOR_LOWEST_DB (-96.0F)

void duet_floor_init(struct duet_floor *floor);

/* Frames in order; does not allocate. */
void duet_floor_feed(struct duet_floor *floor, const int16_t frame[DUET_FRAME_SAMPLES]);

#endif
