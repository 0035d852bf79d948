/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cmd/bench/bench_echo.h"
#include "cmd/bench/bench_music.h"
#include "cmd/bench/bench_talk.h"

enum {
	FRAME = DUET_FRAME_SAMPLES,
	SECOND = 100, /* frames */
	WARM_UP = 6 * SECOND,
	BETWEEN = 150, /* frames between words … */
	LATE = 120,    /* … in which one still counts */
	TAIL_MS = 250,
	PAUSE = 40, /* frames between two sentences of the speaker */
};

const double bench_echo_levels[BENCH_ECHO_LEVELS] = {0, -5, -10};

static const double rooms_s[] = {0.2, 0.3, 0.4, 0.5, 0.6};

/* What the loudspeaker plays, endlessly. */
struct player {
	enum bench_echo_kind kind;
	struct bench_music music;
	struct bench_talk talk;
	struct bench_sound sentence;
	char text[512], before[512]; /* its words, and those of the one before */
	size_t at;                   /* samples of the sentence, and of the pause behind it */
	double power;                /* at the microphone */
};

struct bench_worker {
	struct bench_echo *bench;
	struct bench_ear ear;
	struct duet_halt *halt;
	struct player player;
	struct duet_error *error;
};

void *bench_echo_start(void *user, struct duet_error *error)
{
	struct bench_worker *worker = duet_calloc(1, sizeof(*worker));

	if (!worker) {
		duet_error_set(error, -ENOMEM, "out of memory");
		return NULL;
	}
	worker->bench = user;
	return worker;
}

void bench_echo_stop(void *started)
{
	duet_free(started);
}

/* Playing. */

static int next_sentence(struct player *player, struct duet_error *error)
{
	bench_sound_done(&player->sentence);
	snprintf(player->before, sizeof(player->before), "%s", player->text);
	player->at = 0;
	return bench_talk_say(&player->talk, &player->sentence, player->text, sizeof(player->text), error);
}

static int play_speech(struct player *player, int16_t out[FRAME], struct duet_error *error)
{
	if (player->at >= player->sentence.n_samples + (size_t)PAUSE * FRAME) {
		int result = next_sentence(player, error);

		if (result < 0)
			return result;
	}
	for (int i = 0; i < FRAME; i++, player->at++)
		out[i] = player->at < player->sentence.n_samples ? player->sentence.samples[player->at] : 0;
	return 0;
}

static int play(struct player *player, int16_t out[FRAME], struct duet_error *error)
{
	memset(out, 0, FRAME * sizeof(*out));
	if (player->kind == BENCH_ECHO_QUIET)
		return 0;
	if (player->kind == BENCH_ECHO_SPEECH || player->kind == BENCH_ECHO_SELF)
		return play_speech(player, out, error);
	bench_music_make(&player->music, out, FRAME);
	return 0;
}

/* The level is that of ten seconds. */
static int measure_power(struct bench_worker *worker, uint64_t seed, struct duet_error *error)
{
	struct player *player = &worker->player;
	size_t n = 10 * BENCH_RATE_HZ;
	int16_t *samples = duet_calloc(n, sizeof(*samples));
	int result = samples ? 0 : -ENOMEM;

	for (size_t at = 0; at + FRAME <= n && result == 0; at += FRAME)
		result = play(player, samples + at, error);
	if (result == 0)
		player->power = bench_ear_power(samples, n) * BENCH_EAR_GAIN * BENCH_EAR_GAIN;
	duet_free(samples);
	bench_music_init(&player->music, seed);
	return result;
}

static int open_player(struct bench_worker *worker, enum bench_echo_kind kind, uint64_t seed,
		       struct duet_error *error)
{
	struct bench_echo *bench = worker->bench;
	struct player *player = &worker->player;
	int result = 0;

	*player = (struct player){.kind = kind};
	bench_music_init(&player->music, seed);
	if (kind == BENCH_ECHO_SPEECH || kind == BENCH_ECHO_SELF)
		result = bench_talk_open(&player->talk, bench->config, seed, error);
	if (result == 0 && kind == BENCH_ECHO_SELF) {
		player->talk.phrases = bench->names;
		player->talk.n_phrases = bench->n_phrases;
	}
	return result == 0 ? measure_power(worker, seed, error) : result;
}

static void close_player(struct player *player)
{
	bench_sound_done(&player->sentence);
	if (player->talk.config)
		bench_talk_done(&player->talk);
}

/* Speaking into the room. */

/* How loud it must be to lie `level_db` over the echo; over nothing: as over the music. */
static float gain_for(const struct player *player, const struct bench_sound *voice, double level_db)
{
	double power = bench_ear_power(voice->samples, voice->n_samples);
	double wanted = (player->power > 0 ? player->power : 1e6) * pow(10, level_db / 10);

	return power > 0 ? (float)sqrt(wanted / power) : 0;
}

static int step(struct bench_worker *worker, const struct bench_sound *voice, size_t at, float gain,
		struct bench_heard *heard, struct duet_error *error)
{
	int16_t played[FRAME];
	float spoken[FRAME];
	int result = play(&worker->player, played, error);

	if (result < 0)
		return result;
	for (size_t i = 0; i < FRAME; i++)
		spoken[i] = voice && at + i < voice->n_samples ? gain * voice->samples[at + i] : 0;
	result = bench_ear_step(&worker->ear, played, spoken, heard);
	return result < 0
		       ? duet_error_set(error, result, "the wake engine failed: %s", strerrordesc_np(-result))
		       : 0;
}

static int stay_silent(struct bench_worker *worker, int n_frames, struct duet_error *error)
{
	struct bench_heard heard;
	int result = 0;

	for (int i = 0; i < n_frames && result == 0; i++)
		result = step(worker, NULL, 0, 0, &heard, error);
	return result;
}

struct count {
	bool heard, gated, halted;
};

/* A voice, and then the time in which it may be heard. */
static int speak(struct bench_worker *worker, const struct bench_sound *voice, double level_db,
		 struct count *count, struct duet_error *error)
{
	float gain = gain_for(&worker->player, voice, level_db);
	size_t n = voice->n_samples / FRAME + 1 + LATE;
	int result = 0;

	*count = (struct count){false, false, false};
	for (size_t i = 0; i < n && result == 0; i++) {
		struct bench_heard heard;

		result = step(worker, voice, i * FRAME, gain, &heard, error);
		if (result < 0)
			return result;
		count->halted |= heard.halt_word >= 0;
		if (heard.phrase != 0)
			continue;
		if (heard.is_own && !worker->bench->flags->no_gate)
			count->gated = true;
		else
			count->heard = true;
	}
	return result;
}

static int load_word(struct bench_echo *bench, const struct bench_echo_word *word, struct bench_sound *sound,
		     struct duet_error *error)
{
	struct voice voice;
	int result;

	if (word->path)
		return bench_sound_load(sound, word->path, error);
	result = voice_open(&voice, bench->config, &bench->config->assistants[word->assistant], word->voice,
			    error);
	if (result < 0)
		return result;
	result = bench_talk_speak(voice.tts, word->text, sound, error);
	voice_done(&voice);
	return result;
}

/* Tasks. */

static void report_missed(const struct bench_echo_task *task, const struct bench_echo_word *word,
			  const struct count *count)
{
	fprintf(stderr, "missed %s over %s, %.0f dB%s\n", word->path ? word->path : word->voice,
		bench_echo_kinds[task->kind], bench_echo_levels[task->level],
		count->gated ? ": taken for its own" : "");
}

static int say_words(struct bench_worker *worker, const struct bench_echo_task *task,
		     const struct bench_echo_word *words, struct bench_result *result,
		     struct duet_error *error)
{
	int status = stay_silent(worker, WARM_UP, error);

	for (size_t i = task->first; i < task->first + task->n && status == 0; i++) {
		struct bench_sound sound;
		struct count count;

		status = load_word(worker->bench, &words[i], &sound, error);
		if (status < 0)
			return status;
		status = speak(worker, &sound, bench_echo_levels[task->level], &count, error);
		result->n_words++;
		result->n_heard += task->kind == BENCH_ECHO_STOP ? count.halted : count.heard;
		result->n_gated += count.gated && !count.heard;
		if (worker->bench->flags->each &&
		    !(task->kind == BENCH_ECHO_STOP ? count.halted : count.heard))
			report_missed(task, &words[i], &count);
		bench_sound_done(&sound);
		if (status == 0)
			status = stay_silent(worker, BETWEEN, error);
	}
	return status;
}

/* As the speaker's mouth tells its ear: the words of the sentence, and a moment longer. */
static bool says(const struct player *player, const char *phrase)
{
	return strstr(player->text, phrase) ||
	       (player->at < (size_t)(SECOND + SECOND / 5 - PAUSE) * FRAME && strstr(player->before, phrase));
}

/* Own speech alone: whatever is heard is a mistake. */
static int hear_oneself(struct bench_worker *worker, const struct bench_echo_task *task,
			struct bench_result *result, struct duet_error *error)
{
	int status = 0;

	for (size_t i = 0; i < task->n * SECOND && status == 0; i++) {
		struct bench_heard heard;

		status = step(worker, NULL, 0, 0, &heard, error);
		if (status < 0 || heard.phrase < 0)
			continue;
		heard.is_own |= worker->ear.setup.cancels &&
				says(&worker->player, worker->bench->names[heard.phrase]);
		result->n_gated += heard.is_own;
		result->n_heard += !heard.is_own || worker->bench->flags->no_gate;
		if (worker->bench->flags->each)
			fprintf(stderr, "%s %s, %.2f s\n", heard.is_own ? "own" : "WOKEN",
				worker->bench->names[heard.phrase], (double)i / SECOND);
	}
	result->background_s = (double)task->n;
	return status;
}

/* Another talker, with the same loudness as the echo: whatever stops the music is a mistake. */
static int talk_over(struct bench_worker *worker, const struct bench_echo_task *task,
		     struct bench_result *result, struct duet_error *error)
{
	struct bench_echo *bench = worker->bench;
	int status = stay_silent(worker, WARM_UP, error);

	for (size_t i = task->first; i < task->first + task->n && status == 0; i++) {
		struct bench_sound sound;
		struct count count;

		status = bench_sound_load(&sound, bench->background[i], error);
		if (status < 0)
			return status;
		status = speak(worker, &sound, bench_echo_levels[0], &count, error);
		result->background_s += (double)sound.n_samples / BENCH_RATE_HZ + (double)LATE / SECOND;
		result->n_heard += count.halted;
		result->n_woken += count.heard;
		if ((count.halted || count.heard) && bench->flags->each)
			fprintf(stderr, "%s by %s\n", count.halted ? "stopped" : "woken",
				bench->background[i]);
		bench_sound_done(&sound);
	}
	return status;
}

static int do_task(struct bench_worker *worker, const struct bench_echo_task *task,
		   struct bench_result *result, struct duet_error *error)
{
	switch (task->kind) {
	case BENCH_ECHO_SELF:
		return hear_oneself(worker, task, result, error);
	case BENCH_ECHO_TALK:
		return talk_over(worker, task, result, error);
	case BENCH_ECHO_STOP:
		return say_words(worker, task, worker->bench->stops, result, error);
	default:
		return say_words(worker, task, worker->bench->words, result, error);
	}
}

/* Where a word is counted nothing else is listened for: that would take most of the time. */
static size_t n_phrases(const struct bench_echo *bench, enum bench_echo_kind kind)
{
	if (kind == BENCH_ECHO_STOP)
		return 0;
	return kind == BENCH_ECHO_SELF ? bench->n_phrases : 1;
}

int bench_echo_run(void *started, size_t number, struct bench_result *result, struct duet_error *error)
{
	struct bench_worker *worker = started;
	struct bench_echo *bench = worker->bench;
	const struct bench_echo_task *task = &bench->tasks[number];
	bool halts = task->kind == BENCH_ECHO_STOP || task->kind == BENCH_ECHO_TALK;
	uint64_t seed = bench_sound_random((uint64_t)bench->flags->seed + task->kind, task->first);
	struct bench_ear_setup ear = {
		.phrases = bench->phrases,
		.choices = bench->choices,
		.n_phrases = n_phrases(bench, task->kind),
		.vad = bench->vad,
		.vad_options = bench->vad_options,
		.rt60_s = rooms_s[seed / 5000 % (sizeof(rooms_s) / sizeof(rooms_s[0]))],
		.delay_samples = 320 + (int)(seed % 5000),
		.cancels = !bench->flags->plain,
		.clear_score = bench->config->wake.own_sound_score,
		.tail_ms = TAIL_MS,
		.seed = seed,
	};
	int status = halts ? duet_halt_new(&worker->halt, &bench->halt) : 0;

	ear.halt = worker->halt;
	if (status == 0)
		status = bench_ear_open(&worker->ear, &ear, error);
	if (status == 0)
		status = open_player(worker, task->kind, seed, error);
	if (status == 0)
		status = do_task(worker, task, result, error);
	result->cpu_s = worker->ear.cancel_cpu_s;
	result->audio_s = (double)worker->ear.n_cancelled / SECOND;
	close_player(&worker->player);
	bench_ear_done(&worker->ear);
	duet_halt_free(worker->halt);
	worker->halt = NULL;
	return status;
}
