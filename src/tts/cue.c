/* SPDX-License-Identifier: Apache-2.0 */
#include "tts/cue.h"

#include <math.h>

/*
 * Bells: a few partials under an exponential decay. A cue is a small melody in
 * semitones above the palette's root, so that every assistant says the same
 * things in its own key and timbre.
 */
struct note {
	int begin_ms, length_ms;
	int semitones;
	float gain;
};

struct melody {
	int length_ms;
	int n_notes;
	struct note notes[6];
};

static const struct melody melodies[DUET_N_CUES] = {
	[DUET_CUE_LISTENING] = {260, 2, {{0, 160, 0, 0.5f}, {80, 180, 7, 0.5f}}},
	[DUET_CUE_UNDERSTOOD] = {200, 1, {{0, 200, 12, 0.4f}}},
	[DUET_CUE_REFUSED] = {320, 2, {{0, 160, 5, 0.45f}, {130, 190, 0, 0.45f}}},
	[DUET_CUE_ERROR] = {520, 3, {{0, 170, 3, 0.5f}, {150, 170, 3, 0.5f}, {300, 220, -4, 0.5f}}},
	[DUET_CUE_ALARM] = {2000,
			    6,
			    {{0, 300, 0, 0.7f},
			     {250, 300, 4, 0.7f},
			     {500, 300, 7, 0.7f},
			     {750, 450, 12, 0.8f},
			     {1200, 300, 7, 0.7f},
			     {1450, 550, 12, 0.8f}}},
	[DUET_CUE_TIMER] =
		{1500,
		 4,
		 {{0, 180, 12, 0.7f}, {180, 180, 12, 0.7f}, {360, 180, 12, 0.7f}, {540, 500, 19, 0.7f}}},
	[DUET_CUE_REMINDER] = {900, 3, {{0, 300, 7, 0.6f}, {200, 300, 4, 0.6f}, {400, 500, 12, 0.6f}}},
};

struct palette {
	float root_hz;
	float partials[4]; /* gain of the first, second, third, fourth harmonic */
};

static const struct palette palettes[] = {
	{523.25f, {1.0f, 0.30f, 0.10f, 0.00f}}, /* C5, soft */
	{659.26f, {1.0f, 0.05f, 0.35f, 0.12f}}, /* E5, like wood */
	{440.00f, {1.0f, 0.50f, 0.25f, 0.12f}},
	{587.33f, {1.0f, 0.10f, 0.10f, 0.30f}},
};

static float note_at(const struct note *note, const struct palette *palette, float t_s)
{
	float begin_s = (float)note->begin_ms / 1000, length_s = (float)note->length_ms / 1000,
	      at = t_s - begin_s;
	float hz = palette->root_hz * exp2f((float)note->semitones / 12), sum = 0, attack, release;

	if (at < 0 || at >= length_s)
		return 0;
	for (int k = 0; k < 4; k++)
		sum += palette->partials[k] * sinf(2 * (float)M_PI * hz * (float)(k + 1) * at);
	attack = at < 0.006f ? at / 0.006f : 1;
	release = length_s - at < 0.03f ? (length_s - at) / 0.03f : 1;
	return note->gain * sum * attack * release * expf(-4 * at / length_s);
}

size_t duet_cue_render(enum duet_cue cue, int palette, int rate_hz, int16_t *samples, size_t max)
{
	const struct melody *melody = &melodies[cue];
	const struct palette *sound = &palettes[(unsigned)palette % (sizeof(palettes) / sizeof(*palettes))];
	size_t length = (size_t)melody->length_ms * (size_t)rate_hz / 1000;

	for (size_t i = 0; i < length && i < max; i++) {
		float sum = 0;

		for (int k = 0; k < melody->n_notes; k++)
			sum += note_at(&melody->notes[k], sound, (float)i / (float)rate_hz);
		samples[i] = (int16_t)lrintf(16000 * tanhf(sum));
	}
	return length;
}
