/* SPDX-License-Identifier: Apache-2.0 */
/*
 * duet bench echo: how well the speaker hears while it plays itself, in rooms that are computed.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/bench/bench.h"
#include "cmd/bench/bench_echo.h"
#include "cmd/duet.h"

/* What was counted of one kind at one level. */
struct cell {
	int n_words, n_heard, n_gated, n_woken;
	double seconds;
};

struct tally {
	const struct bench_echo *bench;
	struct cell cells[BENCH_ECHO_KINDS][BENCH_ECHO_LEVELS];
	double cpu_s, audio_s; /* of cancelling while something plays */
	double idle_cpu_s, idle_s;
	size_t n_done;
};

static void collect(void *user, const struct bench_result *result)
{
	struct tally *tally = user;
	const struct bench_echo_task *task = &tally->bench->tasks[result->task];
	struct cell *cell = &tally->cells[task->kind][task->level];
	bool idle = task->kind == BENCH_ECHO_QUIET;

	cell->n_words += result->n_words;
	cell->n_heard += result->n_heard;
	cell->n_gated += result->n_gated;
	cell->n_woken += result->n_woken;
	cell->seconds += result->background_s;
	*(idle ? &tally->idle_cpu_s : &tally->cpu_s) += result->cpu_s;
	*(idle ? &tally->idle_s : &tally->audio_s) += result->audio_s;
	tally->n_done++;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%zu of %zu%s", tally->n_done, tally->bench->n_tasks,
			tally->n_done == tally->bench->n_tasks ? "\n" : "");
}

static double percent(const struct cell *cell)
{
	return cell->n_words ? 100.0 * cell->n_heard / cell->n_words : 0;
}

static double cpu_percent(double cpu_s, double audio_s)
{
	return audio_s > 0 ? 100 * cpu_s / audio_s : 0;
}

static json_t *kind_json(const struct tally *tally, enum bench_echo_kind kind)
{
	size_t n_levels = kind == BENCH_ECHO_QUIET ? 1 : BENCH_ECHO_LEVELS;
	json_t *levels = json_array();

	for (size_t i = 0; i < n_levels; i++) {
		const struct cell *cell = &tally->cells[kind][i];

		json_array_append_new(levels, json_pack("{s:f, s:i, s:i, s:f}", "voice_to_echo_db",
							bench_echo_levels[i], "n", cell->n_words, "heard",
							cell->n_heard, "percent", percent(cell)));
	}
	return levels;
}

static json_t *hours_json(const struct cell *cell, const char *what)
{
	return json_pack("{s:f, s:i, s:i, s:i}", "hours", cell->seconds / 3600, what, cell->n_heard, "gated",
			 cell->n_gated, "false_wakes", cell->n_woken);
}

static void report_json(const struct tally *tally)
{
	const struct cell(*cells)[BENCH_ECHO_LEVELS] = tally->cells;
	json_t *report = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:f}", "word",
				   tally->bench->names[0], "over_music", kind_json(tally, BENCH_ECHO_MUSIC),
				   "over_speech", kind_json(tally, BENCH_ECHO_SPEECH), "over_nothing",
				   kind_json(tally, BENCH_ECHO_QUIET), "own_speech",
				   hours_json(&cells[BENCH_ECHO_SELF][0], "self_wakes"), "stop",
				   kind_json(tally, BENCH_ECHO_STOP), "other_speech",
				   hours_json(&cells[BENCH_ECHO_TALK][0], "false_stops"), "cpu_percent",
				   cpu_percent(tally->cpu_s, tally->audio_s), "cpu_percent_idle",
				   cpu_percent(tally->idle_cpu_s, tally->idle_s));

	json_dumpf(report, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(5));
	putchar('\n');
	json_decref(report);
}

static void print_row(const struct tally *tally, enum bench_echo_kind kind, const char *what)
{
	size_t n_levels = kind == BENCH_ECHO_QUIET ? 1 : BENCH_ECHO_LEVELS;

	if (tally->cells[kind][0].n_words == 0)
		return;
	printf("  %-24.24s %-8s", what, kind == BENCH_ECHO_STOP ? "music" : bench_echo_kinds[kind]);
	for (size_t i = 0; i < n_levels; i++)
		printf(" %4d of %-4d %5.1f %%", tally->cells[kind][i].n_heard, tally->cells[kind][i].n_words,
		       percent(&tally->cells[kind][i]));
	putchar('\n');
}

static void report_table(const struct tally *tally)
{
	const struct cell *self = &tally->cells[BENCH_ECHO_SELF][0],
			  *talk = &tally->cells[BENCH_ECHO_TALK][0];

	printf("  %-24s %-8s %19s %19s %19s\n", "heard", "over", "0 dB", "-5 dB", "-10 dB");
	print_row(tally, BENCH_ECHO_QUIET, tally->bench->names[0]);
	print_row(tally, BENCH_ECHO_MUSIC, tally->bench->names[0]);
	print_row(tally, BENCH_ECHO_SPEECH, tally->bench->names[0]);
	print_row(tally, BENCH_ECHO_STOP, "a bare stop");
	if (self->seconds > 0)
		printf("\n  %.2f h of own speech with the wake words in it: woke itself %d times; %d more "
		       "were "
		       "known to be its own\n",
		       self->seconds / 3600, self->n_heard, self->n_gated);
	if (talk->seconds > 0)
		printf("  %.2f h of other people's speech over music: %d false stops, %d false wakes\n",
		       talk->seconds / 3600, talk->n_heard, talk->n_woken);
	printf("  cancelling takes %.2f %% of a core while something plays, %.3f %% while nothing does\n",
	       cpu_percent(tally->cpu_s, tally->audio_s), cpu_percent(tally->idle_cpu_s, tally->idle_s));
}

static int bench_echo(const struct duet_invocation *invocation)
{
	struct bench_echo bench = {.invocation = invocation, .flags = invocation->flags};
	struct tally tally = {.bench = &bench};
	struct bench_work work = {.n_workers = bench.flags->jobs,
				  .start = bench_echo_start,
				  .run = bench_echo_run,
				  .stop = bench_echo_stop,
				  .collect = collect};
	struct duet_error error = {0};
	int code = DUET_EXIT_DONE;

	if (bench.flags->model && bench.flags->phrase)
		return duet_command_usage(invocation, "either --model or --phrase");
	if (bench_echo_prepare(&bench, &error) < 0) {
		code = duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	} else {
		work.n_tasks = bench.n_tasks;
		work.user = &bench;
		work.collect_user = &tally;
		if (bench_pool_run(&work, &error) < 0)
			code = duet_command_error(invocation, DUET_EXIT_FAILED, &error);
	}
	if (code == DUET_EXIT_DONE && bench.flags->json)
		report_json(&tally);
	else if (code == DUET_EXIT_DONE)
		report_table(&tally);
	bench_echo_done(&bench);
	return code;
}

#define FLAG(name, kind, field, fallback, help, min, max)                                                    \
	{                                                                                                    \
		name, kind, offsetof(struct bench_echo_flags, field), fallback, help, NULL, min, max         \
	}

static const struct duet_flag flags[] = {
	DUET_FLAG_CONFIG(struct bench_echo_flags),
	{0, "FILE",
	 FLAG("model", DUET_OPTION_PATH, model, NULL, "The manifest of a microWakeWord model to be counted",
	      0, 0)},
	{0, "TEXT",
	 FLAG("phrase", DUET_OPTION_TEXT, phrase, NULL,
	      "A wake word by its pronunciation to be counted; without both the first assistant's", 0, 0)},
	{0, "LANGUAGE", FLAG("language", DUET_OPTION_TEXT, language, "en-US", "The phrase's", 0, 0)},
	{0, "DIR",
	 FLAG("audio", DUET_OPTION_TEXTS, audio, NULL,
	      "Recordings of that word, one in each; may be repeated; without them synthetic voices", 0, 0)},
	{0, "DIR",
	 FLAG("background", DUET_OPTION_TEXTS, background, NULL,
	      "Recordings of other speech, which must not stop anything; may be repeated", 0, 0)},
	{0, "SCENE",
	 FLAG("scene", DUET_OPTION_TEXTS, scenes, NULL,
	      "Only this: nothing, music, speech, self, stop or talk; may be repeated", 0, 0)},
	{0, "N", FLAG("every", DUET_OPTION_INT, every, "1", "Only each N-th recording", 1, 1000)},
	{0, "H", FLAG("hours", DUET_OPTION_NUMBER, hours, "0.1", "How much own speech is played", 0, 100)},
	{0, "S", FLAG("sensitivity", DUET_OPTION_NUMBER, sensitivity, "0.5", "Of the wake words", 0, 1)},
	{0, NULL, FLAG("plain", DUET_OPTION_BOOL, plain, NULL, "Cancel nothing, to compare", 0, 0)},
	{0, NULL,
	 FLAG("no-gate", DUET_OPTION_BOOL, no_gate, NULL,
	      "A wake word in what is played counts as heard, to compare", 0, 0)},
	{0, "N", FLAG("seed", DUET_OPTION_INT, seed, "1", "Of rooms, music and sentences", 0, 1e9)},
	{0, "N", FLAG("jobs", DUET_OPTION_INT, jobs, "0", "Processes; 0: one a processor", 0, 64)},
	{0, NULL, FLAG("each", DUET_OPTION_BOOL, each, NULL, "Each mistake on stderr", 0, 0)},
	{'j', NULL, FLAG("json", DUET_OPTION_BOOL, json, NULL, "One JSON object", 0, 0)},
	{0},
};

const struct duet_command duet_bench_echo = {
	.name = "echo",
	.summary = "Wake words and a bare \"stop\" while the speaker itself plays",
	.description =
		"In rooms that are computed (0.2 to 0.6 s of reverberation, a delay of up to a third of a "
		"second) the speaker plays music or talks by itself; the wake word is said with the voice 0, "
		"5 and 10 dB under the echo. Counts how often it is heard, how often the speaker wakes "
		"itself "
		"while it says its own wake words, whether a bare \"stop\" is heard and how often other "
		"speech is taken for one, and what cancelling costs.",
	.flags = flags,
	.flags_size = sizeof(struct bench_echo_flags),
	.run = bench_echo,
};
