/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/voice.h"

#include <errno.h>
#include <string.h>

#include "assistant/assistant.h"
#include "base/text.h"
#include "lexicon/lexicon.h"

/* "flite:rms" → the engine, and what stands behind the colon. */
static int other_engine(struct duet_config *config, struct duet_engine_choice *choice, const char **name,
			struct duet_error *error)
{
	const char *colon = strchr(*name, ':');
	char engine[64];

	if (!colon)
		return 0;
	snprintf(engine, sizeof(engine), "%.*s", (int)(colon - *name), *name);
	*name = colon[1] ? colon + 1 : NULL;
	return duet_config_choose(config, "tts", choice, engine, error);
}

int voice_open(struct voice *voice, struct duet_config *config, const struct duet_assistant_config *assistant,
	       const char *name, struct duet_error *error)
{
	struct duet_engine_choice choice = assistant->tts.choice;
	const char *wanted = name ? name : assistant->tts.voice;
	int result = 0;

	*voice = (struct voice){0};
	if (name)
		result = other_engine(config, &choice, &wanted, error);
	if (result == 0)
		result = duet_assistant_lexicon(&voice->lexicon, config, assistant, error);
	if (result == 0)
		result =
			duet_tts_new(&voice->tts, (const struct duet_tts_engine *)(const void *)choice.engine,
				     &(struct duet_tts_setup){.options = choice.options,
							      .language = assistant->language,
							      .voice = wanted,
							      .rate = assistant->tts.rate,
							      .lexicon = voice->lexicon},
				     error);
	if (result < 0)
		voice_done(voice);
	return result;
}

void voice_done(struct voice *voice)
{
	duet_tts_free(voice->tts);
	duet_lexicon_free(voice->lexicon);
	*voice = (struct voice){0};
}

static bool has_han(const char *text)
{
	struct duet_slice rest = duet_slice(text);
	int32_t code_point;

	while ((code_point = duet_text_next(&rest)) >= 0)
		if (code_point >= 0x4E00 && code_point <= 0x9FFF)
			return true;
	return false;
}

const struct duet_assistant_config *voice_assistant(const struct duet_config *config, const char *text)
{
	bool han = has_han(text);

	for (size_t i = 0; i < config->n_assistants; i++)
		if ((strncmp(config->assistants[i].language, "zh", 2) == 0) == han)
			return &config->assistants[i];
	return &config->assistants[0];
}
