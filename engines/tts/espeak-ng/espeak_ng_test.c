/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "duet/tts_engine.h"

extern const struct duet_tts_engine duet_tts_engine_espeak_ng;

static const struct duet_tts_engine *const espeak = &duet_tts_engine_espeak_ng;

struct heard {
	size_t n_samples, n_calls, stop_after;
	double energy;
};

static bool hear(void *user, const int16_t *samples, size_t n_samples)
{
	struct heard *heard = user;

	for (size_t i = 0; i < n_samples; i++)
		heard->energy += (double)samples[i] * samples[i];
	heard->n_samples += n_samples;
	heard->n_calls++;
	return heard->stop_after && heard->n_calls >= heard->stop_after;
}

struct text_options {
	const char *program;
};

static int open_program(void *state, const char *program, const char *language, const char *voice,
			struct duet_error *error)
{
	struct duet_tts_setup setup = {
		.language = language, .voice = voice, .options = &(struct text_options){program}};

	return espeak->open(state, &setup, error);
}

static void test_both_languages_sound(void **state)
{
	static const char *const texts[][2] = {{"en-US", "the light is on"},
					       {"zh-CN", "da3 kai1 ke4 ting1 de5 deng1"}};

	for (size_t i = 0; i < 2; i++) {
		void *engine = calloc(1, espeak->engine.state_size);
		struct heard heard = {0};

		assert_int_equal(open_program(engine, "espeak-ng", texts[i][0], NULL, NULL), 0);
		for (int again = 0; again < 2; again++)
			assert_int_equal(espeak->speak(engine, texts[i][1], hear, &heard), 0);
		assert_in_range(heard.n_samples, 22050, 6 * 22050);
		assert_true(heard.energy / (double)heard.n_samples > 300.0 * 300.0);
		espeak->close(engine);
		free(engine);
	}
}

static void test_it_stops_when_told(void **state)
{
	void *engine = calloc(1, espeak->engine.state_size);
	struct heard heard = {.stop_after = 1};

	assert_int_equal(open_program(engine, "espeak-ng", "en-US", "en-us+f2", NULL), 0);
	assert_int_equal(
		espeak->speak(engine, "one two three four five six seven eight nine ten", hear, &heard), 0);
	assert_int_equal(heard.n_calls, 1);
	espeak->close(engine);
	free(engine);
}

static void test_missing_program_and_voice(void **state)
{
	void *engine = calloc(1, espeak->engine.state_size);
	struct duet_error error;

	assert_int_equal(open_program(engine, "no-such-program", "en-US", NULL, &error), -ENOENT);
	assert_non_null(strstr(error.hint, "install"));
	assert_int_equal(open_program(engine, "espeak-ng", "en-US", "qq-nothing", &error), -ENOENT);
	assert_non_null(strstr(error.what, "qq-nothing"));
	free(engine);
}

/* A program that dies, or that answers with something else than sound, is an error and nothing worse. */
static void test_broken_programs(void **state)
{
	static const char *const scripts[] = {"#!/bin/sh\nexit 1\n", "#!/bin/sh\ncat\n",
					      "#!/bin/sh\ncat >/dev/null\nprintf RIFF\n"};
	char path[] = "/tmp/duet-espeak-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
		void *engine = calloc(1, espeak->engine.state_size);
		FILE *file = fopen(path, "w");

		assert_non_null(file);
		fputs(scripts[i], file);
		fclose(file);
		chmod(path, 0700);
		assert_int_equal(open_program(engine, path, "en-US", NULL, NULL), -ENOENT);
		free(engine);
	}
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest with_program[] = {
		cmocka_unit_test(test_both_languages_sound),
		cmocka_unit_test(test_it_stops_when_told),
		cmocka_unit_test(test_missing_program_and_voice),
	};
	const struct CMUnitTest always[] = {cmocka_unit_test(test_broken_programs)};
	int failed = cmocka_run_group_tests(always, NULL, NULL);

	if (system("espeak-ng --version >/dev/null 2>&1") != 0) {
		puts("espeak-ng is not installed: its tests are skipped");
		return failed ? failed : 77;
	}
	return failed + cmocka_run_group_tests(with_program, NULL, NULL);
}
