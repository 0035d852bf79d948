/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_AUDIO_FADE_H
#define DUET_AUDIO_FADE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A gain that moves in a straight line to where it was told to go. The order
 * comes from another thread in one atomic word; the audio thread follows it.
 */
struct duet_fade {
	_Atomic uint64_t order;
	/* Audio thread: */
	uint64_t followed;
	float now, goal, step;
	size_t n_left;
	bool hold;
};

void duet_fade_init(struct duet_fade *fade, float gain);

/* Any one thread: go to `gain` within `fade_ms`; what `hold` means is the owner's matter. */
void duet_fade_set(struct duet_fade *fade, float gain, int fade_ms, bool hold);

/* Audio thread, before each block: takes the latest order. */
void duet_fade_follow(struct duet_fade *fade, int rate_hz);

/* Audio thread: the gain of the next sample. */
static inline float duet_fade_next(struct duet_fade *fade)
{
	if (fade->n_left == 0)
		return fade->now;
	fade->n_left--;
	fade->now = fade->n_left == 0 ? fade->goal : fade->now + fade->step;
	return fade->now;
}

/* Audio thread: lets `n` samples pass. */
void duet_fade_skip(struct duet_fade *fade, size_t n);

#endif
