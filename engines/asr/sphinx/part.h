/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASR_SPHINX_PART_H
#define ASR_SPHINX_PART_H

#include <pocketsphinx.h>

#include "vocabulary.h"

/* Makes a word graph with its vocabulary what the decoder searches. */
int part_set(ps_decoder_t *decoder, const struct duet_wordnet *net, const struct vocabulary *vocabulary);

/* What the decoder has heard so far, as words of the network separated by `space`; how many, or -ENOSPC. */
int part_words(ps_decoder_t *decoder, const struct vocabulary *vocabulary, const char *space, char *text,
	       size_t size);

/* Could that be a whole sentence of the graph? */
bool part_complete(ps_decoder_t *decoder, const struct vocabulary *vocabulary,
		   const struct duet_wordnet *net);

#endif
