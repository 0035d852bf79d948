/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASR_SPHINX_CONFIDENCE_H
#define ASR_SPHINX_CONFIDENCE_H

#include <pocketsphinx.h>

#include "loudness.h"
#include "vocabulary.h"

/*
 * Was that a sentence of the grammar at all? A closed grammar hears one in
 * anything; what it heard is judged by how well its words fit the sound, how
 * long they took, how much of the sound they leave unexplained, and whether two
 * decodings agree.
 */
enum confidence_feature {
	CONFIDENCE_FIT,     /* of all words: score a frame, against the best senones at work */
	CONFIDENCE_WORST,   /* of the word that fits worst */
	CONFIDENCE_SECOND,  /* of the next one */
	CONFIDENCE_SPREAD,  /* standard deviation over the words */
	CONFIDENCE_COVER,   /* words' frames over loud frames, log */
	CONFIDENCE_FILLER,  /* noises' frames over words' frames */
	CONFIDENCE_PACE,    /* frames a phone, log */
	CONFIDENCE_SLOWEST, /* of the slowest word, log */
	CONFIDENCE_FASTEST, /* of the fastest word, log */
	CONFIDENCE_WORDS,   /* how many, log */
	CONFIDENCE_SPOKEN,  /* 1 when what was heard while it was spoken is the same */
	CONFIDENCE_OTHER,   /* 1 when the other model hears the same, or was not asked */
	CONFIDENCE_SNR,     /* in tens of dB */
	CONFIDENCE_FIT_SNR, /* FIT × SNR */
	CONFIDENCE_FEATURES
};

/* Do other decodings agree with the one that is judged? */
struct confidence_opinions {
	bool while_spoken; /* what was heard while it was spoken */
	bool other_model;  /* what the other acoustic model heard; true when it was not asked */
};

/* Of the decoder's best path; false when there is no word in it. */
bool confidence_features(float features[CONFIDENCE_FEATURES], ps_decoder_t *decoder,
			 const struct vocabulary *vocabulary, const struct loudness *loudness,
			 const struct confidence_opinions *opinions);

/* What the features are worth: a row of confidence_table.h. */
struct confidence_weights {
	const char *language; /* its first subtag */
	double bias, weights[CONFIDENCE_FEATURES];
	double products[CONFIDENCE_FEATURES * (CONFIDENCE_FEATURES + 1) /
			2];                                         /* of each two: 0·0, 0·1 … 1·1 … */
	double low[CONFIDENCE_FEATURES], high[CONFIDENCE_FEATURES]; /* a feature counts between these */
};

/* Those of the language, or of the nearest thing to it. */
const struct confidence_weights *confidence_weights(const char *language);

/* 0 … 1; below 0.5: refuse. */
float confidence(const struct confidence_weights *weights, const float features[CONFIDENCE_FEATURES]);

#endif
