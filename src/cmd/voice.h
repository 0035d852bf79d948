/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_VOICE_H
#define DUET_CMD_VOICE_H

#include "assistant/config.h"
#include "tts/tts.h"

/* An assistant's voice for a command that only speaks, with the lexicon that it needs. */
struct voice {
	struct duet_tts *tts;
	struct duet_lexicon *lexicon;
};

/* `name` NULL: the assistant's own voice; "ENGINE:VOICE" takes another engine, with its default options. */
int voice_open(struct voice *voice, struct duet_config *config, const struct duet_assistant_config *assistant,
	       const char *name, struct duet_error *error);
void voice_done(struct voice *voice);

/* The first assistant whose language is written as `text` is: Chinese characters want zh, other text the
 * rest. */
const struct duet_assistant_config *voice_assistant(const struct duet_config *config, const char *text);

#endif
