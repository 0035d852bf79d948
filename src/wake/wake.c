/* SPDX-License-Identifier: Apache-2.0 */
#include "wake/wake.h"

#include <errno.h>

#include "base/alloc.h"

/* An opened engine with the phrases that are its own. */
struct part {
	struct duet_wake_choice choice;
	void *state; /* NULL: not opened */
	struct duet_wake_phrase *phrases;
	size_t *numbers; /* of these phrases in the setup */
	size_t n_phrases;
};

struct duet_wake {
	struct part *parts;
	size_t n_parts;
};

static bool same(const struct duet_wake_choice *a, const struct duet_wake_choice *b)
{
	return a->engine == b->engine && a->options == b->options;
}

static struct part *part_of(struct duet_wake *wake, const struct duet_wake_choice *choice)
{
	for (size_t i = 0; i < wake->n_parts; i++)
		if (same(&wake->parts[i].choice, choice))
			return &wake->parts[i];
	wake->parts[wake->n_parts].choice = *choice;
	return &wake->parts[wake->n_parts++];
}

static int add_phrase(struct part *part, const struct duet_wake_setup *setup, size_t number)
{
	if (!part->phrases) {
		part->phrases = duet_calloc(setup->n_phrases, sizeof(*part->phrases));
		part->numbers = duet_calloc(setup->n_phrases, sizeof(*part->numbers));
	}
	if (!part->phrases || !part->numbers)
		return -ENOMEM;
	part->phrases[part->n_phrases] = setup->phrases[number];
	part->numbers[part->n_phrases++] = number;
	return 0;
}

static int share_out(struct duet_wake *wake, const struct duet_wake_setup *setup,
		     const struct duet_wake_choice *choices)
{
	wake->parts = duet_calloc(setup->n_phrases + 1, sizeof(*wake->parts));
	if (!wake->parts)
		return -ENOMEM;
	for (size_t i = 0; i < setup->n_phrases; i++) {
		int result = add_phrase(part_of(wake, &choices[i]), setup, i);

		if (result < 0)
			return result;
	}
	return 0;
}

static int open_part(struct part *part, const char *data_dir, struct duet_error *error)
{
	const struct duet_wake_setup setup = {.options = part->choice.options,
					      .data_dir = data_dir,
					      .phrases = part->phrases,
					      .n_phrases = part->n_phrases};
	void *state = duet_calloc(1, part->choice.engine->engine.state_size);
	int result;

	if (!state)
		return duet_error_set(error, -ENOMEM, "out of memory");
	result = part->choice.engine->open(state, &setup, error);
	if (result < 0)
		duet_free(state);
	else
		part->state = state;
	return result;
}

int duet_wake_new(struct duet_wake **wake, const struct duet_wake_setup *setup,
		  const struct duet_wake_choice *choices, struct duet_error *error)
{
	struct duet_wake *self = duet_calloc(1, sizeof(*self));
	int result;

	*wake = NULL;
	if (!self || share_out(self, setup, choices) < 0) {
		duet_wake_free(self);
		return duet_error_set(error, -ENOMEM, "out of memory");
	}
	for (size_t i = 0; i < self->n_parts; i++) {
		result = open_part(&self->parts[i], setup->data_dir, error);
		if (result < 0) {
			duet_wake_free(self);
			return result;
		}
	}
	*wake = self;
	return 0;
}

static void close_part(struct part *part)
{
	if (part->state)
		part->choice.engine->close(part->state);
	duet_free(part->state);
	duet_free(part->phrases);
	duet_free(part->numbers);
}

void duet_wake_free(struct duet_wake *wake)
{
	if (!wake)
		return;
	for (size_t i = 0; i < wake->n_parts; i++)
		close_part(&wake->parts[i]);
	duet_free(wake->parts);
	duet_free(wake);
}

void duet_wake_reset(struct duet_wake *wake)
{
	for (size_t i = 0; i < wake->n_parts; i++)
		wake->parts[i].choice.engine->reset(wake->parts[i].state);
}

void duet_wake_own_sound(struct duet_wake *wake, bool sounds)
{
	for (size_t i = 0; i < wake->n_parts; i++) {
		const struct duet_wake_engine *engine = wake->parts[i].choice.engine;

		if (engine->own_sound)
			engine->own_sound(wake->parts[i].state, sounds);
	}
}

int duet_wake_feed(struct duet_wake *wake, const int16_t *samples, size_t n_samples,
		   struct duet_wake_detection *detection)
{
	int found = 0;

	*detection = (struct duet_wake_detection){0};
	for (size_t i = 0; i < wake->n_parts; i++) {
		const struct part *part = &wake->parts[i];
		struct duet_wake_detection one = {0};
		int result = part->choice.engine->feed(part->state, samples, n_samples, &one);

		if (result < 0)
			return result;
		if (result == 0 || one.phrase >= part->n_phrases || (found && one.score <= detection->score))
			continue;
		found = 1;
		*detection = one;
		detection->phrase = part->numbers[one.phrase];
	}
	return found;
}
