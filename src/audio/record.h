/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_AUDIO_RECORD_H
#define DUET_AUDIO_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/audio_engine.h"
#include "duet/error.h"

/*
 * A recording of a conversation: a stereo WAV file with what the microphone
 * heard on the left and what the loudspeaker played on the right. The audio
 * thread only puts sound into rings; main writes the file.
 */
struct duet_record;

int duet_record_new(struct duet_record **record, const char *path, int playback_rate_hz,
		    struct duet_error *error);
/* Writes what is left and closes the file; NULL is fine. */
int duet_record_close(struct duet_record *record, struct duet_error *error);

/* As the host's functions of an audio engine. */
int duet_record_format(struct duet_record *record, const struct duet_audio_format *format);
void duet_record_heard(struct duet_record *record, const void *frames, size_t n_frames);
void duet_record_played(struct duet_record *record, const int16_t *frames, size_t n_frames);

/* What is heard is zeros from now on. */
void duet_record_mute(struct duet_record *record, bool muted);

/* Main thread, at least every two seconds. */
void duet_record_write(struct duet_record *record);

#endif
