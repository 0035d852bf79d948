/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cmd/duet.h"
#include "cmd/turn_print.h"
#include "duet/speaker.h"

/* Sound files as if a microphone heard them, as fast as they can be read. */

struct hear_flags {
	const char *config, *state, *assistant, *record;
	bool json, realtime;
};

static const struct duet_flag flags_table[] = {
	DUET_FLAG_CONFIG(struct hear_flags),
	DUET_FLAG_STATE(struct hear_flags),
	{'a',
	 "ID",
	 {"assistant", DUET_OPTION_TEXT, offsetof(struct hear_flags, assistant), NULL,
	  "Whoever speaks speaks to this assistant, without a wake word", NULL, 0, 0}},
	{'j',
	 NULL,
	 {"json", DUET_OPTION_BOOL, offsetof(struct hear_flags, json), NULL, "Each turn as a line of JSON",
	  NULL, 0, 0}},
	{'o',
	 "FILE",
	 {"record", DUET_OPTION_TEXT, offsetof(struct hear_flags, record), NULL,
	  "Write a WAV file: left what was heard, right what was said", NULL, 0, 0}},
	{0,
	 NULL,
	 {"realtime", DUET_OPTION_BOOL, offsetof(struct hear_flags, realtime), NULL,
	  "At the pace of sound, on as many threads as the speaker has", NULL, 0, 0}},
	{0},
};

struct hearing {
	bool json;
	int n_turns;
};

static void print_turn(void *user, const json_t *turn)
{
	struct hearing *hearing = user;

	duet_turn_print(stdout, turn, hearing->json);
	hearing->n_turns++;
}

static int hear(const struct duet_invocation *invocation)
{
	const struct hear_flags *flags = invocation->flags;
	struct hearing hearing = {.json = flags->json};
	struct duet_speaker_setup setup = {
		.config_path = flags->config,
		.state_dir = flags->state,
		.audio = "file",
		.files = (const char *const *)invocation->arguments,
		.record_path = flags->record,
		.assistant = flags->assistant,
		.inline_workers = !flags->realtime,
		.user = &hearing,
		.on_turn = print_turn,
	};
	struct duet_speaker *speaker;
	struct duet_error error = {0};
	int result;

	if (invocation->n_arguments == 0)
		return duet_command_usage(invocation,
					  "say which files, or - for raw sound on standard input");
	result = duet_speaker_new(&speaker, &setup, &error);
	if (result < 0)
		return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	result = duet_speaker_run(speaker);
	duet_speaker_free(speaker);
	if (result < 0)
		return duet_command_fail(invocation, DUET_EXIT_FAILED, "%s", strerror(-result));
	if (hearing.n_turns == 0)
		return duet_command_fail(invocation, DUET_EXIT_FAILED,
					 "nobody said anything to an assistant");
	return DUET_EXIT_DONE;
}

const struct duet_command duet_hear = {
	.name = "hear",
	.arguments = "FILE…",
	.summary = "Hear sound files as if a microphone did",
	.description =
		"Plays the files to the speaker one after the other, as fast as it can hear, and prints each "
		"turn: {turn, assistant, language, heard, intent, slots, source, template, act, reply, "
		"refused, ms}. "
		"Any format of libsndfile; - is raw 16 bit mono at 16 kHz on standard input.",
	.flags = flags_table,
	.flags_size = sizeof(struct hear_flags),
	.run = hear,
};
