/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_AUDIO_FOURIER_H
#define DUET_AUDIO_FOURIER_H

#include <stddef.h>

/* The Fourier transform of a power of two of complex numbers (Cooley and Tukey, 1965; radix 2). */
struct duet_fourier;

struct duet_complex {
	float re, im;
};

/* NULL: out of memory. Once made it may be shared by threads. */
struct duet_fourier *duet_fourier_new(size_t n);
void duet_fourier_free(struct duet_fourier *fourier);

/* In place: at[k] = the sum of at[i] × exp(-2πik / n). For the inverse conjugate before and after, and divide
 * by n. */
void duet_fourier(const struct duet_fourier *fourier, struct duet_complex *at);

static inline struct duet_complex duet_complex_times(struct duet_complex a, struct duet_complex b)
{
	return (struct duet_complex){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

#endif
