/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEARNT_FEATURES_H
#define DUET_LEARNT_FEATURES_H

#include <stdbool.h>

#include "learnt/words.h"

/*
 * What the model looks at, as hashes: of a word where it stands, of a span that
 * may be a slot, of the sentence. Training and prediction read the same.
 */
#define DUET_FEATURES_WORD 56
#define DUET_FEATURES_SPAN 96
#define DUET_FEATURES_TEXT (DUET_WORDS_MAX * 16 + 80)

size_t duet_features_word(const struct duet_words *words, size_t at, uint64_t *features);

/* The words from `begin` to before `end`; `lists`: a bit for each slot that has been seen to hold just this.
 */
size_t duet_features_span(const struct duet_words *words, size_t begin, size_t end, uint64_t lists,
			  uint64_t *features);

/* A slot or word, after what the number stands for. */
uint64_t duet_features_follow(uint64_t state);

/*
 * Of the whole sentence; `lists`: what any span of it has. Only those that `known` has seen in two sentences
 * or more are put out; how many words it has not seen so often, and where they stand, is a feature too.
 */
typedef bool duet_features_known(const void *user, uint64_t feature);

size_t duet_features_text(const struct duet_words *words, uint64_t lists, duet_features_known *known,
			  const void *user, uint64_t *features);

#endif
