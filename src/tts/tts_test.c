/* SPDX-License-Identifier: Apache-2.0 */
#include "tts/tts.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* An engine that notes what it was given and makes one sample for each byte. */
struct noted {
	int n;
	char sentences[8][128];
	int open, fail_at;
};

static struct noted noted;

static int note_open(void *state, const struct duet_tts_setup *setup, struct duet_error *error)
{
	if (setup->voice && strcmp(setup->voice, "missing") == 0)
		return duet_error_set(error, -ENOENT, "no such voice");
	noted.open++;
	return 0;
}

static int note_rate(const void *state)
{
	return 8000;
}

static int note_speak(void *state, const char *sentence, duet_tts_sink *sink, void *user)
{
	int16_t sample = 1;

	snprintf(noted.sentences[noted.n % 8], sizeof(noted.sentences[0]), "%s", sentence);
	if (++noted.n == noted.fail_at)
		return -EIO;
	for (size_t i = 0; i < strlen(sentence); i++)
		if (sink(user, &sample, 1))
			return 0;
	return 0;
}

static void note_close(void *state)
{
	noted.open--;
}

static const struct duet_tts_engine engine = {
	.engine = {.stage = "tts", .name = "note", .state_size = 1},
	.open = note_open,
	.rate_hz = note_rate,
	.speak = note_speak,
	.close = note_close,
};

static bool take(void *user, const int16_t *samples, size_t n_samples)
{
	int *left = user;

	*left -= (int)n_samples;
	return *left <= 0;
}

static struct duet_tts *open_voice(const char *language)
{
	struct duet_tts *tts = NULL;

	noted = (struct noted){0};
	assert_int_equal(duet_tts_new(&tts, &engine, &(struct duet_tts_setup){.language = language}, NULL),
			 0);
	return tts;
}

static void test_sentences_come_one_by_one_in_words(void **state)
{
	struct duet_tts *tts = open_voice("en-US");
	int left = 1000;

	assert_int_equal(duet_tts_rate_hz(tts), 8000);
	assert_int_equal(duet_tts_speak(tts, "It is 7:15. It is 20 °C.", take, &left), 0);
	assert_int_equal(noted.n, 2);
	assert_string_equal(noted.sentences[0], "It is seven fifteen.");
	assert_string_equal(noted.sentences[1], "It is twenty degrees Celsius.");
	duet_tts_free(tts);
	assert_int_equal(noted.open, 0);
}

static void test_enough_ends_all_sentences(void **state)
{
	struct duet_tts *tts = open_voice("en-US");
	int left = 3;

	assert_int_equal(duet_tts_speak(tts, "One. Two. Three.", take, &left), 0);
	assert_int_equal(noted.n, 1);
	duet_tts_free(tts);
}

static void test_a_language_without_rules_is_spoken_as_written(void **state)
{
	struct duet_tts *tts = open_voice("fr-FR");
	int left = 1000;

	assert_int_equal(duet_tts_speak(tts, "Il est 7:15.", take, &left), 0);
	assert_string_equal(noted.sentences[0], "Il est 7:15.");
	duet_tts_free(tts);
}

static void test_failures_are_told(void **state)
{
	struct duet_tts *tts = open_voice("en-US");
	struct duet_error error;
	int left = 1000;

	noted.fail_at = 2;
	assert_int_equal(duet_tts_speak(tts, "One. Two. Three.", take, &left), -EIO);
	assert_int_equal(noted.n, 2);
	duet_tts_free(tts);
	assert_int_equal(duet_tts_new(&tts, &engine,
				      &(struct duet_tts_setup){.language = "en-US", .voice = "missing"},
				      &error),
			 -ENOENT);
	assert_string_equal(error.what, "no such voice");
	duet_tts_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sentences_come_one_by_one_in_words),
		cmocka_unit_test(test_enough_ends_all_sentences),
		cmocka_unit_test(test_a_language_without_rules_is_spoken_as_written),
		cmocka_unit_test(test_failures_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
