/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "duet/light_engine.h"

/* Writes what is shown to a file, a line for each change, so that a test can read it. */

struct scripted_options {
	const char *log;
};

struct scripted_state {
	FILE *log;
};

static const struct duet_option options[] = {
	{"log", DUET_OPTION_PATH, offsetof(struct scripted_options, log), NULL,
	 "File that gets a line for each change", NULL, 0, 0},
	{0},
};

static int scripted_open(void *state, const void *given, struct duet_error *error)
{
	const struct scripted_options *chosen = given;
	struct scripted_state *self = state;
	int code;

	if (!chosen || !chosen->log)
		return 0;
	self->log = fopen(chosen->log, "we");
	if (self->log)
		return 0;
	code = -errno;
	return duet_error_set(error, code, "%.200s cannot be written: %s", chosen->log, strerror(-code));
}

static void scripted_show(void *state, const struct duet_light *light)
{
	struct scripted_state *self = state;

	if (!self->log)
		return;
	fprintf(self->log, "%s %s%s\n", duet_light_name(light->state), light->assistant,
		light->microphone_off ? " microphone off" : "");
	fflush(self->log);
}

static void scripted_close(void *state)
{
	struct scripted_state *self = state;

	if (self->log)
		fclose(self->log);
}

extern const struct duet_light_engine duet_light_engine_scripted;
const struct duet_light_engine duet_light_engine_scripted = {
	.engine = {.stage = "light",
		   .name = "scripted",
		   .summary = "writes what is shown to a file",
		   .state_size = sizeof(struct scripted_state),
		   .options = options,
		   .options_size = sizeof(struct scripted_options)},
	.open = scripted_open,
	.show = scripted_show,
	.close = scripted_close,
};
