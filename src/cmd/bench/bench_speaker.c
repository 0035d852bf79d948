/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "audio/wav.h"
#include "base/clock.h"
#include "cmd/bench/bench.h"
#include "cmd/duet.h"
#include "dialog/trace.h"
#include "duet/speaker.h"

/*
 * What the whole speaker costs, at the pace of sound: how soon it listens, what memory it holds, what share
 * of a core it takes in silence and in noise, and how soon it answers.
 */

enum { MAX_TURNS = 1000, RATE_HZ = 16000, SILENCE_S = 4 };

struct speaker_flags {
	const char *config, *assistant, *quiet, *noise;
};

static const struct duet_flag flags_table[] = {
	DUET_FLAG_CONFIG(struct speaker_flags),
	{'a',
	 "ID",
	 {"assistant", DUET_OPTION_TEXT, offsetof(struct speaker_flags, assistant), NULL,
	  "Who hears the files without a wake word", NULL, 0, 0}},
	{0,
	 "FILE",
	 {"quiet", DUET_OPTION_TEXT, offsetof(struct speaker_flags, quiet), NULL,
	  "A recording of a quiet room, to measure what listening costs", NULL, 0, 0}},
	{0,
	 "FILE",
	 {"noise", DUET_OPTION_TEXT, offsetof(struct speaker_flags, noise), NULL, "The same of a noisy one",
	  NULL, 0, 0}},
	{0},
};

/* One run of a speaker. */
struct session {
	const char *const *files;
	const char *assistant;
	int64_t made_ns, started_ns, ended_ns; /* system clock */
	double cpu_s;                          /* while it ran */
	long rss_kb;                           /* at its end */
	size_t n_turns;
	double first_sample_ms[MAX_TURNS];
};

static int64_t now_ns(void)
{
	return duet_clock_system.mono_ns(&duet_clock_system);
}

static double cpu_s(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static long status_kb(const char *field)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[128];
	long kb = 0;

	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, field, strlen(field)) == 0)
			kb = strtol(line + strlen(field), NULL, 10);
	}
	if (file)
		fclose(file);
	return kb;
}

static void note_turn(void *user, const json_t *turn)
{
	struct session *session = user;
	const json_t *first =
		json_object_get(json_object_get(turn, "ms"), duet_stage_name(DUET_STAGE_FIRST_SAMPLE));

	if (first && session->n_turns < MAX_TURNS)
		session->first_sample_ms[session->n_turns++] = json_number_value(first);
}

static int run_session(struct session *session, const struct speaker_flags *flags, const char *state_dir,
		       struct duet_error *error)
{
	const struct duet_speaker_setup setup = {
		.config_path = flags->config,
		.state_dir = state_dir,
		.audio = "file",
		.files = session->files,
		.assistant = session->assistant,
		.user = session,
		.on_turn = note_turn,
	};
	struct duet_speaker *speaker;
	int result;
	double before;

	session->made_ns = now_ns();
	result = duet_speaker_new(&speaker, &setup, error);
	if (result < 0)
		return result;
	session->started_ns = now_ns();
	before = cpu_s();
	result = duet_speaker_run(speaker);
	session->ended_ns = now_ns();
	session->cpu_s = cpu_s() - before;
	session->rss_kb = status_kb("VmRSS:");
	duet_speaker_free(speaker);
	return result < 0 ? duet_error_set(error, result, "the files cannot be heard") : 0;
}

static json_t *start_ms(const struct session *session)
{
	return json_real((double)(session->started_ns - session->made_ns) / 1e6);
}

static json_t *load(const struct session *session)
{
	double wall_s = (double)(session->ended_ns - session->started_ns) / 1e9;

	return json_pack("{s:f, s:f}", "seconds", wall_s, "cpu_percent", 100 * session->cpu_s / wall_s);
}

static int measure_load(const char *file, const char *name, const struct speaker_flags *flags,
			const char *state_dir, json_t *out, struct duet_error *error)
{
	const char *const files[] = {file, NULL};
	struct session session = {.files = files};
	int result;

	if (!file)
		return 0;
	result = run_session(&session, flags, state_dir, error);
	if (result < 0)
		return result;
	json_object_set_new(out, name, load(&session));
	json_object_set_new(out, "start_ms", start_ms(&session));
	json_object_set_new(out, "rss_kb", json_integer(session.rss_kb));
	return 0;
}

static int write_silence(const char *path, struct duet_error *error)
{
	static const int16_t second[RATE_HZ];
	struct duet_wav *wav;
	int result = duet_wav_create(&wav, path, RATE_HZ, 1, error);

	if (result < 0)
		return result;
	for (int i = 0; i < SILENCE_S && result >= 0; i++)
		result = duet_wav_write(wav, second, RATE_HZ);
	return duet_wav_close(wav, error) < 0 ? -EIO : result;
}

/* After each order the person is silent, so that nobody interrupts the answer. */
static const char **with_pauses(const struct duet_invocation *invocation, const char *silence)
{
	size_t n = (size_t)invocation->n_arguments;
	const char **files = duet_arena_alloc(invocation->arena, (2 * n + 1) * sizeof(*files));

	for (size_t i = 0; files && i < n; i++) {
		files[2 * i] = invocation->arguments[i];
		files[2 * i + 1] = silence;
	}
	return files;
}

static int measure_turns(const struct duet_invocation *invocation, const char *state_dir, json_t *out,
			 struct duet_error *error)
{
	const struct speaker_flags *flags = invocation->flags;
	struct session session = {.assistant = flags->assistant};
	char silence[64];
	int result;

	snprintf(silence, sizeof(silence), "%s/silence.wav", state_dir);
	session.files = with_pauses(invocation, silence);
	if (!session.files)
		return duet_error_set(error, -E2BIG, "too many recordings");
	result = write_silence(silence, error);
	if (result == 0)
		result = run_session(&session, flags, state_dir, error);
	if (result < 0)
		return result;
	json_object_set_new(out, "first_start_ms", start_ms(&session));
	json_object_set_new(out, "rss_after_turns_kb", json_integer(session.rss_kb));
	json_object_set_new(out, "turns", json_integer((json_int_t)session.n_turns));
	json_object_set_new(out, "first_sample_p50_ms",
			    json_real(duet_trace_percentile(session.first_sample_ms, session.n_turns, 50)));
	json_object_set_new(out, "first_sample_p95_ms",
			    json_real(duet_trace_percentile(session.first_sample_ms, session.n_turns, 95)));
	json_object_set_new(out, "speech", load(&session));
	return 0;
}

static int measure(const struct duet_invocation *invocation, const char *state_dir, json_t *out,
		   struct duet_error *error)
{
	const struct speaker_flags *flags = invocation->flags;
	int result = measure_turns(invocation, state_dir, out, error);

	if (result == 0)
		result = measure_load(flags->quiet, "quiet", flags, state_dir, out, error);
	if (result == 0)
		result = measure_load(flags->noise, "noise", flags, state_dir, out, error);
	json_object_set_new(out, "peak_rss_kb", json_integer(status_kb("VmHWM:")));
	return result;
}

static int bench(const struct duet_invocation *invocation)
{
	char dir[] = "/tmp/duet-bench-XXXXXX";
	struct duet_error error = {0};
	json_t *out = json_object();
	int result;

	if (invocation->n_arguments == 0)
		return duet_command_usage(invocation, "say which recordings of orders it shall hear");
	if (!mkdtemp(dir))
		return duet_command_fail(invocation, DUET_EXIT_FAILED, "no temporary folder");
	result = measure(invocation, dir, out, &error);
	bench_remove_dir(dir);
	if (result == 0) {
		json_dumpf(out, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(5));
		fputc('\n', stdout);
	}
	json_decref(out);
	return result < 0 ? duet_command_error(invocation, DUET_EXIT_FAILED, &error) : DUET_EXIT_DONE;
}

const struct duet_command duet_bench_speaker = {
	.name = "speaker",
	.arguments = "FILE…",
	.summary = "Measure memory, processor, start and answering time of the whole speaker",
	.description =
		"Hears the recordings at the pace of sound and prints one JSON object: start_ms (to "
		"listening, "
		"sentences already compiled; first_start_ms: compiled first), rss_kb, cpu_percent of one "
		"core "
		"while it listens for wake words in --quiet and --noise and while it hears the recordings, "
		"and the time from the decided endpoint to the first sample of the answer.",
	.flags = flags_table,
	.flags_size = sizeof(struct speaker_flags),
	.run = bench,
};
