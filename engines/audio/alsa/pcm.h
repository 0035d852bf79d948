/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_ENGINES_AUDIO_ALSA_PCM_H
#define DUET_ENGINES_AUDIO_ALSA_PCM_H

#include <alsa/asoundlib.h>

#include "duet/audio_engine.h"

/* One opened direction of a sound card, set up and ready to start. */
struct duet_alsa_pcm {
	snd_pcm_t *handle;
	struct duet_audio_format format;      /* as the device delivers or takes it */
	snd_pcm_uframes_t n_period, n_buffer; /* frames */
};

/* May block for a moment; 0 or a negative errno. Capture takes the device's own format, at 16 kHz or the next
 * higher rate it has. Playback is 16 bit at `rate_hz`, converted by ALSA where the device cannot. */
int duet_alsa_open_capture(struct duet_alsa_pcm *pcm, const char *device, int buffer_ms);
int duet_alsa_open_playback(struct duet_alsa_pcm *pcm, const char *device, int buffer_ms, int rate_hz);
void duet_alsa_close(struct duet_alsa_pcm *pcm);

#endif
