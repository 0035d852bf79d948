/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/limiter.h"

#include <math.h>
#include <string.h>

static const float ceiling = 32000;    /* 0.2 dB below full scale */
static const float recovery_s = 0.15F; /* slow enough not to follow single periods of a voice */

void duet_limiter_init(struct duet_limiter *limiter, int rate_hz)
{
	memset(limiter, 0, sizeof(*limiter));
	limiter->held_need = 1;
	limiter->gain = 1;
	limiter->recovery = 1 - expf(-(float)DUET_LIMITER_BLOCK / (recovery_s * (float)rate_hz));
}

static float needed_gain(const float block[DUET_LIMITER_BLOCK])
{
	float peak = 0;

	for (int i = 0; i < DUET_LIMITER_BLOCK; i++)
		peak = fmaxf(peak, fabsf(block[i]));
	return peak > ceiling ? ceiling / peak : 1;
}

/*
 * The gain goes in a straight line over each block, from one end that the block
 * bears to another: the end of the block before was chosen with this block in
 * view, so no sample of it is louder than the ceiling.
 */
void duet_limiter_process(struct duet_limiter *limiter, float block[DUET_LIMITER_BLOCK])
{
	float need = needed_gain(block), recovered = limiter->gain + (1 - limiter->gain) * limiter->recovery;
	float end = fminf(fminf(need, limiter->held_need), recovered), gain = limiter->gain;
	float step = (end - gain) / DUET_LIMITER_BLOCK;

	for (int i = 0; i < DUET_LIMITER_BLOCK; i++) {
		float next = block[i];

		gain += step;
		block[i] = limiter->held[i] * gain;
		limiter->held[i] = next;
	}
	limiter->held_need = need;
	limiter->gain = end;
}
