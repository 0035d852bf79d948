/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_BENCH_SOUND_H
#define DUET_CMD_BENCH_SOUND_H

#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"

/* A recording as recognisers take it: 16 kHz mono 16 bit. */
struct bench_sound {
	int16_t *samples;
	size_t n_samples;
};

enum { BENCH_RATE_HZ = 16000 };

/* Any file that libsndfile reads, as a microphone would have heard it (audio/sound.h). */
int bench_sound_load(struct bench_sound *sound, const char *path, struct duet_error *error);
void bench_sound_done(struct bench_sound *sound);

/* The same number for a seed and a task whoever asks. */
uint64_t bench_sound_random(uint64_t seed, uint64_t task);

/*
 * Adds noise as the speech-to-intent benchmark does: a piece of it from a place that `random` chooses,
 * scaled so that the loudest frames of speech and noise (2048 samples) are `snr_db` apart; the sum is
 * divided by twice its peak. Source: https://github.com/Picovoice/speech-to-intent-benchmark
 */
int bench_sound_mix(struct bench_sound *sound, const struct bench_sound *noise, double snr_db,
		    uint64_t random);

#endif
