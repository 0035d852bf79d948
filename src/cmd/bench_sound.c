/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/bench_sound.h"

#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <speex/speex_resampler.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"

enum { POWER_FRAME = 2048, BLOCK_FRAMES = 4096, MAX_CHANNELS = 32, QUALITY = 8 };

/* Growing samples. */
struct growth {
	struct bench_sound *sound;
	size_t room;
};

static int16_t *grow(struct growth *growth, size_t n)
{
	struct bench_sound *sound = growth->sound;

	if (sound->n_samples + n > growth->room) {
		size_t room = (growth->room + n) * 2;
		int16_t *samples = duet_realloc(sound->samples, room, sizeof(*samples));

		if (!samples)
			return NULL;
		sound->samples = samples;
		growth->room = room;
	}
	return sound->samples + sound->n_samples;
}

static void mix_down(const float *frames, size_t n_frames, int n_channels, float *mono)
{
	for (size_t i = 0; i < n_frames; i++) {
		float sum = 0;

		for (int channel = 0; channel < n_channels; channel++)
			sum += frames[i * (size_t)n_channels + (size_t)channel];
		mono[i] = 32767 * sum / (float)n_channels;
	}
}

/* Resamples a block and appends it. */
static int append(struct growth *growth, SpeexResamplerState *resampler, const float *mono, size_t n_frames,
		  int rate_hz)
{
	spx_uint32_t n_in = (spx_uint32_t)n_frames;
	spx_uint32_t n_out = (spx_uint32_t)(n_frames * BENCH_RATE_HZ / (size_t)rate_hz + 64);
	int16_t *out = grow(growth, n_out);
	float resampled[64 + BLOCK_FRAMES * 4];

	if (!out)
		return -ENOMEM;
	if (n_out > sizeof(resampled) / sizeof(resampled[0]))
		return -EINVAL;
	speex_resampler_process_float(resampler, 0, mono, &n_in, resampled, &n_out);
	for (spx_uint32_t i = 0; i < n_out; i++)
		out[i] = (int16_t)lrintf(fminf(fmaxf(resampled[i], -32768), 32767));
	growth->sound->n_samples += n_out;
	return 0;
}

static int read_all(SNDFILE *file, const SF_INFO *info, SpeexResamplerState *resampler,
		    struct bench_sound *sound)
{
	struct growth growth = {sound, 0};
	float *frames = duet_calloc(BLOCK_FRAMES * ((size_t)info->channels + 1), sizeof(*frames));
	float *mono = frames ? frames + BLOCK_FRAMES * (size_t)info->channels : NULL;
	sf_count_t n;
	int status = frames ? 0 : -ENOMEM;

	while (status == 0 && (n = sf_readf_float(file, frames, BLOCK_FRAMES)) > 0) {
		mix_down(frames, (size_t)n, info->channels, mono);
		status = append(&growth, resampler, mono, (size_t)n, info->samplerate);
	}
	duet_free(frames);
	return status;
}

int bench_sound_load(struct bench_sound *sound, const char *path, struct duet_error *error)
{
	SF_INFO info = {0};
	SNDFILE *file = sf_open(path, SFM_READ, &info);
	SpeexResamplerState *resampler = NULL;
	int status = -EINVAL;

	*sound = (struct bench_sound){0};
	if (file && info.channels <= MAX_CHANNELS && info.samplerate * 4 >= BENCH_RATE_HZ)
		resampler = speex_resampler_init(1, (spx_uint32_t)info.samplerate, BENCH_RATE_HZ, QUALITY,
						 &status);
	if (resampler)
		status = read_all(file, &info, resampler, sound);
	if (resampler)
		speex_resampler_destroy(resampler);
	if (status < 0 || !resampler) {
		bench_sound_done(sound);
		status = duet_error_set(error, -EINVAL, "no sound that can be read: %s", sf_strerror(file));
		duet_error_at(error, path, 0, 0);
	}
	if (file)
		sf_close(file);
	return status;
}

void bench_sound_done(struct bench_sound *sound)
{
	duet_free(sound->samples);
	*sound = (struct bench_sound){0};
}

/* Steele, Lea and Flood's SplitMix64. */
uint64_t bench_sound_random(uint64_t seed, uint64_t task)
{
	uint64_t value = seed * 0xd1342543de82ef95u + (task + 1) * 0x9e3779b97f4a7c15u;

	value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
	value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
	return value ^ (value >> 31);
}

/* Of the loudest frame; a last frame that is not full counts only when there is no other. */
static double power(const int16_t *samples, size_t n)
{
	double loudest = 0;

	for (size_t at = 0; at == 0 || at + POWER_FRAME <= n; at += POWER_FRAME) {
		double sum = 0;

		for (size_t i = at; i < n && i < at + POWER_FRAME; i++)
			sum += (double)samples[i] * samples[i];
		loudest = fmax(loudest, sum);
	}
	return loudest;
}

/* `n` samples of the noise from `begin`, from its start again where it ends. */
static int16_t *cut(const struct bench_sound *noise, size_t begin, size_t n)
{
	int16_t *piece = duet_calloc(n, sizeof(*piece));

	for (size_t i = 0; piece && i < n; i++)
		piece[i] = noise->samples[(begin + i) % noise->n_samples];
	return piece;
}

static int add(struct bench_sound *sound, const int16_t *noise, double scale)
{
	double *sum = duet_calloc(sound->n_samples, sizeof(*sum)), peak = 1;

	if (!sum)
		return -ENOMEM;
	for (size_t i = 0; i < sound->n_samples; i++) {
		sum[i] = sound->samples[i] + scale * noise[i];
		peak = fmax(peak, fabs(sum[i]));
	}
	for (size_t i = 0; i < sound->n_samples; i++)
		sound->samples[i] = (int16_t)lrint(sum[i] / (2 * peak) * 32767);
	duet_free(sum);
	return 0;
}

int bench_sound_mix(struct bench_sound *sound, const struct bench_sound *noise, double snr_db,
		    uint64_t random)
{
	size_t n = sound->n_samples, choices = noise->n_samples > n ? noise->n_samples - n : 1;
	int16_t *piece;
	double loudness;
	int status;

	if (n == 0 || noise->n_samples == 0)
		return 0;
	piece = cut(noise, (size_t)(random % choices), n);
	if (!piece)
		return -ENOMEM;
	loudness = fmax(power(piece, n), 1);
	status = add(sound, piece, sqrt(power(sound->samples, n) / (loudness * pow(10, snr_db / 10))));
	duet_free(piece);
	return status;
}
