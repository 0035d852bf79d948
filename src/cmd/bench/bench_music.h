/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_BENCH_MUSIC_H
#define DUET_CMD_BENCH_MUSIC_H

#include <stddef.h>
#include <stdint.h>

/* Music that nobody has to license: chords, a bass, a melody and drums, another piece for each seed. */
struct bench_music {
	uint64_t random, n; /* n: samples so far */
	int key, chord;
	double melody_hz, phases[8], noise;
};

void bench_music_init(struct bench_music *music, uint64_t seed);

/* The next samples, 16 kHz, about -17 dB. */
void bench_music_make(struct bench_music *music, int16_t *samples, size_t n_samples);

#endif
