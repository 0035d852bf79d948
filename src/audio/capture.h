/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_AUDIO_CAPTURE_H
#define DUET_AUDIO_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/audio_engine.h"
#include "duet/vad_engine.h"

/*
 * From what a microphone delivers (any rate, width, channel count) to frames
 * of 10 ms, 16 kHz, mono, 16 bit, in a ring between the audio thread and the
 * ear. NaN becomes 0, DC is removed, what is too loud is clipped.
 */
struct duet_capture;

struct duet_frame {
	int64_t begin; /* sample number since the capture began */
	int64_t mark;  /* duet_capture_mark's, when its last sample came */
	int16_t pcm[DUET_FRAME_SAMPLES];
};

struct duet_capture *duet_capture_new(int buffer_ms);
void duet_capture_free(struct duet_capture *capture);
/* Not on the audio thread (the engine's thread before the device starts). 0, or -ENOTSUP for a format that
 * makes no sense. */
int duet_capture_format(struct duet_capture *capture, const struct duet_audio_format *format);
/* Audio thread: converts and queues; frames that find no room are counted as lost. */
void duet_capture_write(struct duet_capture *capture, const void *frames, size_t n_frames);
/* Audio thread: what the frames carry that are full from now on. */
void duet_capture_mark(struct duet_capture *capture, int64_t mark);
/* Any thread: from now on, what the microphone delivers and what still waits to be read is nothing but zeros,
 * before anybody can hear it. */
void duet_capture_mute(struct duet_capture *capture, bool muted);
bool duet_capture_muted(const struct duet_capture *capture);
/* Ear worker: the next frame: 1 or 0. */
int duet_capture_read(struct duet_capture *capture, struct duet_frame *frame);
/* Ear worker: how many frames wait to be read. */
size_t duet_capture_readable(const struct duet_capture *capture);
int64_t duet_capture_lost(const struct duet_capture *capture); /* frames, since the beginning */

#endif
