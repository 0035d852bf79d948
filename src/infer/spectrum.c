/* SPDX-License-Identifier: Apache-2.0 */
#include "infer/spectrum.h"

#include <math.h>

enum { HALF = DUET_SPECTRUM_SAMPLES / 2, FRACTION_BITS = 15, ONE = INT16_MAX };

static int16_t rounded(int32_t product)
{
	return (int16_t)((product + (1 << (FRACTION_BITS - 1))) >> FRACTION_BITS);
}

static struct duet_complex16 times(struct duet_complex16 a, struct duet_complex16 b)
{
	return (struct duet_complex16){rounded(a.re * b.re - a.im * b.im),
				       rounded(a.re * b.im + a.im * b.re)};
}

static struct duet_complex16 plus(struct duet_complex16 a, struct duet_complex16 b)
{
	return (struct duet_complex16){(int16_t)(a.re + b.re), (int16_t)(a.im + b.im)};
}

static struct duet_complex16 minus(struct duet_complex16 a, struct duet_complex16 b)
{
	return (struct duet_complex16){(int16_t)(a.re - b.re), (int16_t)(a.im - b.im)};
}

static struct duet_complex16 divided(struct duet_complex16 a, int by)
{
	return (struct duet_complex16){rounded(a.re * (ONE / by)), rounded(a.im * (ONE / by))};
}

static struct duet_complex16 turn(double angle)
{
	return (struct duet_complex16){(int16_t)floor(0.5 + ONE * cos(angle)),
				       (int16_t)floor(0.5 + ONE * sin(angle))};
}

void duet_spectrum_init(struct duet_spectrum *spectrum)
{
	for (int i = 0; i < HALF; i++)
		spectrum->turns[i] = turn(-2 * M_PI * i / HALF);
	for (int i = 0; i < HALF / 2; i++)
		spectrum->real_turns[i] = turn(-M_PI * ((double)(i + 1) / HALF + 0.5));
}

/* Four transforms of `n` numbers that lie one behind the other become one of 4 n. */
static void join(const struct duet_spectrum *spectrum, struct duet_complex16 *at, int n)
{
	int step = HALF / (4 * n);

	for (int k = 0; k < n; k++) {
		struct duet_complex16 a = divided(at[k], 4);
		struct duet_complex16 b = times(divided(at[k + n], 4), spectrum->turns[k * step]);
		struct duet_complex16 c = times(divided(at[k + 2 * n], 4), spectrum->turns[2 * k * step]);
		struct duet_complex16 d = times(divided(at[k + 3 * n], 4), spectrum->turns[3 * k * step]);
		struct duet_complex16 even = plus(a, c), odd = minus(a, c), sum = plus(b, d),
				      rest = minus(b, d);

		at[k] = plus(even, sum);
		at[k + 2 * n] = minus(even, sum);
		at[k + n] = (struct duet_complex16){(int16_t)(odd.re + rest.im), (int16_t)(odd.im - rest.re)};
		at[k + 3 * n] =
			(struct duet_complex16){(int16_t)(odd.re - rest.im), (int16_t)(odd.im + rest.re)};
	}
}

/* The digits of a number of four digits to the base 4, from behind. */
static int reversed(int i)
{
	return (i & 3) << 6 | (i >> 2 & 3) << 4 | (i >> 4 & 3) << 2 | (i >> 6 & 3);
}

/* Even samples are taken for real parts, odd ones for imaginary parts. */
static void transform(const struct duet_spectrum *spectrum, const int16_t *samples,
		      struct duet_complex16 *out)
{
	for (int i = 0; i < HALF; i++)
		out[i] = (struct duet_complex16){samples[2 * reversed(i)], samples[2 * reversed(i) + 1]};
	for (int n = 1; n < HALF; n *= 4)
		for (int begin = 0; begin < HALF; begin += 4 * n)
			join(spectrum, out + begin, n);
}

void duet_spectrum(const struct duet_spectrum *spectrum, const int16_t samples[DUET_SPECTRUM_SAMPLES],
		   struct duet_complex16 bins[DUET_SPECTRUM_BINS])
{
	struct duet_complex16 half[HALF], first;

	transform(spectrum, samples, half);
	first = divided(half[0], 2);
	bins[0] = (struct duet_complex16){(int16_t)(first.re + first.im), 0};
	bins[HALF] = (struct duet_complex16){(int16_t)(first.re - first.im), 0};
	for (int k = 1; k <= HALF / 2; k++) {
		struct duet_complex16 mirrored = {half[HALF - k].re, (int16_t)-half[HALF - k].im};
		struct duet_complex16 low = divided(half[k], 2), high = divided(mirrored, 2);
		struct duet_complex16 even = plus(low, high);
		struct duet_complex16 odd = times(minus(low, high), spectrum->real_turns[k - 1]);

		bins[k] = (struct duet_complex16){(int16_t)((even.re + odd.re) >> 1),
						  (int16_t)((even.im + odd.im) >> 1)};
		bins[HALF - k] = (struct duet_complex16){(int16_t)((even.re - odd.re) >> 1),
							 (int16_t)((odd.im - even.im) >> 1)};
	}
}
