/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/script.h"
#include "duet/button_engine.h"

/* Presses what its script says, at the speaker's own time: `- {at: 1s, press: button, number: 1}`. */

enum { MAX_BYTES = 1 << 20 };

struct item {
	int at_ms, press, number;
};

struct scripted_options {
	const char *script;
};

struct scripted_state {
	struct duet_arena *arena;
	const struct item *items;
	size_t n_items, at;
	int64_t begin_ms; /* of the speaker's time; negative: not known yet */
};

static const char *const presses[] = {"button", "dismiss", "microphone", "volume",
				      NULL}; /* as enum duet_press_kind */

static const struct duet_option item_options[] = {
	{"at", DUET_OPTION_DURATION, offsetof(struct item, at_ms), NULL, "When, since the start", NULL, 0, 0},
	{"press", DUET_OPTION_CHOICE, offsetof(struct item, press), "button", "What is pressed", presses, 0,
	 0},
	{"number", DUET_OPTION_INT, offsetof(struct item, number), "-1",
	 "The assistant; on, off or the other way; how much louder", NULL, -100, 100},
	{0},
};

static const struct duet_option options[] = {
	{"script", DUET_OPTION_PATH, offsetof(struct scripted_options, script), NULL,
	 "YAML list of what is pressed and when", NULL, 0, 0},
	{0},
};

static int scripted_open(void *state, const void *given, struct duet_error *error)
{
	const struct scripted_options *chosen = given;
	struct scripted_state *self = state;
	int code;

	self->begin_ms = -1;
	self->arena = duet_arena_new(MAX_BYTES);
	code = self->arena
		       ? duet_script_load(item_options, sizeof(struct item), chosen ? chosen->script : NULL,
					  self->arena, (void *)&self->items, &self->n_items, error)
		       : duet_error_set(error, -ENOMEM, "out of memory");
	if (code < 0)
		duet_arena_free(self->arena);
	return code;
}

static int scripted_read(void *state, int64_t now_ms, struct duet_press *press)
{
	struct scripted_state *self = state;
	const struct item *item = &self->items[self->at];

	if (self->begin_ms < 0)
		self->begin_ms = now_ms;
	if (self->at == self->n_items || now_ms - self->begin_ms < item->at_ms)
		return 0;
	self->at++;
	*press = (struct duet_press){(enum duet_press_kind)item->press, item->number};
	return 1;
}

static void scripted_close(void *state)
{
	duet_arena_free(((struct scripted_state *)state)->arena);
}

extern const struct duet_button_engine duet_button_engine_scripted;
const struct duet_button_engine duet_button_engine_scripted = {
	.engine = {.stage = "button",
		   .name = "scripted",
		   .summary = "presses what its script says",
		   .state_size = sizeof(struct scripted_state),
		   .options = options,
		   .options_size = sizeof(struct scripted_options)},
	.open = scripted_open,
	.read = scripted_read,
	.close = scripted_close,
};
