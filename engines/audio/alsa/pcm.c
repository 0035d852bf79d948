/* SPDX-License-Identifier: Apache-2.0 */
#include "pcm.h"

#include <stdio.h>

enum { PERIOD_US = 10000 };

static const struct {
	snd_pcm_format_t format;
	enum duet_sample_type type;
} formats[] = {
	{SND_PCM_FORMAT_S16, DUET_SAMPLE_S16},     {SND_PCM_FORMAT_S32, DUET_SAMPLE_S32},
	{SND_PCM_FORMAT_S24_3LE, DUET_SAMPLE_S24}, {SND_PCM_FORMAT_FLOAT, DUET_SAMPLE_F32},
	{SND_PCM_FORMAT_U8, DUET_SAMPLE_U8},
};

static int set_format(snd_pcm_t *handle, snd_pcm_hw_params_t *params, enum duet_sample_type *type)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (snd_pcm_hw_params_set_format(handle, params, formats[i].format) == 0) {
			*type = formats[i].type;
			return 0;
		}
	return -ENOTSUP;
}

/* Never below what speech needs: of 8 and 44.1 kHz the latter. */
static int set_capture_rate(snd_pcm_t *handle, snd_pcm_hw_params_t *params, unsigned *rate_hz)
{
	unsigned least = DUET_FRAME_RATE_HZ;
	int direction = 0;

	snd_pcm_hw_params_set_rate_min(handle, params, &least, &direction); /* where it can */
	*rate_hz = DUET_FRAME_RATE_HZ;
	return snd_pcm_hw_params_set_rate_near(handle, params, rate_hz, NULL);
}

/* First without ALSA's own resampling; when the device has no such rate, with it. */
static int begin_params(struct duet_alsa_pcm *pcm, snd_pcm_hw_params_t *params, bool resample)
{
	int code = snd_pcm_hw_params_any(pcm->handle, params);

	if (code >= 0)
		code = snd_pcm_hw_params_set_rate_resample(pcm->handle, params, resample);
	if (code >= 0)
		code = snd_pcm_hw_params_set_access(pcm->handle, params, SND_PCM_ACCESS_RW_INTERLEAVED);
	return code;
}

static int end_params(struct duet_alsa_pcm *pcm, snd_pcm_hw_params_t *params, int buffer_ms)
{
	unsigned n_channels = 1, period_us = PERIOD_US, buffer_us = (unsigned)buffer_ms * 1000;
	int code = snd_pcm_hw_params_set_channels_near(pcm->handle, params, &n_channels);

	if (code >= 0)
		code = snd_pcm_hw_params_set_period_time_near(pcm->handle, params, &period_us, NULL);
	if (code >= 0)
		code = snd_pcm_hw_params_set_buffer_time_near(pcm->handle, params, &buffer_us, NULL);
	if (code >= 0)
		code = snd_pcm_hw_params(pcm->handle, params);
	if (code >= 0)
		code = snd_pcm_hw_params_get_period_size(params, &pcm->n_period, NULL);
	if (code >= 0)
		code = snd_pcm_hw_params_get_buffer_size(params, &pcm->n_buffer);
	pcm->format.n_channels = (int)n_channels;
	return code;
}

static int set_up_capture(struct duet_alsa_pcm *pcm, int buffer_ms)
{
	snd_pcm_hw_params_t *params;
	unsigned rate_hz;
	int code;

	snd_pcm_hw_params_alloca(&params);
	code = begin_params(pcm, params, false);
	if (code >= 0)
		code = set_format(pcm->handle, params, &pcm->format.type);
	if (code >= 0)
		code = set_capture_rate(pcm->handle, params, &rate_hz);
	if (code < 0)
		return code;
	pcm->format.rate_hz = (int)rate_hz;
	return end_params(pcm, params, buffer_ms);
}

static int set_up_playback(struct duet_alsa_pcm *pcm, int buffer_ms, int rate_hz, bool resample)
{
	snd_pcm_hw_params_t *params;
	int code;

	snd_pcm_hw_params_alloca(&params);
	code = begin_params(pcm, params, resample);
	if (code >= 0)
		code = snd_pcm_hw_params_set_format(pcm->handle, params, SND_PCM_FORMAT_S16);
	if (code >= 0)
		code = snd_pcm_hw_params_set_rate(pcm->handle, params, (unsigned)rate_hz, 0);
	if (code < 0)
		return code;
	pcm->format = (struct duet_audio_format){.rate_hz = rate_hz, .type = DUET_SAMPLE_S16};
	return end_params(pcm, params, buffer_ms);
}

/* Wakes once a period; starts when it is told to. */
static int set_up_waking(struct duet_alsa_pcm *pcm)
{
	snd_pcm_sw_params_t *params;
	snd_pcm_uframes_t never;
	int code;

	snd_pcm_sw_params_alloca(&params);
	code = snd_pcm_sw_params_current(pcm->handle, params);
	if (code >= 0)
		code = snd_pcm_sw_params_get_boundary(params, &never);
	if (code >= 0)
		code = snd_pcm_sw_params_set_start_threshold(pcm->handle, params, never);
	if (code >= 0)
		code = snd_pcm_sw_params_set_avail_min(pcm->handle, params, pcm->n_period);
	return code >= 0 ? snd_pcm_sw_params(pcm->handle, params) : code;
}

static int open_handle(struct duet_alsa_pcm *pcm, const char *device, snd_pcm_stream_t stream)
{
	*pcm = (struct duet_alsa_pcm){0};
	return snd_pcm_open(&pcm->handle, device, stream, SND_PCM_NONBLOCK);
}

int duet_alsa_open_capture(struct duet_alsa_pcm *pcm, const char *device, int buffer_ms)
{
	int code = open_handle(pcm, device, SND_PCM_STREAM_CAPTURE);

	if (code >= 0)
		code = set_up_capture(pcm, buffer_ms);
	if (code >= 0)
		code = set_up_waking(pcm);
	if (code < 0)
		duet_alsa_close(pcm);
	return code < 0 ? code : 0;
}

static int try_playback(struct duet_alsa_pcm *pcm, const char *device, int buffer_ms, int rate_hz)
{
	int code = open_handle(pcm, device, SND_PCM_STREAM_PLAYBACK);

	if (code < 0)
		return code;
	code = set_up_playback(pcm, buffer_ms, rate_hz, false);
	if (code < 0)
		code = set_up_playback(pcm, buffer_ms, rate_hz, true);
	if (code >= 0)
		code = set_up_waking(pcm);
	if (code < 0)
		duet_alsa_close(pcm);
	return code < 0 ? code : 0;
}

int duet_alsa_open_playback(struct duet_alsa_pcm *pcm, const char *device, int buffer_ms, int rate_hz)
{
	char converted[256];
	int code = try_playback(pcm, device, buffer_ms, rate_hz);

	if (code != -EINVAL)
		return code;
	/* A bare card that has no such rate or width: behind ALSA's converter it has. */
	snprintf(converted, sizeof(converted), "plug:'%.200s'", device);
	return try_playback(pcm, converted, buffer_ms, rate_hz);
}

void duet_alsa_close(struct duet_alsa_pcm *pcm)
{
	if (pcm->handle)
		snd_pcm_close(pcm->handle);
	pcm->handle = NULL;
}
