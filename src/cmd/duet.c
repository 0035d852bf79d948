/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/duet.h"

#include <malloc.h>
#include <string.h>

static int completion(const struct duet_invocation *invocation);
static int manual(const struct duet_invocation *invocation);

static const struct duet_command duet_completion = {
	.name = "completion",
	.arguments = "bash|zsh",
	.summary = "Print the completion script of a shell",
	.description = "Prints a completion script: `duet completion bash >/etc/bash_completion.d/duet`.",
	.run = completion,
};

static const struct duet_command duet_manual = {
	.name = "manual",
	.summary = "Print the manual page, in mdoc",
	.run = manual,
};

/* A command is a file of its own and a row here. */
static const struct duet_command *const commands[] = {
	&duet_run,
	&duet_hear,
	&duet_ask,
	&duet_say,
	&duet_demo,
	&duet_doctor,
	&duet_setup,
	&duet_trace,
	&duet_wake_command,
	&duet_history,
	&duet_consent,
	&duet_button,
	&duet_microphone,
	&duet_engines_command,
	&duet_devices,
	&duet_config_command,
	&duet_bench,
	&duet_nlu,
	&duet_arbiter_command,
	&duet_completion,
	&duet_manual,
	NULL,
};

static const struct duet_command duet = {
	.name = "duet",
	.summary = "an AI smart speaker with two assistants",
	.description = "A smart speaker on which two assistants share one microphone and one loudspeaker. "
		       "Everything works "
		       "without a network. Without --config the file is looked for in "
		       "~/.config/duet/duet.yaml, then "
		       "/etc/duet/duet.yaml; without either the defaults hold.",
	.see_also = "duet.yaml",
	.commands = commands,
};

static int completion(const struct duet_invocation *invocation)
{
	const char *shell = invocation->arguments[0];

	if (invocation->n_arguments != 1)
		return duet_command_usage(invocation, "say which shell: bash or zsh");
	if (duet_command_completion(stdout, &duet, shell) < 0)
		return duet_command_usage(invocation, "%s is not known, only bash and zsh are", shell);
	return DUET_EXIT_DONE;
}

static int manual(const struct duet_invocation *invocation)
{
	duet_command_manual(stdout, &duet);
	return DUET_EXIT_DONE;
}

int main(int argc, char **argv)
{
	/* glibc would give each thread memory of its own, and what one has freed no other could use. */
	mallopt(M_ARENA_MAX, 1);
	/* It would keep small pieces apart, and a decoder's many hold the memory around them. */
	mallopt(M_MXFAST, 0);
	return duet_command_main(&duet, argc, argv);
}
