/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A voice is what stands out from the noise floor. The floor follows the
 * minima of the smoothed power (R. Martin, "Noise power spectral density
 * estimation based on optimal smoothing and minimum statistics", 2001, in one
 * band), and jumps up to sound that does not change, which no voice does.
 */
#include <math.h>
#include <string.h>

#include "duet/vad_engine.h"

enum {
	SPAN_FRAMES = 25, /* of one minimum */
	N_SPANS = 6,      /* minima that are remembered: 1.5 s */
	STEADY_FRAMES = 50,
	ONSET_FRAMES = 5, /* loud frames in a row that begin a voice */
	HANG_FRAMES = 12, /* quiet frames that a voice bridges: the stop in "apple" */
};

static const float lowest_db = -96;
static const float quietest_db = -65;       /* a floor below this is the converter's, not the room's */
static const float loudest_db = -20;        /* no room is louder: a voice that is clipped all through */
static const float young_db = -50;          /* the most that the floor can be before 1.5 s were heard */
static const float minimum_bias_db = 2;     /* the least of many is less than the mean */
static const float steady_spread_db = 1.5F; /* a voice spreads over 5 dB and more */
static const float steady_step_db = 3;      /* less than this the minima follow by themselves */
static const float smoothing = 0.6F;        /* of the power: 20 ms */
static const float peak_decay_db = 0.1F;    /* a frame: a second later a voice may be 10 dB softer */
static const float pole = 0.9615F;          /* of a first order high-pass at 100 Hz: no hum, no rumble */

struct energy_options {
	double onset_db, end_db, fall_db;
};

struct energy_state {
	float onset_db, end_db, fall_db;
	float in, out; /* of the high-pass */
	float smooth;  /* power over some frames, 1 at full scale */
	float minima[N_SPANS], span_minimum;
	int n_span_frames, n_spans, next_span;
	float steady[STEADY_FRAMES]; /* levels of the last frames */
	int n_steady, next_steady;
	bool floor_known;
	float noise_db, peak_db;
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
	energy->span_minimum = INFINITY;
	energy->peak_db = lowest_db;
	return 0;
}

static void energy_close(void *state)
{
}

static float to_db(float power)
{
	return fmaxf(10 * log10f(power + 1e-12F), lowest_db);
}

/* Mean power of a frame, 1 at full scale, without what lies below voices. */
static float power_of(struct energy_state *energy, const int16_t frame[DUET_FRAME_SAMPLES])
{
	float sum = 0;

	for (int i = 0; i < DUET_FRAME_SAMPLES; i++) {
		float in = frame[i] / 32768.0F;

		energy->out = in - energy->in + pole * energy->out;
		energy->in = in;
		sum += energy->out * energy->out;
	}
	if (fabsf(energy->out) < 1e-12F)
		energy->out = 0; /* numbers without end (denormals) are slow */
	return sum / DUET_FRAME_SAMPLES;
}

static float least(const struct energy_state *energy)
{
	float minimum = energy->span_minimum;

	for (int i = 0; i < energy->n_spans; i++)
		minimum = fminf(minimum, energy->minima[i]);
	return minimum;
}

static void end_span(struct energy_state *energy)
{
	energy->minima[energy->next_span] = energy->span_minimum;
	energy->next_span = (energy->next_span + 1) % N_SPANS;
	if (energy->n_spans < N_SPANS)
		energy->n_spans++;
	energy->span_minimum = INFINITY;
	energy->n_span_frames = 0;
}

/* Has the level stood still for half a second? Then `*mean_db` is where. */
static bool is_steady(struct energy_state *energy, float level_db, float *mean_db)
{
	float sum = 0, spread = 0;

	energy->steady[energy->next_steady] = level_db;
	energy->next_steady = (energy->next_steady + 1) % STEADY_FRAMES;
	if (energy->n_steady < STEADY_FRAMES)
		energy->n_steady++;
	if (energy->n_steady < STEADY_FRAMES)
		return false;
	for (int i = 0; i < STEADY_FRAMES; i++)
		sum += energy->steady[i];
	*mean_db = sum / STEADY_FRAMES;
	for (int i = 0; i < STEADY_FRAMES; i++)
		spread += (energy->steady[i] - *mean_db) * (energy->steady[i] - *mean_db);
	return spread < STEADY_FRAMES * steady_spread_db * steady_spread_db;
}

/* The floor as if the world began now, and nothing in it were quieter than `power`. */
static void forget_minima(struct energy_state *energy, float power)
{
	energy->n_spans = 0;
	energy->next_span = 0;
	energy->n_span_frames = 0;
	energy->span_minimum = power;
}

static void follow_minima(struct energy_state *energy)
{
	energy->span_minimum = fminf(energy->span_minimum, energy->smooth);
	if (++energy->n_span_frames == SPAN_FRAMES)
		end_span(energy);
}

/* Zeros (a file's edge, a muted microphone) say nothing about the room: what comes after them is new. */
static void forget_room(struct energy_state *energy)
{
	forget_minima(energy, INFINITY);
	energy->noise_db = quietest_db;
	energy->floor_known = false;
}

static void follow_noise(struct energy_state *energy, float level_db)
{
	float mean_db;

	follow_minima(energy);
	if (energy->n_spans == N_SPANS)
		energy->floor_known = true;
	if (is_steady(energy, level_db, &mean_db) && mean_db > energy->noise_db + steady_step_db) {
		forget_minima(energy, powf(10, (mean_db - minimum_bias_db) / 10));
		energy->floor_known = true;
	}
	energy->noise_db = fminf(fmaxf(to_db(least(energy)) + minimum_bias_db, quietest_db), loudest_db);
	if (!energy->floor_known) /* what is heard first may be a voice */
		energy->noise_db = fminf(energy->noise_db, young_db);
}

/* A voice stands out from the noise, and is not much softer than it was a moment ago. */
static bool stands_out(const struct energy_state *energy, float smooth_db, float margin_db)
{
	return smooth_db > energy->noise_db + margin_db && smooth_db > energy->peak_db - energy->fall_db;
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
	float power = power_of(energy, frame), level_db = to_db(power);

	energy->smooth = level_db > lowest_db ? smoothing * energy->smooth + (1 - smoothing) * power : 0;
	if (level_db > lowest_db)
		follow_noise(energy, level_db);
	else
		forget_room(energy);
	decide(energy, to_db(energy->smooth));
	*report = (struct duet_vad_report){energy->voiced, level_db, energy->noise_db};
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
