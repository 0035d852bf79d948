/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_BENCH_WAKE_H
#define DUET_CMD_BENCH_WAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/bench/bench_sound.h"
#include "cmd/command.h"
#include "wake/wake.h"

/* duet bench wake: what is measured, and the report of it. */

enum {
	FIRST_POINTS = 11,
	FINER_POINTS = 9,   /* between the best of them and the next one */
	WHOLE_POINTS = 101, /* of an engine that is run once for all */
	MAX_POINTS = WHOLE_POINTS,
	FILES_PER_TASK = 8, /* of the background */
	PAD_SAMPLES = BENCH_RATE_HZ,
};

struct bench_wake_flags {
	const char *model, *phrase, *language, *enrol, *audio, *noise;
	struct duet_texts background;
	double snr;
	int seed, jobs;
	bool json, each;
};

/* What was counted at one sensitivity. */
struct bench_wake_point {
	double sensitivity;
	size_t n_missed, n_false;
	double *delays_ms;
	size_t n_delays;
};

struct bench_wake {
	const struct duet_invocation *invocation;
	const struct bench_wake_flags *flags;
	struct duet_wake_phrase phrase;
	struct duet_wake_choice choice;
	void *vad_options;
	struct duet_lexicon *lexicon;
	const char **words, **background; /* files */
	size_t n_words, n_background;
	struct bench_sound noise;
	struct bench_wake_point points[MAX_POINTS];
	size_t first_point, n_points;        /* those that are measured now begin at the first */
	bool at_once;                        /* all points by one run at the highest sensitivity */
	size_t n_runs;                       /* over all of the background */
	double background_s, cpu_s, audio_s; /* of the background, the last two with the room around it */
};

/* Of background; and whether a point has few enough false alarms in it. */
double bench_wake_hours(const struct bench_wake *bench);
bool bench_wake_allows(const struct bench_wake *bench, const struct bench_wake_point *point);

void bench_wake_report_json(const struct bench_wake *bench);
void bench_wake_report_table(const struct bench_wake *bench);

#endif
