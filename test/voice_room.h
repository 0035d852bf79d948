/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_TEST_VOICE_ROOM_H
#define DUET_TEST_VOICE_ROOM_H

#include <math.h>
#include <stdlib.h>

#include "duet/vad_engine.h"
#include "engine_options.h"

/* What the tests of voice activity engines share. */

enum { FRAME = DUET_FRAME_SAMPLES, SECOND = DUET_FRAME_RATE_HZ, FRAMES_A_SECOND = 100 };

static const struct duet_vad_engine *vad;
static const char *vad_model; /* of the engines that have one */
static struct duet_arena *arena;
static uint32_t random_state = 1;

/* One voice detector and what it said about a piece of sound. */
struct trial {
	void *state;
	int n_frames, n_voiced, first, last; /* frames; -1: none was voiced */
	struct duet_vad_report report;       /* the last one */
};

static inline void trial_begin(struct trial *trial)
{
	*trial = (struct trial){.state = calloc(1, vad->engine.state_size), .first = -1, .last = -1};
	assert_int_equal(
		vad->open(trial->state,
			  engine_options(&vad->engine, arena, vad_model ? "model" : NULL, vad_model, NULL),
			  NULL),
		0);
}

static inline void trial_end(struct trial *trial)
{
	vad->close(trial->state);
	free(trial->state);
}

static inline void feed(struct trial *trial, const int16_t *samples)
{
	vad->feed(trial->state, samples, &trial->report);
	if (trial->report.voiced) {
		trial->first = trial->first < 0 ? trial->n_frames : trial->first;
		trial->last = trial->n_frames;
		trial->n_voiced++;
	}
	trial->n_frames++;
}

static inline double uniform(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return (double)(int32_t)random_state / 2147483648.0;
}

static inline int16_t clipped(double value)
{
	return (int16_t)lrint(fmin(fmax(value * 32768, -32768), 32767));
}

static inline int room_of(const char *engine, const char *model)
{
	vad = (const void *)duet_engine_find("vad", engine);
	vad_model = model;
	arena = duet_arena_new(1 << 20);
	return vad && arena ? 0 : -1;
}

static inline int room_tear_down(void **state)
{
	duet_arena_free(arena);
	return 0;
}

#endif
