/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "assistant/assistant.h"
#include "base/option.h"
#include "cmd/bench/bench_echo.h"
#include "cmd/bench/bench_files.h"
#include "lexicon/lexicon.h"

enum { WORDS_PER_TASK = 12, SELF_S = 300, TALKS_PER_TASK = 40 };

/* Voices of other people than the assistants', where nobody was recorded. */
static const char *const voices[] = {
	"espeak-ng:en-us+f3", "espeak-ng:en-us+m3", "espeak-ng:en-gb+f2", "flite:rms",
	"flite:awb",          "espeak-ng:en-us+m7", "espeak-ng:en-us",    "flite:kal16",
};
static const char *const chinese_voices[] = {"espeak-ng:cmn-latn-pinyin+f3", "espeak-ng:cmn-latn-pinyin+m3",
					     "espeak-ng:cmn-latn-pinyin+f2", "espeak-ng:cmn-latn-pinyin+m7"};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static int fail_memory(struct duet_error *error)
{
	return duet_error_set(error, -ENOMEM, "out of memory");
}

static const void *defaults(struct bench_echo *bench, const struct duet_engine *engine)
{
	struct duet_arena *arena = bench->invocation->arena;
	void *options = duet_arena_alloc(arena, engine->options_size + 1);

	if (!options ||
	    (engine->options && duet_options_default(engine->options, options, ".", arena, NULL) < 0))
		return NULL;
	return options;
}

/* Phrases. */

static struct duet_wake_phrase *add_phrase(struct bench_echo *bench, const char *said,
					   const struct duet_wake_choice *choice)
{
	struct duet_wake_phrase *phrase = &bench->phrases[bench->n_phrases];

	*phrase = (struct duet_wake_phrase){.text = said, .sensitivity = bench->flags->sensitivity};
	bench->choices[bench->n_phrases] = *choice;
	bench->names[bench->n_phrases++] = said;
	return phrase;
}

static const char *base_name(struct bench_echo *bench, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t n = strcspn(name, ".");

	return duet_arena_printf(bench->invocation->arena, "%.*s", (int)n, name);
}

static int add_chosen(struct bench_echo *bench, struct duet_error *error)
{
	const struct bench_echo_flags *flags = bench->flags;
	const struct duet_engine *engine = duet_engine_find("wake", flags->model ? "micro" : "sphinx");
	struct duet_wake_choice choice = {(const struct duet_wake_engine *)(const void *)engine,
					  defaults(bench, engine)};
	struct duet_wake_phrase *phrase;

	if (!flags->model && !flags->phrase)
		return 0;
	if (!choice.options)
		return fail_memory(error);
	phrase = add_phrase(bench, flags->model ? base_name(bench, flags->model) : flags->phrase, &choice);
	phrase->language = flags->language;
	phrase->model = flags->model;
	if (flags->model)
		return 0;
	return duet_lexicon_new(
		       &bench->lexicons[0],
		       &(struct duet_lexicon_setup){.language = flags->language, .data_dir = duet_data_dir()},
		       error) < 0
		       ? -EINVAL
		       : (phrase->lexicon = bench->lexicons[0], 0);
}

/* The assistants' own wake words are listened for beside it. */
static int add_assistant(struct bench_echo *bench, size_t number, struct duet_error *error)
{
	const struct duet_assistant_config *own = &bench->config->assistants[number];
	struct duet_lexicon **lexicon = &bench->lexicons[number + 1];
	const char *word = duet_halt_word(own->language);
	int result = duet_assistant_lexicon(lexicon, bench->config, own, error);

	for (size_t i = 0; i < own->wake.n_items && result == 0; i++) {
		const struct duet_wake_word_config *one = &own->wake.items[i];
		struct duet_wake_choice choice = {
			(const struct duet_wake_engine *)(const void *)one->choice->engine,
			one->choice->options};
		struct duet_wake_phrase *phrase;

		if (bench->n_phrases == BENCH_ECHO_PHRASES)
			return duet_error_set(error, -E2BIG, "too many wake words");
		phrase = add_phrase(bench, one->word, &choice);
		phrase->language = own->language;
		phrase->lexicon = *lexicon;
		phrase->model = one->model;
	}
	if (word && result == 0)
		bench->halt_words[bench->halt.n_words++] =
			(struct duet_halt_word){word, own->language, *lexicon};
	return result;
}

static int open_engines(struct bench_echo *bench, struct duet_error *error)
{
	const struct duet_engine *vad = bench->config->vad.choice.engine;
	const struct duet_engine *spotter = duet_engine_find("wake", "sphinx");

	bench->vad = (const struct duet_vad_engine *)(const void *)vad;
	bench->vad_options = bench->config->vad.choice.options;
	bench->halt.engine = (const struct duet_wake_engine *)(const void *)spotter;
	bench->halt.options = defaults(bench, spotter);
	bench->halt.data_dir = duet_data_dir();
	bench->halt.words = bench->halt_words;
	bench->halt.sensitivity = DUET_HALT_SENSITIVITY;
	return bench->halt.options ? 0 : fail_memory(error);
}

/* Words. */

static int add_voices(struct bench_echo *bench, const char *text, size_t assistant,
		      struct bench_echo_word **words, size_t *n)
{
	bool is_chinese = strncmp(bench->config->assistants[assistant].language, "zh", 2) == 0;
	const char *const *table = is_chinese ? chinese_voices : voices;
	size_t n_voices = is_chinese ? COUNT(chinese_voices) : COUNT(voices);
	struct bench_echo_word *more =
		duet_arena_alloc(bench->invocation->arena, (*n + n_voices) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	if (*n)
		memcpy(more, *words, *n * sizeof(*more));
	for (size_t i = 0; i < n_voices; i++)
		more[(*n)++] =
			(struct bench_echo_word){.voice = table[i], .text = text, .assistant = assistant};
	*words = more;
	return 0;
}

static int list_words(struct bench_echo *bench, struct duet_error *error)
{
	const struct bench_echo_flags *flags = bench->flags;
	const char **paths = NULL;
	size_t n_paths = 0;
	int result = 0;

	for (size_t i = 0; i < flags->audio.n_items && result == 0; i++)
		result = bench_files_add(bench->invocation->arena, flags->audio.items[i],
					 (size_t)flags->every, &paths, &n_paths, error);
	if (result == 0 && n_paths == 0)
		return add_voices(bench, bench->names[0], 0, &bench->words, &bench->n_words);
	bench->words = duet_arena_alloc(bench->invocation->arena, (n_paths + 1) * sizeof(*bench->words));
	if (!bench->words)
		return fail_memory(error);
	for (size_t i = 0; i < n_paths; i++)
		bench->words[i] = (struct bench_echo_word){.path = paths[i]};
	bench->n_words = n_paths;
	return result;
}

static int list_stops(struct bench_echo *bench, struct duet_error *error)
{
	int result = 0;

	for (size_t i = 0; i < bench->config->n_assistants && result == 0; i++) {
		const char *word = duet_halt_word(bench->config->assistants[i].language);

		if (word)
			result = add_voices(bench, word, i, &bench->stops, &bench->n_stops);
	}
	for (size_t i = 0; i < bench->flags->background.n_items && result == 0; i++)
		result = bench_files_add(bench->invocation->arena, bench->flags->background.items[i],
					 (size_t)bench->flags->every, &bench->background,
					 &bench->n_background, error);
	return result;
}

/* Tasks. */

const char *const bench_echo_kinds[BENCH_ECHO_KINDS] = {
	[BENCH_ECHO_MUSIC] = "music", [BENCH_ECHO_SPEECH] = "speech", [BENCH_ECHO_QUIET] = "nothing",
	[BENCH_ECHO_SELF] = "self",   [BENCH_ECHO_STOP] = "stop",     [BENCH_ECHO_TALK] = "talk"};

static int check_scenes(const struct bench_echo *bench, struct duet_error *error)
{
	const struct duet_texts *scenes = &bench->flags->scenes;

	for (size_t i = 0; i < scenes->n_items; i++) {
		int kind = 0;

		while (kind < BENCH_ECHO_KINDS && strcmp(bench_echo_kinds[kind], scenes->items[i]) != 0)
			kind++;
		if (kind == BENCH_ECHO_KINDS)
			return duet_error_set(error, -EINVAL,
					      "there is no scene \"%.40s\"; there are nothing, music, "
					      "speech, self, stop and talk",
					      scenes->items[i]);
	}
	return 0;
}

static bool is_wanted(const struct bench_echo *bench, enum bench_echo_kind kind)
{
	const struct duet_texts *scenes = &bench->flags->scenes;
	bool found = scenes->n_items == 0;

	for (size_t i = 0; i < scenes->n_items; i++)
		found |= strcmp(scenes->items[i], bench_echo_kinds[kind]) == 0;
	return found;
}

static void add_task(struct bench_echo *bench, enum bench_echo_kind kind, size_t level, size_t first,
		     size_t n)
{
	if (!is_wanted(bench, kind))
		return;
	bench->tasks[bench->n_tasks++] = (struct bench_echo_task){kind, level, first, n};
}

static void add_in_pieces(struct bench_echo *bench, enum bench_echo_kind kind, size_t level, size_t n,
			  size_t piece)
{
	for (size_t first = 0; first < n; first += piece)
		add_task(bench, kind, level, first, n - first < piece ? n - first : piece);
}

static int make_tasks(struct bench_echo *bench, struct duet_error *error)
{
	size_t self_s = (size_t)(bench->flags->hours * 3600);
	size_t most = 12 * (bench->n_words + bench->n_stops + 2) + bench->n_background + self_s / SELF_S + 2;

	bench->tasks = duet_arena_alloc(bench->invocation->arena, most * sizeof(*bench->tasks));
	if (!bench->tasks)
		return fail_memory(error);
	for (size_t level = 0; level < BENCH_ECHO_LEVELS; level++) {
		add_in_pieces(bench, BENCH_ECHO_MUSIC, level, bench->n_words, WORDS_PER_TASK);
		add_in_pieces(bench, BENCH_ECHO_SPEECH, level, bench->n_words, WORDS_PER_TASK);
		add_in_pieces(bench, BENCH_ECHO_STOP, level, bench->n_stops, WORDS_PER_TASK);
	}
	add_in_pieces(bench, BENCH_ECHO_QUIET, 0, bench->n_words, WORDS_PER_TASK);
	add_in_pieces(bench, BENCH_ECHO_TALK, 0, bench->n_background, TALKS_PER_TASK);
	for (size_t s = 0; s < self_s; s += SELF_S)
		add_task(bench, BENCH_ECHO_SELF, 0, s, self_s - s < SELF_S ? self_s - s : SELF_S);
	return 0;
}

int bench_echo_prepare(struct bench_echo *bench, struct duet_error *error)
{
	int result = check_scenes(bench, error);

	if (result == 0)
		result = duet_config_load(&bench->config, bench->flags->config, NULL, error);
	if (result == 0)
		result = add_chosen(bench, error);
	for (size_t i = 0; result == 0 && i < bench->config->n_assistants && i + 1 < BENCH_ECHO_PHRASES; i++)
		result = add_assistant(bench, i, error);
	if (result == 0)
		result = open_engines(bench, error);
	if (result == 0)
		result = list_words(bench, error);
	if (result == 0)
		result = list_stops(bench, error);
	return result == 0 ? make_tasks(bench, error) : result;
}

void bench_echo_done(struct bench_echo *bench)
{
	for (size_t i = 0; i < BENCH_ECHO_PHRASES; i++)
		duet_lexicon_free(bench->lexicons[i]);
	duet_config_free(bench->config);
}
