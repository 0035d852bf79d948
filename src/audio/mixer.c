/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/mixer.h"

#include <math.h>
#include <string.h>

#include "audio/lane.h"
#include "audio/limiter.h"
#include "base/alloc.h"

enum { BLOCK = DUET_LIMITER_BLOCK };

_Static_assert((int)BLOCK == (int)DUET_LANE_BLOCK, "lanes are mixed in the limiter's blocks");

struct duet_mixer {
	int rate_hz;
	struct duet_fade volume;
	/* Audio thread: */
	struct duet_limiter limiter;
	int16_t ready[BLOCK];
	size_t n_given; /* of `ready` */
	size_t n_lanes;
	struct duet_lane lanes[];
};

struct duet_mixer *duet_mixer_new(int rate_hz, const struct duet_mixer_lane_setup *lanes, size_t n_lanes)
{
	struct duet_mixer *mixer = duet_calloc(1, sizeof(*mixer) + n_lanes * sizeof(mixer->lanes[0]));

	if (!mixer)
		return NULL;
	mixer->rate_hz = rate_hz;
	mixer->n_given = BLOCK;
	duet_fade_init(&mixer->volume, 1);
	duet_limiter_init(&mixer->limiter, rate_hz);
	for (; mixer->n_lanes < n_lanes; mixer->n_lanes++) {
		if (duet_lane_init(&mixer->lanes[mixer->n_lanes], &lanes[mixer->n_lanes], rate_hz) < 0) {
			duet_mixer_free(mixer);
			return NULL;
		}
	}
	return mixer;
}

void duet_mixer_free(struct duet_mixer *mixer)
{
	if (!mixer)
		return;
	for (size_t i = 0; i < mixer->n_lanes; i++)
		duet_lane_done(&mixer->lanes[i]);
	duet_free(mixer);
}

size_t duet_mixer_write(struct duet_mixer *mixer, size_t lane, const int16_t *samples, size_t n_samples,
			int rate_hz)
{
	return duet_lane_write(&mixer->lanes[lane], samples, n_samples, rate_hz);
}

void duet_mixer_end(struct duet_mixer *mixer, size_t lane)
{
	duet_lane_end(&mixer->lanes[lane]);
}

void duet_mixer_flush(struct duet_mixer *mixer, size_t lane)
{
	duet_lane_flush(&mixer->lanes[lane]);
}

void duet_mixer_gain(struct duet_mixer *mixer, size_t lane, float gain, int fade_ms, bool hold)
{
	duet_fade_set(&mixer->lanes[lane].gain, fminf(fmaxf(gain, 0), 1), fade_ms, hold);
}

/* Cubic, as PulseAudio's: half way sounds half as loud (-18 dB), and the bottom is silence. */
void duet_mixer_volume(struct duet_mixer *mixer, int percent, int fade_ms)
{
	float part = (float)(percent < 0 ? 0 : percent > 100 ? 100 : percent) / 100;

	duet_fade_set(&mixer->volume, part * part * part, fade_ms, false);
}

size_t duet_mixer_queued(const struct duet_mixer *mixer, size_t lane)
{
	return duet_lane_queued(&mixer->lanes[lane]);
}

bool duet_mixer_drained(const struct duet_mixer *mixer, size_t lane)
{
	return duet_lane_drained(&mixer->lanes[lane]);
}

int64_t duet_mixer_played(const struct duet_mixer *mixer, size_t lane)
{
	return duet_lane_played(&mixer->lanes[lane]);
}

static void mix_block(struct duet_mixer *mixer)
{
	float sum[BLOCK] = {0};

	for (size_t i = 0; i < mixer->n_lanes; i++)
		duet_lane_mix(&mixer->lanes[i], sum);
	duet_fade_follow(&mixer->volume, mixer->rate_hz);
	for (size_t i = 0; i < BLOCK; i++)
		sum[i] *= duet_fade_next(&mixer->volume);
	duet_limiter_process(&mixer->limiter, sum);
	for (size_t i = 0; i < BLOCK; i++)
		mixer->ready[i] = (int16_t)lrintf(sum[i]);
	mixer->n_given = 0;
}

void duet_mixer_read(struct duet_mixer *mixer, int16_t *out, size_t n_samples)
{
	while (n_samples > 0) {
		size_t n;

		if (mixer->n_given == BLOCK)
			mix_block(mixer);
		n = BLOCK - mixer->n_given < n_samples ? BLOCK - mixer->n_given : n_samples;
		memcpy(out, mixer->ready + mixer->n_given, n * sizeof(*out));
		mixer->n_given += n;
		out += n;
		n_samples -= n;
	}
}
