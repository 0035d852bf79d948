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
#include <sphinxbase/feat.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "../../sphinx/decoder.h"
#include "base/alloc.h"
#include "base/log.h"
#include "confidence.h"
#include "duet/asr_engine.h"
#include "part.h"

enum {
	MAX_SAMPLES = 20 * 16000, /* a longer utterance is decoded once, as it comes */
	MAX_DICTIONARY_BYTES = 8 << 20,
	SAME_SPEECH_SAMPLES = 3200, /* by which its edges may move in more silence */
	HISS = 14,                  /* of a quiet microphone, at most, out of 32768 */
};

#define REFUSE_BELOW   0.5f
#define NOISY_BELOW_DB 36.0f /* loudest frames over quietest ones; clean recordings have 40 to 70 */

struct options {
	const char *model;
};

struct sphinx {
	ps_decoder_t *decoder;
	ps_decoder_t *noisy; /* with a model of noisy speech, or NULL: the language has none */
	struct vocabulary vocabulary;
	const struct duet_wordnet **parts;
	size_t n_parts, part;
	const char *space; /* between words of the language */
	const struct confidence_weights *weights;
	enum { IDLE, STREAMING, SETTLED } state; /* SETTLED: understood in a pause that may be the end */
	int16_t *samples;                        /* of the utterance so far, at most MAX_SAMPLES */
	size_t n_samples, room;
	bool too_long;
	char first[sizeof(((struct duet_asr_result *)NULL)->text)]; /* what was heard while it was spoken */
	struct duet_asr_partial so_far;                             /* SETTLED: when the pause began */
	struct duet_asr_result settled;
	struct loudness speech; /* that was understood last */
};

/* Search wide: a closed grammar leaves room for it, and a word lost to pruning does not come back. */
static const char *const search[] = {"-beam", "1e-80", "-wbeam", "1e-60", "-pbeam", "1e-80", NULL};

static void sphinx_close(void *state)
{
	struct sphinx *self = state;

	ps_free(self->decoder);
	ps_free(self->noisy);
	vocabulary_done(&self->vocabulary);
	duet_free(self->samples);
	duet_free(self->parts);
	*self = (struct sphinx){0};
}

static int add_parts(struct sphinx *self, ps_decoder_t *decoder, const struct duet_asr_setup *setup,
		     struct duet_error *error)
{
	for (size_t i = 0; i < setup->n_parts; i++)
		if (part_add(decoder, i, setup->parts[i], &self->vocabulary) < 0)
			return duet_error_set(error, -EINVAL, "PocketSphinx does not take the sentences");
	return 0;
}

/* The model as it is, and beside it the one that is used in noise, when there is one. */
static int open_decoders(struct sphinx *self, const struct duet_asr_setup *setup, struct duet_slice words,
			 struct duet_error *error)
{
	const struct options *options = setup->options;
	char overlay[4096], noisy[4096 + 8];
	struct duet_sphinx_setup decoder = {
		.model = options ? options->model : NULL,
		.overlay = duet_sphinx_overlay(setup->data_dir, setup->language, overlay, sizeof(overlay)),
		.words = words,
		.options = search,
	};
	int status = duet_sphinx_open(&self->decoder, &decoder, error);

	if (status == 0)
		status = add_parts(self, self->decoder, setup, error);
	snprintf(noisy, sizeof(noisy), "%s/noisy", decoder.overlay ? decoder.overlay : "");
	if (status < 0 || !decoder.overlay || access(noisy, R_OK) < 0)
		return status;
	decoder.overlay = noisy;
	status = duet_sphinx_open(&self->noisy, &decoder, error);
	return status == 0 ? add_parts(self, self->noisy, setup, error) : status;
}

static int open_vocabulary(struct sphinx *self, const struct duet_asr_setup *setup, struct duet_error *error)
{
	struct duet_text lines;
	int status;

	duet_text_init(&lines, MAX_DICTIONARY_BYTES);
	status = vocabulary_init(&self->vocabulary, setup->parts, setup->n_parts, setup->lexicon, &lines);
	if (status < 0)
		duet_error_set(error, status, "the words of the sentences do not fit into memory");
	else
		status = open_decoders(self, setup, (struct duet_slice){lines.ptr, lines.len}, error);
	duet_text_done(&lines);
	return status;
}

static int copy_parts(struct sphinx *self, const struct duet_asr_setup *setup)
{
	self->parts = duet_calloc(setup->n_parts + 1, sizeof(*self->parts));
	if (!self->parts)
		return -ENOMEM;
	self->n_parts = setup->n_parts;
	memcpy(self->parts, setup->parts, setup->n_parts * sizeof(*self->parts));
	return 0;
}

static int sphinx_open(void *state, const struct duet_asr_setup *setup, struct duet_error *error)
{
	struct sphinx *self = state;
	int status = open_vocabulary(self, setup, error);

	if (status == 0 && copy_parts(self, setup) < 0)
		status = duet_error_set(error, -ENOMEM, "out of memory");
	self->weights = confidence_weights(setup->language);
	self->space = strncasecmp(setup->language, "zh", 2) == 0 ? "" : " ";
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
		part_words(self->decoder, &self->vocabulary, self->space, self->first, sizeof(self->first));
	}
	self->state = IDLE;
}

static int sphinx_begin(void *state, size_t part, float noise_db)
{
	struct sphinx *self = state;

	if (part >= self->n_parts)
		return -EINVAL;
	stop(self);
	self->part = part;
	self->n_samples = 0;
	self->too_long = false;
	if (part_select(self->decoder, part) < 0 || start(self->decoder) < 0)
		return -EIO;
	self->state = STREAMING;
	return 0;
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
		return 0;
	return ps_process_raw(self->decoder, samples, n_samples, FALSE, FALSE) < 0 ? -EIO : 0;
}

static int sphinx_partial(void *state, struct duet_asr_partial *partial)
{
	struct sphinx *self = state;

	*partial = self->state == SETTLED ? self->so_far : (struct duet_asr_partial){0};
	if (self->state != STREAMING)
		return self->state == SETTLED ? 0 : -EINVAL;
	part_words(self->decoder, &self->vocabulary, self->space, partial->text, sizeof(partial->text));
	partial->complete = part_complete(self->decoder, &self->vocabulary, self->parts[self->part]);
	return 0;
}

/* All of the speech at once. */
static int decode_again(struct sphinx *self, ps_decoder_t *decoder, const struct loudness *loudness)
{
	int status = part_select(decoder, self->part);

	if (status == 0)
		status = start(decoder);
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

	if (!confidence_features(features, decoder, &self->vocabulary, loudness, opinions))
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

/* By both models where there is noise: whose best path has the higher score hears it better. Both see the
 * same features, so that their scores compare. */
static int decode_by_both(struct sphinx *self, const struct loudness *loudness, ps_decoder_t **best,
			  ps_decoder_t **other)
{
	int status = decode_again(self, self->decoder, loudness);

	*best = self->decoder;
	*other = NULL;
	if (status < 0 || !self->noisy || loudness->snr_db > NOISY_BELOW_DB)
		return status;
	status = decode_again(self, self->noisy, loudness);
	*other = self->noisy;
	if (status == 0 && score_of(self->noisy) > score_of(self->decoder)) {
		*best = self->noisy;
		*other = self->decoder;
	}
	return status;
}

static int hear(struct sphinx *self, const struct loudness *loudness, struct duet_asr_result *result)
{
	char text[sizeof(result->text)];
	struct confidence_opinions opinions = {true, true};
	ps_decoder_t *best = self->decoder, *other = NULL;
	int status = 0;

	*result = (struct duet_asr_result){0};
	if (self->n_samples > 0 && !self->too_long)
		status = decode_by_both(self, loudness, &best, &other);
	if (status < 0)
		return status;
	part_words(best, &self->vocabulary, self->space, result->text, sizeof(result->text));
	opinions.while_spoken = strcmp(self->first, result->text) == 0;
	if (other) {
		part_words(other, &self->vocabulary, self->space, text, sizeof(text));
		opinions.other_model = strcmp(text, result->text) == 0;
	}
	judge(self, best, loudness, &opinions, result);
	return 0;
}

/* What was said, from all of it. Whether it opens with a cue or with a word is known once both are heard. */
static int understand(struct sphinx *self, struct duet_asr_result *result)
{
	struct duet_asr_result other;
	struct loudness after_cue;
	int status;

	loudness_measure(&self->speech, self->samples, self->n_samples, false);
	status = hear(self, &self->speech, result);
	if (status < 0 || !self->speech.cue || self->too_long)
		return status;
	loudness_measure(&after_cue, self->samples, self->n_samples, true);
	status = hear(self, &after_cue, &other);
	if (status == 0 && other.confidence > result->confidence)
		*result = other;
	return status;
}

static int settle(struct sphinx *self)
{
	int status = sphinx_partial(self, &self->so_far);

	stop(self);
	if (status == 0)
		status = understand(self, &self->settled);
	if (status < 0)
		return status;
	/* What is understood as a whole could be one. */
	self->so_far.complete |= self->settled.text[0] && !self->settled.refused;
	self->state = SETTLED;
	return 0;
}

/* The second decoding has taken the first one's place: that is done once more from the beginning. */
static int go_on(struct sphinx *self)
{
	self->state = IDLE;
	if (part_select(self->decoder, self->part) < 0 || start(self->decoder) < 0)
		return -EIO;
	self->state = STREAMING;
	return ps_process_raw(self->decoder, self->samples, self->n_samples, FALSE, FALSE) < 0 ? -EIO : 0;
}

static int sphinx_pause(void *state, bool silent)
{
	struct sphinx *self = state;

	if (self->state == STREAMING && silent && !self->too_long)
		return settle(self);
	return self->state == SETTLED && !silent ? go_on(self) : 0;
}

/* Did nothing but silence follow on what is understood already? */
static bool is_settled(const struct sphinx *self)
{
	struct loudness now;

	if (self->state != SETTLED || self->too_long)
		return false;
	loudness_measure(&now, self->samples, self->n_samples, false);
	return labs((long)now.begin - (long)self->speech.begin) <= SAME_SPEECH_SAMPLES &&
	       labs((long)now.end - (long)self->speech.end) <= SAME_SPEECH_SAMPLES;
}

static int sphinx_finish(void *state, struct duet_asr_result *result)
{
	struct sphinx *self = state;

	*result = (struct duet_asr_result){0};
	if (self->state == IDLE)
		return -EINVAL;
	if (is_settled(self)) {
		*result = self->settled;
		stop(self);
		return 0;
	}
	stop(self);
	return understand(self, result);
}

static void sphinx_cancel(void *state)
{
	stop(state);
}

static const struct duet_option options[] = {
	{"model", DUET_OPTION_PATH, offsetof(struct options, model), NULL,
	 "Folder of the acoustic model; the packaged American English one when not set.", NULL, 0, 0},
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
