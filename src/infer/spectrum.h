/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_INFER_SPECTRUM_H
#define DUET_INFER_SPECTRUM_H

#include <stdint.h>

/*
 * The Fourier transform of 512 real numbers in 16 bits. Models were trained on spectra with the rounding
 * noise of such a transform, so it must be made of the same operations: radix 4, decimation in time, each
 * stage divided by 4, every product rounded (as kissfft does with FIXED_POINT=16, which Debian builds in
 * floating point only).
 */
enum { DUET_SPECTRUM_SAMPLES = 512, DUET_SPECTRUM_BINS = DUET_SPECTRUM_SAMPLES / 2 + 1 };

struct duet_complex16 {
	int16_t re, im;
};

/* Turning factors, filled once. */
struct duet_spectrum {
	struct duet_complex16 turns[DUET_SPECTRUM_SAMPLES / 2];      /* of a transform of half the size */
	struct duet_complex16 real_turns[DUET_SPECTRUM_SAMPLES / 4]; /* that make it one of real numbers */
};

void duet_spectrum_init(struct duet_spectrum *spectrum);

/* bins[k] = the sum of samples[n] × exp(-2πikn / 512), divided by 512. */
void duet_spectrum(const struct duet_spectrum *spectrum, const int16_t samples[DUET_SPECTRUM_SAMPLES],
		   struct duet_complex16 bins[DUET_SPECTRUM_BINS]);

#endif
