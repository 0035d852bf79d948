/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASR_SPHINX_BLUEPRINT_H
#define ASR_SPHINX_BLUEPRINT_H

#include <pocketsphinx.h>

#include "base/text.h"
#include "duet/asr_engine.h"
#include "vocabulary.h"

/*
 * What a decoder is made of. A decoder with the sentences of a home takes ten to
 * thirty MB and is made in some hundredths of a second, so that there is one
 * only while somebody is listened to. A blueprint does not change: decoders may
 * be made of it on several threads at once.
 */
struct blueprint {
	const char *model;     /* the acoustic model's folder, NULL: the packaged one */
	char *overlay, *noisy; /* folders of parameters, of those for noise; NULL: none */
	const struct duet_wordnet **parts;
	size_t n_parts;
	struct vocabulary vocabulary;
	struct duet_text lines; /* the dictionary */
};

/* `model` and what `setup` points to must outlive it. Tries out whether decoders can be made. */
int blueprint_init(struct blueprint *blueprint, const struct duet_asr_setup *setup, const char *model,
		   struct duet_error *error);
void blueprint_done(struct blueprint *blueprint);

/* A decoder that searches the part's sentences; `noisy`: with the parameters for noise. ps_free ends it. NULL
 * when it fails. */
int blueprint_build(const struct blueprint *blueprint, size_t part, bool noisy, ps_decoder_t **decoder,
		    struct duet_error *error);

#endif
