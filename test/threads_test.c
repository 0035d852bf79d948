/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The live speaker with all its threads, at the pace of sound: what the thread sanitizer looks at. */

static void a_conversation_on_threads(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	scene_play(&scene,
		   &(struct scene_script){
			   .length = "6s",
			   .voice = "- {silent: 500ms, voiced: 500ms}\n- {silent: 1500ms, voiced: 800ms}\n",
			   .wake = "- {at: 400ms, phrase: 0}\n- {at: 1600ms, phrase: 1}\n",
			   .cortana = "- what can you do\n",
			   .xiaoai = "- 现在几点\n",
			   .threads = true});
	assert_int_equal(json_array_size(scene.turns), 2);
	assert_string_equal(scene_text(&scene, 0, "intent"), "DuetHelp");
	assert_string_equal(scene_text(&scene, 1, "assistant"), "xiaoai");
	assert_non_null(strstr(scene.states, "cortana:speaking xiaoai:listening"));
	for (size_t turn = 0; turn < 2; turn++)
		assert_true(scene_ms(&scene, turn, "first_sample") >= scene_ms(&scene, turn, "speech"));
	assert_true(scene_ms(&scene, 1, "speech") >= 0);
	scene_end(&scene);
}

static void reload_when_idle(struct scene *scene, const char *state)
{
	if (strcmp(state, "idle") == 0)
		duet_speaker_quit(scene->speaker);
}

static void a_reload_changes_who_listens(void **state)
{
	const struct scene_script script = {.length = "6s",
					    .voice = "- {silent: 500ms, voiced: 500ms}\n",
					    .wake = "- {at: 400ms, phrase: 0}\n",
					    .cortana = "- what time is it\n- what time is it\n",
					    .threads = true};
	struct duet_error error = {0};
	struct scene scene;

	scene_begin(&scene);
	scene.on_state = reload_when_idle;
	assert_int_equal(scene_open(&scene, &script, &error), 0);
	assert_int_equal(duet_speaker_run(scene.speaker), 0);
	assert_int_equal(duet_speaker_reload(scene.speaker, &error), 0);
	assert_int_equal(duet_speaker_run(scene.speaker), 0);
	assert_true(json_array_size(scene.turns) >= 1);
	scene_close(&scene);
	scene_end(&scene);
}

static void a_broken_configuration_changes_nothing(void **state)
{
	const struct scene_script script = {.length = "100ms", .threads = true};
	struct duet_error error = {0};
	struct scene scene;
	char path[128];
	FILE *file;

	scene_begin(&scene);
	assert_int_equal(scene_open(&scene, &script, &error), 0);
	snprintf(path, sizeof(path), "%s/duet.yaml", scene.dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("log: warn\nassistnts: []\n", file);
	fclose(file);
	assert_true(duet_speaker_reload(scene.speaker, &error) < 0);
	assert_int_equal(error.line, 2);
	assert_non_null(strstr(error.hint, "assistants"));
	assert_int_equal(duet_speaker_run(scene.speaker), 0);
	scene_close(&scene);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_conversation_on_threads),
		cmocka_unit_test(a_reload_changes_who_listens),
		cmocka_unit_test(a_broken_configuration_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
