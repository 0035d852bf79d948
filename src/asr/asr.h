/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_ASR_ASR_H
#define DUET_ASR_ASR_H

#include <stddef.h>
#include <stdint.h>

#include "duet/asr_engine.h"
#include "duet/error.h"

/*
 * A recogniser: an opened engine. Made on the main thread; from then on one
 * thread, the ear. 16 kHz mono 16 bit.
 */
struct duet_asr;

/* What `setup` points to must outlive the recogniser. */
int duet_asr_new(struct duet_asr **asr, const struct duet_asr_engine *engine,
		 const struct duet_asr_setup *setup, struct duet_error *error);
void duet_asr_free(struct duet_asr *asr);

/* An utterance begins that may be a sentence of `part`; `noise_db` is the noise before it (dBFS, 0: unknown).
 * One that was under way is forgotten. */
int duet_asr_begin(struct duet_asr *asr, size_t part, float noise_db);
int duet_asr_feed(struct duet_asr *asr, const int16_t *samples, size_t n_samples);

/* What is heard so far; nothing for an engine that only knows at the end. */
int duet_asr_partial(struct duet_asr *asr, struct duet_asr_partial *partial);

/* The person has fallen silent, or (false) speaks on after all: see the engine's. */
int duet_asr_pause(struct duet_asr *asr, bool silent);

/* The utterance is over. */
int duet_asr_finish(struct duet_asr *asr, struct duet_asr_result *result);
/* Forgets the utterance, also a finished one: what listening took is given back. */
void duet_asr_cancel(struct duet_asr *asr);

#endif
