/* SPDX-License-Identifier: Apache-2.0 */
#include "duet/asr_engine.h"

#include "engine_options.h"
#include "temporary_file.h"
#include "torture.h"

static const char script[] = "- turn on the lights\n"
			     "- \"!\"\n"
			     "- {text: 停, confidence: 0.4, after: 20ms}\n"
			     "- {fails: true}\n";

static void replays_one_item_an_utterance(void **state)
{
	const struct duet_asr_engine *engine = (const void *)duet_engine_find("asr", "scripted");
	struct duet_arena *arena = duet_arena_new(1 << 16);
	struct temporary_file file = temporary_file(script);
	struct duet_asr_setup setup = {0};
	struct duet_asr_partial partial;
	struct duet_asr_result result;
	const int16_t quiet[160] = {0};
	void *self = duet_calloc(1, engine->engine.state_size);

	setup.options = engine_options(&engine->engine, arena, "script", file.path, NULL);
	assert_int_equal(engine->open(self, &setup, NULL), 0);

	assert_int_equal(engine->begin(self, 0, -60), 0);
	assert_int_equal(engine->partial(self, &partial), 0);
	assert_true(partial.complete);
	assert_int_equal(engine->finish(self, &result), 0);
	assert_string_equal(result.text, "turn on the lights");
	assert_false(result.refused);
	assert_float_equal(result.confidence, 0.9, 0.001);

	engine->begin(self, 0, -60);
	engine->partial(self, &partial);
	assert_false(partial.complete);
	assert_int_equal(engine->finish(self, &result), 0);
	assert_true(result.refused);
	assert_string_equal(result.text, "");

	engine->begin(self, 0, -60);
	engine->feed(self, quiet, 160);
	engine->partial(self, &partial);
	assert_false(partial.complete);
	engine->feed(self, quiet, 160);
	engine->partial(self, &partial);
	assert_true(partial.complete);
	assert_string_equal(partial.text, "停");
	engine->cancel(self);

	engine->begin(self, 0, -60);
	assert_int_equal(engine->finish(self, &result), -EIO);

	engine->begin(self, 0, -60);
	assert_int_equal(engine->finish(self, &result), 0);
	assert_string_equal(result.text, "");
	assert_false(result.refused);

	engine->close(self);
	duet_free(self);
	duet_arena_free(arena);
	unlink(file.path);
}

static int open_and_close(void *user)
{
	const struct duet_asr_engine *engine = (const void *)duet_engine_find("asr", "scripted");
	const struct duet_asr_setup *setup = user;
	void *self = duet_calloc(1, engine->engine.state_size);
	int code = self ? engine->open(self, setup, NULL) : -ENOMEM;

	if (code == 0)
		engine->close(self);
	duet_free(self);
	return code;
}

static void survives_failing_memory(void **state)
{
	const struct duet_engine *engine = duet_engine_find("asr", "scripted");
	struct duet_arena *arena = duet_arena_new(1 << 16);
	struct temporary_file file = temporary_file(script);
	struct duet_asr_setup setup = {.options = engine_options(engine, arena, "script", file.path, NULL)};

	duet_torture(open_and_close, &setup);
	duet_arena_free(arena);
	unlink(file.path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replays_one_item_an_utterance),
		cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
