/* SPDX-License-Identifier: Apache-2.0 */
/* A voice is what stands out from the noise floor. */
#include <math.h>

#include "../../floor/floor.h"
#include "duet/vad_engine.h"

enum {
	ONSET_FRAMES = 5, /* loud frames in a row that begin a voice */
	HANG_FRAMES = 12, /* quiet frames that a voice bridges: the stop in "apple" */
};

static const float peak_decay_db = 0.1F; /* a frame: a second later a voice may be 10 dB softer */

struct energy_options {
	double onset_db, end_db, fall_db;
};

struct energy_state {
	float onset_db, end_db, fall_db;
	struct duet_floor floor;
	float peak_db;
	int n_loud, n_quiet; /* frames in a row */
	bool voiced;
};

static int energy_open(void *state, const void *given, struct duet_error *error)
{
	const struct energy_options *options = given;
	struct energy_state *energy = state;

	energy->onset_db = (float)options->onset_db;
	energy->end_db = (float)options->end_db;
	energy->fall_db = (float)options->fall_db;
	energy->peak_db = DUET_FLOOR_LOWEST_DB;
	duet_floor_init(&energy->floor);
	return 0;
}

static void energy_close(void *state)
{
}

/* A voice stands out from the noise, and is not much softer than it was a moment ago. */
static bool stands_out(const struct energy_state *energy, float smooth_db, float margin_db)
{
	return smooth_db > energy->floor.noise_db + margin_db &&
	       smooth_db > energy->peak_db - energy->fall_db;
}

static void decide(struct energy_state *energy, float smooth_db)
{
	energy->peak_db -= peak_decay_db;
	if (energy->voiced) {
		energy->peak_db = fmaxf(energy->peak_db, smooth_db);
		energy->n_quiet = stands_out(energy, smooth_db, energy->end_db) ? 0 : energy->n_quiet + 1;
		energy->voiced = energy->n_quiet <= HANG_FRAMES;
		energy->n_loud = 0;
	} else {
		energy->n_loud = stands_out(energy, smooth_db, energy->onset_db) ? energy->n_loud + 1 : 0;
		energy->voiced = energy->n_loud >= ONSET_FRAMES;
		energy->n_quiet = 0;
	}
}

static void energy_feed(void *state, const int16_t frame[DUET_FRAME_SAMPLES], struct duet_vad_report *report)
{
	struct energy_state *energy = state;

	duet_floor_feed(&energy->floor, frame);
	decide(energy, energy->floor.smooth_db);
	*report = (struct duet_vad_report){energy->voiced, energy->floor.level_db, energy->floor.noise_db};
}

static const struct duet_option options[] = {
	{"onset_db", DUET_OPTION_NUMBER, offsetof(struct energy_options, onset_db), "9",
	 "How far above the noise floor a voice begins", NULL, 1, 60},
	{"end_db", DUET_OPTION_NUMBER, offsetof(struct energy_options, end_db), "5",
	 "How far above the noise floor it ends", NULL, 1, 60},
	{"fall_db", DUET_OPTION_NUMBER, offsetof(struct energy_options, fall_db), "22",
	 "How far below its own peak it ends", NULL, 10, 90},
	{0},
};

const struct duet_vad_engine duet_vad_engine_energy = {
	.engine = {.stage = "vad",
		   .name = "energy",
		   .summary = "what stands out from the noise floor",
		   .state_size = sizeof(struct energy_state),
		   .options = options,
		   .options_size = sizeof(struct energy_options)},
	.open = energy_open,
	.feed = energy_feed,
	.close = energy_close,
};
