/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_TTS_CUE_H
#define DUET_TTS_CUE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Short sounds that tell what the speaker does and which assistant does it:
 * made by additive synthesis, not recorded. Each assistant has its own timbre and key.
 */
enum duet_cue {
	DUET_CUE_LISTENING,
	DUET_CUE_UNDERSTOOD,
	DUET_CUE_REFUSED,
	DUET_CUE_ERROR,
	DUET_CUE_ALARM,
	DUET_CUE_TIMER,
	DUET_CUE_REMINDER,
	DUET_N_CUES
};

/* Writes the cue of the assistant with palette number `palette` (0, 1, …) as mono 16 bit at `rate_hz`; how
 * many samples it has (also when `max` is 0, to ask). */
size_t duet_cue_render(enum duet_cue cue, int palette, int rate_hz, int16_t *samples, size_t max);

#endif
