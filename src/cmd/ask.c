/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/duet.h"
#include "cmd/prompt.h"
#include "cmd/turn_print.h"
#include "duet/speaker.h"

/* Turns from words: one, or as many as are typed. */

struct ask_flags {
	const char *config, *state, *assistant;
	bool json;
};

static const struct duet_flag flags_table[] = {
	DUET_FLAG_CONFIG(struct ask_flags),
	DUET_FLAG_STATE(struct ask_flags),
	{'a',
	 "ID",
	 {"assistant", DUET_OPTION_TEXT, offsetof(struct ask_flags, assistant), NULL,
	  "Who is asked; without it the default assistant", NULL, 0, 0}},
	{'j',
	 NULL,
	 {"json", DUET_OPTION_BOOL, offsetof(struct ask_flags, json), NULL, "Each turn as a line of JSON",
	  NULL, 0, 0}},
	{0},
};

static int ask_one(const struct duet_invocation *invocation, struct duet_speaker *speaker, const char *text)
{
	const struct ask_flags *flags = invocation->flags;
	struct duet_error error = {0};
	json_t *turn;
	bool refused;

	if (duet_speaker_ask(speaker, flags->assistant, text, &turn, &error) < 0)
		return duet_command_error(invocation, DUET_EXIT_FAILED, &error);
	duet_turn_print(stdout, turn, flags->json);
	refused = json_is_true(json_object_get(turn, "refused"));
	json_decref(turn);
	return refused ? DUET_EXIT_FAILED : DUET_EXIT_DONE;
}

/* Lines that are piped in, without a prompt. The exit code is the worst one. */
static int ask_piped(const struct duet_invocation *invocation, struct duet_speaker *speaker)
{
	char *line = NULL;
	size_t room = 0;
	int worst = DUET_EXIT_DONE;

	while (getline(&line, &room, stdin) >= 0) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] && ask_one(invocation, speaker, line) != DUET_EXIT_DONE)
			worst = DUET_EXIT_FAILED;
	}
	free(line);
	return worst;
}

static int ask_prompted(const struct duet_invocation *invocation, struct duet_speaker *speaker)
{
	const struct ask_flags *flags = invocation->flags;
	struct duet_prompt *prompt = duet_prompt_new(speaker, flags->assistant);
	const char *line;

	if (!prompt)
		return ask_piped(invocation, speaker);
	while ((line = duet_prompt_read(prompt)))
		ask_one(invocation, speaker, line);
	duet_prompt_free(prompt);
	return DUET_EXIT_DONE;
}

static char *joined(const struct duet_invocation *invocation)
{
	char *all = duet_arena_copy(invocation->arena, (struct duet_slice){"", 0});

	for (int i = 0; all && i < invocation->n_arguments; i++)
		all = duet_arena_printf(invocation->arena, "%s%s%s", all, i ? " " : "",
					invocation->arguments[i]);
	return all;
}

static int ask(const struct duet_invocation *invocation)
{
	const struct ask_flags *flags = invocation->flags;
	struct duet_speaker_setup setup = {
		.config_path = flags->config, .state_dir = flags->state, .words_only = true};
	struct duet_speaker *speaker;
	struct duet_error error = {0};
	char *text = joined(invocation);
	int result;

	if (!text)
		return duet_command_usage(invocation, "that is too long");
	if (duet_speaker_new(&speaker, &setup, &error) < 0)
		return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	if (invocation->n_arguments > 0)
		result = ask_one(invocation, speaker, text);
	else
		result = isatty(STDIN_FILENO) ? ask_prompted(invocation, speaker)
					      : ask_piped(invocation, speaker);
	duet_speaker_free(speaker);
	return result;
}

const struct duet_command duet_ask = {
	.name = "ask",
	.arguments = "[TEXT]",
	.summary = "Ask an assistant in writing",
	.description = "Without TEXT it prompts, with history and completion by what can be said; lines may "
		       "be piped in. "
		       "Exit code 1 means that it was not understood.",
	.flags = flags_table,
	.flags_size = sizeof(struct ask_flags),
	.run = ask,
};
