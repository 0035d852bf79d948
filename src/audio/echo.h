/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_AUDIO_ECHO_H
#define DUET_AUDIO_ECHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audio/capture.h"

/*
 * What the loudspeaker plays is taken out of what the microphone hears, by
 * speexdsp's adaptive filter (Valin, "On adjusting the learning rate in
 * frequency domain echo cancellation with double-talk", 2007). The audio thread
 * only puts what it plays into a ring; the ear does the work, and only while
 * something plays or still resounds.
 *
 * Frames come with the number of samples that had been played when they were
 * captured (duet_capture_mark). Where in them the echo lies is found out by
 * correlation (audio/delay.h), up to half a second; that the clocks of both
 * devices differ shows in the filter, which wanders, and is made up for.
 */
struct duet_echo;

struct duet_echo_setup {
	int playback_rate_hz;
	int tail_ms;   /* how long the room resounds */
	int buffer_ms; /* that the ear may lag behind */
};

/* How it is doing. */
struct duet_echo_report {
	bool sounds;       /* something is played, or resounds */
	int delay_samples; /* of the echo, at 16 kHz; negative: not known yet */
	double drift_ppm;  /* how much faster the loudspeaker's clock goes than the microphone's */
};

/* NULL: out of memory. */
struct duet_echo *duet_echo_new(const struct duet_echo_setup *setup);
void duet_echo_free(struct duet_echo *echo);

/* The loudspeaker's audio thread. Never allocates, locks or waits. */
void duet_echo_played(struct duet_echo *echo, const int16_t *samples, size_t n_samples);
/* Any thread: how many samples were played, for duet_capture_mark. */
int64_t duet_echo_position(const struct duet_echo *echo);

/* Ear: cancels in place, frame by frame as they were read. True while something sounds. */
bool duet_echo_cancel(struct duet_echo *echo, struct duet_frame *frame);
/* Ear: what was played that the frame `n_ago` frames before the last one may hold an echo of; 16 kHz, up to
 * three seconds ago. */
void duet_echo_reference(const struct duet_echo *echo, int n_ago, int16_t samples[DUET_FRAME_SAMPLES]);
/* Ear: did something sound in most of the last `n_frames` frames, up to when it ended? */
bool duet_echo_sounded(const struct duet_echo *echo, int n_frames);
/* Ear: is what was left of the last `n_frames` frames no more than an echo leaves (audio/leak.h)? Only frames
 * in which something sounds count. */
bool duet_echo_explains(const struct duet_echo *echo, int n_frames);
/* Ear: is the canceller still learning the room, so that most of an echo may come through? */
bool duet_echo_begins(const struct duet_echo *echo);
/* Ear. */
void duet_echo_report(const struct duet_echo *echo, struct duet_echo_report *report);

#endif
