/* SPDX-License-Identifier: Apache-2.0 */
#include "noisy.h"

#include <math.h>

#include "base/alloc.h"

enum { PAD_SAMPLES = 16000, FRAME = 320 };

static const double loud_range = 0.01; /* of the loudest frame's power: what is no less is speech */

static double power(const int16_t *samples, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += samples[i] * samples[i];
	return sum / (double)n;
}

/* Mean power of the loud frames. */
static double speech_power(const int16_t *samples, size_t n)
{
	double most = 0, sum = 0;
	int n_loud = 0;

	for (size_t at = 0; at + FRAME <= n; at += FRAME)
		most = fmax(most, power(samples + at, FRAME));
	for (size_t at = 0; at + FRAME <= n; at += FRAME) {
		double one = power(samples + at, FRAME);

		if (one < loud_range * most)
			continue;
		sum += one;
		n_loud++;
	}
	return n_loud ? sum / n_loud : 0;
}

/* Pink noise of unit power. Source: Paul Kellet's economy filter. */
struct pink {
	uint32_t state;
	double poles[3];
};

static double next(struct pink *pink)
{
	static const double keep[3] = {0.99765, 0.963, 0.57}, take[3] = {0.099046, 0.2965164, 1.0526913};
	double white, sum;

	pink->state = pink->state * 1664525 + 1013904223;
	white = (double)(pink->state >> 8) / (1 << 23) - 1;
	sum = 0.1848 * white;
	for (int i = 0; i < 3; i++) {
		pink->poles[i] = keep[i] * pink->poles[i] + take[i] * white;
		sum += pink->poles[i];
	}
	return sum / 1.7;
}

int16_t *duet_noisy(const int16_t *samples, size_t n_samples, float snr_db, uint32_t seed, size_t *n_noisy)
{
	double level = sqrt(speech_power(samples, n_samples) * pow(10, -(double)snr_db / 10));
	struct pink pink = {.state = seed};
	int16_t *noisy;

	*n_noisy = n_samples + 2 * (size_t)PAD_SAMPLES;
	noisy = duet_calloc(*n_noisy, sizeof(*noisy));
	for (size_t i = 0; noisy && i < *n_noisy; i++) {
		double sample = level * next(&pink);

		if (i >= PAD_SAMPLES && i < PAD_SAMPLES + n_samples)
			sample += samples[i - PAD_SAMPLES];
		noisy[i] = (int16_t)lrint(fmax(fmin(sample, INT16_MAX), INT16_MIN));
	}
	return noisy;
}
