/* SPDX-License-Identifier: Apache-2.0 */
#include "wake/recording.h"

#include <math.h>
#include <stdlib.h>

enum {
	RATE_HZ = 16000,
	FRAME = RATE_HZ / 50,
	LONGEST = 10 * RATE_HZ,
	FEWEST_LOUD = 10, /* frames that a wake word has at least: 0.2 s */
	FULL = INT16_MAX - 40,
};

/* Root mean squares of the loudest frame, against full scale 32768. */
static const double silent = 60, quiet = 300; /* -55 dB and -41 dB */
static const double loud_range = 0.1;         /* of the loudest frame: what is no less is speech */
static const double clipped_share = 0.005;    /* of the samples of speech */

static double loudness(const int16_t *samples)
{
	double sum = 0;

	for (int i = 0; i < FRAME; i++)
		sum += samples[i] * samples[i];
	return sqrt(sum / FRAME);
}

static bool is_full(int16_t sample)
{
	return sample >= FULL || sample <= -FULL;
}

enum duet_wake_flaw duet_wake_recording_check(const int16_t *samples, size_t n_samples)
{
	double most = 0;
	size_t n_loud = 0, n_full = 0;

	for (size_t at = 0; at + FRAME <= n_samples; at += FRAME)
		most = fmax(most, loudness(samples + at));
	for (size_t at = 0; at + FRAME <= n_samples; at += FRAME)
		n_loud += loudness(samples + at) >= loud_range * most;
	for (size_t i = 0; i < n_samples; i++)
		n_full += is_full(samples[i]);
	if (n_samples > LONGEST)
		return DUET_WAKE_LONG;
	if (most < silent)
		return DUET_WAKE_SILENT;
	if (n_loud < FEWEST_LOUD)
		return DUET_WAKE_SHORT;
	if (most < quiet)
		return DUET_WAKE_QUIET;
	if ((double)n_full > clipped_share * (double)(n_loud * FRAME))
		return DUET_WAKE_CLIPPED;
	return DUET_WAKE_FINE;
}

static const struct {
	const char *name, *advice;
} flaws[] = {
	[DUET_WAKE_FINE] = {NULL, NULL},
	[DUET_WAKE_SILENT] = {"silent", "nothing is heard: see whether the microphone is on"},
	[DUET_WAKE_SHORT] = {"short", "too short: say the whole of it"},
	[DUET_WAKE_LONG] = {"long", "longer than 10 s: one wake word in each"},
	[DUET_WAKE_QUIET] = {"quiet", "too quiet: come nearer, or speak up"},
	[DUET_WAKE_CLIPPED] = {"clipped",
			       "too loud, it is distorted: go farther away, or turn the microphone "
			       "down"},
	[DUET_WAKE_UNHEARD] = {"unheard", "nothing like the wake word is heard in it"},
	[DUET_WAKE_DIFFERENT] = {"different", "it does not sound like the others: say it as you always do"},
};

const char *duet_wake_flaw_name(enum duet_wake_flaw flaw)
{
	return flaws[flaw].name;
}

const char *duet_wake_flaw_advice(enum duet_wake_flaw flaw)
{
	return flaws[flaw].advice;
}
