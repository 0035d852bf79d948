/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
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

static void say(const char *voice, const char *text)
{
	const struct duet_tts_engine *flite = &duet_tts_engine_flite;
	struct duet_tts_setup setup = {.language = "en-US", .voice = voice, .rate = 1};
	void *state = calloc(1, flite->engine.state_size);

	assert_int_equal(flite->open(state, &setup, NULL), 0);
	assert_int_equal(flite->speak(state, text, gather, NULL), 0);
	flite->close(state);
	free(state);
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

/* A person who says "hey computer" for "okay computer" is heard when that was learnt. */
static void test_how_a_person_says_it_is_learnt(void **state)
{
	static int16_t samples[3][SOUND_MAX];
	static const char *const voices[] = {"rms", "slt", "rms"};
	struct duet_wake_recording recordings[3];
	struct duet_lexicon *lexicon = english();
	struct duet_wake_phrase phrase = {"okay computer", "en-US", lexicon, 0.5, NULL};
	struct duet_wake_setup setup = {.options = &defaults, .phrases = &phrase, .n_phrases = 1};
	char *lines;

	for (int i = 0; i < 3; i++) {
		sound.n = 0;
		silence(200);
		say(voices[i], i == 0 ? "okay computer" : "okay compuda");
		silence(200);
		memcpy(samples[i], sound.samples, sound.n * sizeof(samples[i][0]));
		recordings[i] = (struct duet_wake_recording){.samples = samples[i], .n_samples = sound.n};
	}
	assert_int_equal(wake->enrol(&setup, recordings, 3, &lines, NULL), 0);
	assert_int_equal(strncmp(lines, "okay computer\t", 14), 0);
	for (int i = 0; i < 3; i++) {
		assert_true(recordings[i].after >= recordings[i].before);
		assert_true(recordings[i].after >= 0.4);
	}
	duet_free(lines);
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
		cmocka_unit_test(test_how_a_person_says_it_is_learnt),
		cmocka_unit_test(test_mistakes_say_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
