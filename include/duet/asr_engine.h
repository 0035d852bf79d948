/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_ASR_ENGINE_H
#define DUET_ASR_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#include "duet/engine.h"
#include "duet/error.h"

struct duet_lexicon;
struct duet_wordnet;

/* Recognition of closed sentences, streaming. 16 kHz mono 16 bit. One engine an assistant. */

struct duet_asr_setup {
	const void *options;
	const char *language; /* BCP 47 */
	const char *data_dir; /* where models of this project lie */
	const struct duet_lexicon *lexicon;
	/* Part 0: what may be said at any time, minimised (grammar/wordnet.h). Outlives the engine. */
	const struct duet_wordnet *commands;
	/* Ear worker: what may be said as another part, the answers to a question …, NULL when there is none;
	 * given back when the utterance is forgotten. Optional. */
	const struct duet_wordnet *(*take_part)(void *user, size_t part);
	void (*give_back)(void *user, const struct duet_wordnet *net);
	void *user; /* outlives the engine */
};

struct duet_asr_partial {
	char text[256]; /* best words so far, UTF-8 */
	bool complete;  /* they could be a whole sentence */
};

struct duet_asr_result {
	char text[1024];  /* the words, UTF-8, as the network spells them; "" when nothing was said */
	float confidence; /* 0 … 1 */
	bool refused;     /* speech, but not a sentence of the network */
};

struct duet_asr_engine {
	struct duet_engine engine;
	/* Main thread at start and at reload, may block. */
	int (*open)(void *state, const struct duet_asr_setup *setup, struct duet_error *error);
	/* Ear worker: an utterance of the part begins, -EINVAL when there is none; `noise_db` is the noise
	 * floor before it (dBFS), 0 when unknown. */
	int (*begin)(void *state, size_t part, float noise_db);
	/* Ear worker: any number of samples, decoded as they come. */
	int (*feed)(void *state, const int16_t *samples, size_t n_samples);
	/* Ear worker: what is heard so far. Optional. */
	int (*partial)(void *state, struct duet_asr_partial *partial);
	/* Ear worker: the person has fallen silent, perhaps for good: what takes time may be done now, while
	 * the endpoint is waited for; or (false) speaks on after all. Optional. */
	int (*pause)(void *state, bool silent);
	/* Ear worker: the utterance is over. */
	int (*finish)(void *state, struct duet_asr_result *result);
	/* Ear worker: forget the utterance, also a finished one: what listening took may be given back. */
	void (*cancel)(void *state);
	void (*close)(void *state);
};

#endif
