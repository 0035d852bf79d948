/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASR_SPHINX_LOUDNESS_H
#define ASR_SPHINX_LOUDNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Where in an utterance somebody speaks, and how far above the noise. The
 * decoder would rather hear a long first word in half a second of noise than
 * silence, so that it gets the speech with a short margin only.
 */
struct loudness {
	float snr_db;      /* the loudest frames over the quietest ones */
	int n_loud;        /* frames of 10 ms of the speech in the upper half between them */
	size_t begin, end; /* samples: the speech with its margins */
	bool cue;          /* it opens with a sound that only fades: a cue, or a first word */
};

/* `after_cue`: the speech begins after such a sound, when there is one. */
void loudness_measure(struct loudness *loudness, const int16_t *samples, size_t n_samples, bool after_cue);

#endif
