/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_AUDIO_ROOM_H
#define DUET_AUDIO_ROOM_H

#include <stdint.h>

#include "duet/vad_engine.h"

/*
 * A room that is computed, for tests and benchmarks: what a loudspeaker plays
 * comes to a microphone some time later, directly and from the walls (noise
 * that decays exponentially: Polack, 1988). Both sides have a clock of their
 * own.
 */
struct duet_room;

struct duet_room_setup {
	double rt60_s;     /* until the sound of the walls is 60 dB lower; at most 1 */
	double direct_db;  /* the direct sound against that of the walls */
	int delay_samples; /* of the devices, at least DUET_ROOM_LEAST_DELAY; 16 kHz */
	double drift_ppm;  /* the loudspeaker's clock goes so much faster */
	uint64_t seed;
};

enum { DUET_ROOM_LEAST_DELAY = 256 };

/* NULL: out of memory. */
struct duet_room *duet_room_new(const struct duet_room_setup *setup);
void duet_room_free(struct duet_room *room);

/* 10 ms: `played` goes out, `heard` (as loud as it was played, altogether) comes in. */
void duet_room_step(struct duet_room *room, const int16_t played[DUET_FRAME_SAMPLES],
		    float heard[DUET_FRAME_SAMPLES]);

#endif
