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
	const struct model_folders *folders;
	const struct duet_wordnet *net; /* what may be said */
	struct vocabulary vocabulary;
	struct duet_text lines; /* the dictionary */
};

/* Where an acoustic model lies. */
struct model_folders {
	const char *model;         /* NULL: the packaged one */
	char *overlay, *noisy;     /* folders of parameters, of those for noise; NULL: none */
	const char *const *search; /* options of the decoder */
};

int model_folders_find(struct model_folders *folders, const struct duet_asr_setup *setup, const char *model);
void model_folders_done(struct model_folders *folders);

/* What it is given must outlive it. */
int blueprint_init(struct blueprint *blueprint, const struct model_folders *folders,
		   const struct duet_wordnet *net, const struct duet_lexicon *lexicon);
void blueprint_done(struct blueprint *blueprint);

/* Can decoders be made, and does the model have all sounds of the words? */
int blueprint_try(const struct blueprint *blueprint, struct duet_error *error);

/* A decoder that searches the sentences; `noisy`: with the parameters for noise. ps_free ends it. NULL when
 * it fails. */
int blueprint_build(const struct blueprint *blueprint, bool noisy, ps_decoder_t **decoder,
		    struct duet_error *error);

#endif
