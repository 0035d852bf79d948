/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "../../floor/floor.h"
#include "../../micro/word.h"
#include "duet/vad_engine.h"

/*
 * What a microWakeWord model of voice activity takes for a voice, whatever else is loud. Until the model says
 * otherwise for some time the voice goes on, so that the stops within words do not end it.
 */

enum { FRAME_MS = 10 };

static const float audible_db = 3; /* above the floor: the model hears voices in digital silence too */

struct micro_options {
	const char *model;
	double onset, end;
	int hang_ms;
};

struct micro_state {
	struct duet_floor floor;
	struct duet_mel *mel;
	struct duet_micro_word *word;
	double onset, end;
	double probability;
	int hang_frames, n_quiet; /* frames since the model last heard a voice */
	bool voiced;
};

static const struct duet_option options[] = {
	{"model", DUET_OPTION_PATH, offsetof(struct micro_options, model), NULL,
	 "The manifest of a voice activity model, its .tflite file beside it", NULL, 0, 0},
	{"onset", DUET_OPTION_NUMBER, offsetof(struct micro_options, onset), "0.3",
	 "How probable a voice must be to begin", NULL, 0.01, 0.99},
	{"end", DUET_OPTION_NUMBER, offsetof(struct micro_options, end), "0.2",
	 "How improbable it must be to end", NULL, 0.01, 0.99},
	{"hang", DUET_OPTION_DURATION, offsetof(struct micro_options, hang_ms), "60ms",
	 "How long a voice goes on after it was last heard", NULL, 0, 1000},
	{0},
};

static void micro_close(void *state)
{
	struct micro_state *self = state;

	duet_micro_word_free(self->word);
	duet_mel_free(self->mel);
	self->word = NULL;
	self->mel = NULL;
}

static int load(struct micro_state *self, const char *path, struct duet_error *error)
{
	struct duet_micro_manifest manifest;
	int result = duet_micro_manifest_load(&manifest, path, error);

	if (result == 0)
		result = duet_micro_word_new(&self->word, &manifest, error);
	if (result == 0)
		result = duet_mel_new(&self->mel, manifest.feature_step_ms, error);
	return result;
}

static int micro_open(void *state, const void *given, struct duet_error *error)
{
	const struct micro_options *chosen = given;
	struct micro_state *self = state;
	int result;

	if (!chosen->model) {
		duet_error_set(error, -EINVAL, "the voice activity engine micro has no model");
		duet_error_hint(error, "write vad: {engine: micro, model: FILE.json}");
		return -EINVAL;
	}
	self->onset = chosen->onset;
	self->end = chosen->end < chosen->onset ? chosen->end : chosen->onset;
	self->hang_frames = chosen->hang_ms / FRAME_MS;
	duet_floor_init(&self->floor);
	result = load(self, chosen->model, error);
	if (result < 0)
		micro_close(self);
	return result;
}

static void listen(struct micro_state *self, const int16_t frame[DUET_FRAME_SAMPLES])
{
	uint16_t slice[DUET_MEL_BANDS];
	double mean;

	for (size_t at = 0; at < DUET_FRAME_SAMPLES;) {
		int whole;

		at += duet_mel_feed(self->mel, frame + at, DUET_FRAME_SAMPLES - at, slice, &whole);
		if (whole && duet_micro_word_feed(self->word, slice, &mean))
			self->probability = duet_micro_word_now(self->word);
	}
}

static void decide(struct micro_state *self)
{
	bool audible = self->floor.smooth_db > self->floor.noise_db + audible_db;

	if (!self->voiced) {
		self->voiced = audible && self->probability >= self->onset;
		self->n_quiet = 0;
	} else {
		self->n_quiet = audible && self->probability >= self->end ? 0 : self->n_quiet + 1;
		self->voiced = self->n_quiet <= self->hang_frames;
	}
}

static void micro_feed(void *state, const int16_t frame[DUET_FRAME_SAMPLES], struct duet_vad_report *report)
{
	struct micro_state *self = state;

	duet_floor_feed(&self->floor, frame);
	listen(self, frame);
	decide(self);
	*report = (struct duet_vad_report){self->voiced, self->floor.level_db, self->floor.noise_db};
}

extern const struct duet_vad_engine duet_vad_engine_micro;
const struct duet_vad_engine duet_vad_engine_micro = {
	.engine = {.stage = "vad",
		   .name = "micro",
		   .summary = "what a microWakeWord model takes for a voice",
		   .state_size = sizeof(struct micro_state),
		   .options = options,
		   .options_size = sizeof(struct micro_options)},
	.open = micro_open,
	.feed = micro_feed,
	.close = micro_close,
};
