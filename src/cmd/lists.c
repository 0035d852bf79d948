/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "assistant/config.h"
#include "cmd/duet.h"
#include "duet/audio_engine.h"

/* What is there: `duet engines`, `duet devices`, `duet config`. */

static int engines(const struct duet_invocation *invocation)
{
	const char *stage = "";

	for (size_t i = 0; duet_engines[i]; i++) {
		const struct duet_engine *engine = duet_engines[i];

		printf("%-6s %-10s %s%s\n", strcmp(stage, engine->stage) == 0 ? "" : engine->stage,
		       engine->name, engine->summary, engine->leaves_speaker ? " (leaves the speaker)" : "");
		stage = engine->stage;
	}
	return DUET_EXIT_DONE;
}

const struct duet_command duet_engines_command = {
	.name = "engines",
	.summary = "List the engines of every stage",
	.run = engines,
};

static void print_device(void *user, const struct duet_audio_device *device)
{
	const struct duet_engine *engine = user;

	printf("%-10s %-11s %-11s %-28s %s\n", engine->name, device->is_microphone ? "microphone" : "",
	       device->is_loudspeaker ? "loudspeaker" : "", device->name, device->label ? device->label : "");
}

static int devices(const struct duet_invocation *invocation)
{
	int exit_code = DUET_EXIT_DONE;

	for (size_t i = 0; duet_engines[i]; i++) {
		const struct duet_audio_engine *audio =
			(const struct duet_audio_engine *)(const void *)duet_engines[i];
		struct duet_error error = {0};

		if (strcmp(duet_engines[i]->stage, "audio") != 0 || !audio->list)
			continue;
		if (audio->list(print_device, (void *)(uintptr_t)duet_engines[i], &error) < 0)
			exit_code = duet_command_error(invocation, DUET_EXIT_FAILED, &error);
	}
	return exit_code;
}

const struct duet_command duet_devices = {
	.name = "devices",
	.summary = "List microphones and loudspeakers",
	.run = devices,
};

struct config_flags {
	const char *config;
	bool reference, manual;
};

static const struct duet_flag config_flags_table[] = {
	DUET_FLAG_CONFIG(struct config_flags),
	{0,
	 NULL,
	 {"reference", DUET_OPTION_BOOL, offsetof(struct config_flags, reference), NULL,
	  "Print every field, its default and what it means", NULL, 0, 0}},
	{0,
	 NULL,
	 {"manual", DUET_OPTION_BOOL, offsetof(struct config_flags, manual), NULL,
	  "The same as a manual page, in mdoc", NULL, 0, 0}},
	{0},
};

static void print_field(void *user, const char *section, const struct duet_option *option)
{
	printf("%s%s%s: %s\n    %s\n", section, section[0] ? "." : "", option->name,
	       option->fallback ? option->fallback : "(unset)", option->help);
}

static void print_manual_field(void *user, const char *section, const struct duet_option *option)
{
	fprintf(user, ".It Va %s%s%s\n%s.\n", section, section[0] ? "." : "", option->name, option->help);
	for (size_t i = 0; option->choices && option->choices[i]; i++)
		fprintf(user, "%s %s%s\n", i ? "" : "One of", option->choices[i],
			option->choices[i + 1] ? "," : ".");
	if (option->fallback)
		fprintf(user, "The default is\n.Ql %s .\n", option->fallback);
}

static int print_manual(FILE *out)
{
	fputs(".Dd $Mdocdate$\n.Dt DUET.YAML 5\n.Os\n.Sh NAME\n.Nm duet.yaml\n.Nd configuration of a Duet "
	      "speaker\n"
	      ".Sh DESCRIPTION\nOne YAML file, looked for in\n.Pa ~/.config/duet/duet.yaml ,\n"
	      ".Pa /etc/duet/duet.yaml\nand among the data that was installed, whose file explains itself.\n"
	      "Durations are written 300ms, 5s, 10min, 2h.\nThe fields of an engine stand in a map of the "
	      "engine's name "
	      "beside\n.Va engine .\n.Bl -tag -width Ds\n",
	      out);
	duet_config_each(print_manual_field, out);
	fputs(".El\n.Sh SEE ALSO\n.Xr duet 1\n", out);
	return DUET_EXIT_DONE;
}

static int config(const struct duet_invocation *invocation)
{
	const struct config_flags *flags = invocation->flags;
	struct duet_config *loaded;
	struct duet_error error = {0};

	if (flags->reference) {
		duet_config_each(print_field, NULL);
		return DUET_EXIT_DONE;
	}
	if (flags->manual)
		return print_manual(stdout);
	if (duet_config_load(&loaded, flags->config, NULL, &error) < 0)
		return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	printf("%s is right: %zu assistants\n", loaded->path, loaded->n_assistants);
	duet_config_free(loaded);
	return DUET_EXIT_DONE;
}

const struct duet_command duet_config_command = {
	.name = "config",
	.summary = "Check the configuration, or list every field",
	.description =
		"Without flags it reads the configuration and says which file it is; a mistake is told with "
		"file, line, column and what comes nearest.",
	.flags = config_flags_table,
	.flags_size = sizeof(struct config_flags),
	.run = config,
};
