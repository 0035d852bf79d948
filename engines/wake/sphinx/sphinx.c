/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>

#include "../../sphinx/cepstra.h"
#include "base/alloc.h"
#include "base/log.h"
#include "evidence.h"
#include "spotter.h"
#include "ways.h"

/*
 * Any phrase by its pronunciation, with CMU Sphinx's acoustic model: a first pass finds where a phrase may
 * have been said, a second one says what speaks for it. A phrase's model is what `enrol` wrote: how one
 * person says it.
 */

enum { PHRASES_MAX = 32, FRAME_SAMPLES = 160, WINDOW_SAMPLES = 410, DEAF_FRAMES = 50 };

static const float odds_range = 20; /* nepers of the odds between scores 0 and 1 */

struct sphinx_options {
	const char *model;
};

struct sphinx_state {
	struct duet_sounds sounds;
	struct duet_cepstra *cepstra;
	struct duet_history *history;
	struct duet_spotter *spotter;
	struct duet_examiner *examiner;
	float least_scores[PHRASES_MAX]; /* by phrase */
	int64_t heard_at;                /* the frame of the last detection; its score */
	float heard_score;
};

static const struct duet_option options[] = {
	{"model", DUET_OPTION_PATH, offsetof(struct sphinx_options, model), NULL,
	 "The acoustic model's folder; without it the packaged English one", NULL, 0, 0},
	{0},
};

static void sphinx_close(void *state)
{
	struct sphinx_state *self = state;

	duet_examiner_free(self->examiner);
	duet_spotter_free(self->spotter);
	duet_free(self->history);
	duet_cepstra_free(self->cepstra);
	duet_sounds_close(&self->sounds);
	*self = (struct sphinx_state){0};
}

static void sphinx_reset(void *state)
{
	struct sphinx_state *self = state;

	duet_cepstra_reset(self->cepstra);
	duet_history_reset(self->history);
	duet_spotter_reset(self->spotter);
	self->heard_at = -DEAF_FRAMES;
}

static int add_phrase(struct sphinx_state *self, const struct duet_wake_setup *setup, size_t number,
		      struct duet_error *error)
{
	const struct duet_wake_phrase *phrase = &setup->phrases[number];
	struct duet_ways ways;
	int result = duet_ways_of(&ways, setup->data_dir, phrase, error);

	for (int i = 0; result == 0 && i < ways.n; i++)
		result = duet_spotter_add(self->spotter, number, ways.phones[i], error);
	self->least_scores[number] = (float)(1 - phrase->sensitivity);
	return result;
}

static int open_parts(struct sphinx_state *self, const struct duet_wake_setup *setup,
		      struct duet_error *error)
{
	const struct sphinx_options *chosen = setup->options;
	int result = duet_sounds_open(&self->sounds, chosen->model, setup->data_dir, error);

	if (result == 0)
		result = duet_cepstra_new(&self->cepstra, error);
	if (result == 0)
		result = duet_spotter_new(&self->spotter, &self->sounds, setup->n_phrases, error);
	if (result == 0)
		result = duet_examiner_new(&self->examiner, &self->sounds, error);
	if (result == 0) {
		self->history = duet_calloc(1, sizeof(*self->history));
		if (!self->history)
			result = duet_error_set(error, -ENOMEM, "out of memory");
	}
	return result;
}

static int sphinx_open(void *state, const struct duet_wake_setup *setup, struct duet_error *error)
{
	struct sphinx_state *self = state;
	int result;

	if (setup->n_phrases == 0 || setup->n_phrases > PHRASES_MAX)
		return duet_error_set(error, -EINVAL, "%zu wake words; 1 to %d are possible",
				      setup->n_phrases, PHRASES_MAX);
	result = open_parts(self, setup, error);
	for (size_t i = 0; result == 0 && i < setup->n_phrases; i++)
		result = add_phrase(self, setup, i, error);
	if (result == 0)
		sphinx_reset(self);
	else
		sphinx_close(self);
	return result;
}

static float score_of(float odds)
{
	return fminf(fmaxf(0.5F + odds / odds_range, 0), 1);
}

/* For those who learn the weights: tools/wake. */
static void show(const struct duet_spotted *spotted, const float evidence[DUET_EVIDENCE], float odds)
{
	char line[DUET_EVIDENCE * 12];
	int n = 0;

	for (int i = 0; i < DUET_EVIDENCE; i++)
		n += snprintf(line + n, sizeof(line) - (size_t)n, " %.3f", (double)evidence[i]);
	duet_debug("wake", "phrase %zu, frames %lld to %lld, odds %.2f:%s", spotted->phrase,
		   (long long)spotted->candidate.first, (long long)spotted->candidate.last, (double)odds,
		   line);
}

/* The clearest phrase of those that the second pass takes for said. */
static bool verify(struct sphinx_state *self, struct duet_wake_detection *detection)
{
	struct duet_spotted spotted;
	bool found = false;

	while (duet_spotter_next(self->spotter, &spotted)) {
		float evidence[DUET_EVIDENCE], odds;

		if (!duet_examiner_hear(self->examiner, self->history, &spotted.candidate, evidence))
			continue;
		odds = duet_evidence_weigh(evidence);
		if (duet_log_enabled(DUET_LOG_DEBUG, "wake"))
			show(&spotted, evidence, odds);
		if (score_of(odds) < self->least_scores[spotted.phrase] ||
		    (found && score_of(odds) <= detection->score))
			continue;
		found = true;
		*detection = (struct duet_wake_detection){
			.phrase = spotted.phrase,
			.score = score_of(odds),
			.begin = spotted.candidate.first * FRAME_SAMPLES,
			.end = spotted.candidate.last * FRAME_SAMPLES + WINDOW_SAMPLES,
		};
	}
	return found;
}

/* What was just told, heard again at a worse place? */
static bool repeats(const struct sphinx_state *self, const struct duet_wake_detection *detection)
{
	return self->history->n_frames < self->heard_at + DEAF_FRAMES &&
	       detection->score <= self->heard_score;
}

/* Another frame. */
static bool hear(struct sphinx_state *self, const float frame[DUET_CEPSTRA],
		 struct duet_wake_detection *detection)
{
	struct duet_wake_detection found;

	duet_history_push(self->history, frame);
	duet_spotter_step(self->spotter, self->history);
	if (!verify(self, &found) || repeats(self, &found))
		return false;
	*detection = found;
	self->heard_at = self->history->n_frames;
	self->heard_score = found.score;
	return true;
}

static int sphinx_feed(void *state, const int16_t *samples, size_t n_samples,
		       struct duet_wake_detection *detection)
{
	struct sphinx_state *self = state;
	float frame[DUET_CEPSTRA];
	int found = 0, result;

	while ((result = duet_cepstra_feed(self->cepstra, &samples, &n_samples, frame)) > 0)
		found |= hear(self, frame, detection);
	return result < 0 ? result : found;
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
	.close = sphinx_close,
};
