/* SPDX-License-Identifier: Apache-2.0 */
#include "duet/wake_engine.h"

#include "engine_options.h"
#include "temporary_file.h"
#include "torture.h"

static const struct duet_wake_phrase phrases[] = {{.text = "hey cortana"}, {.text = "小爱同学"}};

struct fixture {
	const struct duet_wake_engine *engine;
	struct duet_arena *arena;
	struct temporary_file file;
	void *state;
	int code;
	struct duet_error error;
};

static void open_script(struct fixture *f, const char *script)
{
	struct duet_wake_setup setup = {.phrases = phrases, .n_phrases = 2};

	*f = (struct fixture){.engine = (const void *)duet_engine_find("wake", "scripted")};
	f->arena = duet_arena_new(1 << 16);
	f->file = temporary_file(script);
	f->state = duet_calloc(1, f->engine->engine.state_size);
	setup.options = engine_options(&f->engine->engine, f->arena, "script", f->file.path, NULL);
	f->code = f->engine->open(f->state, &setup, &f->error);
}

static void close_script(struct fixture *f)
{
	f->engine->close(f->state);
	duet_free(f->state);
	duet_arena_free(f->arena);
	unlink(f->file.path);
}

static void hears_each_phrase_once_at_its_time(void **state)
{
	struct duet_wake_detection detection;
	const int16_t quiet[160] = {0};
	struct fixture f;

	open_script(&f, "- {at: 100ms, phrase: 1, score: 0.6, length: 50ms}\n- {at: 100ms}\n");
	assert_int_equal(f.code, 0);
	for (int i = 0; i < 9; i++)
		assert_int_equal(f.engine->feed(f.state, quiet, 160, &detection), 0);
	f.engine->reset(f.state);
	assert_int_equal(f.engine->feed(f.state, quiet, 160, &detection), 1);
	assert_int_equal(detection.phrase, 1);
	assert_float_equal(detection.score, 0.6, 0.001);
	assert_int_equal(detection.end, 160);
	assert_int_equal(detection.begin, 160 - 800);
	assert_int_equal(f.engine->feed(f.state, quiet, 160, &detection), 1);
	assert_int_equal(detection.phrase, 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(f.engine->feed(f.state, quiet, 160, &detection), 0);
	close_script(&f);
}

static void a_phrase_that_is_not_there_is_told(void **state)
{
	struct fixture f;

	open_script(&f, "- {at: 1s, phrase: 2}\n");
	assert_int_equal(f.code, -EINVAL);
	assert_string_equal(f.error.what, "item 1 names phrase 2, and there are 2");
	close_script(&f);
	open_script(&f, "- {when: 1s}\n");
	assert_int_equal(f.code, -EINVAL);
	assert_int_equal(f.error.column, 4);
	close_script(&f);
	open_script(&f, "at: 1s\n");
	assert_int_equal(f.code, -EINVAL);
	close_script(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hears_each_phrase_once_at_its_time),
		cmocka_unit_test(a_phrase_that_is_not_there_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
