/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/delay.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "audio/fourier.h"
#include "base/alloc.h"

enum {
	DECIMATE = 4,
	FRAME = DUET_FRAME_SAMPLES / DECIMATE,
	BLOCK = 4096, /* of what was played; of what was heard the later half */
	HALF = BLOCK / 2,
	LAGS = DUET_DELAY_MAX / DECIMATE,
	HOP_FRAMES = HALF / 2 / FRAME,
	FIRST_BIN = 100,    /* 100 Hz */
	AGREE = 8,          /* lags that two estimates may lie apart */
	N_AGREE = 2,        /* estimates, one after the other */
	SOUND_SQUARE = 100, /* mean square of a block that sounds at all */
};

#define SMOOTHING 0.75F
#define SURE      7.0F /* peak over the root mean square of all lags; noise alone comes to 4 */

/* A block is BLOCK samples at a quarter of the rate; */
struct duet_delay {
	struct duet_fourier *fourier;
	float played[BLOCK], heard[BLOCK];
	int n_frames; /* since the last estimate */
	int last, n_same;
	struct duet_complex a[BLOCK], b[BLOCK];
	struct duet_complex cross[HALF];
	float played_power[HALF], heard_power[HALF];
	float window[HALF];
};

struct duet_delay *duet_delay_new(void)
{
	struct duet_delay *delay = duet_calloc(1, sizeof(*delay));

	if (!delay)
		return NULL;
	delay->fourier = duet_fourier_new(BLOCK);
	if (!delay->fourier) {
		duet_free(delay);
		return NULL;
	}
	for (int i = 0; i < HALF; i++)
		delay->window[i] = 0.5F - 0.5F * cosf(2 * (float)M_PI * ((float)i + 0.5F) / HALF);
	duet_delay_reset(delay);
	return delay;
}

void duet_delay_free(struct duet_delay *delay)
{
	if (!delay)
		return;
	duet_fourier_free(delay->fourier);
	duet_free(delay);
}

void duet_delay_reset(struct duet_delay *delay)
{
	memset(delay->played, 0, sizeof(delay->played));
	memset(delay->heard, 0, sizeof(delay->heard));
	memset(delay->cross, 0, sizeof(delay->cross));
	memset(delay->played_power, 0, sizeof(delay->played_power));
	memset(delay->heard_power, 0, sizeof(delay->heard_power));
	delay->n_frames = 0;
	delay->n_same = 0;
	delay->last = -1;
}

static void decimate(float block[BLOCK], const int16_t frame[DUET_FRAME_SAMPLES])
{
	memmove(block, block + FRAME, (BLOCK - FRAME) * sizeof(*block));
	for (int i = 0; i < FRAME; i++) {
		int sum = 0;

		for (int k = 0; k < DECIMATE; k++)
			sum += frame[i * DECIMATE + k];
		block[BLOCK - FRAME + i] = (float)sum / DECIMATE;
	}
}

static bool sounds(const float block[BLOCK])
{
	float sum = 0;

	for (int i = 0; i < BLOCK; i++)
		sum += block[i] * block[i];
	return sum > (float)SOUND_SQUARE * BLOCK;
}

static void add_power(float *power, struct duet_complex value)
{
	*power = SMOOTHING * *power + value.re * value.re + value.im * value.im;
}

/* Both real blocks in one transform, of played + i heard. */
static void take_spectra(struct duet_delay *delay)
{
	for (int i = 0; i < BLOCK; i++) {
		float heard = i < HALF ? 0 : delay->heard[i] * delay->window[i - HALF];

		delay->a[i] = (struct duet_complex){delay->played[i], heard};
	}
	duet_fourier(delay->fourier, delay->a);
	for (int i = FIRST_BIN; i < HALF; i++) {
		struct duet_complex one = delay->a[i], other = delay->a[BLOCK - i];
		struct duet_complex played = {(one.re + other.re) / 2, (one.im - other.im) / 2};
		struct duet_complex heard = {(one.im + other.im) / 2, (other.re - one.re) / 2};
		struct duet_complex cross =
			duet_complex_times(heard, (struct duet_complex){played.re, -played.im});

		delay->cross[i].re = SMOOTHING * delay->cross[i].re + cross.re;
		delay->cross[i].im = SMOOTHING * delay->cross[i].im + cross.im;
		add_power(&delay->played_power[i], played);
		add_power(&delay->heard_power[i], heard);
	}
}

/* The correlation by lag, in the real parts of `b`; only the half of the spectrum above 0 is filled. */
static void correlate(struct duet_delay *delay)
{
	memset(delay->b, 0, sizeof(delay->b));
	for (int i = FIRST_BIN; i < HALF; i++) {
		float power = sqrtf(delay->played_power[i] * delay->heard_power[i]);

		if (power > 0) /* conjugated, so that the transform is the inverse one */
			delay->b[i] = (struct duet_complex){delay->cross[i].re / power,
							    -delay->cross[i].im / power};
	}
	duet_fourier(delay->fourier, delay->b);
}

static int peak(const struct duet_delay *delay)
{
	float sum = 0, highest = 0;
	int at = -1;

	for (int i = 0; i < LAGS; i++) {
		float value = delay->b[i].re;

		sum += value * value;
		if (fabsf(value) > highest) {
			highest = fabsf(value);
			at = i;
		}
	}
	return at >= 0 && highest > SURE * sqrtf(sum / LAGS) ? at : -1;
}

static int estimate(struct duet_delay *delay)
{
	int at;

	take_spectra(delay);
	correlate(delay);
	at = peak(delay);
	if (at < 0)
		return -1;
	delay->n_same = delay->last >= 0 && abs(at - delay->last) <= AGREE ? delay->n_same + 1 : 1;
	delay->last = at;
	return delay->n_same >= N_AGREE ? at * DECIMATE : -1;
}

int duet_delay_feed(struct duet_delay *delay, const int16_t played[DUET_FRAME_SAMPLES],
		    const int16_t heard[DUET_FRAME_SAMPLES])
{
	decimate(delay->played, played);
	decimate(delay->heard, heard);
	if (++delay->n_frames < HOP_FRAMES)
		return -1;
	delay->n_frames = 0;
	return sounds(delay->played) && sounds(delay->heard) ? estimate(delay) : -1;
}
