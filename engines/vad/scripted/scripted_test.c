/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "duet/vad_engine.h"
#include "engine_options.h"
#include "sound_files.h"

static struct duet_arena *arena;

static int vad_open(void *state, const char *script, struct duet_error *error)
{
	const struct duet_vad_engine *vad = (const void *)duet_engine_find("vad", "scripted");
	const char *path = sound_bytes_write("script", script, strlen(script));

	return vad->open(state, engine_options(&vad->engine, arena, "script", path, NULL), error);
}

static void test_a_script_is_followed(void **state)
{
	const struct duet_vad_engine *vad = (const void *)duet_engine_find("vad", "scripted");
	void *memory = calloc(1, vad->engine.state_size);
	const int16_t frame[DUET_FRAME_SAMPLES] = {0};
	struct duet_vad_report report;
	const char *expected = "..vvv.v...";

	assert_int_equal(
		vad_open(memory, "- {silent: 20ms, voiced: 30ms}\n- {silent: 10ms}\n- {}\n- {voiced: 10ms}\n",
			 NULL),
		0);
	for (const char *at = expected; *at; at++) {
		vad->feed(memory, frame, &report);
		assert_int_equal(report.voiced, *at == 'v');
		assert_true(report.level_db >= report.noise_db);
	}
	vad->close(memory);
	free(memory);
}

static void test_mistakes_name_their_line(void **state)
{
	static const char *const scripts[] = {"- silent: 10ms\n- voised: 10ms\n",
					      "- silent: 10ms\n- voiced: 10 frogs\n",
					      "- silent: 10ms\n- voiced: -10ms\n"};
	const struct duet_vad_engine *vad = (const void *)duet_engine_find("vad", "scripted");
	void *memory = calloc(1, vad->engine.state_size);
	struct duet_error error;

	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		assert_int_equal(vad_open(memory, scripts[i], &error), -EINVAL);
		assert_int_equal(error.line, 2);
	}
	free(memory);
}

static int set_up(void **state)
{
	arena = duet_arena_new(1 << 16);
	return arena ? 0 : -1;
}

static int tear_down(void **state)
{
	duet_arena_free(arena);
	sound_folder_remove();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_script_is_followed),
		cmocka_unit_test(test_mistakes_name_their_line),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
