/* SPDX-License-Identifier: Apache-2.0 */
#include "confidence.h"

#include <math.h>
#include <sphinxbase/ckd_alloc.h>
#include <string.h>
#include <strings.h>

/* The first row is for languages that have none. */
static const struct confidence_weights table[] = {
#include "confidence_table.h"
};

enum { MIN_LOUD_FRAMES = 10 };

/* What is gathered of the words of a path. */
struct words {
	int n, n_frames, n_filler_frames, n_phones;
	double score, score_of_squares; /* a frame */
	double sum, worst, second, slowest, fastest;
};

static int count_phones(ps_decoder_t *decoder, const char *name)
{
	char *phones = ps_lookup_word(decoder, name);
	int n = 1;

	for (const char *at = phones; at && *at; at++)
		n += *at == ' ';
	ckd_free(phones);
	return n;
}

static void add_word(struct words *words, ps_decoder_t *decoder, const char *name, int n_frames, int score)
{
	int n_phones = count_phones(decoder, name);
	double fit = score / 1000.0 / n_frames, pace = log((double)n_frames / n_phones);

	words->n++;
	words->n_frames += n_frames;
	words->n_phones += n_phones;
	words->score += score / 1000.0;
	words->sum += fit;
	words->score_of_squares += fit * fit;
	if (fit < words->worst) {
		words->second = words->worst;
		words->worst = fit;
	} else if (fit < words->second) {
		words->second = fit;
	}
	words->slowest = fmax(words->slowest, pace);
	words->fastest = fmin(words->fastest, pace);
}

static void gather(struct words *words, ps_decoder_t *decoder, const struct vocabulary *vocabulary)
{
	*words = (struct words){.worst = 1e9, .second = 1e9, .slowest = -1e9, .fastest = 1e9};
	for (ps_seg_t *at = ps_seg_iter(decoder); at; at = ps_seg_next(at)) {
		const char *name = ps_seg_word(at);
		int first, last, score;

		ps_seg_frames(at, &first, &last);
		ps_seg_prob(at, &score, NULL, NULL);
		if (vocabulary_piece(name, -1) >= 0)
			add_word(words, decoder, name, last - first + 1, score);
		else if (name[0] == '[' || name[0] == '+')
			words->n_filler_frames += last - first + 1;
	}
	if (words->n == 1)
		words->second = words->worst;
}

bool confidence_features(float features[CONFIDENCE_FEATURES], ps_decoder_t *decoder,
			 const struct vocabulary *vocabulary, const struct loudness *loudness,
			 const struct confidence_opinions *opinions)
{
	struct words words;
	double mean;

	gather(&words, decoder, vocabulary);
	if (words.n == 0)
		return false;
	mean = words.sum / words.n;
	features[CONFIDENCE_FIT] = (float)(words.score / words.n_frames);
	features[CONFIDENCE_WORST] = (float)words.worst;
	features[CONFIDENCE_SECOND] = (float)words.second;
	features[CONFIDENCE_SPREAD] = (float)sqrt(fmax(words.score_of_squares / words.n - mean * mean, 0));
	features[CONFIDENCE_COVER] =
		(float)log((double)words.n_frames / fmax(loudness->n_loud, MIN_LOUD_FRAMES));
	features[CONFIDENCE_FILLER] = (float)words.n_filler_frames / (float)words.n_frames;
	features[CONFIDENCE_PACE] = (float)log((double)words.n_frames / words.n_phones);
	features[CONFIDENCE_SLOWEST] = (float)words.slowest;
	features[CONFIDENCE_FASTEST] = (float)words.fastest;
	features[CONFIDENCE_WORDS] = (float)log(words.n);
	features[CONFIDENCE_SPOKEN] = opinions->while_spoken;
	features[CONFIDENCE_OTHER] = opinions->other_model;
	features[CONFIDENCE_SNR] = loudness->snr_db / 10;
	features[CONFIDENCE_FIT_SNR] = features[CONFIDENCE_FIT] * features[CONFIDENCE_SNR];
	return true;
}

const struct confidence_weights *confidence_weights(const char *language)
{
	size_t len = strcspn(language, "-_");

	for (size_t i = 1; i < sizeof(table) / sizeof(table[0]); i++)
		if (strlen(table[i].language) == len && strncasecmp(table[i].language, language, len) == 0)
			return &table[i];
	return &table[0];
}

float confidence(const struct confidence_weights *weights, const float features[CONFIDENCE_FEATURES])
{
	const double *product = weights->products;
	double bounded[CONFIDENCE_FEATURES], sum = weights->bias;

	for (int i = 0; i < CONFIDENCE_FEATURES; i++)
		bounded[i] = fmin(fmax(features[i], weights->low[i]), weights->high[i]);
	for (int i = 0; i < CONFIDENCE_FEATURES; i++) {
		sum += weights->weights[i] * bounded[i];
		for (int j = i; j < CONFIDENCE_FEATURES; j++)
			sum += *product++ * bounded[i] * bounded[j];
	}
	return (float)(1 / (1 + exp(-sum)));
}
