/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPHINX_NOISY_H
#define SPHINX_NOISY_H

#include <stddef.h>
#include <stdint.h>

/* A recording as a noisy room would have it: a second of the room before and behind, so that the front end
 * knows its noise, and pink noise so many dB below the loud parts of the recording. The same room for the
 * same `seed`. For duet_free, NULL without memory; `*n_noisy` samples, 16 kHz. */
int16_t *duet_noisy(const int16_t *samples, size_t n_samples, float snr_db, uint32_t seed, size_t *n_noisy);

#endif
