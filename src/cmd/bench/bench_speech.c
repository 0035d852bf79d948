/* SPDX-License-Identifier: Apache-2.0 */
/*
 * duet bench speech: recordings of people against what they said, clean and in
 * noise, and what must be refused.
 */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "asr/asr.h"
#include "assistant/cache.h"
#include "assistant/config.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/yaml.h"
#include "cmd/bench/bench.h"
#include "cmd/bench/bench_baseline.h"
#include "cmd/bench/bench_corpus.h"
#include "cmd/bench/bench_pool.h"
#include "cmd/bench/bench_sound.h"
#include "grammar/grammar.h"
#include "grammar/wordnet.h"
#include "lexicon/lexicon.h"
#include "skill/home.h"

enum {
	MAX_CONDITIONS = 32,
	MAX_ARCS = 4000000,
	FRAME_SAMPLES = 160,
	FRAMES_PER_PARTIAL = 10,
	MAX_LANGUAGE = 36,
};

struct flags {
	const char *sentences, *home, *audio, *labels, *reject, *noise, *snr, *language, *engine;
	int seed, jobs;
	bool json, baseline, only_known, each;
};

struct condition {
	double snr; /* NAN: clean */
	size_t n, accepted;
};

struct bench {
	const struct duet_invocation *invocation;
	const struct flags *flags;
	char language[MAX_LANGUAGE];
	struct duet_home *home;
	struct duet_grammar *grammar;
	struct duet_wordnet *net;
	struct duet_lexicon *lexicon;
	struct bench_corpus corpus;
	struct bench_sound noise;
	bool baseline; /* what runs now */
	struct condition conditions[MAX_CONDITIONS];
	size_t n_conditions, n_done, n_tasks, rejected, reject_n;
	double cpu_s, audio_s;
	long rss_kb;
};

/* What a worker holds. */
struct worker {
	struct bench *bench;
	struct duet_asr *asr;
	struct bench_baseline *plain;
};

/* Tasks: every item clean, then those that are accepted in each noise. */
static size_t task_condition(const struct bench *bench, size_t task)
{
	return task / bench->corpus.n_items;
}

static const struct bench_item *task_item(const struct bench *bench, size_t task)
{
	return &bench->corpus.items[task % bench->corpus.n_items];
}

static double cpu_now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int start_asr(struct worker *worker, struct duet_error *error)
{
	const struct bench *bench = worker->bench;
	const struct duet_engine *engine = duet_engine_find("asr", bench->flags->engine);
	struct duet_asr_setup setup = {.language = bench->language,
				       .data_dir = duet_data_dir(),
				       .lexicon = bench->lexicon,
				       .commands = bench->net};

	return duet_asr_new(&worker->asr, (const struct duet_asr_engine *)(const void *)engine, &setup,
			    error);
}

static void stop(void *started)
{
	struct worker *worker = started;

	duet_asr_free(worker->asr);
	bench_baseline_free(worker->plain);
	duet_free(worker);
}

static void *start(void *user, struct duet_error *error)
{
	struct worker *worker = duet_calloc(1, sizeof(*worker));
	int status;

	if (!worker) {
		duet_error_set(error, -ENOMEM, "out of memory");
		return NULL;
	}
	worker->bench = user;
	if (worker->bench->baseline)
		status = bench_baseline_new(&worker->plain, worker->bench->flags->sentences,
					    worker->bench->language, error);
	else
		status = start_asr(worker, error);
	if (status < 0) {
		stop(worker);
		return NULL;
	}
	return worker;
}

/* As the speaker's ear does it: frame by frame, asking now and then. */
static int listen(struct duet_asr *asr, const struct bench_sound *sound, struct duet_asr_result *result)
{
	struct duet_asr_partial partial;
	int status = duet_asr_begin(asr, 0, 0);

	for (size_t at = 0, frame = 1; status >= 0 && at < sound->n_samples; at += FRAME_SAMPLES, frame++) {
		size_t left = sound->n_samples - at;

		status = duet_asr_feed(asr, sound->samples + at, left < FRAME_SAMPLES ? left : FRAME_SAMPLES);
		if (status >= 0 && frame % FRAMES_PER_PARTIAL == 0)
			status = duet_asr_partial(asr, &partial);
	}
	return status < 0 ? status : duet_asr_finish(asr, result);
}

static int recognise(struct worker *worker, const struct bench_sound *sound, struct bench_result *result,
		     struct duet_error *error)
{
	struct duet_asr_result heard = {0};
	double begin_s = cpu_now_s();
	int status = worker->plain ? bench_baseline_hear(worker->plain, sound, heard.text, sizeof(heard.text))
				   : listen(worker->asr, sound, &heard);

	if (status < 0)
		return duet_error_set(error, status, "the recogniser failed: %s", strerrordesc_np(-status));
	result->cpu_s = cpu_now_s() - begin_s;
	result->audio_s = (double)sound->n_samples / BENCH_RATE_HZ;
	result->refused = heard.refused || !heard.text[0];
	result->confidence = heard.confidence;
	snprintf(result->words, sizeof(result->words), "%.*s", (int)sizeof(result->words) - 1, heard.text);
	return 0;
}

/* One broken file must not lose what all others show: it counts as neither heard right nor refused. */
static void tell_unreadable(const struct duet_error *error)
{
	char text[600];

	duet_error_format(error, text, sizeof(text));
	duet_warn("bench", "counted as wrong: %s", text);
}

static int run(void *started, size_t task, struct bench_result *result, struct duet_error *error)
{
	struct worker *worker = started;
	const struct bench *bench = worker->bench;
	const struct bench_item *item = task_item(bench, task);
	const struct condition *condition = &bench->conditions[task_condition(bench, task)];
	struct bench_sound sound;
	int status = 0;

	if (item->refuse && !isnan(condition->snr))
		return 0;
	if (bench_sound_load(&sound, item->path, error) < 0) {
		tell_unreadable(error);
		return 0;
	}
	if (!isnan(condition->snr))
		status = bench_sound_mix(&sound, &bench->noise, condition->snr,
					 bench_sound_random((uint64_t)bench->flags->seed, task));
	if (status == 0)
		status = recognise(worker, &sound, result, error);
	if (status == 0 && !item->refuse)
		result->right = bench_corpus_right(&bench->corpus, item, result->words);
	bench_sound_done(&sound);
	return status;
}

static void show_progress(const struct bench *bench)
{
	if (isatty(STDERR_FILENO) && !bench->flags->each)
		fprintf(stderr, "\r%s %zu of %zu%s", bench->baseline ? "plain" : "heard", bench->n_done,
			bench->n_tasks, bench->n_done == bench->n_tasks ? "\r\033[K" : "");
}

static void show_each(const struct bench *bench, const struct bench_item *item, double snr,
		      const struct bench_result *result)
{
	json_t *line = json_pack("{s:s, s:o, s:s, s:b, s:b, s:b, s:f}", "file", item->name, "snr",
				 isnan(snr) ? json_null() : json_real(snr), "heard", result->words, "right",
				 result->right, "refused", result->refused, "must_refuse", item->refuse,
				 "confidence", result->confidence);
	char *text = line ? json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(4)) : NULL;

	if (text)
		fprintf(stderr, "%s\n", text);
	free(text);
	json_decref(line);
}

static void collect(void *user, const struct bench_result *result)
{
	struct bench *bench = user;
	const struct bench_item *item = task_item(bench, result->task);
	struct condition *condition = &bench->conditions[task_condition(bench, result->task)];

	bench->n_done++;
	show_progress(bench);
	if (result->rss_kb > bench->rss_kb)
		bench->rss_kb = result->rss_kb;
	if (item->refuse && !isnan(condition->snr))
		return;
	bench->cpu_s += result->cpu_s;
	bench->audio_s += result->audio_s;
	if (item->refuse) {
		bench->reject_n++;
		bench->rejected += result->refused;
	} else {
		condition->n++;
		condition->accepted += result->right && !result->refused;
	}
	if (bench->flags->each)
		show_each(bench, item, condition->snr, result);
}

static json_t *condition_json(const struct condition *condition)
{
	return json_pack("{s:o, s:I, s:I, s:f}", "snr",
			 isnan(condition->snr) ? json_null() : json_real(condition->snr), "n",
			 (json_int_t)condition->n, "accepted", (json_int_t)condition->accepted, "acceptance",
			 condition->n ? (double)condition->accepted / (double)condition->n : 0.0);
}

/* Of the noisy conditions; NAN when there are none. */
static double mean_acceptance(const struct bench *bench)
{
	double sum = 0;

	for (size_t i = 1; i < bench->n_conditions; i++)
		if (bench->conditions[i].n)
			sum += (double)bench->conditions[i].accepted / (double)bench->conditions[i].n;
	return sum / (double)(bench->n_conditions - 1);
}

static json_t *report_json(const struct bench *bench)
{
	double mean = mean_acceptance(bench);
	json_t *conditions = json_array();

	for (size_t i = 0; i < bench->n_conditions; i++)
		json_array_append_new(conditions, condition_json(&bench->conditions[i]));
	return json_pack("{s:o, s:o, s:I, s:I, s:f, s:I}", "conditions", conditions, "mean_acceptance",
			 isnan(mean) ? json_null() : json_real(mean), "rejected", (json_int_t)bench->rejected,
			 "reject_n", (json_int_t)bench->reject_n, "cpu_xrt",
			 bench->audio_s > 0 ? bench->cpu_s / bench->audio_s : 0.0, "peak_rss_kb",
			 (json_int_t)bench->rss_kb);
}

static void print_share(const char *label, size_t n, size_t of, double good)
{
	bool colour = isatty(STDOUT_FILENO);
	double share = of ? (double)n / (double)of : 0;

	printf("  %-22s %s%6.1f %%%s   %zu of %zu\n", label,
	       !colour         ? ""
	       : share >= good ? "\033[32m"
			       : "\033[33m",
	       100 * share, colour ? "\033[0m" : "", n, of);
}

static void report_table(const struct bench *bench)
{
	double mean = mean_acceptance(bench);

	printf("%s\n", bench->baseline ? "plain PocketSphinx" : "Duet");
	for (size_t i = 0; i < bench->n_conditions; i++) {
		char label[32] = "clean";

		if (!isnan(bench->conditions[i].snr))
			snprintf(label, sizeof(label), "%g dB", bench->conditions[i].snr);
		print_share(label, bench->conditions[i].accepted, bench->conditions[i].n, 0.9);
	}
	if (!isnan(mean))
		printf("  %-22s %6.1f %%\n", "mean of the noise", 100 * mean);
	if (bench->reject_n)
		print_share("refused", bench->rejected, bench->reject_n, 0.95);
	printf("  %-22s %6.3f × real time\n", "decoding",
	       bench->audio_s > 0 ? bench->cpu_s / bench->audio_s : 0.0);
	printf("  %-22s %6.1f MB\n", "memory at most", (double)bench->rss_kb / 1024);
}

static int measure(struct bench *bench, bool baseline, struct duet_error *error)
{
	struct bench_work work = {.n_tasks = bench->corpus.n_items * bench->n_conditions,
				  .n_workers = bench->flags->jobs,
				  .start = start,
				  .run = run,
				  .stop = stop,
				  .collect = collect,
				  .user = bench};

	bench->baseline = baseline;
	bench->n_tasks = work.n_tasks;
	bench->n_done = bench->rejected = bench->reject_n = 0;
	bench->cpu_s = bench->audio_s = 0;
	bench->rss_kb = 0;
	for (size_t i = 0; i < bench->n_conditions; i++)
		bench->conditions[i].n = bench->conditions[i].accepted = 0;
	return bench_pool_run(&work, error);
}

static int print_json(json_t *report)
{
	char *text = json_dumps(report, JSON_COMPACT | JSON_REAL_PRECISION(6));

	if (text)
		puts(text);
	free(text);
	json_decref(report);
	return text ? 0 : -ENOMEM;
}

static int measure_and_report(struct bench *bench, struct duet_error *error)
{
	json_t *report = NULL;
	int status = measure(bench, false, error);

	if (status < 0)
		return status;
	if (bench->flags->json)
		report = report_json(bench);
	else
		report_table(bench);
	if (bench->flags->baseline)
		status = measure(bench, true, error);
	if (bench->flags->baseline && status == 0) {
		if (report)
			json_object_set_new(report, "baseline", report_json(bench));
		else
			report_table(bench);
	}
	return report && status == 0 ? print_json(report) : status;
}

/* "6,9,12" */
static int read_conditions(struct bench *bench)
{
	const char *at = bench->flags->snr;
	char *end;

	bench->conditions[bench->n_conditions++].snr = NAN;
	while (bench->flags->noise && at && *at) {
		double snr = strtod(at, &end);

		if (end == at || (*end && *end != ',') || !isfinite(snr) ||
		    bench->n_conditions == MAX_CONDITIONS)
			return -EINVAL;
		bench->conditions[bench->n_conditions++].snr = snr;
		at = *end ? end + 1 : end;
	}
	return 0;
}

static int yaml_file(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

/* The file itself, or the first one of a folder. */
static void first_file(const char *path, char *file, size_t size)
{
	struct dirent **entries = NULL;
	int n = scandir(path, &entries, yaml_file, alphasort);

	if (n > 0)
		snprintf(file, size, "%s/%s", path, entries[0]->d_name);
	else
		snprintf(file, size, "%s", path);
	for (int i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
}

/* What the sentences say, in their spelling; --language only when it is another one. */
static int find_language(struct bench *bench, const char *path, struct duet_error *error)
{
	char file[4096];
	const char *wanted = bench->flags->language;
	const struct duet_yaml_node *root, *node;
	struct duet_yaml *yaml;
	int status;

	first_file(path, file, sizeof(file));
	status = duet_yaml_load(&yaml, file, error);
	if (status < 0)
		return status;
	root = duet_yaml_root(yaml);
	node = root ? duet_yaml_get(root, "language") : NULL;
	if (node && (!wanted || strcasecmp(node->text, wanted) == 0))
		wanted = node->text;
	snprintf(bench->language, sizeof(bench->language), "%s", wanted ? wanted : "en");
	duet_yaml_free(yaml);
	return 0;
}

static int open_sentences(struct bench *bench, struct duet_error *error)
{
	const char *sources[] = {bench->flags->sentences};
	struct duet_lexicon_setup lexicon = {.language = bench->language, .data_dir = duet_data_dir()};
	int status = find_language(bench, sources[0], error);

	if (status == 0)
		status = duet_cache_open(&bench->grammar, sources, 1, bench->language,
					 &(struct duet_cache_places){0}, error);
	if (status == 0 && bench->flags->home)
		status = duet_home_new_file(&bench->home, bench->flags->home, error);
	if (status == 0 && bench->home)
		status = duet_home_fill(bench->home, bench->grammar, NULL, error);
	if (status == 0)
		status = duet_wordnet_new(&bench->net, bench->grammar, NULL, MAX_ARCS, error);
	if (status == 0)
		status = duet_lexicon_new(&bench->lexicon, &lexicon, error);
	return status;
}

/* "in here" needs a place: the first room of the home. */
static int choose_area(struct bench *bench, struct duet_error *error)
{
	const struct duet_yaml_node *root, *areas, *name;
	const struct duet_home_area *area = NULL;
	struct duet_yaml *yaml;
	int status;

	if (!bench->home)
		return 0;
	status = duet_yaml_load(&yaml, bench->flags->home, error);
	if (status < 0)
		return status;
	root = duet_yaml_root(yaml);
	areas = root ? duet_yaml_get(root, "fixtures") : NULL;
	areas = duet_yaml_get(areas ? areas : root, "areas");
	name = areas && areas->first ? duet_yaml_get(areas->first, "name") : NULL;
	if (name)
		area = duet_home_area(bench->home, name->text);
	bench->corpus.context.area = area ? area->id : NULL;
	duet_yaml_free(yaml);
	return 0;
}

static int open_recordings(struct bench *bench, struct duet_error *error)
{
	const struct flags *flags = bench->flags;
	int status = choose_area(bench, error);

	bench->corpus.grammar = bench->grammar;
	bench->corpus.arena = bench->invocation->arena;
	if (status == 0)
		status = bench_corpus_add(&bench->corpus, flags->audio, flags->labels, flags->only_known,
					  error);
	if (status == 0 && flags->reject)
		status = bench_corpus_add(&bench->corpus, flags->reject, NULL, false, error);
	if (status == 0 && flags->noise)
		status = bench_sound_load(&bench->noise, flags->noise, error);
	return status;
}

static void bench_done(struct bench *bench)
{
	bench_sound_done(&bench->noise);
	duet_free(bench->corpus.items);
	duet_lexicon_free(bench->lexicon);
	duet_wordnet_free(bench->net);
	duet_grammar_free(bench->grammar);
	duet_home_free(bench->home);
}

static int bench_speech_run(const struct duet_invocation *invocation)
{
	struct bench bench = {.invocation = invocation, .flags = invocation->flags};
	struct duet_error error = {0};
	int code = DUET_EXIT_DONE;

	if (!bench.flags->sentences || !bench.flags->audio)
		return duet_command_usage(invocation, "--sentences and --audio are needed");
	if (!duet_engine_find("asr", bench.flags->engine))
		return duet_command_usage(invocation, "there is no engine %s", bench.flags->engine);
	if (read_conditions(&bench) < 0)
		return duet_command_usage(invocation, "--snr takes numbers, as in 6,12,24");
	if (open_sentences(&bench, &error) < 0)
		code = duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	else if (open_recordings(&bench, &error) < 0 || measure_and_report(&bench, &error) < 0)
		code = duet_command_error(invocation, DUET_EXIT_FAILED, &error);
	bench_done(&bench);
	return code;
}

#define FLAG(name, kind, field, fallback, help, min, max)                                                    \
	{                                                                                                    \
		name, kind, offsetof(struct flags, field), fallback, help, NULL, min, max                    \
	}

static const struct duet_flag flags[] = {
	{0, "FILE|DIR",
	 FLAG("sentences", DUET_OPTION_PATH, sentences, NULL, "Sentences that may be said", 0, 0)},
	{0, "FILE",
	 FLAG("home", DUET_OPTION_PATH, home, NULL, "Areas and entities that they may name", 0, 0)},
	{0, "DIR", FLAG("audio", DUET_OPTION_PATH, audio, NULL, "Recordings", 0, 0)},
	{0, "FILE|names",
	 FLAG("labels", DUET_OPTION_TEXT, labels, "names", "What they mean: a JSON file, or their names", 0,
	      0)},
	{0, "DIR", FLAG("reject", DUET_OPTION_PATH, reject, NULL, "Recordings that must be refused", 0, 0)},
	{0, "FILE", FLAG("noise", DUET_OPTION_PATH, noise, NULL, "Noise to mix in", 0, 0)},
	{0, "LIST",
	 FLAG("snr", DUET_OPTION_TEXT, snr, "6,9,12,15,18,21,24", "Signal to noise ratios in dB", 0, 0)},
	{0, "N", FLAG("seed", DUET_OPTION_INT, seed, "1", "Chooses the pieces of noise", 0, 1e9)},
	{0, "LANGUAGE",
	 FLAG("language", DUET_OPTION_TEXT, language, NULL, "Instead of the sentences' own", 0, 0)},
	{0, "N", FLAG("jobs", DUET_OPTION_INT, jobs, "0", "Processes; 0: one a processor", 0, 64)},
	{0, "NAME", FLAG("engine", DUET_OPTION_TEXT, engine, "sphinx", "Recognition engine", 0, 0)},
	{0, NULL,
	 FLAG("only-known", DUET_OPTION_BOOL, only_known, NULL, "Only names that are sentences", 0, 0)},
	{0, NULL, FLAG("baseline", DUET_OPTION_BOOL, baseline, NULL, "Plain PocketSphinx beside it", 0, 0)},
	{0, NULL, FLAG("each", DUET_OPTION_BOOL, each, NULL, "One line a recording on stderr", 0, 0)},
	{'j', NULL, FLAG("json", DUET_OPTION_BOOL, json, NULL, "One JSON object", 0, 0)},
	{0},
};

const struct duet_command duet_bench_speech = {
	.name = "speech",
	.summary = "Recordings of people against what they said",
	.description = "Hears recordings as the speaker would and compares what was understood with what "
		       "was said, clean and mixed with noise. What must be refused (oov_… and --reject) is "
		       "counted apart.",
	.flags = flags,
	.flags_size = sizeof(struct flags),
	.run = bench_speech_run,
};
