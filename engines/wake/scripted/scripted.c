/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/script.h"
#include "duet/wake_engine.h"

/*
 * Hears what its script says, whatever sounds. A list of
 *
 *	- {at: 1.2s, phrase: 0, score: 0.8, length: 700ms}
 *
 * `at` is when the phrase ends, in sound that this engine was fed since it was
 * opened (a reset does not count). Each item is heard once, in the order of the file.
 */
enum { SAMPLES_PER_MS = 16, MAX_ARENA_BYTES = 1 << 20 };

struct event {
	int at_ms, phrase, length_ms;
	double score;
};

struct scripted_options {
	const char *script;
};

struct scripted_state {
	struct duet_arena *arena;
	const struct event *events;
	size_t n_events, next;
	int64_t n_fed;    /* samples since it was opened */
	int64_t reset_at; /* the value of n_fed at the last reset */
};

static const struct duet_option event_options[] = {
	{"at", DUET_OPTION_DURATION, offsetof(struct event, at_ms), "0", "When it ends", NULL, 0, 0},
	{"phrase", DUET_OPTION_INT, offsetof(struct event, phrase), "0", "Which one", NULL, 0, 1000},
	{"score", DUET_OPTION_NUMBER, offsetof(struct event, score), "0.8", "How sure", NULL, 0, 1},
	{"length", DUET_OPTION_DURATION, offsetof(struct event, length_ms), "700ms", "How long", NULL, 0, 0},
	{0},
};

static const struct duet_option options[] = {
	{"script", DUET_OPTION_PATH, offsetof(struct scripted_options, script), NULL,
	 "A YAML list of what is heard and when", NULL, 0, 0},
	{0},
};

static int check(const struct scripted_state *self, const struct duet_wake_setup *setup, const char *path,
		 struct duet_error *error)
{
	for (size_t i = 0; i < self->n_events; i++)
		if ((size_t)self->events[i].phrase >= setup->n_phrases) {
			duet_error_set(error, -EINVAL, "item %zu names phrase %d, and there are %zu", i + 1,
				       self->events[i].phrase, setup->n_phrases);
			duet_error_at(error, path, 0, 0);
			return -EINVAL;
		}
	return 0;
}

static void scripted_close(void *state)
{
	struct scripted_state *self = state;

	duet_arena_free(self->arena);
	self->arena = NULL;
}

static int scripted_open(void *state, const struct duet_wake_setup *setup, struct duet_error *error)
{
	const struct scripted_options *chosen = setup->options;
	const char *path = chosen ? chosen->script : NULL;
	struct scripted_state *self = state;
	int code;

	self->arena = duet_arena_new(MAX_ARENA_BYTES);
	if (!self->arena)
		return duet_error_set(error, -ENOMEM, "out of memory");
	code = duet_script_load(event_options, sizeof(struct event), path, self->arena, &self->events,
				&self->n_events, error);
	if (code == 0)
		code = check(self, setup, path, error);
	if (code < 0)
		scripted_close(self);
	return code;
}

static void scripted_reset(void *state)
{
	struct scripted_state *self = state;

	self->reset_at = self->n_fed;
}

static int scripted_feed(void *state, const int16_t *samples, size_t n_samples,
			 struct duet_wake_detection *detection)
{
	struct scripted_state *self = state;
	const struct event *event = &self->events[self->next];
	int64_t end;

	self->n_fed += (int64_t)n_samples;
	if (self->next == self->n_events)
		return 0;
	end = (int64_t)event->at_ms * SAMPLES_PER_MS;
	if (end > self->n_fed)
		return 0;
	self->next++;
	*detection = (struct duet_wake_detection){
		.phrase = (size_t)event->phrase,
		.score = (float)event->score,
		.begin = end - (int64_t)event->length_ms * SAMPLES_PER_MS - self->reset_at,
		.end = end - self->reset_at,
	};
	return 1;
}

extern const struct duet_wake_engine duet_wake_engine_scripted;
const struct duet_wake_engine duet_wake_engine_scripted = {
	.engine = {.stage = "wake",
		   .name = "scripted",
		   .summary = "hears what a file says",
		   .state_size = sizeof(struct scripted_state),
		   .options = options,
		   .options_size = sizeof(struct scripted_options)},
	.open = scripted_open,
	.reset = scripted_reset,
	.feed = scripted_feed,
	.close = scripted_close,
};
