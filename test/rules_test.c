/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

/*
 * Two assistants on one speaker, by the numbers of the rules. `at` of a wake
 * word does not count the time during which wake words are not live: from 300 ms
 * after a wake word to the endpoint.
 */

static void rule_4_a_wake_word_barges_in(void **state)
{
	struct scene scene;

	/* Cortana speaks from 2.5 s on; at 3 s the other one is called. */
	scene_begin(&scene);
	scene_play(&scene,
		   &(struct scene_script){
			   .voice = "- {silent: 1200ms, voiced: 1s}\n- {silent: 1100ms, voiced: 1s}\n",
			   .wake = "- {at: 1s, phrase: 0}\n- {at: 1800ms, phrase: 1}\n",
			   .cortana = "- what can you do\n",
			   .xiaoai = "- 现在几点\n"});
	assert_int_equal(json_array_size(scene.turns), 2);
	assert_string_equal(scene_text(&scene, 0, "intent"), "DuetHelp");
	assert_string_equal(scene_text(&scene, 1, "assistant"), "xiaoai");
	assert_non_null(strstr(scene.states,
			       "cortana:speaking xiaoai:listening xiaoai:thinking xiaoai:speaking "
			       "xiaoai:idle "));
	scene_end(&scene);
}

static void rule_13_memory_is_each_ones_own(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	scene_play(&scene, &(struct scene_script){.length = "4s",
						  .voice = "- {silent: 1200ms, voiced: 1s}\n",
						  .wake = "- {at: 1s, phrase: 0}\n",
						  .cortana = "- who are you\n"});
	/* What was said is remembered over a restart, by the one who said it. */
	scene_play(&scene,
		   &(struct scene_script){
			   .length = "20s",
			   .voice = "- {silent: 1200ms, voiced: 1s}\n- {silent: 7800ms, voiced: 1s}\n",
			   .wake = "- {at: 1s, phrase: 1}\n- {at: 8s, phrase: 0}\n",
			   .cortana = "- repeat that\n",
			   .xiaoai = "- 再说一遍\n"});
	assert_int_equal(json_array_size(scene.turns), 2);
	assert_string_equal(scene_text(&scene, 0, "intent"), "DuetRepeat");
	assert_null(strstr(scene_text(&scene, 0, "reply"), "Cortana"));
	assert_non_null(strstr(scene_text(&scene, 1, "reply"), "ortana"));
	scene_end(&scene);
}

static void rule_18_the_surer_wake_word_takes_over(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	scene_play(
		&scene,
		&(struct scene_script){
			.voice = "- {silent: 1500ms, voiced: 1s}\n",
			.wake = "- {at: 1s, phrase: 0, score: 0.6}\n- {at: 1200ms, phrase: 1, score: 0.7}\n",
			.cortana = "- what time is it\n",
			.xiaoai = "- 现在几点\n"});
	assert_int_equal(json_array_size(scene.turns), 1);
	assert_string_equal(scene_text(&scene, 0, "assistant"), "xiaoai");
	assert_string_equal(scene.states,
			    "cortana:listening xiaoai:listening xiaoai:thinking xiaoai:speaking "
			    "xiaoai:idle ");
	scene_end(&scene);
}

/* A timer of ten seconds is set at 2.5 s. */
#define TIMER_SET "- {silent: 1200ms, voiced: 1s}\n"

static void rule_10_the_other_assistant_stops_the_ring(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	scene_play(&scene,
		   &(struct scene_script){.length = "40s",
					  .voice = TIMER_SET "- {silent: 14s, voiced: 800ms}\n",
					  .wake = "- {at: 1s, phrase: 0}\n- {at: 14800ms, phrase: 1}\n",
					  .cortana = "- set a timer for ten seconds\n",
					  .xiaoai = "- 停止\n"});
	assert_int_equal(json_array_size(scene.turns), 2);
	assert_string_equal(scene_text(&scene, 1, "intent"), "DuetStop");
	assert_non_null(strstr(scene.states, "cortana:ringing xiaoai:listening "));
	assert_null(strstr(strstr(scene.states, "xiaoai:listening"), "ringing"));
	scene_end(&scene);
}

static void rule_3_a_faint_wake_word_is_not_heard_over_own_sound(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	scene_play(&scene, &(struct scene_script){
				   .length = "20s",
				   .voice = TIMER_SET "- {silent: 14s, voiced: 800ms}\n",
				   .wake = "- {at: 1s, phrase: 0}\n- {at: 14800ms, phrase: 1, score: 0.6}\n",
				   .cortana = "- set a timer for ten seconds\n",
				   .xiaoai = "- 停止\n"});
	assert_int_equal(json_array_size(scene.turns), 1);
	assert_non_null(strstr(scene.states, "cortana:ringing "));
	assert_null(strstr(scene.states, "xiaoai:"));
	scene_end(&scene);
}

static void rule_17_timers_outlive_a_restart_a_dialog_does_not(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	scene_play(&scene, &(struct scene_script){.length = "3s",
						  .voice = TIMER_SET,
						  .wake = "- {at: 1s, phrase: 0}\n",
						  .cortana = "- set a timer for one minute\n"});
	assert_null(strstr(scene.states, "ringing"));
	scene_play(&scene, &(struct scene_script){.length = "65s"});
	assert_string_equal(scene.states, "cortana:ringing ");
	scene_end(&scene);
}

static void what_is_dangerous_is_asked_about(void **state)
{
	static const char *const answers[] = {"yes", "no"};
	struct scene scene;
	char heard[64];

	for (int i = 0; i < 2; i++) {
		scene_begin(&scene);
		snprintf(heard, sizeof(heard), "- unlock the front door\n- \"%s\"\n", answers[i]);
		scene_play(&scene, &(struct scene_script){.voice = "- {silent: 1200ms, voiced: 1s}\n"
								   "- {silent: 1800ms, voiced: 700ms}\n",
							  .wake = "- {at: 1s, phrase: 0}\n",
							  .cortana = heard});
		assert_int_equal(json_array_size(scene.turns), 2);
		assert_non_null(strstr(scene_text(&scene, 0, "reply"), "?"));
		assert_true(json_is_null(json_object_get(json_array_get(scene.turns, 0), "act")));
		assert_string_equal(scene_text(&scene, 1, "heard"), answers[i]);
		assert_int_equal(json_is_object(json_object_get(json_array_get(scene.turns, 1), "act")),
				 i == 0);
		scene_end(&scene);
	}
}

static void no_answer_is_no(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	scene_play(&scene, &(struct scene_script){.voice = "- {silent: 1200ms, voiced: 1s}\n",
						  .length = "15s",
						  .wake = "- {at: 1s, phrase: 0}\n",
						  .cortana = "- unlock the front door\n- \"yes\"\n"});
	assert_int_equal(json_array_size(scene.turns), 2);
	assert_string_equal(scene_text(&scene, 1, "heard"), "");
	assert_true(json_is_null(json_object_get(json_array_get(scene.turns, 1), "act")));
	scene_end(&scene);
}

static void fill_disk(struct scene *scene, const char *name)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = 1;
	setrlimit(RLIMIT_FSIZE, &limit);
}

/* A timer that cannot be saved is not promised. */
static void a_full_disk_is_told(void **state)
{
	struct rlimit before;
	struct scene scene;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	scene_begin(&scene);
	scene.on_state = fill_disk;
	scene_play(&scene, &(struct scene_script){.voice = TIMER_SET,
						  .wake = "- {at: 1s, phrase: 0}\n",
						  .cortana = "- set a timer for one minute\n"});
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(json_array_size(scene.turns), 1);
	assert_non_null(strstr(scene_text(&scene, 0, "reply"), "can't save"));
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_3_a_faint_wake_word_is_not_heard_over_own_sound),
		cmocka_unit_test(rule_4_a_wake_word_barges_in),
		cmocka_unit_test(rule_10_the_other_assistant_stops_the_ring),
		cmocka_unit_test(rule_13_memory_is_each_ones_own),
		cmocka_unit_test(rule_17_timers_outlive_a_restart_a_dialog_does_not),
		cmocka_unit_test(rule_18_the_surer_wake_word_takes_over),
		cmocka_unit_test(what_is_dangerous_is_asked_about),
		cmocka_unit_test(no_answer_is_no),
		cmocka_unit_test(a_full_disk_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
