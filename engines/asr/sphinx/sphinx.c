/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recognition of closed sentences with PocketSphinx. Sound is decoded while it
 * comes, so that the endpoint can tell whether the sentence could be complete.
 * When it is over it is decoded once more as a whole, which costs a few
 * hundredths of its length: then the mean of its spectrum is known from the
 * first frame on. That is done in the pause before the endpoint, so that nobody
 * waits for it.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sphinxbase/feat.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/rest.h"
#include "blueprint.h"
#include "confidence.h"
#include "duet/asr_engine.h"
#include "part.h"

enum {
	MAX_SAMPLES = 20 * 16000,   /* a longer utterance is decoded once, as it comes */
	SAME_SPEECH_SAMPLES = 3200, /* by which its edges may move in more silence */
	HISS = 14,                  /* of a quiet microphone, at most, out of 32768 */
	LOOK_EVERY_SAMPLES = 1600,
};

#define REFUSE_BELOW   0.5f
#define NOISY_BELOW_DB 36.0f /* loudest frames over quietest ones; clean recordings have 40 to 70 */

struct options {
	const char *model;
};

struct sphinx {
	struct duet_asr_setup setup;
	struct model_folders folders;
	struct blueprint commands, other;  /* `other`: of another part, while that is listened to */
	const struct blueprint *blueprint; /* one of them */
	ps_decoder_t *decoder;             /* while an utterance is listened to */
	ps_decoder_t *noisy;               /* with the model of noisy speech, while that is asked */
	const char *space;                 /* between words of the language */
	const struct confidence_weights *weights;
	enum { IDLE, STREAMING, SETTLED } state; /* SETTLED: understood in a pause that may be the end */
	int16_t *samples;                        /* of the utterance so far, at most MAX_SAMPLES */
	size_t n_samples, room;
	bool too_long;
	char first[sizeof(((struct duet_asr_result *)NULL)->text)]; /* what was heard while it was spoken */
	struct duet_asr_partial so_far;                             /* SETTLED: when the pause began */
	struct duet_asr_result settled;
	struct loudness speech; /* that was understood last */
	size_t looked_at;       /* n_samples when its edges were compared last */
};

static void drop(ps_decoder_t **decoder)
{
	ps_free(*decoder);
	*decoder = NULL;
}

/* What listening takes is given back when it is over. */
static void rest(struct sphinx *self)
{
	drop(&self->decoder);
	drop(&self->noisy);
	duet_free(self->samples);
	self->samples = NULL;
	self->n_samples = self->room = 0;
	self->state = IDLE;
	if (self->other.net)
		self->setup.give_back(self->setup.user, self->other.net);
	blueprint_done(&self->other);
	self->blueprint = &self->commands;
}

static void sphinx_close(void *state)
{
	struct sphinx *self = state;

	rest(self);
	blueprint_done(&self->commands);
	model_folders_done(&self->folders);
	*self = (struct sphinx){0};
}

static int prepare(struct sphinx *self, struct duet_error *error)
{
	const struct options *options = self->setup.options;
	int status = model_folders_find(&self->folders, &self->setup, options ? options->model : NULL);

	if (status == 0)
		status = blueprint_init(&self->commands, &self->folders, self->setup.commands,
					self->setup.lexicon);
	if (status < 0)
		return duet_error_set(error, status, "the words of the sentences do not fit into memory");
	return blueprint_try(&self->commands, error);
}

static int sphinx_open(void *state, const struct duet_asr_setup *setup, struct duet_error *error)
{
	struct sphinx *self = state;
	int status;

	self->setup = *setup;
	self->weights = confidence_weights(setup->language);
	self->space = strncasecmp(setup->language, "zh", 2) == 0 ? "" : " ";
	status = prepare(self, error);
	if (status < 0)
		sphinx_close(self);
	return status;
}

/* A new stream forgets the noise of the last one. */
static int start(ps_decoder_t *decoder)
{
	return ps_start_stream(decoder) < 0 || ps_start_utt(decoder) < 0 ? -EIO : 0;
}

static void stop(struct sphinx *self)
{
	if (self->state == STREAMING) {
		ps_end_utt(self->decoder);
		part_words(self->decoder, &self->blueprint->vocabulary, self->space, self->first,
			   sizeof(self->first));
	}
	self->state = IDLE;
}

static int build(const struct sphinx *self, bool noisy, ps_decoder_t **decoder)
{
	struct duet_error error = {0};
	int status = blueprint_build(self->blueprint, noisy, decoder, &error);
	char text[600];

	if (status < 0) {
		duet_error_format(&error, text, sizeof(text));
		duet_error_log("asr", "nothing can be heard: %s", text);
	}
	return status;
}

/* The words of another part than the commands, for this utterance. */
static int take_part(struct sphinx *self, size_t part)
{
	const struct duet_wordnet *net =
		self->setup.take_part ? self->setup.take_part(self->setup.user, part) : NULL;
	int status;

	if (!net)
		return -EINVAL;
	status = blueprint_init(&self->other, &self->folders, net, self->setup.lexicon);
	if (status < 0)
		self->setup.give_back(self->setup.user, net);
	else
		self->blueprint = &self->other;
	duet_rest(); /* making a graph takes more than having it */
	return status;
}

static int sphinx_begin(void *state, size_t part, float noise_db)
{
	struct sphinx *self = state;
	int status;

	rest(self);
	self->too_long = false;
	status = part > 0 ? take_part(self, part) : 0;
	if (status == 0)
		status = build(self, false, &self->decoder);
	if (status < 0)
		return status;
	status = start(self->decoder);
	self->state = status == 0 ? STREAMING : IDLE;
	return status;
}

/* Files and gated microphones fall silent to exact zeros. The models have never heard that: clear sentences
 * are lost beside it. */
static int16_t with_hiss(int16_t sample, size_t index)
{
	uint32_t random = (uint32_t)(index + 1) * 2654435761u;
	int sum;

	random = (random ^ random >> 15) * 2246822519u;
	sum = sample + (int)((random >> 16) % (2 * HISS + 1)) - HISS;
	return (int16_t)(sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum);
}

static int keep(struct sphinx *self, const int16_t *samples, size_t n)
{
	if (self->n_samples + n > self->room) {
		size_t room = self->room ? self->room * 2 : 4 * 16000;
		int16_t *grown;

		while (room < self->n_samples + n)
			room *= 2;
		grown = duet_realloc(self->samples, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		self->samples = grown;
		self->room = room;
	}
	for (size_t i = 0; i < n; i++, self->n_samples++)
		self->samples[self->n_samples] = with_hiss(samples[i], self->n_samples);
	return 0;
}

static int sphinx_partial(void *state, struct duet_asr_partial *partial)
{
	struct sphinx *self = state;

	*partial = self->state == SETTLED ? self->so_far : (struct duet_asr_partial){0};
	if (self->state != STREAMING)
		return self->state == SETTLED ? 0 : -EINVAL;
	part_words(self->decoder, &self->blueprint->vocabulary, self->space, partial->text,
		   sizeof(partial->text));
	partial->complete = part_complete(self->decoder, &self->blueprint->vocabulary, self->blueprint->net);
	return 0;
}

/* All of the speech at once. */
static int decode_again(struct sphinx *self, ps_decoder_t *decoder, const struct loudness *loudness)
{
	int status = start(decoder);

	if (status < 0)
		return status;
	/* Sound that came in pieces has left the decoder with a running mean of its spectrum. */
	ps_get_feat(decoder)->cmn = CMN_BATCH;
	if (ps_process_raw(decoder, self->samples + loudness->begin, loudness->end - loudness->begin, FALSE,
			   TRUE) < 0)
		status = -EIO;
	ps_end_utt(decoder);
	return status;
}

static void log_features(const float features[CONFIDENCE_FEATURES], const char *text)
{
	char line[CONFIDENCE_FEATURES * 12 + 1] = "";
	size_t len = 0;

	for (int i = 0; i < CONFIDENCE_FEATURES; i++)
		len += (size_t)snprintf(line + len, sizeof(line) - len, " %.4f", features[i]);
	duet_debug("asr", "features%s: %s", line, text);
}

static void judge(const struct sphinx *self, ps_decoder_t *decoder, const struct loudness *loudness,
		  const struct confidence_opinions *opinions, struct duet_asr_result *result)
{
	float features[CONFIDENCE_FEATURES];

	if (!confidence_features(features, decoder, &self->blueprint->vocabulary, loudness, opinions))
		return;
	result->confidence = confidence(self->weights, features);
	result->refused = result->confidence < REFUSE_BELOW;
	if (duet_log_enabled(DUET_LOG_DEBUG, "asr"))
		log_features(features, result->text);
}

static int score_of(ps_decoder_t *decoder)
{
	int score = INT_MIN;

	return ps_get_hyp(decoder, &score) ? score : INT_MIN;
}

/* The decoding by the model of noisy speech, on a thread of its own beside the other one. */
struct second_ear {
	struct sphinx *sphinx;
	const struct loudness *loudness;
	pthread_t thread;
	bool has_thread;
	int status;
};

static void *decode_noisy(void *user)
{
	struct second_ear *ear = user;
	struct sphinx *self = ear->sphinx;

	ear->status = self->noisy ? 0 : build(self, true, &self->noisy);
	if (ear->status == 0)
		ear->status = decode_again(self, self->noisy, ear->loudness);
	return NULL;
}

/* By both models where there is noise: whose best path has the higher score hears it better. Both see the
 * same features, so that their scores compare. */
static int decode_by_both(struct sphinx *self, const struct loudness *loudness, ps_decoder_t **best,
			  ps_decoder_t **other)
{
	struct second_ear ear = {.sphinx = self, .loudness = loudness};
	bool noisy = self->folders.noisy && loudness->snr_db <= NOISY_BELOW_DB;
	int status;

	*best = self->decoder;
	*other = NULL;
	ear.has_thread = noisy && pthread_create(&ear.thread, NULL, decode_noisy, &ear) == 0;
	status = decode_again(self, self->decoder, loudness);
	if (ear.has_thread)
		pthread_join(ear.thread, NULL);
	else if (noisy)
		decode_noisy(&ear);
	if (status < 0 || !noisy)
		return status;
	*other = self->noisy;
	if (ear.status == 0 && score_of(self->noisy) > score_of(self->decoder)) {
		*best = self->noisy;
		*other = self->decoder;
	}
	return ear.status;
}

/* What the decoder has heard, judged. `other`: what the other model heard; NULL when it was not asked. */
static void conclude(struct sphinx *self, ps_decoder_t *decoder, const struct loudness *loudness,
		     const char *other, struct duet_asr_result *result)
{
	struct confidence_opinions opinions;

	*result = (struct duet_asr_result){0};
	part_words(decoder, &self->blueprint->vocabulary, self->space, result->text, sizeof(result->text));
	opinions.while_spoken = strcmp(self->first, result->text) == 0;
	opinions.other_model = !other || strcmp(other, result->text) == 0;
	judge(self, decoder, loudness, &opinions, result);
}

/* Once more without the cue that it may open with, by the model that heard all of it better. */
static int hear_after_cue(struct sphinx *self, ps_decoder_t *best, const char *other,
			  struct duet_asr_result *result)
{
	struct duet_asr_result after;
	struct loudness loudness;
	int status;

	loudness_measure(&loudness, self->samples, self->n_samples, true);
	status = decode_again(self, best, &loudness);
	if (status < 0)
		return status;
	conclude(self, best, &loudness, other, &after);
	if (after.confidence > result->confidence)
		*result = after;
	return 0;
}

/* What was said, from all of it. Whether it opens with a cue or with a word is known once both are heard. */
static int understand(struct sphinx *self, struct duet_asr_result *result)
{
	char text[sizeof(result->text)];
	ps_decoder_t *best = self->decoder, *other = NULL;
	int status = 0;

	loudness_measure(&self->speech, self->samples, self->n_samples, false);
	if (self->n_samples > 0 && !self->too_long)
		status = decode_by_both(self, &self->speech, &best, &other);
	if (status < 0)
		return status;
	if (other)
		part_words(other, &self->blueprint->vocabulary, self->space, text, sizeof(text));
	conclude(self, best, &self->speech, other ? text : NULL, result);
	return self->speech.cue && !self->too_long ? hear_after_cue(self, best, other ? text : NULL, result)
						   : 0;
}

static int settle(struct sphinx *self)
{
	int status = understand(self, &self->settled);

	if (self->noisy) {
		drop(&self->noisy);
		duet_rest();
	}
	if (status < 0)
		return status;
	/* What is understood as a whole could be one. */
	self->so_far.complete |= self->settled.text[0] && !self->settled.refused;
	self->state = SETTLED;
	self->looked_at = self->n_samples;
	return 0;
}

/* The more silence follows, the better is known where the speech began and ended: where that has changed, it
 * is understood anew. */
static int look_again(struct sphinx *self)
{
	struct loudness now;

	if (self->n_samples - self->looked_at < LOOK_EVERY_SAMPLES)
		return 0;
	self->looked_at = self->n_samples;
	loudness_measure(&now, self->samples, self->n_samples, false);
	if (labs((long)now.begin - (long)self->speech.begin) <= SAME_SPEECH_SAMPLES &&
	    labs((long)now.end - (long)self->speech.end) <= SAME_SPEECH_SAMPLES)
		return 0;
	return settle(self);
}

static int sphinx_feed(void *state, const int16_t *samples, size_t n_samples)
{
	struct sphinx *self = state;

	if (self->state == IDLE)
		return -EINVAL;
	if (n_samples == 0)
		return 0;
	if (!self->too_long && self->n_samples + n_samples <= MAX_SAMPLES) {
		int status = keep(self, samples, n_samples);

		if (status < 0)
			return status;
		samples = self->samples + self->n_samples - n_samples;
	} else {
		self->too_long = true;
	}
	if (self->state == SETTLED)
		return self->too_long ? 0 : look_again(self);
	return ps_process_raw(self->decoder, samples, n_samples, FALSE, FALSE) < 0 ? -EIO : 0;
}

/* The second decoding has taken the first one's place: that is done once more from the beginning. */
static int go_on(struct sphinx *self)
{
	self->state = IDLE;
	if (start(self->decoder) < 0)
		return -EIO;
	self->state = STREAMING;
	return ps_process_raw(self->decoder, self->samples, self->n_samples, FALSE, FALSE) < 0 ? -EIO : 0;
}

static int sphinx_pause(void *state, bool silent)
{
	struct sphinx *self = state;
	int status;

	if (self->state == SETTLED && !silent)
		return go_on(self);
	if (self->state != STREAMING || !silent || self->too_long)
		return 0;
	status = sphinx_partial(self, &self->so_far);
	stop(self);
	return status < 0 ? status : settle(self);
}

static int sphinx_finish(void *state, struct duet_asr_result *result)
{
	struct sphinx *self = state;
	int status = 0;

	*result = (struct duet_asr_result){0};
	if (self->state == IDLE)
		return -EINVAL;
	if (self->state == STREAMING) {
		stop(self);
		status = understand(self, result);
	} else {
		*result = self->settled;
	}
	self->state = IDLE;
	return status;
}

static void sphinx_cancel(void *state)
{
	struct sphinx *self = state;

	bool has_decoder = self->decoder != NULL;

	stop(self);
	rest(self);
	if (has_decoder)
		duet_rest();
}

static const struct duet_option options[] = {
	{"model", DUET_OPTION_PATH, offsetof(struct options, model), NULL,
	 "Folder of the acoustic model; the packaged American English one when not set", NULL, 0, 0},
	{0},
};

const struct duet_asr_engine duet_asr_engine_sphinx = {
	.engine = {.stage = "asr",
		   .name = "sphinx",
		   .summary = "closed sentences, with PocketSphinx",
		   .state_size = sizeof(struct sphinx),
		   .options = options,
		   .options_size = sizeof(struct options)},
	.open = sphinx_open,
	.begin = sphinx_begin,
	.feed = sphinx_feed,
	.partial = sphinx_partial,
	.pause = sphinx_pause,
	.finish = sphinx_finish,
	.cancel = sphinx_cancel,
	.close = sphinx_close,
};
