/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audio/wav.h"
#include "cmd/duet.h"
#include "cmd/script.h"
#include "cmd/turn_print.h"
#include "cmd/voice.h"
#include "duet/speaker.h"

/*
 * A conversation with both assistants that needs nobody: another voice asks,
 * the speaker hears it as sound, and every turn is held against what it must be.
 */

struct demo_flags {
	const char *config, *script, *record;
};

static const struct duet_flag flags_table[] = {
	DUET_FLAG_CONFIG(struct demo_flags),
	{'s',
	 "FILE",
	 {"script", DUET_OPTION_TEXT, offsetof(struct demo_flags, script), NULL,
	  "What is asked, and what must come of it (data/conversation.yaml shows how)", NULL, 0, 0}},
	{'o',
	 "FILE",
	 {"record", DUET_OPTION_TEXT, offsetof(struct demo_flags, record), NULL,
	  "Write a WAV file: left what was heard, right what was said", NULL, 0, 0}},
	{0},
};

struct demo {
	const struct duet_invocation *invocation;
	struct script script;
	const char **files; /* a sound for each line, NULL-terminated */
	char dir[64];
	size_t n_turns, n_right;
};

static bool take_sound(void *user, const int16_t *samples, size_t n_samples)
{
	return duet_wav_write(user, samples, n_samples) < 0;
}

/* The asker's words and then the silence in which it listens. */
static int write_sound(struct duet_tts *tts, const struct script_line *line, const char *path,
		       struct duet_error *error)
{
	static const int16_t silence[1024];
	int rate_hz = duet_tts_rate_hz(tts), result, closed;
	struct duet_wav *wav;

	result = duet_wav_create(&wav, path, rate_hz, 1, error);
	if (result < 0)
		return result;
	result = duet_tts_speak(tts, line->ask, take_sound, wav);
	if (result < 0)
		duet_error_set(error, result, "the asking voice failed: %s", strerror(-result));
	for (long left = (long)line->wait_ms * rate_hz / 1000; result == 0 && left > 0; left -= 1024)
		result = duet_wav_write(wav, silence, left < 1024 ? (size_t)left : 1024);
	closed = duet_wav_close(wav, result < 0 ? NULL : error);
	return result < 0 ? result : closed;
}

static int ask(struct demo *demo, struct duet_config *config, size_t i, struct duet_error *error)
{
	const struct script_line *line = &demo->script.lines[i];
	struct voice voice;
	int result;

	demo->files[i] = duet_arena_printf(demo->invocation->arena, "%s/%02zu.wav", demo->dir, i);
	if (!demo->files[i])
		return duet_error_set(error, -ENOMEM, "out of memory");
	result = voice_open(&voice, config, voice_assistant(config, line->ask), line->voice, error);
	if (result < 0)
		return result;
	result = write_sound(voice.tts, line, demo->files[i], error);
	voice_done(&voice);
	return result;
}

/* Makes all questions beforehand: the speaker must not be measured together with the asker. */
static int ask_all(struct demo *demo, struct duet_error *error)
{
	const struct demo_flags *flags = demo->invocation->flags;
	size_t n = demo->script.n_lines;
	struct duet_config *config;
	int result = duet_config_load(&config, flags->config, NULL, error);

	if (result < 0)
		return result;
	demo->files = duet_arena_alloc(demo->invocation->arena, (n + 1) * sizeof(*demo->files));
	if (!demo->files)
		result = duet_error_set(error, -ENOMEM, "out of memory");
	for (size_t i = 0; i < n && result == 0; i++)
		result = ask(demo, config, i, error);
	duet_config_free(config);
	return result;
}

static void print_asked(const struct script_line *line)
{
	bool colour = isatty(STDOUT_FILENO);

	printf("%s%s asks: %s%s\n", colour ? "\033[36m" : "", line->voice, line->ask,
	       colour ? "\033[0m" : "");
}

static void print_verdict(const char *wrong)
{
	bool colour = isatty(STDOUT_FILENO);

	if (wrong)
		printf("  %s✗ %s is not as it should be%s\n\n", colour ? "\033[31m" : "", wrong,
		       colour ? "\033[0m" : "");
	else
		printf("  %s✓%s\n\n", colour ? "\033[32m" : "", colour ? "\033[0m" : "");
	fflush(stdout);
}

static void on_turn(void *user, const json_t *turn)
{
	struct demo *demo = user;
	const struct script_line *line = &demo->script.lines[demo->n_turns];
	const char *wrong;

	if (demo->n_turns++ >= demo->script.n_lines) {
		puts("nobody asked, but:");
		duet_turn_print(stdout, turn, false);
		return;
	}
	wrong = script_differs(line, turn);
	demo->n_right += !wrong;
	print_asked(line);
	duet_turn_print(stdout, turn, false);
	print_verdict(wrong);
}

static int converse(struct demo *demo, struct duet_error *error)
{
	const struct demo_flags *flags = demo->invocation->flags;
	struct duet_speaker *speaker;
	int result = duet_speaker_new(&speaker,
				      &(struct duet_speaker_setup){.config_path = flags->config,
								   .state_dir = "",
								   .audio = "file",
								   .files = demo->files,
								   .record_path = flags->record,
								   .inline_workers = true,
								   .user = demo,
								   .on_turn = on_turn},
				      error);

	if (result < 0)
		return result;
	result = duet_speaker_run(speaker);
	duet_speaker_free(speaker);
	return result < 0 ? duet_error_set(error, result, "%s", strerror(-result)) : 0;
}

static void remove_sounds(const struct demo *demo)
{
	for (const char *const *file = demo->files; file && *file; file++)
		unlink(*file);
	rmdir(demo->dir);
}

static int conclude(const struct demo *demo)
{
	const struct demo_flags *flags = demo->invocation->flags;
	size_t n = demo->script.n_lines;

	printf("%zu of %zu turns were heard and done right.\n", demo->n_right, n);
	if (flags->record)
		printf("The conversation is in %s.\n", flags->record);
	return demo->n_right == n && demo->n_turns == n ? DUET_EXIT_DONE : DUET_EXIT_FAILED;
}

static int hold(struct demo *demo, const char *path)
{
	struct duet_error error = {0};
	int result = script_load(&demo->script, path, demo->invocation->arena, &error);

	if (result == 0 && !mkdtemp(demo->dir))
		result = duet_error_set(&error, -errno, "%s: %s", demo->dir, strerror(errno));
	if (result == 0)
		result = ask_all(demo, &error);
	if (result == 0)
		result = converse(demo, &error);
	remove_sounds(demo);
	result = result < 0 ? duet_command_error(demo->invocation, DUET_EXIT_CONFIG, &error) : conclude(demo);
	script_done(&demo->script);
	return result;
}

static int run(const struct duet_invocation *invocation)
{
	const struct demo_flags *flags = invocation->flags;
	struct demo demo = {.invocation = invocation, .dir = "/tmp/duet-demo-XXXXXX"};
	const char *data_dir = duet_data_dir(), *path = flags->script;

	if (!path && data_dir)
		path = duet_arena_printf(invocation->arena, "%s/conversation.yaml", data_dir);
	if (!path)
		return duet_command_fail(invocation, DUET_EXIT_CONFIG,
					 "Duet's data folder is not there; set DUET_DATA");
	return hold(&demo, path);
}

const struct duet_command duet_demo = {
	.name = "demo",
	.summary = "Hold a conversation with both assistants, without anybody",
	.description =
		"Another synthetic voice asks, the speaker hears it as sound through wake word, recognition, "
		"understanding, act and speech, and each turn is held against what it must be. It fails "
		"unless "
		"all are right.",
	.flags = flags_table,
	.flags_size = sizeof(struct demo_flags),
	.run = run,
};
