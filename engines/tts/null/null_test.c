/* SPDX-License-Identifier: Apache-2.0 */
#include "duet/tts_engine.h"

#include "torture.h"

static bool count(void *user, const int16_t *samples, size_t n_samples)
{
	*(size_t *)user += n_samples;
	return false;
}

static void says_nothing(void **state)
{
	const struct duet_tts_engine *engine = (const void *)duet_engine_find("tts", "null");
	size_t n_samples = 0;

	assert_int_equal(engine->open(NULL, &(struct duet_tts_setup){0}, NULL), 0);
	assert_true(engine->rate_hz(NULL) > 0);
	assert_int_equal(engine->speak(NULL, "hello", count, &n_samples), 0);
	assert_int_equal(n_samples, 0);
	engine->close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(says_nothing)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
