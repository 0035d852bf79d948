/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SPEAKER_UTTERANCE_H
#define DUET_SPEAKER_UTTERANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "asr/asr.h"
#include "speaker/ear.h"

/*
 * What is being listened to: the recognisers of those who listen, the endpoint,
 * and the sound, where an assistant keeps it. Of the ear's worker.
 */
enum { DUET_UTTERANCE_HEARERS = 4 };

/* Who listens. */
struct duet_hearer {
	int assistant;
	struct duet_asr *asr;
	struct duet_asr_partial partial;
};

struct duet_utterance {
	const struct duet_ear_setup *setup;
	void *user;
	void (*post)(void *user, const struct duet_heard *heard); /* to main */
	/* What follows belongs to one utterance. */
	uint64_t turn; /* 0: nothing is listened to */
	struct duet_hearer
		hearers[DUET_UTTERANCE_HEARERS]; /* one assistant, or all who share the wake word */
	size_t n_hearers;
	int16_t *sound; /* all of it, where it is to be kept; else NULL */
	size_t n_sound, sound_room;
	struct duet_endpoint endpoint;
	int partial_age;  /* frames; negative: none was asked for since the last voice */
	bool paused;      /* the recogniser was told that the person has fallen silent */
	int voiced_run;   /* voiced frames in a row */
	int64_t voice_ns; /* when the last voiced frame was heard (system clock) */
};

/* `setup` is the ear's, and outlives it. */
void duet_utterance_init(struct duet_utterance *utterance, const struct duet_ear_setup *setup,
			 void (*post)(void *user, const struct duet_heard *heard), void *user);

/* What was listened to is forgotten. `assistant` may be DUET_ANYONE; `noise_db` as in duet_asr_begin. Where
 * recognisers do not begin that is posted, and nothing is listened to. */
void duet_utterance_begin(struct duet_utterance *utterance, uint64_t turn, int assistant, enum duet_part part,
			  float noise_db);

/* The next DUET_FRAME_SAMPLES samples; true when it is over, and its words are posted. */
bool duet_utterance_frame(struct duet_utterance *utterance, const int16_t *pcm, bool voiced);

/* Nothing is listened to any more. */
void duet_utterance_cancel(struct duet_utterance *utterance);

#endif
