/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_TTS_TTS_H
#define DUET_TTS_TTS_H

#include <stdint.h>

#include "duet/error.h"
#include "duet/tts_engine.h"

/*
 * A voice: an opened engine with text normalised and spoken sentence by
 * sentence, so that the first sound does not wait for the last.
 */
struct duet_tts;

int duet_tts_new(struct duet_tts **tts, const struct duet_tts_engine *engine,
		 const struct duet_tts_setup *setup, struct duet_error *error);
void duet_tts_free(struct duet_tts *tts);
int duet_tts_rate_hz(const struct duet_tts *tts);

/* Speech worker: blocks until all is said or the sink has had enough. */
int duet_tts_speak(struct duet_tts *tts, const char *text, duet_tts_sink *sink, void *user);

#endif
