/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_AUDIO_SOUND_H
#define DUET_AUDIO_SOUND_H

#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"

/*
 * A whole sound file in memory, as a microphone would have heard it: 16 kHz,
 * mono, 16 bit, through the same conversion as capture. Whatever libsndfile
 * reads: WAV, FLAC, Ogg, MP3 …
 */
struct duet_sound {
	int16_t *samples;
	size_t n_samples;
};

/* At most an hour (-EFBIG). A file that breaks off gives what was there; what is no sound file is an error.
 */
int duet_sound_load(struct duet_sound *sound, const char *path, struct duet_error *error);
void duet_sound_done(struct duet_sound *sound);

#endif
