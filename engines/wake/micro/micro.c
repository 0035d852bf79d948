/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>

#include "../../micro/word.h"
#include "base/alloc.h"
#include "duet/wake_engine.h"

/*
 * Words that somebody trained a microWakeWord model for. All models hear the same features; each says how
 * likely it is that its word was just said.
 */

enum { WORDS_MAX = 32, SAMPLES_PER_MS = 16, WORD_MS = 800, LAG_PART = 3 };

struct micro_options {
	int refractory_ms;
	double own_sound_ease;
};

struct listening {
	struct duet_micro_word *word;
	double threshold, eased_threshold; /* the latter over own sound */
	int lag_ms; /* of its detections behind the end of the word, mostly: a part of the time that it takes
		       the mean of */
};

struct micro_state {
	struct duet_mel *mel;
	struct listening words[WORDS_MAX];
	size_t n_words;
	int64_t n_samples, deaf_until; /* since the reset */
	int refractory_samples;
	double ease;
	bool own_sound;
};

static const struct duet_option options[] = {
	{"refractory", DUET_OPTION_DURATION, offsetof(struct micro_options, refractory_ms), "1s",
	 "How long nothing is heard after a wake word, so that it is not heard twice", NULL, 0, 10000},
	{"own_sound_ease", DUET_OPTION_NUMBER, offsetof(struct micro_options, own_sound_ease), "0.3",
	 "How much is added to the sensitivity while the speaker itself is heard and what it plays is "
	 "cancelled",
	 NULL, 0, 1},
	{0},
};

/* Of probabilities: sensitivity 0.5 is the model's own cutoff, 0 nearly certainty, 1 nearly nothing. */
static const double least_threshold = 0.02, most_threshold = 0.998;

static double threshold_at(double cutoff, double sensitivity)
{
	if (sensitivity <= 0.5)
		return most_threshold + (cutoff - most_threshold) * sensitivity * 2;
	return cutoff + (least_threshold - cutoff) * (sensitivity - 0.5) * 2;
}

static int open_word(struct micro_state *self, const struct duet_wake_phrase *phrase, int *step_ms,
		     struct duet_error *error)
{
	struct listening *one = &self->words[self->n_words];
	struct duet_micro_manifest manifest;
	double cutoff;
	int result;

	if (!phrase->model) {
		duet_error_set(error, -EINVAL, "the wake word \"%.60s\" has no model", phrase->text);
		duet_error_hint(error, "write {word: %.60s, engine: micro, model: FILE.json}", phrase->text);
		return -EINVAL;
	}
	result = duet_micro_manifest_load(&manifest, phrase->model, error);
	if (result < 0)
		return result;
	if (*step_ms && *step_ms != manifest.feature_step_ms) {
		duet_error_set(error, -EINVAL,
			       "its features come every %d ms, those of another model every %d ms",
			       manifest.feature_step_ms, *step_ms);
		duet_error_at(error, phrase->model, 0, 0);
		return -EINVAL;
	}
	*step_ms = manifest.feature_step_ms;
	result = duet_micro_word_new(&one->word, &manifest, error);
	if (result < 0)
		return result;
	cutoff = duet_micro_word_cutoff(one->word);
	one->threshold = threshold_at(cutoff, phrase->sensitivity);
	one->eased_threshold = threshold_at(cutoff, fmin(phrase->sensitivity + self->ease, 1));
	one->lag_ms = duet_micro_word_span_ms(one->word) / LAG_PART;
	self->n_words++;
	return 0;
}

static void micro_close(void *state)
{
	struct micro_state *self = state;

	for (size_t i = 0; i < self->n_words; i++)
		duet_micro_word_free(self->words[i].word);
	self->n_words = 0;
	duet_mel_free(self->mel);
	self->mel = NULL;
}

static int micro_open(void *state, const struct duet_wake_setup *setup, struct duet_error *error)
{
	const struct micro_options *chosen = setup->options;
	struct micro_state *self = state;
	int step_ms = 0, result = 0;

	if (setup->n_phrases == 0 || setup->n_phrases > WORDS_MAX)
		return duet_error_set(error, -EINVAL, "%zu wake words; 1 to %d are possible",
				      setup->n_phrases, WORDS_MAX);
	self->ease = chosen->own_sound_ease;
	self->refractory_samples = chosen->refractory_ms * SAMPLES_PER_MS;
	for (size_t i = 0; i < setup->n_phrases && result == 0; i++)
		result = open_word(self, &setup->phrases[i], &step_ms, error);
	if (result == 0)
		result = duet_mel_new(&self->mel, step_ms, error);
	if (result < 0)
		micro_close(self);
	return result;
}

static void micro_reset(void *state)
{
	struct micro_state *self = state;

	duet_mel_reset(self->mel);
	for (size_t i = 0; i < self->n_words; i++)
		duet_micro_word_reset(self->words[i].word);
	self->n_samples = 0;
	self->deaf_until = 0;
}

static void micro_own_sound(void *state, bool sounds)
{
	struct micro_state *self = state;

	self->own_sound = sounds;
}

/* 1 less the sensitivity whose threshold this probability is. */
static float score_of(double probability, double cutoff)
{
	double score = probability >= cutoff
			       ? 0.5 + 0.5 * (probability - cutoff) / (most_threshold - cutoff)
			       : 0.5 * (probability - least_threshold) / (cutoff - least_threshold);

	return (float)fmin(fmax(score, 0), 1);
}

/* The clearest of the words that this slice ends; true when there is one. */
static bool hear(struct micro_state *self, const uint16_t slice[DUET_MEL_BANDS],
		 struct duet_wake_detection *detection)
{
	bool found = false;

	for (size_t i = 0; i < self->n_words; i++) {
		const struct listening *one = &self->words[i];
		double threshold = self->own_sound ? one->eased_threshold : one->threshold, probability;
		float score;

		if (!duet_micro_word_feed(one->word, slice, &probability) ||
		    self->n_samples < self->deaf_until)
			continue;
		score = score_of(probability, duet_micro_word_cutoff(one->word));
		if (probability <= threshold || (found && score <= detection->score))
			continue;
		found = true;
		detection->phrase = i;
		detection->score = score;
		detection->end = self->n_samples - (int64_t)one->lag_ms * SAMPLES_PER_MS;
		detection->begin = detection->end - (int64_t)WORD_MS * SAMPLES_PER_MS;
	}
	return found;
}

static int micro_feed(void *state, const int16_t *samples, size_t n_samples,
		      struct duet_wake_detection *detection)
{
	struct micro_state *self = state;
	uint16_t slice[DUET_MEL_BANDS];
	int n_detections = 0;

	while (n_samples > 0) {
		int whole;
		size_t n = duet_mel_feed(self->mel, samples, n_samples, slice, &whole);

		samples += n;
		n_samples -= n;
		self->n_samples += (int64_t)n;
		if (!whole || !hear(self, slice, detection))
			continue;
		n_detections = 1;
		self->deaf_until = self->n_samples + self->refractory_samples;
		for (size_t i = 0; i < self->n_words; i++)
			duet_micro_word_calm(self->words[i].word);
	}
	return n_detections;
}

extern const struct duet_wake_engine duet_wake_engine_micro;
const struct duet_wake_engine duet_wake_engine_micro = {
	.engine = {.stage = "wake",
		   .name = "micro",
		   .summary = "words that a microWakeWord model was trained for",
		   .state_size = sizeof(struct micro_state),
		   .options = options,
		   .options_size = sizeof(struct micro_options)},
	.open = micro_open,
	.reset = micro_reset,
	.feed = micro_feed,
	.own_sound = micro_own_sound,
	.close = micro_close,
};
