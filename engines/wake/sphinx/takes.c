/* SPDX-License-Identifier: Apache-2.0 */
#include "takes.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"

enum { LENGTH = 31, ZERO = 'O', MEAN_SLACK = 5 };

/*
 * Measured on eight synthetic voices with four takes of each of eight phrases, at 10 dB: nearer than this is
 * one candidate in a thousand of another person's talk, nine in ten of what they say themselves; and a step
 * nearer is worth at least so much.
 */
static const float near = 0.38F, worth = 25;

void duet_take_cut(struct duet_take *take, const struct duet_history *history, int64_t first, int64_t last,
		   int slack)
{
	float mean[DUET_CEPSTRA], features[DUET_FEATURES];

	duet_history_mean(history, first - MEAN_SLACK, last + MEAN_SLACK, mean);
	take->n_frames = 0;
	for (int64_t t = first - slack; t <= last + slack && take->n_frames < DUET_TAKE_FRAMES; t++) {
		int8_t *frame = take->frames[take->n_frames++];
		float sum = 1e-6F;

		duet_history_features(history, t, mean, features);
		for (int d = 1; d < DUET_CEPSTRA; d++)
			sum += features[d] * features[d];
		for (int d = 1; d < DUET_CEPSTRA; d++)
			frame[d - 1] = (int8_t)lrintf(features[d] * (float)LENGTH / sqrtf(sum));
	}
}

/* A way to warp: the sum of distances, each as often as it has weight. */
struct warp {
	float sum, weight;
};

static struct warp step(struct warp from, float distance, float weight)
{
	return (struct warp){from.sum + weight * distance, from.weight + weight};
}

static float mean_of(struct warp warp)
{
	return warp.weight > 0 ? warp.sum / warp.weight : 2;
}

static struct warp nearer(struct warp a, struct warp b)
{
	return mean_of(b) < mean_of(a) ? b : a;
}

static float unlike(const int8_t a[DUET_TAKE_CEPSTRA], const int8_t b[DUET_TAKE_CEPSTRA])
{
	int sum = 0;

	for (int d = 0; d < DUET_TAKE_CEPSTRA; d++)
		sum += a[d] * b[d];
	return 1 - (float)sum / (LENGTH * LENGTH);
}

/* The best ways that end with frame `i` of the take and each frame that was heard, from those that end with
 * the frame before. */
static void warp_frame(const struct duet_take *take, int i, const struct duet_take *heard, struct warp *warps)
{
	struct warp before = {0}, none = {0}; /* at the frame before of both */

	for (int j = 0; j < heard->n_frames; j++) {
		float distance = unlike(take->frames[i], heard->frames[j]);
		struct warp above = warps[j], best = none;

		if (i == 0 && j <= 2 * DUET_TAKE_SLACK)
			best = step(none, distance, 2);
		if (before.weight > 0)
			best = nearer(best, step(before, distance, 2));
		if (above.weight > 0)
			best = nearer(best, step(above, distance, 1));
		if (j > 0 && warps[j - 1].weight > 0)
			best = nearer(best, step(warps[j - 1], distance, 1));
		before = above;
		warps[j] = best;
	}
}

/*
 * Source of the method: Sakoe and Chiba, "Dynamic programming algorithm optimization for spoken word
 * recognition" (1978), the symmetric form with slope weights 1, 2 and 1; ends may move, so the best mean is
 * followed instead of the best sum.
 */
float duet_take_distance(const struct duet_take *take, const struct duet_take *heard)
{
	struct warp warps[DUET_TAKE_FRAMES] = {0}, best = {0};
	int n = heard->n_frames;

	for (int i = 0; i < take->n_frames; i++)
		warp_frame(take, i, heard, warps);
	for (int j = n > 2 * DUET_TAKE_SLACK ? n - 1 - 2 * DUET_TAKE_SLACK : 0; j < n; j++)
		best = nearer(best, warps[j]);
	return mean_of(best);
}

float duet_takes_distance(const struct duet_takes *takes, const struct duet_take *heard)
{
	float nearest = 2;

	for (int i = 0; i < takes->n; i++)
		nearest = fminf(nearest, duet_take_distance(&takes->takes[i], heard));
	return nearest;
}

float duet_takes_gain(float distance)
{
	return fmaxf(worth * (near - distance), 0);
}

void duet_take_print(const struct duet_take *take, char text[DUET_TAKE_BYTES])
{
	*text++ = '=';
	for (int t = 0; t < take->n_frames; t++)
		for (int d = 0; d < DUET_TAKE_CEPSTRA; d++)
			*text++ = (char)(take->frames[t][d] + ZERO);
	*text = '\0';
}

/* False: that is not as one is printed. */
static bool read_take(struct duet_take *take, const char *text, size_t length)
{
	if (length == 0 || length % DUET_TAKE_CEPSTRA != 0 || length >= DUET_TAKE_BYTES - 1)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < ZERO - LENGTH || text[i] > ZERO + LENGTH)
			return false;
		take->frames[i / DUET_TAKE_CEPSTRA][i % DUET_TAKE_CEPSTRA] = (int8_t)(text[i] - ZERO);
	}
	take->n_frames = (int)(length / DUET_TAKE_CEPSTRA);
	return true;
}

void duet_takes_read(struct duet_takes *takes, const char *phrase, const char *text)
{
	size_t length = strlen(phrase);

	while (*text && takes->n < DUET_TAKES_MAX) {
		size_t end = strcspn(text, "\n");

		if (end > length + 2 && strncmp(text, phrase, length) == 0 && text[length] == '\t' &&
		    text[length + 1] == '=')
			takes->n += read_take(&takes->takes[takes->n], text + length + 2, end - length - 2);
		text += end + (text[end] == '\n');
	}
}

int duet_takes_own(struct duet_takes **takes, const struct duet_wake_phrase *phrase, struct duet_error *error)
{
	char *text;
	size_t n_bytes;
	int result;

	*takes = NULL;
	if (!phrase->model)
		return 0;
	result = duet_file_read(phrase->model, DUET_WAYS_FILE_MAX, &text, &n_bytes, error);
	if (result < 0)
		return result;
	*takes = duet_calloc(1, sizeof(**takes));
	if (*takes)
		duet_takes_read(*takes, phrase->text, text);
	duet_free(text);
	if (!*takes)
		return duet_error_set(error, -ENOMEM, "out of memory");
	if ((*takes)->n == 0) {
		duet_free(*takes);
		*takes = NULL;
	}
	return 0;
}
