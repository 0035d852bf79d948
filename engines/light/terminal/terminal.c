/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "duet/light_engine.h"

/* One coloured mark on a terminal, in place; a line for each change where output is no terminal. */

struct terminal_options {
	const char *file;
};

struct terminal_state {
	FILE *out;
	bool owns, in_place;
};

static const struct duet_option options[] = {
	{"file", DUET_OPTION_PATH, offsetof(struct terminal_options, file), NULL,
	 "Terminal or file to write to; unset: standard error", NULL, 0, 0},
	{0},
};

static int terminal_open(void *state, const void *given, struct duet_error *error)
{
	const char *file = given ? ((const struct terminal_options *)given)->file : NULL;
	struct terminal_state *self = state;
	int code;

	self->owns = file != NULL;
	self->out = file ? fopen(file, "we") : stderr;
	if (!self->out) {
		code = -errno;
		return duet_error_set(error, code, "%.200s cannot be written: %s", file ? file : "",
				      strerror(-code));
	}
	self->in_place = isatty(fileno(self->out));
	return 0;
}

static void terminal_show(void *state, const struct duet_light *light)
{
	static const char *const marks[DUET_N_LIGHTS] = {"○", "●", "◐", "◉", "☎", "⏰", "✉", "♪"};
	static const int colours[] = {34, 33, 32, 35}; /* by palette */
	struct terminal_state *self = state;
	int colour = light->state == DUET_LIGHT_ALERT
			     ? 31
			     : colours[(unsigned)light->palette % (sizeof(colours) / sizeof(*colours))];

	fprintf(self->out, "%s\033[%dm%s\033[0m %s %s%s%s", self->in_place ? "\r\033[K" : "", colour,
		marks[light->state], light->assistant, duet_light_name(light->state),
		light->microphone_off ? " \033[31mmicrophone off\033[0m" : "", self->in_place ? "" : "\n");
	fflush(self->out);
}

static void terminal_close(void *state)
{
	struct terminal_state *self = state;

	if (self->out && self->in_place)
		fputs("\r\033[K", self->out);
	if (self->out && self->owns)
		fclose(self->out);
}

extern const struct duet_light_engine duet_light_engine_terminal;
const struct duet_light_engine duet_light_engine_terminal = {
	.engine = {.stage = "light",
		   .name = "terminal",
		   .summary = "a coloured mark on the terminal",
		   .state_size = sizeof(struct terminal_state),
		   .options = options,
		   .options_size = sizeof(struct terminal_options)},
	.open = terminal_open,
	.show = terminal_show,
	.close = terminal_close,
};
