/* SPDX-License-Identifier: Apache-2.0 */
/*
 * duet bench wake: how often a wake word is missed, and how often something else is taken for it, at every
 * sensitivity.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "assistant/config.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/option.h"
#include "cmd/bench/bench.h"
#include "cmd/bench/bench_enrol.h"
#include "cmd/bench/bench_files.h"
#include "cmd/bench/bench_pool.h"
#include "cmd/bench/bench_sound.h"
#include "cmd/bench/bench_wake.h"
#include "cmd/duet.h"
#include "duet/vad_engine.h"
#include "lexicon/lexicon.h"
#include "wake/wake.h"

struct worker {
	struct bench_wake *bench;
	struct duet_wake *wake;
	size_t point; /* that `wake` was opened for */
};

/* Tasks: at each point all words, then the background in pieces. */
static size_t tasks_per_point(const struct bench_wake *bench)
{
	return bench->n_words + (bench->n_background + FILES_PER_TASK - 1) / FILES_PER_TASK;
}

static size_t point_of(const struct bench_wake *bench, size_t task)
{
	return bench->first_point + task / tasks_per_point(bench);
}

static double cpu_now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int open_wake(struct worker *worker, size_t point, struct duet_error *error)
{
	const struct bench_wake *bench = worker->bench;
	struct duet_wake_phrase phrase = bench->phrase;
	const struct duet_wake_setup setup = {
		.data_dir = duet_data_dir(), .phrases = &phrase, .n_phrases = 1};

	if (worker->wake && worker->point == point)
		return 0;
	duet_wake_free(worker->wake);
	phrase.sensitivity = bench->at_once ? 1 : bench->points[point].sensitivity;
	worker->point = point;
	return duet_wake_new(&worker->wake, &setup, &bench->choice, error);
}

static void *start(void *user, struct duet_error *error)
{
	struct worker *worker = duet_calloc(1, sizeof(*worker));

	if (worker)
		worker->bench = user;
	else
		duet_error_set(error, -ENOMEM, "out of memory");
	return worker;
}

static void stop(void *started)
{
	struct worker *worker = started;

	duet_wake_free(worker->wake);
	duet_free(worker);
}

/* Keeps the clearest when there are too many. */
static void note_heard(struct bench_result *result, float score, double delay_ms)
{
	int at = result->n_heard;

	if (at == BENCH_HEARD_MAX) {
		at = 0;
		for (int i = 1; i < BENCH_HEARD_MAX; i++)
			if (result->heard[i].score < result->heard[at].score)
				at = i;
		if (score <= result->heard[at].score)
			return;
		memmove(result->heard + at, result->heard + at + 1,
			(size_t)(BENCH_HEARD_MAX - at - 1) * sizeof(result->heard[0]));
		at = BENCH_HEARD_MAX - 1;
	}
	result->heard[at] = (struct bench_wake_heard){score, (float)delay_ms};
	result->n_heard = at + 1;
}

/* As the speaker's ear does it: frame by frame. Delays count from the sample `from`. */
static int listen(struct worker *worker, const struct bench_sound *sound, long from,
		  struct bench_result *result)
{
	struct duet_wake_detection detection;
	double begin_s = cpu_now_s();

	for (size_t at = 0; at < sound->n_samples; at += DUET_FRAME_SAMPLES) {
		size_t left = sound->n_samples - at,
		       n = left < DUET_FRAME_SAMPLES ? left : DUET_FRAME_SAMPLES;
		int heard = duet_wake_feed(worker->wake, sound->samples + at, n, &detection);

		if (heard < 0)
			return heard;
		if (heard)
			note_heard(result, detection.score,
				   (double)((long)(at + n) - from) * 1000 / BENCH_RATE_HZ);
	}
	result->cpu_s += cpu_now_s() - begin_s;
	result->audio_s += (double)sound->n_samples / BENCH_RATE_HZ;
	return 0;
}

/* Where the last frame ends that our own detector calls voiced. */
static int find_last_voiced(const struct bench_wake *bench, const struct bench_sound *sound, long *last,
			    struct duet_error *error)
{
	const struct duet_vad_engine *vad = (const void *)duet_engine_find("vad", "energy");
	void *state = duet_calloc(1, vad->engine.state_size);
	int status = state ? vad->open(state, bench->vad_options, error)
			   : duet_error_set(error, -ENOMEM, "out of memory");

	*last = 0;
	for (size_t at = 0; status == 0 && at + DUET_FRAME_SAMPLES <= sound->n_samples;
	     at += DUET_FRAME_SAMPLES) {
		struct duet_vad_report report;

		vad->feed(state, sound->samples + at, &report);
		if (report.voiced)
			*last = (long)at + DUET_FRAME_SAMPLES;
	}
	if (status == 0)
		vad->close(state);
	duet_free(state);
	return status;
}

/* Room before and behind, so that the engine is used to the noise and has time to say something, and so that
 * no recording follows another with a jump that no room makes. */
static int pad(struct bench_sound *sound)
{
	size_t n = sound->n_samples + 2 * (size_t)PAD_SAMPLES;
	int16_t *samples = duet_calloc(n, sizeof(*samples));

	if (!samples)
		return -ENOMEM;
	memcpy(samples + PAD_SAMPLES, sound->samples, sound->n_samples * sizeof(*samples));
	duet_free(sound->samples);
	*sound = (struct bench_sound){samples, n};
	return 0;
}

static int mix(const struct bench_wake *bench, struct bench_sound *sound, uint64_t file)
{
	if (!bench->flags->noise)
		return 0;
	return bench_sound_mix(sound, &bench->noise, bench->flags->snr,
			       bench_sound_random((uint64_t)bench->flags->seed, file));
}

static int hear_word(struct worker *worker, size_t number, struct bench_result *result,
		     struct duet_error *error)
{
	struct bench_sound sound;
	long last;
	int status;

	duet_debug("bench", "hears %s", worker->bench->words[number]);
	status = bench_sound_load(&sound, worker->bench->words[number], error);

	if (status < 0)
		return status;
	status = find_last_voiced(worker->bench, &sound, &last, error);
	if (status == 0)
		status = pad(&sound);
	if (status == 0)
		status = mix(worker->bench, &sound, number);
	duet_wake_reset(worker->wake);
	if (status == 0)
		status = listen(worker, &sound, PAD_SAMPLES + last, result);
	bench_sound_done(&sound);
	return status;
}

static int hear_background(struct worker *worker, size_t first_file, struct bench_result *result,
			   struct duet_error *error)
{
	const struct bench_wake *bench = worker->bench;
	int status = 0;

	for (size_t i = first_file; status == 0 && i < bench->n_background && i < first_file + FILES_PER_TASK;
	     i++) {
		struct bench_sound sound;

		duet_debug("bench", "hears %s", bench->background[i]);
		status = bench_sound_load(&sound, bench->background[i], error);
		result->background_s += (double)sound.n_samples / BENCH_RATE_HZ;
		if (status == 0)
			status = pad(&sound);
		if (status == 0)
			status = mix(bench, &sound, bench->n_words + i);
		duet_wake_reset(worker->wake);
		if (status == 0)
			status = listen(worker, &sound, 0, result);
		bench_sound_done(&sound);
	}
	return status;
}

static int run(void *started, size_t task, struct bench_result *result, struct duet_error *error)
{
	struct worker *worker = started;
	size_t number = task % tasks_per_point(worker->bench), n_words = worker->bench->n_words;
	int status = open_wake(worker, point_of(worker->bench, task), error);

	if (status < 0)
		return status;
	status = number < n_words
			 ? hear_word(worker, number, result, error)
			 : hear_background(worker, (number - n_words) * FILES_PER_TASK, result, error);
	if (status < 0 && error->code == 0)
		duet_error_set(error, status, "the wake engine failed: %s", strerrordesc_np(-status));
	return status;
}

/* The first detection that a sensitivity tells, NULL: none; how many there are. */
static const struct bench_wake_heard *first_told(const struct bench_wake *bench,
						 const struct bench_wake_point *point,
						 const struct bench_result *result, size_t *n)
{
	const struct bench_wake_heard *first = NULL;

	*n = 0;
	for (int i = result->n_heard - 1; i >= 0; i--)
		if (!bench->at_once || (double)result->heard[i].score >= 1 - point->sensitivity - 1e-6) {
			first = &result->heard[i];
			++*n;
		}
	return first;
}

static void show_each(const struct bench_wake *bench, const struct bench_result *result)
{
	size_t number = result->task % tasks_per_point(bench);
	double sensitivity = bench->at_once ? 1 : bench->points[point_of(bench, result->task)].sensitivity;

	if (number < bench->n_words && result->n_heard == 0)
		fprintf(stderr, "%.3f missed %s\n", sensitivity, bench->words[number]);
	for (int i = 0; i < result->n_heard; i++) {
		const struct bench_wake_heard *heard = &result->heard[i];

		if (number < bench->n_words)
			fprintf(stderr, "%.3f heard %s, score %.3f, %.0f ms\n", sensitivity,
				bench->words[number], (double)heard->score, (double)heard->delay_ms);
		else
			fprintf(stderr, "%.3f false alarm from %s on, score %.3f\n", sensitivity,
				bench->background[(number - bench->n_words) * FILES_PER_TASK],
				(double)heard->score);
	}
}

static void count(const struct bench_wake *bench, struct bench_wake_point *point,
		  const struct bench_result *result)
{
	size_t n;
	const struct bench_wake_heard *first = first_told(bench, point, result, &n);

	if (result->task % tasks_per_point(bench) >= bench->n_words)
		point->n_false += n;
	else if (first)
		point->delays_ms[point->n_delays++] = (double)first->delay_ms;
	else
		point->n_missed++;
}

static void collect(void *user, const struct bench_result *result)
{
	struct bench_wake *bench = user;

	if (bench->flags->each)
		show_each(bench, result);
	if (result->task % tasks_per_point(bench) >= bench->n_words) {
		bench->background_s += result->background_s;
		bench->cpu_s += result->cpu_s;
		bench->audio_s += result->audio_s;
	}
	if (!bench->at_once)
		count(bench, &bench->points[point_of(bench, result->task)], result);
	for (size_t i = 0; bench->at_once && i < bench->n_points; i++)
		count(bench, &bench->points[i], result);
}

/* Measures `n` more sensitivities, evenly from `from` to `to`. */
static int measure(struct bench_wake *bench, double from, double to, size_t n, struct duet_error *error)
{
	size_t n_runs = bench->at_once ? 1 : n;
	struct bench_work work = {.n_tasks = n_runs * tasks_per_point(bench),
				  .n_workers = bench->flags->jobs,
				  .start = start,
				  .run = run,
				  .stop = stop,
				  .collect = collect,
				  .user = bench};

	bench->first_point = bench->n_points;
	bench->n_runs += n_runs;
	for (size_t i = 0; i < n; i++) {
		struct bench_wake_point *point = &bench->points[bench->n_points++];

		point->sensitivity = from + (to - from) * (double)i / (double)(n - 1);
		point->delays_ms =
			duet_arena_alloc(bench->invocation->arena, bench->n_words * sizeof(double));
		if (!point->delays_ms)
			return duet_error_set(error, -ENOMEM, "out of memory");
	}
	return bench_pool_run(&work, error);
}

static int measure_all(struct bench_wake *bench, struct duet_error *error)
{
	const double step = 1.0 / (FIRST_POINTS - 1), inner = step / (FINER_POINTS + 1);
	const struct duet_wake_engine *engine = bench->choice.engine;
	double highest = -1;
	int status;

	bench->at_once = engine && engine->scores_whole;
	status = measure(bench, 0, 1, bench->at_once ? WHOLE_POINTS : FIRST_POINTS, error);
	if (bench->at_once)
		return status;
	for (size_t i = 0; i < bench->n_points; i++)
		if (bench_wake_allows(bench, &bench->points[i]))
			highest = fmax(highest, bench->points[i].sensitivity);
	if (status < 0 || highest < 0 || highest > 1 - step / 2)
		return status;
	return measure(bench, highest + inner, highest + step - inner, FINER_POINTS, error);
}

static int by_sensitivity(const void *a, const void *b)
{
	double one = ((const struct bench_wake_point *)a)->sensitivity,
	       other = ((const struct bench_wake_point *)b)->sensitivity;

	return one < other ? -1 : one > other;
}

static int open_recordings(struct bench_wake *bench, struct duet_error *error)
{
	const struct bench_wake_flags *flags = bench->flags;
	int status = bench_files_add(bench->invocation->arena, flags->audio, 1, &bench->words,
				     &bench->n_words, error);

	for (size_t i = 0; status == 0 && i < flags->background.n_items; i++)
		status = bench_files_add(bench->invocation->arena, flags->background.items[i], 1,
					 &bench->background, &bench->n_background, error);
	if (status == 0 && flags->noise)
		status = bench_sound_load(&bench->noise, flags->noise, error);
	return status;
}

static int choose_engines(struct bench_wake *bench, const char *name, struct duet_error *error)
{
	const struct duet_engine *wake = duet_engine_find("wake", name),
				 *vad = duet_engine_find("vad", "energy");
	struct duet_arena *arena = bench->invocation->arena;
	void *wake_options;
	int status;

	if (!wake || !vad)
		return duet_error_set(error, -ENOENT, "the engines %s and energy are not built in", name);
	wake_options = duet_arena_alloc(arena, wake->options_size + 1);
	bench->vad_options = duet_arena_alloc(arena, vad->options_size + 1);
	if (!wake_options || !bench->vad_options)
		return duet_error_set(error, -ENOMEM, "out of memory");
	bench->choice =
		(struct duet_wake_choice){(const struct duet_wake_engine *)(const void *)wake, wake_options};
	status = duet_options_default(wake->options, wake_options, ".", arena, error);
	return status < 0 ? status
			  : duet_options_default(vad->options, bench->vad_options, ".", arena, error);
}

/* A manifest's path, or the name of one among the project's data. */
static const char *model_path(const struct bench_wake *bench, const char *model)
{
	if (strchr(model, '/') || access(model, R_OK) == 0)
		return model;
	return duet_arena_printf(bench->invocation->arena, "%s/wake/%s.json", duet_data_dir(), model);
}

static int open_word(struct bench_wake *bench, struct duet_error *error)
{
	const struct bench_wake_flags *flags = bench->flags;
	int status = choose_engines(bench, flags->model ? "micro" : "sphinx", error);

	bench->phrase = (struct duet_wake_phrase){.text = flags->phrase, .language = flags->language};
	if (status == 0 && flags->model) {
		bench->phrase.text = flags->model;
		bench->phrase.model = model_path(bench, flags->model);
	} else if (status == 0) {
		status = duet_lexicon_new(&bench->lexicon,
					  &(struct duet_lexicon_setup){.language = flags->language,
								       .data_dir = duet_data_dir()},
					  error);
		bench->phrase.lexicon = bench->lexicon;
	}
	return status;
}

/* As `duet wake add` does it, into a file that lives as long as this program. */
static int enrol(struct bench_wake *bench, struct duet_error *error)
{
	const struct duet_wake_setup setup = {.options = bench->choice.options,
					      .data_dir = duet_data_dir(),
					      .phrases = &bench->phrase,
					      .n_phrases = 1};
	int fd, result = bench_enrol(bench->choice.engine, &setup, bench->flags->enrol, &fd, error);

	if (result == 0)
		bench->phrase.model = duet_arena_printf(bench->invocation->arena, "/proc/self/fd/%d", fd);
	return result;
}

static int bench_wake(const struct duet_invocation *invocation)
{
	struct bench_wake bench = {.invocation = invocation, .flags = invocation->flags};
	struct duet_error error = {0};
	int code = DUET_EXIT_DONE;

	if (!bench.flags->model == !bench.flags->phrase)
		return duet_command_usage(invocation, "either --model or --phrase is needed");
	if (!bench.flags->audio || bench.flags->background.n_items == 0)
		return duet_command_usage(invocation, "--audio and --background are needed");
	if (open_word(&bench, &error) < 0 || (bench.flags->enrol && enrol(&bench, &error) < 0))
		code = duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	else if (open_recordings(&bench, &error) < 0 || measure_all(&bench, &error) < 0)
		code = duet_command_error(invocation, DUET_EXIT_FAILED, &error);
	qsort(bench.points, bench.n_points, sizeof(bench.points[0]), by_sensitivity);
	if (code == DUET_EXIT_DONE && bench.flags->json)
		bench_wake_report_json(&bench);
	else if (code == DUET_EXIT_DONE)
		bench_wake_report_table(&bench);
	bench_sound_done(&bench.noise);
	duet_lexicon_free(bench.lexicon);
	return code;
}

#define FLAG(name, kind, field, fallback, help, min, max)                                                    \
	{                                                                                                    \
		name, kind, offsetof(struct bench_wake_flags, field), fallback, help, NULL, min, max         \
	}

static const struct duet_flag flags[] = {
	{0, "FILE|NAME",
	 FLAG("model", DUET_OPTION_TEXT, model, NULL, "The manifest of a microWakeWord model", 0, 0)},
	{0, "TEXT", FLAG("phrase", DUET_OPTION_TEXT, phrase, NULL, "A wake word by its pronunciation", 0, 0)},
	{0, "LANGUAGE", FLAG("language", DUET_OPTION_TEXT, language, "en-US", "The phrase's", 0, 0)},
	{0, "DIR",
	 FLAG("enrol", DUET_OPTION_PATH, enrol, NULL,
	      "Recordings of one person, one in each, from which the phrase is learnt first", 0, 0)},
	{0, "DIR",
	 FLAG("audio", DUET_OPTION_PATH, audio, NULL, "Recordings of the wake word, one in each", 0, 0)},
	{0, "DIR",
	 FLAG("background", DUET_OPTION_TEXTS, background, NULL, "Recordings without it; may be repeated", 0,
	      0)},
	{0, "FILE", FLAG("noise", DUET_OPTION_PATH, noise, NULL, "Noise to mix into both", 0, 0)},
	{0, "DB", FLAG("snr", DUET_OPTION_NUMBER, snr, "10", "Signal to noise ratio", 0, 0)},
	{0, "N", FLAG("seed", DUET_OPTION_INT, seed, "1", "Chooses the pieces of noise", 0, 1e9)},
	{0, "N", FLAG("jobs", DUET_OPTION_INT, jobs, "0", "Processes; 0: one a processor", 0, 64)},
	{0, NULL, FLAG("each", DUET_OPTION_BOOL, each, NULL, "One line a recording on stderr", 0, 0)},
	{'j', NULL, FLAG("json", DUET_OPTION_BOOL, json, NULL, "One JSON object", 0, 0)},
	{0},
};

const struct duet_command duet_bench_wake = {
	.name = "wake",
	.summary = "Wake words against recordings of them, and against everything else",
	.description =
		"Counts, at sensitivities from 0 to 1, which recordings of the wake word are missed and how "
		"often the background is taken for it. The result is the miss rate at one false alarm in "
		"ten hours; with less than ten hours of background, at none. The delay counts from the last "
		"frame of the recording that the voice activity detector calls voiced.",
	.flags = flags,
	.flags_size = sizeof(struct bench_wake_flags),
	.run = bench_wake,
};
