/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_AUDIO_WAV_H
#define DUET_AUDIO_WAV_H

#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"

/* Writing sound: a 16 bit WAV file. One thread, not the audio thread. */
struct duet_wav;

int duet_wav_create(struct duet_wav **wav, const char *path, int rate_hz, int n_channels,
		    struct duet_error *error);
/* Interleaved frames; 0 or -EIO, which duet_wav_close says again. */
int duet_wav_write(struct duet_wav *wav, const int16_t *frames, size_t n_frames);
/* Frees `wav` (NULL is fine) in any case; a disk that was full shows here at the latest. */
int duet_wav_close(struct duet_wav *wav, struct duet_error *error);

#endif
