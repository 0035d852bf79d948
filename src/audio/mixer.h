/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_AUDIO_MIXER_H
#define DUET_AUDIO_MIXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the loudspeaker plays: a fixed number of lanes (speech, cue, alert,
 * content …), each a ring between one producer and the audio thread, mixed
 * with its own gain, under one volume. Gains move in fades, never in steps; a
 * sum that is too loud is limited, not wrapped.
 */
struct duet_mixer;

struct duet_mixer_lane_setup {
	const char *name;
	int rate_hz; /* of what the producer writes; resampled by the producer's side */
	int buffer_ms;
};

struct duet_mixer *duet_mixer_new(int rate_hz, const struct duet_mixer_lane_setup *lanes, size_t n_lanes);
void duet_mixer_free(struct duet_mixer *mixer);

/* Producer of the lane: how many samples were taken; never waits. `rate_hz` may change between utterances;
 * at a rate that makes no sense everything is taken and nothing played. */
size_t duet_mixer_write(struct duet_mixer *mixer, size_t lane, const int16_t *samples, size_t n_samples,
			int rate_hz);
/* Producer: the utterance is whole; the lane reports drained when it is played. Every utterance needs its
 * end, one that was flushed too. */
void duet_mixer_end(struct duet_mixer *mixer, size_t lane);
/* Main thread: forget what is not yet played, within a short fade, and whatever else the producer writes of
 * this utterance until its end. */
void duet_mixer_flush(struct duet_mixer *mixer, size_t lane);
/* Main thread: 0 … 1 within `fade_ms`; 0 and `hold`: the lane stands still (pause), its sound kept. */
void duet_mixer_gain(struct duet_mixer *mixer, size_t lane, float gain, int fade_ms, bool hold);
/* Main thread: 0 … 100, perceptual. */
void duet_mixer_volume(struct duet_mixer *mixer, int percent, int fade_ms);
/* Any thread: samples (at the mixer's rate) that are written and not yet played; is no utterance begun that
 * is not ended and played? */
size_t duet_mixer_queued(const struct duet_mixer *mixer, size_t lane);
bool duet_mixer_drained(const struct duet_mixer *mixer, size_t lane);
/* Any thread: samples (at the mixer's rate) of this lane played since the lane was last drained; 0: not
 * begun. For "first sample" times. */
int64_t duet_mixer_played(const struct duet_mixer *mixer, size_t lane);

/* Audio thread: fills `out` at the mixer's rate. Never allocates, locks or waits. */
void duet_mixer_read(struct duet_mixer *mixer, int16_t *out, size_t n_samples);

#endif
