/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "duet/tts_engine.h"
#include "duet/wake_engine.h"
#include "lexicon/lexicon.h"
#include "temporary_file.h"

extern const struct duet_wake_engine duet_wake_engine_sphinx;
extern const struct duet_tts_engine duet_tts_engine_flite;

static const struct duet_wake_engine *const wake = &duet_wake_engine_sphinx;

enum { RATE_HZ = 16000, SOUND_MAX = 8 * RATE_HZ, STEP = 160 };

/* As the option table reads them. */
struct sphinx_options {
	const char *model;
};

static const struct sphinx_options defaults = {NULL};

struct sound {
	int16_t samples[SOUND_MAX];
	size_t n;
};

static struct sound sound;

static bool gather(void *user, const int16_t *samples, size_t n_samples)
{
	for (size_t i = 0; i < n_samples && sound.n < SOUND_MAX; i++)
		sound.samples[sound.n++] = samples[i];
	return false;
}

static void silence(size_t ms)
{
	for (size_t i = 0; i < ms * RATE_HZ / 1000 && sound.n < SOUND_MAX; i++)
		sound.samples[sound.n++] = (int16_t)(i % 3);
}

static void say_at(const char *voice, const char *text, double rate)
{
	const struct duet_tts_engine *flite = &duet_tts_engine_flite;
	struct duet_tts_setup setup = {.language = "en-US", .voice = voice, .rate = rate};
	void *state = calloc(1, flite->engine.state_size);

	assert_int_equal(flite->open(state, &setup, NULL), 0);
	assert_int_equal(flite->speak(state, text, gather, NULL), 0);
	flite->close(state);
	free(state);
}

static void say(const char *voice, const char *text)
{
	say_at(voice, text, 1);
}

static struct duet_lexicon *english(void)
{
	struct duet_lexicon *lexicon = NULL;
	char data[512];

	snprintf(data, sizeof(data), "%s/data", getenv("DUET_SOURCE"));
	assert_int_equal(duet_lexicon_new(&lexicon,
					  &(struct duet_lexicon_setup){.language = "en-US", .data_dir = data},
					  NULL),
			 0);
	return lexicon;
}

struct listener {
	struct duet_lexicon *lexicon;
	struct duet_wake_phrase phrases[2];
	void *state;
};

static void open_listener(struct listener *listener)
{
	listener->lexicon = english();
	listener->phrases[0] =
		(struct duet_wake_phrase){"hey cortana", "en-US", listener->lexicon, 0.5, NULL};
	listener->phrases[1] =
		(struct duet_wake_phrase){"okay computer", "en-US", listener->lexicon, 0.5, NULL};
	listener->state = calloc(1, wake->engine.state_size);
	assert_int_equal(wake->open(listener->state,
				    &(struct duet_wake_setup){.options = &defaults,
							      .phrases = listener->phrases,
							      .n_phrases = 2},
				    NULL),
			 0);
}

static void close_listener(struct listener *listener)
{
	wake->close(listener->state);
	free(listener->state);
	duet_lexicon_free(listener->lexicon);
}

/* How many detections; the last one. */
static int hear(struct listener *listener, struct duet_wake_detection *detection)
{
	int n = 0;

	wake->reset(listener->state);
	for (size_t i = 0; i + STEP <= sound.n; i += STEP)
		n += wake->feed(listener->state, sound.samples + i, STEP, detection);
	return n;
}

static void test_each_phrase_is_heard_where_it_was_said(void **state)
{
	static const char *const texts[] = {"hey cortana", "okay computer"};
	struct duet_wake_detection detection;
	struct listener listener;

	open_listener(&listener);
	for (size_t i = 0; i < 2; i++) {
		size_t begin, end;

		sound.n = 0;
		silence(700);
		begin = sound.n;
		say("rms", texts[i]);
		end = sound.n;
		say("rms", "what time is it");
		assert_int_equal(hear(&listener, &detection), 1);
		assert_int_equal(detection.phrase, i);
		assert_true(detection.score >= 0.5f && detection.score <= 1);
		assert_true(detection.end > (int64_t)begin + RATE_HZ / 3 &&
			    detection.end < (int64_t)end + RATE_HZ / 3);
		assert_true(detection.begin < detection.end);
	}
	close_listener(&listener);
}

static void test_other_speech_and_silence_wake_nobody(void **state)
{
	struct duet_wake_detection detection;
	struct listener listener;

	open_listener(&listener);
	sound.n = 0;
	say("slt", "the weather is nice today and we go to the market");
	silence(2000);
	assert_int_equal(hear(&listener, &detection), 0);
	close_listener(&listener);
}

enum { N_TAKES = 5 };

static int16_t takes[N_TAKES][SOUND_MAX];

static struct duet_wake_recording record(int number, const char *text, double rate)
{
	sound.n = 0;
	silence(200);
	say_at("rms", text, rate);
	silence(200);
	memcpy(takes[number], sound.samples, sound.n * sizeof(takes[0][0]));
	return (struct duet_wake_recording){.samples = takes[number], .n_samples = sound.n};
}

/* No two times are quite the same, so what is compared is said once. */
static void say_between_silence(const char *voice, const char *text)
{
	sound.n = 0;
	silence(700);
	say_at(voice, text, 1.1);
	silence(700);
}

/* How clearly a phrase is heard when the engine knows what was learnt of it. */
static double score(struct duet_wake_phrase phrase, const char *model)
{
	struct duet_wake_setup setup = {.options = &defaults, .phrases = &phrase, .n_phrases = 1};
	struct duet_wake_detection detection;
	void *engine = calloc(1, wake->engine.state_size);
	double best = 0;

	phrase.sensitivity = 1;
	phrase.model = model;
	assert_int_equal(wake->open(engine, &setup, NULL), 0);
	for (size_t i = 0; i + STEP <= sound.n; i += STEP)
		if (wake->feed(engine, sound.samples + i, STEP, &detection) && (double)detection.score > best)
			best = (double)detection.score;
	wake->close(engine);
	free(engine);
	return best;
}

static void bursts(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (int k = 0; k < RATE_HZ / 5 && sound.n < SOUND_MAX; k++)
			sound.samples[sound.n++] = (int16_t)(3000 * sin(k * 0.9) * exp(-k / 800.0));
	}
}

static double score_after_bursts(bool own_sound)
{
	struct duet_lexicon *lexicon = english();
	struct duet_wake_phrase phrase = {"okay computer", "en-US", lexicon, 1, NULL};
	struct duet_wake_setup setup = {.options = &defaults, .phrases = &phrase, .n_phrases = 1};
	struct listener listener = {.state = calloc(1, wake->engine.state_size)};
	struct duet_wake_detection detection = {0};

	assert_int_equal(wake->open(listener.state, &setup, NULL), 0);
	wake->own_sound(listener.state, own_sound);
	assert_int_equal(hear(&listener, &detection), 1);
	wake->close(listener.state);
	free(listener.state);
	duet_lexicon_free(lexicon);
	return (double)detection.score;
}

static void test_what_is_left_of_own_music_tells_nothing_of_the_voice(void **state)
{
	sound.n = 0;
	bursts(20);
	silence(300);
	say_at("slt", "okay computer", 1.1);
	silence(700);
	assert_true(score_after_bursts(true) > score_after_bursts(false) + 0.03);
}

/* A person who says "compuda" for "computer" is heard better when that was learnt, others no worse, and what
 * is another word no better. */
static void test_how_a_person_says_it_is_learnt(void **state)
{
	static const char other[] = "okay what time is it in tokyo";
	struct duet_lexicon *lexicon = english();
	struct duet_wake_phrase phrase = {"okay computer", "en-US", lexicon, 0.5, NULL};
	struct duet_wake_setup setup = {.options = &defaults, .phrases = &phrase, .n_phrases = 1};
	struct duet_wake_recording recordings[N_TAKES];
	struct temporary_file model;
	char *lines;

	for (int i = 0; i < N_TAKES; i++)
		recordings[i] = record(i, i == 1 ? "good morning" : "okay compuda", 0.9 + 0.05 * i);
	recordings[4].flaw = DUET_WAKE_QUIET;
	assert_int_equal(wake->enrol(&setup, recordings, N_TAKES, &lines, NULL), 0);
	assert_int_equal(strncmp(lines, "okay computer\t", 14), 0);
	assert_int_equal(recordings[1].flaw, DUET_WAKE_UNHEARD);
	assert_int_equal(recordings[4].flaw, DUET_WAKE_QUIET);
	for (int i = 0; i < 4; i++)
		if (i != 1)
			assert_true(recordings[i].after >= 0.45 &&
				    recordings[i].after > recordings[i].before + 0.05);
	model = temporary_file(lines);
	say_between_silence("rms", "okay compuda");
	assert_true(score(phrase, model.path) > score(phrase, NULL));
	say_between_silence("slt", "okay computer");
	assert_true(score(phrase, model.path) >= score(phrase, NULL));
	say_between_silence("rms", other);
	assert_true(score(phrase, model.path) < 0.5);
	unlink(model.path);
	duet_free(lines);
	duet_lexicon_free(lexicon);
}

static int count(const char *text, const char *what)
{
	int n = 0;

	while ((text = strstr(text, what))) {
		text++;
		n++;
	}
	return n;
}

static void test_what_was_learnt_before_is_kept_beside_it(void **state)
{
	struct duet_lexicon *lexicon = english();
	struct duet_wake_phrase phrase = {"okay computer", "en-US", lexicon, 0.5, NULL};
	struct duet_wake_setup setup = {.options = &defaults, .phrases = &phrase, .n_phrases = 1};
	struct duet_wake_recording recordings[N_TAKES];
	char *lines = NULL;

	for (int round = 1; round <= 2; round++) {
		struct temporary_file model = temporary_file(lines ? lines : "");

		duet_free(lines);
		phrase.model = model.path;
		for (int i = 0; i < 3; i++)
			recordings[i] = record(i, "okay computer", 0.9 + 0.05 * (i + round));
		assert_int_equal(wake->enrol(&setup, recordings, 3, &lines, NULL), 0);
		assert_int_equal(count(lines, "\t="), 3 * round);
		unlink(model.path);
	}
	duet_free(lines);
	duet_lexicon_free(lexicon);
}

static void test_nothing_is_learnt_from_nothing(void **state)
{
	struct duet_lexicon *lexicon = english();
	struct duet_wake_phrase phrase = {"okay computer", "en-US", lexicon, 0.5, NULL};
	struct duet_wake_setup setup = {.options = &defaults, .phrases = &phrase, .n_phrases = 1};
	struct duet_wake_recording recordings[2] = {record(0, "good morning", 1),
						    record(1, "okay computer", 1)};
	char *lines;

	recordings[1].flaw = DUET_WAKE_CLIPPED;
	assert_int_equal(wake->enrol(&setup, recordings, 2, &lines, NULL), -ENODATA);
	assert_null(lines);
	assert_int_equal(recordings[0].flaw, DUET_WAKE_UNHEARD);
	assert_int_equal(wake->enrol(&setup, recordings, 0, &lines, NULL), -EINVAL);
	assert_null(lines);
	duet_lexicon_free(lexicon);
}

static void test_mistakes_say_what_to_do(void **state)
{
	struct duet_lexicon *lexicon = english();
	struct duet_wake_phrase phrase = {"", "en-US", lexicon, 0.5, NULL};
	struct duet_wake_setup setup = {.options = &defaults, .phrases = &phrase, .n_phrases = 1};
	void *engine = calloc(1, wake->engine.state_size);
	struct sphinx_options broken = {"/nonexistent"};
	struct duet_error error = {0};

	assert_true(wake->open(engine, &setup, &error) < 0);
	phrase.text = "hello";
	setup.options = &broken;
	assert_true(wake->open(engine, &setup, &error) < 0);
	assert_non_null(strstr(error.hint, "pocketsphinx-en-us"));
	setup.n_phrases = 0;
	assert_int_equal(wake->open(engine, &setup, &error), -EINVAL);
	free(engine);
	duet_lexicon_free(lexicon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_phrase_is_heard_where_it_was_said),
		cmocka_unit_test(test_other_speech_and_silence_wake_nobody),
		cmocka_unit_test(test_what_is_left_of_own_music_tells_nothing_of_the_voice),
		cmocka_unit_test(test_how_a_person_says_it_is_learnt),
		cmocka_unit_test(test_what_was_learnt_before_is_kept_beside_it),
		cmocka_unit_test(test_nothing_is_learnt_from_nothing),
		cmocka_unit_test(test_mistakes_say_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
