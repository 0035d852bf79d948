/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_AUDIO_LIMITER_H
#define DUET_AUDIO_LIMITER_H

enum { DUET_LIMITER_BLOCK = 64 };

/*
 * Keeps sound below full scale by turning it down before the peak comes: it
 * looks one block ahead and delays by as much. Samples are floats in the range
 * of 16 bit integers.
 */
struct duet_limiter {
	float held[DUET_LIMITER_BLOCK];
	float held_need; /* the most gain that the held block bears */
	float gain;      /* at the end of the block that went out last */
	float recovery;  /* share of the way back to 1 in one block */
};

void duet_limiter_init(struct duet_limiter *limiter, int rate_hz);

/* Takes the next block and gives back, in its place, the one before it. */
void duet_limiter_process(struct duet_limiter *limiter, float block[DUET_LIMITER_BLOCK]);

#endif
