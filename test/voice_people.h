/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_TEST_VOICE_PEOPLE_H
#define DUET_TEST_VOICE_PEOPLE_H

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "audio/sound.h"
#include "voice_room.h"

enum { SKIPPED = 77 };

/* People who were recorded, against where their voice lies by what follows: a frame belongs to the voice when
 * its level (25 ms) is within 25 dB of the 95th percentile and 10 dB above the 10th, in runs of 80 ms. */
struct truth {
	int on, off; /* frames */
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double percentile(const double *values, int n, double part)
{
	double *sorted = malloc(((size_t)n + 1) * sizeof(*sorted)), value;

	memcpy(sorted, values, (size_t)n * sizeof(*sorted));
	qsort(sorted, (size_t)n, sizeof(*sorted), compare);
	value = sorted[(int)(part * (n - 1))];
	free(sorted);
	return value;
}

static double level_of(const struct duet_sound *sound, int frame)
{
	long begin = (long)frame * FRAME - 120, end = (long)frame * FRAME + 280;
	double sum = 1;

	begin = begin < 0 ? 0 : begin;
	end = end > (long)sound->n_samples ? (long)sound->n_samples : end;
	for (long i = begin; i < end; i++)
		sum += (double)sound->samples[i] * sound->samples[i];
	return 10 * log10(sum / (double)(end - begin) / 1073741824.0);
}

static bool find_truth(const struct duet_sound *sound, struct truth *truth)
{
	int n = (int)(sound->n_samples / FRAME), n_run = 0;
	double *levels = malloc((size_t)n * sizeof(*levels)), threshold;

	for (int f = 0; f < n; f++)
		levels[f] = level_of(sound, f);
	threshold = fmax(percentile(levels, n, 0.1) + 10, percentile(levels, n, 0.95) - 25);
	truth->on = -1;
	for (int f = 0; f < n; f++) {
		n_run = levels[f] > threshold ? n_run + 1 : 0;
		if (n_run == 8 && truth->on < 0)
			truth->on = f - 7;
		if (n_run >= 8)
			truth->off = f;
	}
	free(levels);
	return truth->on >= 0;
}

static double loudest(const int16_t *samples, size_t n)
{
	double most = 0;

	for (size_t begin = 0; begin + 2048 <= n; begin += 2048) {
		double power = 0;

		for (size_t i = begin; i < begin + 2048; i++)
			power += (double)samples[i] * samples[i];
		most = fmax(most, power);
	}
	return most;
}

enum { BEFORE = 300, AFTER = 150, MAX_FILES = 400 };

struct errors {
	double on_ms[MAX_FILES], off_ms[MAX_FILES];
	int n, n_missed;
};

/* The recording between 3 s and 1.5 s of the room; `noise` NULL: a quiet one. */
static void listen(const struct duet_sound *voice, const struct duet_sound *noise, double snr_db,
		   struct errors *errors)
{
	size_t n = voice->n_samples, n_total = n + (BEFORE + AFTER) * FRAME;
	size_t at = noise ? (size_t)((uniform() + 1) / 2 * (double)(noise->n_samples - n_total)) : 0;
	double scale = noise ? sqrt(loudest(voice->samples, n) /
				    (loudest(noise->samples + at + BEFORE * FRAME, n) * pow(10, snr_db / 10)))
			     : 0;
	struct truth truth;
	struct trial trial;

	if (!find_truth(voice, &truth))
		return;
	trial_begin(&trial);
	for (int f = 0; f < (int)(n_total / FRAME); f++) {
		int16_t frame[FRAME];

		for (int i = 0; i < FRAME; i++) {
			long of_voice = (long)(f - BEFORE) * FRAME + i;
			double value = of_voice >= 0 && of_voice < (long)n ? voice->samples[of_voice] : 0;

			if (noise)
				value += scale * noise->samples[at + (size_t)f * FRAME + (size_t)i];
			frame[i] = clipped(value / 2 / 32768);
		}
		if (f == BEFORE + truth.on - 30)
			trial.first = -1; /* what sounded before is not this voice */
		if (f <= BEFORE + truth.off + 50)
			feed(&trial, frame);
	}
	if (trial.first < 0 || trial.first > BEFORE + truth.off) {
		errors->n_missed++;
	} else {
		errors->on_ms[errors->n] = 10 * (trial.first - BEFORE - truth.on);
		errors->off_ms[errors->n++] = 10 * (trial.last - BEFORE - truth.off);
	}
	trial_end(&trial);
}

static inline void listen_to_all(const struct duet_sound *noise, double snr_db, struct errors *errors)
{
	const char *shared = getenv("DUET_SHARED");
	struct dirent **names;
	char path[1000];
	int n;

	snprintf(path, sizeof(path), "%s/data/speech/commands/audio", shared ? shared : "");
	n = scandir(path, &names, NULL, alphasort);
	assert_true(n > 0);
	*errors = (struct errors){0};
	for (int i = 0; i < n; i++) {
		struct duet_sound voice;

		snprintf(path, sizeof(path), "%s/data/speech/commands/audio/%s", shared, names[i]->d_name);
		if (i % 3 == 0 && strstr(path, ".flac") && duet_sound_load(&voice, path, NULL) == 0) {
			listen(&voice, noise, snr_db, errors);
			duet_sound_done(&voice);
		}
		free(names[i]);
	}
	free(names);
	print_message("%d people, missed %d; onset late by %.0f ms (median), %.0f (p95); end late by %.0f "
		      "(p5), %.0f "
		      "(median), %.0f (p95)\n",
		      errors->n, errors->n_missed, percentile(errors->on_ms, errors->n, 0.5),
		      percentile(errors->on_ms, errors->n, 0.95), percentile(errors->off_ms, errors->n, 0.05),
		      percentile(errors->off_ms, errors->n, 0.5),
		      percentile(errors->off_ms, errors->n, 0.95));
}

static inline bool people_are_there(void)
{
	const char *shared = getenv("DUET_SHARED");
	char path[1000];

	snprintf(path, sizeof(path), "%s/data/speech/commands/audio", shared ? shared : "");
	if (access(path, R_OK) == 0)
		return true;
	print_message("skipped: %s is not there\n", path);
	return false;
}

static inline void load_kitchen(struct duet_sound *noise)
{
	char path[1000];

	snprintf(path, sizeof(path), "%s/data/speech/commands/kitchen_noise.flac", getenv("DUET_SHARED"));
	assert_int_equal(duet_sound_load(noise, path, NULL), 0);
}

#endif
