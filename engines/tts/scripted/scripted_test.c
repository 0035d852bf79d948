/* SPDX-License-Identifier: Apache-2.0 */
#include "duet/tts_engine.h"

#include "engine_options.h"
#include "torture.h"

struct heard {
	size_t n_samples, enough, n_crossings;
	int16_t last;
};

static bool hear(void *user, const int16_t *samples, size_t n_samples)
{
	struct heard *heard = user;

	for (size_t i = 0; i < n_samples; i++) {
		heard->n_crossings += samples[i] != heard->last;
		heard->last = samples[i];
	}
	heard->n_samples += n_samples;
	return heard->enough && heard->n_samples >= heard->enough;
}

static void a_tone_is_as_long_as_its_text(void **state)
{
	const struct duet_tts_engine *engine = (const void *)duet_engine_find("tts", "scripted");
	struct duet_arena *arena = duet_arena_new(1 << 16);
	struct duet_tts_setup setup = {0};
	struct heard all = {0}, cut = {.enough = 480};
	void *self = duet_calloc(1, engine->engine.state_size);

	setup.options = engine_options(&engine->engine, arena, "rate", "8000", "hz", "100", "character",
				       "100ms", "fails_on", "unspeakable", NULL);
	assert_int_equal(engine->open(self, &setup, NULL), 0);
	assert_int_equal(engine->rate_hz(self), 8000);
	assert_int_equal(engine->speak(self, "七点 ten!", hear, &all), 0);
	assert_int_equal(all.n_samples, 7 * 800);
	assert_int_equal(all.n_crossings, 7 * 20);
	assert_int_equal(engine->speak(self, "hello world", hear, &cut), 0);
	assert_int_equal(cut.n_samples, 480);
	assert_int_equal(engine->speak(self, "this is unspeakable", hear, &all), -EIO);
	engine->close(self);
	duet_free(self);
	duet_arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_tone_is_as_long_as_its_text)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
