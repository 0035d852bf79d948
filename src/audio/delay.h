/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_AUDIO_DELAY_H
#define DUET_AUDIO_DELAY_H

#include <stdint.h>

#include "duet/vad_engine.h"

/*
 * How long after it was played a sound is heard: devices buffer, and how much
 * they do not say. Blocks of half a second of both sides, a quarter of the
 * sample rate, are correlated in the frequency domain, each frequency weighted
 * by how coherent it is (SCOT: Carter, Nuttall and Cable, "The smoothed coherence
 * transform", 1973), smoothed over blocks. One thread, the ear.
 */
struct duet_delay;

enum { DUET_DELAY_MAX = DUET_FRAME_RATE_HZ / 2 }; /* samples */

struct duet_delay *duet_delay_new(void);
void duet_delay_free(struct duet_delay *delay);
/* Forget what was heard. */
void duet_delay_reset(struct duet_delay *delay);

/* The next frame of both sides, 16 kHz. The delay in samples (within four) when it is sure of one, -1 when
 * it is not, or when nothing new is known. */
int duet_delay_feed(struct duet_delay *delay, const int16_t played[DUET_FRAME_SAMPLES],
		    const int16_t heard[DUET_FRAME_SAMPLES]);

#endif
