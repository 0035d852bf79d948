/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "base/log.h"
#include "cmd/duet.h"
#include "cmd/turn_print.h"
#include "duet/speaker.h"

/* The speaker as a service: SIGHUP reloads, SIGTERM and SIGINT end it cleanly. */

struct run_flags {
	const char *config, *state, *audio;
	bool json;
};

static const struct duet_flag flags_table[] = {
	DUET_FLAG_CONFIG(struct run_flags),
	DUET_FLAG_STATE(struct run_flags),
	{0,
	 "ENGINE",
	 {"audio", DUET_OPTION_TEXT, offsetof(struct run_flags, audio), NULL,
	  "Another audio engine than the configuration's", NULL, 0, 0}},
	{'j',
	 NULL,
	 {"json", DUET_OPTION_BOOL, offsetof(struct run_flags, json), NULL, "Each turn as a line of JSON",
	  NULL, 0, 0}},
	{0},
};

static struct duet_speaker *_Atomic running; /* NULL until it is made */
static atomic_int wanted;                    /* the latest signal */

static void on_signal(int signum)
{
	struct duet_speaker *speaker = atomic_load(&running);

	atomic_store(&wanted, signum);
	if (speaker)
		duet_speaker_quit(speaker);
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	const int signums[] = {SIGHUP, SIGTERM, SIGINT};

	for (size_t i = 0; i < sizeof(signums) / sizeof(signums[0]); i++)
		sigaction(signums[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void print_turn(void *user, const json_t *turn)
{
	const struct duet_invocation *invocation = user;

	duet_turn_print(stdout, turn, ((const struct run_flags *)invocation->flags)->json);
}

static void print_state(void *user, const char *state, const char *assistant)
{
	duet_info("speaker", "%s: %s", assistant, state);
}

static void reload(const struct duet_invocation *invocation, struct duet_speaker *speaker)
{
	struct duet_error error = {0};

	if (duet_speaker_reload(speaker, &error) < 0)
		duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	else
		duet_info("speaker", "the configuration is read anew");
}

/* A reload is a run that ends and begins again. */
static int run_until_told(const struct duet_invocation *invocation, struct duet_speaker *speaker)
{
	for (;;) {
		int result = atomic_load(&wanted) ? 0 : duet_speaker_run(speaker);

		if (result < 0)
			return duet_command_fail(invocation, DUET_EXIT_FAILED, "%s", strerror(-result));
		if (atomic_exchange(&wanted, 0) != SIGHUP)
			return DUET_EXIT_DONE;
		reload(invocation, speaker);
	}
}

static int run(const struct duet_invocation *invocation)
{
	const struct run_flags *flags = invocation->flags;
	struct duet_speaker_setup setup = {
		.config_path = flags->config,
		.state_dir = flags->state,
		.audio = flags->audio,
		.takes_orders = true,
		.user = (void *)(uintptr_t)invocation,
		.on_turn = print_turn,
		.on_state = print_state,
	};
	struct duet_speaker *speaker;
	struct duet_error error = {0};
	int result;

	catch_signals();
	result = duet_speaker_new(&speaker, &setup, &error);
	if (result < 0)
		return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	atomic_store(&running, speaker);
	result = run_until_told(invocation, speaker);
	atomic_store(&running, NULL);
	duet_speaker_free(speaker);
	return result;
}

const struct duet_command duet_run = {
	.name = "run",
	.summary = "Be a speaker until told to end",
	.description =
		"Listens for the wake words of all assistants and does what it is told. SIGHUP reads the "
		"configuration and the sentences anew; SIGTERM and SIGINT end it.",
	.flags = flags_table,
	.flags_size = sizeof(struct run_flags),
	.run = run,
};
