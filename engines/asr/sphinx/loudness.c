/* SPDX-License-Identifier: Apache-2.0 */
#include "loudness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	FRAME_SAMPLES = 160,
	MAX_FRAMES = 20 * 100,
	RUN_FRAMES = 5,     /* a shorter noise is no speech */
	MARGIN_FRAMES = 25, /* soft sounds at the edges, and noise to be learnt */
};

/* Nothing that far below the loudest frames is speech, however quiet the room. */
#define FLOOR_DB 35.0f

static int compare(const void *left, const void *right)
{
	float a = *(const float *)left, b = *(const float *)right;

	return (a > b) - (a < b);
}

static int frame_levels(const int16_t *samples, size_t n_samples, float levels_db[MAX_FRAMES])
{
	int n = 0;

	for (size_t at = 0; at + FRAME_SAMPLES <= n_samples && n < MAX_FRAMES; at += FRAME_SAMPLES) {
		double power = 0;

		for (size_t i = at; i < at + FRAME_SAMPLES; i++)
			power += (double)samples[i] * samples[i];
		levels_db[n++] = (float)(10 * log10(power / FRAME_SAMPLES + 1));
	}
	return n;
}

/* The first frame of the first run above the threshold, going up or down from `frame`; `n` when there is
 * none. */
static int find_run(const float *levels_db, int n, int frame, int step, float threshold_db)
{
	int run = 0;

	for (; frame >= 0 && frame < n; frame += step) {
		run = levels_db[frame] >= threshold_db ? run + 1 : 0;
		if (run == RUN_FRAMES)
			return frame - step * (RUN_FRAMES - 1);
	}
	return n;
}

void loudness_measure(struct loudness *loudness, const int16_t *samples, size_t n_samples)
{
	float levels_db[MAX_FRAMES], sorted[MAX_FRAMES], low, high, threshold;
	int n = frame_levels(samples, n_samples, levels_db), first, last;

	*loudness = (struct loudness){.end = n_samples};
	if (n == 0)
		return;
	memcpy(sorted, levels_db, (size_t)n * sizeof(*sorted));
	qsort(sorted, (size_t)n, sizeof(*sorted), compare);
	low = sorted[n / 10];
	high = sorted[n - 1 - n / 50];
	loudness->snr_db = high - low;
	for (int i = n - 1; i >= 0 && sorted[i] >= fmaxf((low + high) / 2, high - FLOOR_DB); i--)
		loudness->n_loud++;
	threshold = fmaxf(low + (high - low) * 0.35f, high - FLOOR_DB);
	first = find_run(levels_db, n, 0, 1, threshold);
	last = find_run(levels_db, n, n - 1, -1, threshold);
	if (first >= last || n == MAX_FRAMES)
		return;
	if (first > MARGIN_FRAMES)
		loudness->begin = (size_t)(first - MARGIN_FRAMES) * FRAME_SAMPLES;
	if (last + MARGIN_FRAMES < n)
		loudness->end = (size_t)(last + MARGIN_FRAMES) * FRAME_SAMPLES;
}
