/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/capture.h"

#include <errno.h>
#include <math.h>
#include <speex/speex_resampler.h>
#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ring.h"

enum {
	BLOCK = 256, /* frames that are converted at once */
	MIN_RATE_HZ = 4000,
	MAX_RATE_HZ = 768000,
	MAX_CHANNELS = 64,
	RESAMPLER_QUALITY = 4, /* flat to 6.9 kHz, which is all that recognition uses; aliases 80 dB down */
};

static const float full_scale = 32768;

/* Corner of the DC filter: below any voice, and a step is forgotten in 50 ms. */
static const float dc_corner_hz = 15;

struct sample_type {
	size_t size;
	float (*read)(const unsigned char *at); /* to ±32768, whatever the width */
};

/*
 * Everything but `ring` and `n_lost` belongs to whoever writes. Samples are
 * floats in the range of 16 bit integers, which suits a resampler that was
 * built for fixed point as well.
 */
struct duet_capture {
	struct duet_ring *ring;
	atomic_int_least64_t n_lost;
	atomic_bool muted;
	struct duet_audio_format format;
	const struct sample_type *type; /* NULL until the format is known */
	SpeexResamplerState *resampler; /* NULL when the rate is right */
	bool dc_known;
	float dc_pole, dc_in, dc_out;
	struct duet_frame frame; /* being filled */
	size_t n_filled;
	float mono[BLOCK], resampled[BLOCK];
};

static float read_u8(const unsigned char *at)
{
	return (float)(*at - 128) * 256;
}

static float read_s16(const unsigned char *at)
{
	int16_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static float read_s24(const unsigned char *at)
{
	uint32_t bits = (uint32_t)at[0] << 8 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 24;

	return (float)(int32_t)bits / 65536;
}

static float read_s32(const unsigned char *at)
{
	int32_t value;

	memcpy(&value, at, sizeof(value));
	return (float)value / 65536;
}

/* Bounded here, since one infinite sample would never leave the filters again. */
static float read_f32(const unsigned char *at)
{
	float value;

	memcpy(&value, at, sizeof(value));
	if (isnan(value))
		return 0;
	return fminf(fmaxf(value, -1), 1) * full_scale;
}

static const struct sample_type sample_types[] = {
	[DUET_SAMPLE_U8] = {1, read_u8},   [DUET_SAMPLE_S16] = {2, read_s16},
	[DUET_SAMPLE_S24] = {3, read_s24}, [DUET_SAMPLE_S32] = {4, read_s32},
	[DUET_SAMPLE_F32] = {4, read_f32},
};

struct duet_capture *duet_capture_new(int buffer_ms)
{
	struct duet_capture *capture = duet_calloc(1, sizeof(*capture));

	if (!capture)
		return NULL;
	capture->ring = duet_ring_new((size_t)buffer_ms / 10 + 1, sizeof(struct duet_frame));
	if (!capture->ring) {
		duet_capture_free(capture);
		return NULL;
	}
	return capture;
}

void duet_capture_free(struct duet_capture *capture)
{
	if (!capture)
		return;
	if (capture->resampler)
		speex_resampler_destroy(capture->resampler);
	duet_ring_free(capture->ring);
	duet_free(capture);
}

static bool sensible(const struct duet_audio_format *format)
{
	return format->rate_hz >= MIN_RATE_HZ && format->rate_hz <= MAX_RATE_HZ && format->n_channels >= 1 &&
	       format->n_channels <= MAX_CHANNELS &&
	       (size_t)format->type < sizeof(sample_types) / sizeof(sample_types[0]);
}

int duet_capture_format(struct duet_capture *capture, const struct duet_audio_format *format)
{
	SpeexResamplerState *resampler = NULL;
	int code;

	if (!sensible(format))
		return -ENOTSUP;
	if (format->rate_hz != DUET_FRAME_RATE_HZ) {
		resampler = speex_resampler_init(1, (spx_uint32_t)format->rate_hz, DUET_FRAME_RATE_HZ,
						 RESAMPLER_QUALITY, &code);
		if (!resampler)
			return -ENOMEM;
		speex_resampler_skip_zeros(resampler);
	}
	if (capture->resampler)
		speex_resampler_destroy(capture->resampler);
	capture->resampler = resampler;
	capture->format = *format;
	capture->type = &sample_types[format->type];
	capture->dc_pole = expf(-2 * (float)M_PI * dc_corner_hz / (float)format->rate_hz);
	capture->dc_known = false;
	return 0;
}

static float without_dc(struct duet_capture *capture, float in)
{
	float out;

	if (!capture->dc_known) {
		/* A device that sits at an offset must not begin with a thump. */
		capture->dc_in = in;
		capture->dc_out = 0;
		capture->dc_known = true;
	}
	out = in - capture->dc_in + capture->dc_pole * capture->dc_out;
	if (fabsf(out) < 1e-6F)
		out = 0; /* numbers without end (denormals) are slow */
	capture->dc_in = in;
	capture->dc_out = out;
	return out;
}

/* Before the resampler, which would ring at the edge of an offset. */
static void downmix(struct duet_capture *capture, const unsigned char *from, size_t n_frames)
{
	int n_channels = capture->format.n_channels;
	bool muted = duet_capture_muted(capture);

	if (muted)
		capture->dc_known = false;
	for (size_t i = 0; i < n_frames; i++) {
		float sum = 0;

		for (int channel = 0; channel < n_channels; channel++, from += capture->type->size)
			sum += capture->type->read(from);
		capture->mono[i] = muted ? 0 : without_dc(capture, sum / (float)n_channels);
	}
}

static int16_t rounded(float value)
{
	return (int16_t)lrintf(fminf(fmaxf(value, INT16_MIN), INT16_MAX));
}

/* The resampler still rings of what came before. */
static void queue(struct duet_capture *capture)
{
	if (duet_capture_muted(capture))
		memset(capture->frame.pcm, 0, sizeof(capture->frame.pcm));
	if (duet_ring_write(capture->ring, &capture->frame, 1) == 0)
		atomic_fetch_add_explicit(&capture->n_lost, 1, memory_order_relaxed);
	capture->frame.begin += DUET_FRAME_SAMPLES;
	capture->n_filled = 0;
}

static void append(struct duet_capture *capture, const float *samples, size_t n_samples)
{
	for (size_t i = 0; i < n_samples; i++) {
		capture->frame.pcm[capture->n_filled++] = rounded(samples[i]);
		if (capture->n_filled == DUET_FRAME_SAMPLES)
			queue(capture);
	}
}

static void resample(struct duet_capture *capture, const float *samples, size_t n_samples)
{
	while (n_samples > 0) {
		spx_uint32_t n_in = (spx_uint32_t)n_samples, n_out = BLOCK;

		speex_resampler_process_float(capture->resampler, 0, samples, &n_in, capture->resampled,
					      &n_out);
		append(capture, capture->resampled, n_out);
		if (n_in == 0 && n_out == 0)
			return;
		samples += n_in;
		n_samples -= n_in;
	}
}

void duet_capture_write(struct duet_capture *capture, const void *frames, size_t n_frames)
{
	const unsigned char *from = frames;

	if (!capture->type)
		return;
	while (n_frames > 0) {
		size_t n = n_frames < BLOCK ? n_frames : BLOCK;

		downmix(capture, from, n);
		if (capture->resampler)
			resample(capture, capture->mono, n);
		else
			append(capture, capture->mono, n);
		from += n * (size_t)capture->format.n_channels * capture->type->size;
		n_frames -= n;
	}
}

void duet_capture_mark(struct duet_capture *capture, int64_t mark)
{
	capture->frame.mark = mark;
}

int duet_capture_read(struct duet_capture *capture, struct duet_frame *frame)
{
	if (duet_ring_read(capture->ring, frame, 1) != 1)
		return 0;
	if (duet_capture_muted(capture))
		memset(frame->pcm, 0, sizeof(frame->pcm));
	return 1;
}

size_t duet_capture_readable(const struct duet_capture *capture)
{
	return duet_ring_readable(capture->ring);
}

int64_t duet_capture_lost(const struct duet_capture *capture)
{
	return atomic_load_explicit(&capture->n_lost, memory_order_relaxed);
}

void duet_capture_mute(struct duet_capture *capture, bool muted)
{
	atomic_store(&capture->muted, muted);
}

bool duet_capture_muted(const struct duet_capture *capture)
{
	return atomic_load(&capture->muted);
}
