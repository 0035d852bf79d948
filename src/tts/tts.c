/* SPDX-License-Identifier: Apache-2.0 */
#include "tts/tts.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/log.h"
#include "tts/normalise.h"

#define SENTENCE_MAX 4096 /* bytes after normalising; a longer one is cut there with a warning */

struct duet_tts {
	const struct duet_tts_engine *engine;
	void *state;
	bool open;
	char language[36];
	char sentence[SENTENCE_MAX];
};

int duet_tts_new(struct duet_tts **tts, const struct duet_tts_engine *engine,
		 const struct duet_tts_setup *setup, struct duet_error *error)
{
	struct duet_tts *made = duet_calloc(1, sizeof(*made));
	int result = -ENOMEM;

	if (made)
		made->state = duet_calloc(1, engine->engine.state_size);
	if (!made || !made->state) {
		duet_error_set(error, result, "out of memory for the voice");
		goto failed;
	}
	made->engine = engine;
	snprintf(made->language, sizeof(made->language), "%s", setup->language);
	result = engine->open(made->state, setup, error);
	if (result < 0)
		goto failed;
	made->open = true;
	*tts = made;
	return 0;
failed:
	duet_tts_free(made);
	return result;
}

void duet_tts_free(struct duet_tts *tts)
{
	if (!tts)
		return;
	if (tts->open)
		tts->engine->close(tts->state);
	duet_free(tts->state);
	duet_free(tts);
}

int duet_tts_rate_hz(const struct duet_tts *tts)
{
	return tts->engine->rate_hz(tts->state);
}

struct watched_sink {
	duet_tts_sink *sink;
	void *user;
	bool enough;
};

static bool watch(void *user, const int16_t *samples, size_t n_samples)
{
	struct watched_sink *watched = user;

	if (!watched->enough)
		watched->enough = watched->sink(watched->user, samples, n_samples);
	return watched->enough;
}

/* What cannot be normalised (no rules for the language, too long) is spoken as it stands, cut to the room
 * there is. */
static void normalise(struct duet_tts *tts, struct duet_slice sentence)
{
	long length = duet_tts_normalise(tts->language, sentence, tts->sentence, sizeof(tts->sentence));

	if (length == -ENOSPC)
		duet_warn("tts", "a sentence of %zu bytes was cut", sentence.len);
	else if (length < 0)
		snprintf(tts->sentence, sizeof(tts->sentence), "%.*s", (int)sentence.len, sentence.ptr);
}

int duet_tts_speak(struct duet_tts *tts, const char *text, duet_tts_sink *sink, void *user)
{
	struct watched_sink watched = {.sink = sink, .user = user};
	struct duet_slice rest = duet_slice(text), sentence;

	while (!watched.enough && duet_tts_next_sentence(&rest, &sentence)) {
		int result;

		normalise(tts, sentence);
		result = tts->engine->speak(tts->state, tts->sentence, watch, &watched);
		if (result < 0)
			return result;
	}
	return 0;
}
