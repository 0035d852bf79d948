/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPHINX_HISTORY_H
#define SPHINX_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "../../sphinx/mixtures.h"

/*
 * The last seconds as cepstra, which of their frames may hold a voice, and the mean over what was voiced,
 * which is the room, the microphone and the voice and is taken off. One thread, no allocation.
 */
enum {
	DUET_HISTORY_FRAMES = 512,
	DUET_HISTORY_AHEAD = 3, /* frames that the differences look ahead */
	DUET_HISTORY_MINIMA = 150,
};

struct duet_history {
	int64_t n_frames; /* so far; frame numbers count from the reset */
	float cepstra[DUET_HISTORY_FRAMES][DUET_CEPSTRA];
	float means[DUET_HISTORY_FRAMES][DUET_CEPSTRA]; /* the running mean after that frame */
	bool voiced[DUET_HISTORY_FRAMES];
	float powers[DUET_HISTORY_FRAMES]; /* of the samples, squared */
	float smooth, levels[DUET_HISTORY_MINIMA];
	double mean[DUET_CEPSTRA], weight;
	int n_hang;
	bool holds; /* the running mean stays as it is */
};

void duet_history_reset(struct duet_history *history);
/* `power`: mean square of the samples that are new with this frame. */
void duet_history_push(struct duet_history *history, const float cepstra[DUET_CEPSTRA], float power);

/* The oldest frame that is still there. */
int64_t duet_history_first(const struct duet_history *history);

/* May there be a voice in one of `n` frames from this one on? */
bool duet_history_voiced(const struct duet_history *history, int64_t frame, int n);

const float *duet_history_running_mean(const struct duet_history *history, int64_t frame);

/* The mean over the frames from `first` to `last`, drawn to the running one as if that were 50 frames. */
void duet_history_mean(const struct duet_history *history, int64_t first, int64_t last,
		       float mean[DUET_CEPSTRA]);

/* How far those frames stand out of the quietest around them, as the first cepstrum has it. */
float duet_history_loudness(const struct duet_history *history, int64_t first, int64_t last);

/* How many dB the loudest of them is above the mean of the half second before them: who calls has paused. */
float duet_history_rise(const struct duet_history *history, int64_t first, int64_t last);

/* A frame as the model wants it; what lies before the first and behind the newest is like those. */
void duet_history_features(const struct duet_history *history, int64_t frame, const float mean[DUET_CEPSTRA],
			   float features[DUET_FEATURES]);

#endif
