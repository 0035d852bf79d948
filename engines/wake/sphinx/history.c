/* SPDX-License-Identifier: Apache-2.0 */
#include "history.h"

#include <math.h>
#include <string.h>

enum {
	HANG_FRAMES = 15,
	PAUSE = 50, /* frames before a phrase … */
	GAP = 5,    /* … but for these, as its begin is not exact */
	MEMORY_FRAMES = 300,
	PRIOR_FRAMES = 100,
	DRAWN_FRAMES = 50,
	BEFORE = 80,
	BEHIND = 15
};

static const float audible = 4;      /* of the first cepstrum above the quietest of the last 1.5 s */
static const float least_power = 25; /* -76 dBFS: below it is what rounding left of silence */

/* Of a usual voice: the packaged model's feat.params. */
static const float usual[DUET_CEPSTRA] = {41.00F, -5.29F, -0.12F, 5.09F,  2.48F,  -4.07F, -1.37F,
					  -1.78F, -5.08F, -2.05F, -6.45F, -1.42F, 1.17F};

void duet_history_reset(struct duet_history *history)
{
	history->n_frames = 0;
	history->n_hang = 0;
	history->weight = PRIOR_FRAMES;
	for (int d = 0; d < DUET_CEPSTRA; d++)
		history->mean[d] = usual[d];
}

static size_t slot(int64_t frame)
{
	return (size_t)(frame % DUET_HISTORY_FRAMES);
}

/* True when the newest frame stands out. */
static bool stands_out(struct duet_history *history, float level)
{
	int64_t n = history->n_frames;
	float least = INFINITY;

	history->smooth = n == 0 ? level : 0.7F * history->smooth + 0.3F * level;
	history->levels[n % DUET_HISTORY_MINIMA] = history->smooth;
	for (int i = 0; i < DUET_HISTORY_MINIMA && i <= n; i++)
		least = fminf(least, history->levels[i]);
	return history->smooth > least + audible;
}

static void follow_mean(struct duet_history *history, const float cepstra[DUET_CEPSTRA])
{
	history->weight = history->weight * (1 - 1.0 / MEMORY_FRAMES) + 1;
	for (int d = 0; d < DUET_CEPSTRA; d++)
		history->mean[d] += ((double)cepstra[d] - history->mean[d]) / history->weight;
}

void duet_history_push(struct duet_history *history, const float cepstra[DUET_CEPSTRA], float power)
{
	size_t at = slot(history->n_frames);
	bool loud = stands_out(history, cepstra[0]) && power > least_power;

	if (loud) {
		history->n_hang = HANG_FRAMES;
		if (!history->holds)
			follow_mean(history, cepstra);
	} else if (history->n_hang > 0) {
		history->n_hang--;
	}
	memcpy(history->cepstra[at], cepstra, sizeof(history->cepstra[at]));
	for (int d = 0; d < DUET_CEPSTRA; d++)
		history->means[at][d] = (float)history->mean[d];
	history->voiced[at] = history->n_hang > 0;
	history->powers[at] = power;
	history->n_frames++;
}

int64_t duet_history_first(const struct duet_history *history)
{
	return history->n_frames > DUET_HISTORY_FRAMES ? history->n_frames - DUET_HISTORY_FRAMES : 0;
}

/* The nearest frame that is there. */
static int64_t within(const struct duet_history *history, int64_t frame)
{
	int64_t first = duet_history_first(history);

	if (frame >= history->n_frames)
		frame = history->n_frames - 1;
	return frame < first ? first : frame;
}

bool duet_history_voiced(const struct duet_history *history, int64_t frame, int n)
{
	for (int i = 0; i < n; i++)
		if (history->voiced[slot(within(history, frame + i))])
			return true;
	return false;
}

const float *duet_history_running_mean(const struct duet_history *history, int64_t frame)
{
	return history->means[slot(within(history, frame))];
}

void duet_history_mean(const struct duet_history *history, int64_t first, int64_t last,
		       float mean[DUET_CEPSTRA])
{
	const float *running = duet_history_running_mean(history, last);
	float n = (float)(last - first + 1);

	for (int d = 0; d < DUET_CEPSTRA; d++) {
		float sum = DRAWN_FRAMES * running[d];

		for (int64_t t = first; t <= last; t++)
			sum += history->cepstra[slot(within(history, t))][d];
		mean[d] = sum / (n + DRAWN_FRAMES);
	}
}

/* Mean of the first cepstrum. */
static float level(const struct duet_history *history, int64_t first, int64_t last)
{
	float sum = 0;

	for (int64_t t = first; t <= last; t++)
		sum += history->cepstra[slot(within(history, t))][0];
	return sum / (float)(last - first + 1);
}

float duet_history_loudness(const struct duet_history *history, int64_t first, int64_t last)
{
	float least = INFINITY;

	for (int64_t t = first - BEFORE; t <= last + BEHIND; t++)
		least = fminf(least, history->cepstra[slot(within(history, t))][0]);
	return level(history, first, last) - least;
}

float duet_history_rise(const struct duet_history *history, int64_t first, int64_t last)
{
	float before = 0, loudest = 0;

	for (int64_t t = first - GAP - PAUSE; t < first - GAP; t++)
		before += history->powers[slot(within(history, t))] / PAUSE;
	for (int64_t t = first; t <= last; t++)
		loudest = fmaxf(loudest, history->powers[slot(within(history, t))]);
	return 10 * log10f((loudest + 1) / (before + 1));
}

void duet_history_features(const struct duet_history *history, int64_t frame, const float mean[DUET_CEPSTRA],
			   float features[DUET_FEATURES])
{
	const float *around[2 * DUET_HISTORY_AHEAD + 1], **at = around + DUET_HISTORY_AHEAD;

	for (int i = -DUET_HISTORY_AHEAD; i <= DUET_HISTORY_AHEAD; i++)
		at[i] = history->cepstra[slot(within(history, frame + i))];
	for (int d = 0; d < DUET_CEPSTRA; d++) {
		features[d] = at[0][d] - mean[d];
		features[DUET_CEPSTRA + d] = at[2][d] - at[-2][d];
		features[2 * DUET_CEPSTRA + d] = (at[3][d] - at[-1][d]) - (at[1][d] - at[-3][d]);
	}
}
