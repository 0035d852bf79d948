/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/log.h"
#include "enrol.h"
#include "listener.h"
#include "ways.h"

/*
 * Any phrase by its pronunciation, with CMU Sphinx's acoustic model: a first pass finds where a phrase may
 * have been said, a second one says what speaks for it. A phrase's model is what `enrol` learnt: how one
 * person says it.
 */

enum { PHRASES_MAX = 32, DEAF_FRAMES = 50 };

struct sphinx_options {
	const char *model;
};

struct sphinx_state {
	struct duet_listener listener;
	float least_scores[PHRASES_MAX]; /* by phrase */
	int64_t told_at;                 /* the frame of the last detection; its score */
	float told_score;
};

static const struct duet_option options[] = {
	{"model", DUET_OPTION_PATH, offsetof(struct sphinx_options, model), NULL,
	 "The acoustic model's folder; without it the packaged English one", NULL, 0, 0},
	{0},
};

static void sphinx_close(void *state)
{
	struct sphinx_state *self = state;

	duet_listener_close(&self->listener);
}

static void sphinx_reset(void *state)
{
	struct sphinx_state *self = state;

	duet_listener_reset(&self->listener);
	self->told_at = -DEAF_FRAMES;
}

static int add_phrase(struct sphinx_state *self, const struct duet_wake_setup *setup, size_t number,
		      struct duet_error *error)
{
	const struct duet_wake_phrase *phrase = &setup->phrases[number];
	struct duet_ways ways;
	int result = duet_ways_of(&ways, setup->data_dir, phrase, error);

	for (int i = 0; result == 0 && i < ways.n; i++)
		result = duet_spotter_add(self->listener.spotter, number, ways.phones[i], error);
	if (result == 0)
		result = duet_takes_own(&self->listener.takes[number], phrase, error);
	self->least_scores[number] = (float)(1 - phrase->sensitivity);
	return result;
}

static int sphinx_open(void *state, const struct duet_wake_setup *setup, struct duet_error *error)
{
	const struct sphinx_options *chosen = setup->options;
	struct sphinx_state *self = state;
	int result;

	if (setup->n_phrases == 0 || setup->n_phrases > PHRASES_MAX)
		return duet_error_set(error, -EINVAL, "%zu wake words; 1 to %d are possible",
				      setup->n_phrases, PHRASES_MAX);
	result = duet_listener_open(&self->listener, chosen->model, setup->data_dir, setup->n_phrases, error);
	for (size_t i = 0; result == 0 && i < setup->n_phrases; i++)
		result = add_phrase(self, setup, i, error);
	if (result == 0)
		sphinx_reset(self);
	else
		sphinx_close(self);
	return result;
}

/* For those who learn the weights: tools/wake. */
static void show(const struct duet_verdict *verdict)
{
	char line[DUET_EVIDENCE * 12];
	int n = 0;

	for (int i = 0; i < DUET_EVIDENCE; i++)
		n += snprintf(line + n, sizeof(line) - (size_t)n, " %.3f", (double)verdict->evidence[i]);
	duet_debug("wake", "phrase %zu, frames %lld to %lld, odds %.2f:%s", verdict->phrase,
		   (long long)verdict->candidate.first, (long long)verdict->candidate.last,
		   (double)verdict->odds, line);
}

/* The best of what ends together. */
struct hearing {
	struct sphinx_state *self;
	struct duet_wake_detection *detection;
	bool found;
};

/* What was just told, heard again at a worse place? */
static bool repeats(const struct sphinx_state *self, float score)
{
	return self->listener.history->n_frames < self->told_at + DEAF_FRAMES && score <= self->told_score;
}

static void judge(void *user, const struct duet_verdict *verdict)
{
	struct hearing *hearing = user;
	struct sphinx_state *self = hearing->self;
	float score = duet_listener_score(verdict->odds);

	if (duet_log_enabled(DUET_LOG_DEBUG, "wake"))
		show(verdict);
	if (score < self->least_scores[verdict->phrase] || repeats(self, score))
		return;
	hearing->found = true;
	self->told_at = self->listener.history->n_frames;
	self->told_score = score;
	*hearing->detection = (struct duet_wake_detection){
		.phrase = verdict->phrase,
		.score = score,
		.begin = verdict->candidate.first * DUET_LISTENER_FRAME,
		.end = verdict->candidate.last * DUET_LISTENER_FRAME + DUET_LISTENER_WINDOW,
	};
}

static int sphinx_feed(void *state, const int16_t *samples, size_t n_samples,
		       struct duet_wake_detection *detection)
{
	struct sphinx_state *self = state;
	struct hearing hearing = {self, detection, false};
	int result = duet_listener_feed(&self->listener, samples, n_samples, judge, &hearing);

	return result < 0 ? result : hearing.found;
}

/* What is left of an echo is no voice, and would draw the mean to itself. */
static void sphinx_own_sound(void *state, bool sounds)
{
	struct sphinx_state *self = state;

	self->listener.history->holds = sounds;
}

static int sphinx_enrol(const struct duet_wake_setup *setup, struct duet_wake_recording *recordings,
			size_t n_recordings, char **lines, struct duet_error *error)
{
	const struct sphinx_options *chosen = setup->options;

	return duet_enrol(setup, chosen->model, recordings, n_recordings, lines, error);
}

extern const struct duet_wake_engine duet_wake_engine_sphinx;
const struct duet_wake_engine duet_wake_engine_sphinx = {
	.engine = {.stage = "wake",
		   .name = "sphinx",
		   .summary = "any phrase of any language by its pronunciation",
		   .state_size = sizeof(struct sphinx_state),
		   .options = options,
		   .options_size = sizeof(struct sphinx_options)},
	.scores_whole = true,
	.open = sphinx_open,
	.reset = sphinx_reset,
	.feed = sphinx_feed,
	.own_sound = sphinx_own_sound,
	.close = sphinx_close,
	.enrol = sphinx_enrol,
};
