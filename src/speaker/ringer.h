/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SPEAKER_RINGER_H
#define DUET_SPEAKER_RINGER_H

#include <stdbool.h>
#include <stddef.h>

#include "tts/cue.h"

struct duet_loop;
struct duet_mixer;
struct duet_mouth;
struct duet_tts;

/*
 * What rings: one alert at a time, a tone that comes again and again with a
 * pause, and once, after the first tones, what it has to say. Main thread.
 */
struct duet_ringer;

struct duet_ringer_setup {
	struct duet_loop *loop;
	struct duet_mixer *mixer;
	size_t tone_lane, voice_lane;
	int rate_hz;
	void *user;
	/* It was to ring once and has. */
	void (*rung)(void *user);
};

/* What rings. */
struct duet_ring_tone {
	enum duet_cue cue;
	int palette;
	bool once;             /* a notification; an alert rings on */
	const char *announces; /* copied; or NULL */
	struct duet_tts *tts;  /* who says it, or NULL */
};

int duet_ringer_new(struct duet_ringer **ringer, const struct duet_ringer_setup *setup);
void duet_ringer_free(struct duet_ringer *ringer);

/* Speaks through this mouth from now on (NULL: it has nobody to speak). */
void duet_ringer_mouth(struct duet_ringer *ringer, struct duet_mouth *mouth);

/* Begins anew with this tone. */
void duet_ringer_start(struct duet_ringer *ringer, const struct duet_ring_tone *tone);
void duet_ringer_stop(struct duet_ringer *ringer);
/* 0 … 1; at 0 it stands still, and says what it has to say once it is loud again. */
void duet_ringer_gain(struct duet_ringer *ringer, float gain);

#endif
