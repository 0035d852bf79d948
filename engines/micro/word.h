/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_MICRO_WORD_H
#define DUET_MICRO_WORD_H

#include <stdbool.h>
#include <stdint.h>

#include "infer/mel.h"
#include "manifest.h"

/*
 * A microWakeWord model that listens: slices of features go in, and the probability that its word was just
 * said comes out, as the mean of its last outputs.
 */
struct duet_micro_word;

int duet_micro_word_new(struct duet_micro_word **word, const struct duet_micro_manifest *manifest,
			struct duet_error *error);
void duet_micro_word_free(struct duet_micro_word *word);

/* The time over which it takes the mean, and above which mean the word counts as heard. */
int duet_micro_word_span_ms(const struct duet_micro_word *word);
double duet_micro_word_cutoff(const struct duet_micro_word *word);

/* What its newest outputs say, one of each phase, without the mean over the longer time. */
double duet_micro_word_now(const struct duet_micro_word *word);

/* Forgets all that it heard. */
void duet_micro_word_reset(struct duet_micro_word *word);

/* Forgets what it thought of the last sounds, so that one word is not heard twice. */
void duet_micro_word_calm(struct duet_micro_word *word);

/* True when there is a new probability; does not allocate. */
bool duet_micro_word_feed(struct duet_micro_word *word, const uint16_t slice[DUET_MEL_BANDS],
			  double *probability);

#endif
