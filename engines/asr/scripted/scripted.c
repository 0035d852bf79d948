/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "base/script.h"
#include "duet/asr_engine.h"

/*
 * Hears what its script says, one item an utterance, whatever sounds:
 *
 *	- turn on the lights
 *	- "!"                                        refused
 *	- {text: stop, confidence: 0.4, after: 500ms}
 *	- {fails: true}                              the engine breaks down
 *
 * `after`: how much sound it takes until the sentence could be complete. After
 * the last item nothing more is said.
 */
enum { SAMPLES_PER_MS = 16, MAX_ARENA_BYTES = 1 << 20 };

struct utterance {
	const char *text;
	double confidence;
	bool refused, fails;
	int after_ms;
};

struct scripted_options {
	const char *script;
};

struct scripted_state {
	struct duet_arena *arena;
	const struct utterance *utterances;
	size_t n_utterances, n_begun;
	size_t n_fed; /* samples of this utterance */
};

static const struct utterance nothing = {.text = ""};

static const struct duet_option utterance_options[] = {
	{"text", DUET_OPTION_TEXT, offsetof(struct utterance, text), "", "The words", NULL, 0, 0},
	{"confidence", DUET_OPTION_NUMBER, offsetof(struct utterance, confidence), "0.9", "", NULL, 0, 1},
	{"refused", DUET_OPTION_BOOL, offsetof(struct utterance, refused), "no", "No sentence", NULL, 0, 0},
	{"fails", DUET_OPTION_BOOL, offsetof(struct utterance, fails), "no", "Breaks down", NULL, 0, 0},
	{"after", DUET_OPTION_DURATION, offsetof(struct utterance, after_ms), "0",
	 "Sound until it could be "
	 "complete",
	 NULL, 0, 0},
	{0},
};

static const struct duet_option options[] = {
	{"script", DUET_OPTION_PATH, offsetof(struct scripted_options, script), NULL,
	 "A YAML list of what is understood, one item an utterance", NULL, 0, 0},
	{0},
};

static void scripted_close(void *state)
{
	struct scripted_state *self = state;

	duet_arena_free(self->arena);
	self->arena = NULL;
}

static int scripted_open(void *state, const struct duet_asr_setup *setup, struct duet_error *error)
{
	const struct scripted_options *chosen = setup->options;
	struct scripted_state *self = state;
	int code;

	self->arena = duet_arena_new(MAX_ARENA_BYTES);
	if (!self->arena)
		return duet_error_set(error, -ENOMEM, "out of memory");
	code = duet_script_load(utterance_options, sizeof(struct utterance), chosen ? chosen->script : NULL,
				self->arena, &self->utterances, &self->n_utterances, error);
	if (code < 0)
		scripted_close(self);
	return code;
}

static int scripted_begin(void *state, size_t part, float noise_db)
{
	struct scripted_state *self = state;

	self->n_begun++;
	self->n_fed = 0;
	return 0;
}

static const struct utterance *now_said(const struct scripted_state *self)
{
	bool is_scripted = self->n_begun > 0 && self->n_begun <= self->n_utterances;

	return is_scripted ? &self->utterances[self->n_begun - 1] : &nothing;
}

static bool is_refused(const struct utterance *utterance)
{
	return utterance->refused || strcmp(utterance->text, "!") == 0;
}

static int scripted_feed(void *state, const int16_t *samples, size_t n_samples)
{
	struct scripted_state *self = state;

	self->n_fed += n_samples;
	return 0;
}

static int scripted_partial(void *state, struct duet_asr_partial *partial)
{
	const struct scripted_state *self = state;
	const struct utterance *utterance = now_said(self);

	*partial = (struct duet_asr_partial){0};
	if (is_refused(utterance) || !utterance->text[0] ||
	    self->n_fed < (size_t)utterance->after_ms * SAMPLES_PER_MS)
		return 0;
	snprintf(partial->text, sizeof(partial->text), "%s", utterance->text);
	partial->complete = true;
	return 0;
}

static int scripted_finish(void *state, struct duet_asr_result *result)
{
	const struct utterance *utterance = now_said(state);

	*result = (struct duet_asr_result){.refused = is_refused(utterance)};
	if (utterance->fails)
		return -EIO;
	if (result->refused)
		return 0;
	result->confidence = (float)utterance->confidence;
	snprintf(result->text, sizeof(result->text), "%s", utterance->text);
	return 0;
}

static void scripted_cancel(void *state)
{
}

extern const struct duet_asr_engine duet_asr_engine_scripted;
const struct duet_asr_engine duet_asr_engine_scripted = {
	.engine = {.stage = "asr",
		   .name = "scripted",
		   .summary = "understands what a file says",
		   .state_size = sizeof(struct scripted_state),
		   .options = options,
		   .options_size = sizeof(struct scripted_options)},
	.open = scripted_open,
	.begin = scripted_begin,
	.feed = scripted_feed,
	.partial = scripted_partial,
	.finish = scripted_finish,
	.cancel = scripted_cancel,
	.close = scripted_close,
};
