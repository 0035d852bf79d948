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
	CUE_FRAMES = 15,    /* within which a cue or a tap at the beginning is loudest */
	TAIL_FRAMES = 20,   /* that it takes at least to fade away */
};

/* Nothing that far below the loudest frames is speech, however quiet the room. */
#define FLOOR_DB 35.0f
#define FADE_DB  10.0f /* that a cue falls at least */
#define RISE_DB  4.0f  /* and does not rise meanwhile */

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

static float smooth(const float *levels_db, int n, int frame)
{
	float sum = 0;
	int count = 0;

	for (int i = frame - 2; i <= frame + 2; i++)
		if (i >= 0 && i < n) {
			sum += levels_db[i];
			count++;
		}
	return sum / (float)count;
}

/* What a microphone opens with is often no speech but the end of the cue that told to speak, or of the tap on
 * a button: a sound that is loudest at once and does nothing but fade in the room. The frame at which it has
 * faded, 0 when the utterance begins otherwise. */
static int cue_end(const float *levels_db, int n)
{
	int peak = 0, lowest;

	for (int i = 1; i < CUE_FRAMES && i < n; i++)
		if (smooth(levels_db, n, i) > smooth(levels_db, n, peak))
			peak = i;
	lowest = peak;
	for (int i = peak; i < n && smooth(levels_db, n, i) < smooth(levels_db, n, lowest) + RISE_DB; i++)
		if (smooth(levels_db, n, i) < smooth(levels_db, n, lowest))
			lowest = i;
	if (lowest - peak < TAIL_FRAMES ||
	    smooth(levels_db, n, peak) - smooth(levels_db, n, lowest) < FADE_DB)
		return 0;
	return lowest;
}

static int count_from(const float *levels_db, int n, int frame, float least_db)
{
	int count = 0;

	for (; frame < n; frame++)
		count += levels_db[frame] >= least_db;
	return count;
}

void loudness_measure(struct loudness *loudness, const int16_t *samples, size_t n_samples, bool after_cue)
{
	float levels_db[MAX_FRAMES], sorted[MAX_FRAMES], low, high, threshold;
	int n = frame_levels(samples, n_samples, levels_db), first, last, cue;

	*loudness = (struct loudness){.end = n_samples};
	if (n == 0)
		return;
	memcpy(sorted, levels_db, (size_t)n * sizeof(*sorted));
	qsort(sorted, (size_t)n, sizeof(*sorted), compare);
	low = sorted[n / 10];
	high = sorted[n - 1 - n / 50];
	loudness->snr_db = high - low;
	threshold = fmaxf(low + (high - low) * 0.35f, high - FLOOR_DB);
	cue = cue_end(levels_db, n);
	loudness->cue = cue > 0;
	cue = after_cue ? cue : 0;
	loudness->n_loud = count_from(levels_db, n, cue, fmaxf((low + high) / 2, high - FLOOR_DB));
	first = find_run(levels_db, n, cue, 1, threshold);
	last = find_run(levels_db, n, n - 1, -1, threshold);
	if (first >= last || n == MAX_FRAMES)
		return;
	if (first > MARGIN_FRAMES)
		loudness->begin =
			(size_t)(first - MARGIN_FRAMES > cue ? first - MARGIN_FRAMES : cue) * FRAME_SAMPLES;
	if (last + MARGIN_FRAMES < n)
		loudness->end = (size_t)(last + MARGIN_FRAMES) * FRAME_SAMPLES;
}
