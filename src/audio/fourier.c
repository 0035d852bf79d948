/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/fourier.h"

#include <math.h>

#include "base/alloc.h"

struct duet_fourier {
	size_t n;
	struct duet_complex turns[]; /* n / 2: exp(-2πik / n) */
};

struct duet_fourier *duet_fourier_new(size_t n)
{
	struct duet_fourier *fourier = duet_alloc(sizeof(*fourier) + (n / 2 + 1) * sizeof(fourier->turns[0]));

	if (!fourier)
		return NULL;
	fourier->n = n;
	for (size_t i = 0; i < n / 2; i++) {
		double angle = -2 * M_PI * (double)i / (double)n;

		fourier->turns[i] = (struct duet_complex){(float)cos(angle), (float)sin(angle)};
	}
	return fourier;
}

void duet_fourier_free(struct duet_fourier *fourier)
{
	duet_free(fourier);
}

/* Counts `k` with its bits from behind, and swaps. */
static void put_right(struct duet_complex *at, size_t n)
{
	for (size_t i = 0, k = 0; i < n; i++) {
		size_t bit = n / 2;

		if (i < k) {
			struct duet_complex swapped = at[i];

			at[i] = at[k];
			at[k] = swapped;
		}
		for (; bit > 0 && (k & bit); bit /= 2)
			k &= ~bit;
		k |= bit;
	}
}

/* Decimation in frequency, then the order is put right. */
void duet_fourier(const struct duet_fourier *fourier, struct duet_complex *at)
{
	for (size_t n = fourier->n, step = 1; n > 1; n /= 2, step *= 2) {
		for (size_t begin = 0; begin < fourier->n; begin += n) {
			for (size_t i = 0; i < n / 2; i++) {
				struct duet_complex *one = &at[begin + i], *other = one + n / 2;
				struct duet_complex rest = {one->re - other->re, one->im - other->im};

				*one = (struct duet_complex){one->re + other->re, one->im + other->im};
				*other = duet_complex_times(rest, fourier->turns[i * step]);
			}
		}
	}
	put_right(at, fourier->n);
}
