/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/leak.h"

#include <math.h>

enum { FRAME = DUET_FRAME_SAMPLES, BEGINS_FRAMES = 500 };

#define SLOW     0.98F  /* of a frame ago: half a second */
#define RISE     1.0012 /* a frame: half a decibel in a second */
#define LOUD     2500.0 /* mean square of what can be judged: 34 dB under full scale … */
#define SETTLED  0.05   /* 13 dB are cancelled */
#define TOO_MUCH 3.2    /* 5 dB more than the leak */

void duet_leak_reset(struct duet_leak *leak)
{
	*leak = (struct duet_leak){.leak = 1};
}

static float power(const int16_t samples[FRAME])
{
	float sum = 0;

	for (int i = 0; i < FRAME; i++)
		sum += (float)samples[i] * (float)samples[i];
	return sum / FRAME;
}

/* It falls with what is seen and rises slowly, so that a voice hardly moves it. */
static void track(struct duet_leak *leak, float heard, float left)
{
	double ratio;

	leak->slow_heard = SLOW * leak->slow_heard + heard;
	leak->slow_left = SLOW * leak->slow_left + left;
	if (leak->slow_heard * (1 - SLOW) < LOUD)
		return;
	ratio = leak->slow_left / leak->slow_heard;
	leak->leak = ratio < leak->leak ? 0.98 * leak->leak + 0.02 * ratio : fmin(leak->leak * RISE, 1);
}

void duet_leak_add(struct duet_leak *leak, const int16_t heard[FRAME], const int16_t left[FRAME])
{
	int at = (int)(leak->n_frames++ % DUET_LEAK_FRAMES);

	leak->heard[at] = power(heard);
	leak->left[at] = power(left);
	track(leak, leak->heard[at], leak->left[at]);
}

bool duet_leak_explains(const struct duet_leak *leak, int n_frames, int n_ago)
{
	int64_t end = leak->n_frames - n_ago, begin = end - n_frames;
	double heard = 0, left = 0;

	if (begin < leak->n_frames - DUET_LEAK_FRAMES || begin < 0 || leak->leak > SETTLED)
		return false;
	for (int64_t i = begin; i < end; i++) {
		heard += leak->heard[i % DUET_LEAK_FRAMES];
		left += leak->left[i % DUET_LEAK_FRAMES];
	}
	return left < TOO_MUCH * leak->leak * heard;
}

bool duet_leak_begins(const struct duet_leak *leak)
{
	return leak->n_frames < BEGINS_FRAMES;
}
