/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_AUDIO_LANE_H
#define DUET_AUDIO_LANE_H

#include <speex/speex_resampler.h>
#include <stdatomic.h>

#include "audio/fade.h"
#include "audio/mixer.h"
#include "base/ring.h"

enum { DUET_LANE_BLOCK = 64 };

/*
 * One lane of the mixer. Positions are samples at the mixer's rate since the
 * beginning; the producer numbers its utterances from 1, and each is over with
 * duet_lane_end.
 */
struct duet_lane {
	int mixer_rate_hz;
	struct duet_ring *ring;
	/* Producer: */
	int rate_hz;                    /* of what it wrote last */
	SpeexResamplerState *resampler; /* NULL when the rates are the same */
	_Atomic int64_t written;
	_Atomic int64_t ended_at; /* position of the last end */
	_Atomic int64_t run_from; /* where the lane began to sound after it was last drained */
	_Atomic uint32_t begun;   /* the utterance that was last written to */
	_Atomic uint32_t n_ended; /* utterances */
	_Atomic int64_t flush_to; /* what lies before is to be forgotten; main raises it too */
	_Atomic uint32_t shut;    /* main: the utterance whose rest is dropped */
	struct duet_fade gain;    /* main sets it */
	/* Audio thread: */
	_Atomic int64_t taken;
	float cut, cut_step; /* fade-out of what is flushed */
};

int duet_lane_init(struct duet_lane *lane, const struct duet_mixer_lane_setup *setup, int mixer_rate_hz);
void duet_lane_done(struct duet_lane *lane);

/* What the mixer's functions of the same names promise. */
size_t duet_lane_write(struct duet_lane *lane, const int16_t *samples, size_t n_samples, int rate_hz);
void duet_lane_end(struct duet_lane *lane);
void duet_lane_flush(struct duet_lane *lane);
size_t duet_lane_queued(const struct duet_lane *lane);
bool duet_lane_drained(const struct duet_lane *lane);
int64_t duet_lane_played(const struct duet_lane *lane);

/* Audio thread: adds the lane's next block to `sum`. */
void duet_lane_mix(struct duet_lane *lane, float sum[DUET_LANE_BLOCK]);

#endif
