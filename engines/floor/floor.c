/* SPDX-License-Identifier: Apache-2.0 */
#include "floor.h"

#include <math.h>
#include <string.h>

enum { SPAN_FRAMES = 25 }; /* of one minimum; as many as are remembered make 1.5 s */

static const float quietest_db = -65;       /* a floor below this is the converter's, not the room's */
static const float loudest_db = -20;        /* no room is louder: a voice that is clipped all through */
static const float young_db = -50;          /* the most that the floor can be before 1.5 s were heard */
static const float minimum_bias_db = 2;     /* the least of many is less than the mean */
static const float steady_spread_db = 1.5F; /* a voice spreads over 5 dB and more */
static const float steady_step_db = 3;      /* less than this the minima follow by themselves */
static const float smoothing = 0.6F;        /* of the power: 20 ms */
static const float pole = 0.9615F;          /* of a first order high-pass at 100 Hz: no hum, no rumble */

void duet_floor_init(struct duet_floor *floor)
{
	memset(floor, 0, sizeof(*floor));
	floor->span_minimum = INFINITY;
	floor->level_db = floor->smooth_db = DUET_FLOOR_LOWEST_DB;
}

static float to_db(float power)
{
	return fmaxf(10 * log10f(power + 1e-12F), DUET_FLOOR_LOWEST_DB);
}

/* Mean power of a frame, 1 at full scale, without what lies below voices. */
static float power_of(struct duet_floor *floor, const int16_t frame[DUET_FRAME_SAMPLES])
{
	float sum = 0;

	for (int i = 0; i < DUET_FRAME_SAMPLES; i++) {
		float in = frame[i] / 32768.0F;

		floor->out = in - floor->in + pole * floor->out;
		floor->in = in;
		sum += floor->out * floor->out;
	}
	if (fabsf(floor->out) < 1e-12F)
		floor->out = 0; /* numbers without end (denormals) are slow */
	return sum / DUET_FRAME_SAMPLES;
}

static float least(const struct duet_floor *floor)
{
	float minimum = floor->span_minimum;

	for (int i = 0; i < floor->n_spans; i++)
		minimum = fminf(minimum, floor->minima[i]);
	return minimum;
}

static void end_span(struct duet_floor *floor)
{
	floor->minima[floor->next_span] = floor->span_minimum;
	floor->next_span = (floor->next_span + 1) % DUET_FLOOR_SPANS;
	if (floor->n_spans < DUET_FLOOR_SPANS)
		floor->n_spans++;
	floor->span_minimum = INFINITY;
	floor->n_span_frames = 0;
}

/* Has the level stood still for half a second? Then `*mean_db` is where. */
static bool is_steady(struct duet_floor *floor, float level_db, float *mean_db)
{
	float sum = 0, spread = 0;

	floor->steady[floor->next_steady] = level_db;
	floor->next_steady = (floor->next_steady + 1) % DUET_FLOOR_STEADY_FRAMES;
	if (floor->n_steady < DUET_FLOOR_STEADY_FRAMES)
		floor->n_steady++;
	if (floor->n_steady < DUET_FLOOR_STEADY_FRAMES)
		return false;
	for (int i = 0; i < DUET_FLOOR_STEADY_FRAMES; i++)
		sum += floor->steady[i];
	*mean_db = sum / DUET_FLOOR_STEADY_FRAMES;
	for (int i = 0; i < DUET_FLOOR_STEADY_FRAMES; i++)
		spread += (floor->steady[i] - *mean_db) * (floor->steady[i] - *mean_db);
	return spread < DUET_FLOOR_STEADY_FRAMES * steady_spread_db * steady_spread_db;
}

/* The floor as if the world began now, and nothing in it were quieter than `power`. */
static void forget_minima(struct duet_floor *floor, float power)
{
	floor->n_spans = 0;
	floor->next_span = 0;
	floor->n_span_frames = 0;
	floor->span_minimum = power;
}

static void follow_minima(struct duet_floor *floor)
{
	floor->span_minimum = fminf(floor->span_minimum, floor->smooth);
	if (++floor->n_span_frames == SPAN_FRAMES)
		end_span(floor);
}

/* Zeros (a file's edge, a muted microphone) say nothing about the room: what comes after them is new. */
static void forget_room(struct duet_floor *floor)
{
	forget_minima(floor, INFINITY);
	floor->noise_db = quietest_db;
	floor->known = false;
}

static void follow_noise(struct duet_floor *floor, float level_db)
{
	float mean_db;

	follow_minima(floor);
	if (floor->n_spans == DUET_FLOOR_SPANS)
		floor->known = true;
	if (is_steady(floor, level_db, &mean_db) && mean_db > floor->noise_db + steady_step_db) {
		forget_minima(floor, powf(10, (mean_db - minimum_bias_db) / 10));
		floor->known = true;
	}
	floor->noise_db = fminf(fmaxf(to_db(least(floor)) + minimum_bias_db, quietest_db), loudest_db);
	if (!floor->known) /* what is heard first may be a voice */
		floor->noise_db = fminf(floor->noise_db, young_db);
}

void duet_floor_feed(struct duet_floor *floor, const int16_t frame[DUET_FRAME_SAMPLES])
{
	float power = power_of(floor, frame);

	floor->level_db = to_db(power);
	floor->smooth = floor->level_db > DUET_FLOOR_LOWEST_DB
				? smoothing * floor->smooth + (1 - smoothing) * power
				: 0;
	if (floor->level_db > DUET_FLOOR_LOWEST_DB)
		follow_noise(floor, floor->level_db);
	else
		forget_room(floor);
	floor->smooth_db = to_db(floor->smooth);
}
