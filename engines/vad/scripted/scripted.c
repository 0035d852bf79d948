/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/script.h"
#include "duet/vad_engine.h"

/*
 * Says what its script says, whatever is heard. A list of
 *
 *	- {silent: 500ms, voiced: 1200ms}
 *
 * one after the other; after the last nobody speaks.
 */
enum { MAX_ARENA_BYTES = 1 << 20, FRAME_MS = 10 };

static const float voiced_db = -20, silent_db = -60;

struct span {
	int silent_ms, voiced_ms;
};

struct scripted_options {
	const char *script;
};

struct scripted_state {
	struct duet_arena *arena;
	const struct span *spans;
	size_t n_spans, at;
	int passed_ms; /* of the span */
};

static const struct duet_option span_options[] = {
	{"silent", DUET_OPTION_DURATION, offsetof(struct span, silent_ms), "0", "How long nobody speaks",
	 NULL, 0, 0},
	{"voiced", DUET_OPTION_DURATION, offsetof(struct span, voiced_ms), "0",
	 "How long somebody then speaks", NULL, 0, 0},
	{0},
};

static const struct duet_option options[] = {
	{"script", DUET_OPTION_PATH, offsetof(struct scripted_options, script), NULL,
	 "A YAML list of how long nobody and how long somebody speaks", NULL, 0, 0},
	{0},
};

static void scripted_close(void *state)
{
	struct scripted_state *self = state;

	duet_arena_free(self->arena);
	self->arena = NULL;
}

static int scripted_open(void *state, const void *given, struct duet_error *error)
{
	const struct scripted_options *chosen = given;
	struct scripted_state *self = state;
	int code;

	self->arena = duet_arena_new(MAX_ARENA_BYTES);
	if (!self->arena)
		return duet_error_set(error, -ENOMEM, "out of memory");
	code = duet_script_load(span_options, sizeof(struct span), chosen ? chosen->script : NULL,
				self->arena, &self->spans, &self->n_spans, error);
	if (code < 0)
		scripted_close(self);
	return code;
}

/* Spans that are over are passed by, empty ones too. */
static const struct span *span_now(struct scripted_state *self)
{
	for (; self->at < self->n_spans; self->at++, self->passed_ms = 0) {
		const struct span *span = &self->spans[self->at];

		if ((int64_t)self->passed_ms < (int64_t)span->silent_ms + span->voiced_ms)
			return span;
	}
	return NULL;
}

static void scripted_feed(void *state, const int16_t frame[DUET_FRAME_SAMPLES],
			  struct duet_vad_report *report)
{
	struct scripted_state *self = state;
	const struct span *span = span_now(self);
	bool voiced = span && self->passed_ms >= span->silent_ms;

	*report = (struct duet_vad_report){voiced, voiced ? voiced_db : silent_db, silent_db};
	self->passed_ms += span ? FRAME_MS : 0;
}

const struct duet_vad_engine duet_vad_engine_scripted = {
	.engine = {.stage = "vad",
		   .name = "scripted",
		   .summary = "says what a script says",
		   .state_size = sizeof(struct scripted_state),
		   .options = options,
		   .options_size = sizeof(struct scripted_options)},
	.open = scripted_open,
	.feed = scripted_feed,
	.close = scripted_close,
};
