/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "duet/tts_engine.h"

extern const struct duet_tts_engine duet_tts_engine_flite;

static const struct duet_tts_engine *const flite = &duet_tts_engine_flite;

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

static struct heard speak(const char *voice, double rate, const char *text, size_t stop_after)
{
	struct duet_tts_setup setup = {.language = "en-US", .voice = voice, .rate = rate};
	struct heard heard = {.stop_after = stop_after};
	void *state = calloc(1, flite->engine.state_size);
	struct duet_error error = {0};

	assert_int_equal(flite->open(state, &setup, &error), 0);
	assert_int_equal(flite->speak(state, text, hear, &heard), 0);
	flite->close(state);
	free(state);
	return heard;
}

static void test_it_speaks_in_pieces(void **state)
{
	struct heard heard = speak("slt", 1, "the kitchen light is on", 0);

	assert_in_range(heard.n_samples, 16000, 3 * 16000);
	assert_true(heard.n_calls > 3);
	assert_true(heard.energy / (double)heard.n_samples > 300.0 * 300.0);
}

static void test_it_stops_when_told(void **state)
{
	struct heard whole = speak("slt", 1, "one two three four five six seven eight", 0);
	struct heard cut = speak("slt", 1, "one two three four five six seven eight", 1);

	assert_int_equal(cut.n_calls, 1);
	assert_true(cut.n_samples * 4 < whole.n_samples);
}

static void test_rate(void **state)
{
	struct heard plain = speak("slt", 1, "the kitchen light is on", 0);
	struct heard fast = speak("slt", 1.5, "the kitchen light is on", 0);

	assert_true(fast.n_samples * 5 < plain.n_samples * 4);
}

static void test_empty_and_odd_text(void **state)
{
	static const char *const texts[] = {"", " ", "...", "\xff\xfe", "打开", "a b c d e f g"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		speak("slt", 1, texts[i], 0);
}

static void test_wrong_setups_say_what_to_do(void **state)
{
	void *engine = calloc(1, flite->engine.state_size);
	struct duet_error error;

	assert_int_equal(
		flite->open(engine, &(struct duet_tts_setup){.language = "en-US", .voice = "nobody"}, &error),
		-ENOENT);
	assert_non_null(strstr(error.hint, "slt"));
	assert_int_equal(flite->open(engine, &(struct duet_tts_setup){.language = "zh-CN"}, &error),
			 -ENOTSUP);
	assert_non_null(strstr(error.hint, "espeak-ng"));
	free(engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_speaks_in_pieces),
		cmocka_unit_test(test_it_stops_when_told),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_empty_and_odd_text),
		cmocka_unit_test(test_wrong_setups_say_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
