/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/bench/bench_sound.h"

#include <errno.h>
#include <math.h>

#include "audio/sound.h"
#include "base/alloc.h"

enum { POWER_FRAME = 2048 };

int bench_sound_load(struct bench_sound *sound, const char *path, struct duet_error *error)
{
	struct duet_sound whole;
	int status = duet_sound_load(&whole, path, error);

	*sound = (struct bench_sound){whole.samples, whole.n_samples};
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
