/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Conversations. Times: the wake word ends at 1 s, the person then speaks for a second. */

#define WAKE_CORTANA "- {at: 1s, phrase: 0}\n"
#define WAKE_XIAOAI  "- {at: 1s, phrase: 1}\n"
#define ONE_SENTENCE "- {silent: 1200ms, voiced: 1s}\n"

static void a_turn_from_wake_word_to_reply(void **state)
{
	static const char *const members[] = {"turn",   "assistant", "language", "heard", "intent",  "slots",
					      "source", "template",  "act",      "reply", "refused", "ms"};
	struct scene scene;
	const json_t *turn;

	scene_begin(&scene);
	scene_play(&scene, &(struct scene_script){.voice = ONE_SENTENCE,
						  .wake = WAKE_CORTANA,
						  .cortana = "- what time is it\n"});
	assert_int_equal(json_array_size(scene.turns), 1);
	turn = json_array_get(scene.turns, 0);
	assert_int_equal(json_object_size(turn), sizeof(members) / sizeof(members[0]));
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		assert_non_null(json_object_get(turn, members[i]));
	assert_string_equal(scene_text(&scene, 0, "assistant"), "cortana");
	assert_string_equal(scene_text(&scene, 0, "language"), "en-US");
	assert_string_equal(scene_text(&scene, 0, "heard"), "what time is it");
	assert_string_equal(scene_text(&scene, 0, "intent"), "HassGetCurrentTime");
	assert_string_equal(scene_text(&scene, 0, "source"), "exact");
	assert_non_null(strstr(scene_text(&scene, 0, "template"), ".yaml:"));
	assert_true(strlen(scene_text(&scene, 0, "reply")) > 5);
	assert_string_equal(scene.states,
			    "cortana:listening cortana:thinking cortana:speaking cortana:idle ");
	assert_true(scene_ms(&scene, 0, "first_sample") >= 0);
	scene_end(&scene);
}

static void each_answers_in_its_own_language(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	scene_play(&scene,
		   &(struct scene_script){
			   .length = "20s",
			   .voice = "- {silent: 1200ms, voiced: 1s}\n- {silent: 7800ms, voiced: 1s}\n",
			   .wake = "- {at: 1s, phrase: 1}\n- {at: 8s, phrase: 0}\n",
			   .cortana = "- what time is it\n",
			   .xiaoai = "- 现在几点\n"});
	assert_int_equal(json_array_size(scene.turns), 2);
	assert_string_equal(scene_text(&scene, 0, "assistant"), "xiaoai");
	assert_string_equal(scene_text(&scene, 0, "intent"), "HassGetCurrentTime");
	assert_string_equal(scene_text(&scene, 0, "language"), "zh-CN");
	assert_string_equal(scene_text(&scene, 1, "assistant"), "cortana");
	assert_string_equal(scene_text(&scene, 1, "intent"), "HassGetCurrentTime");
	scene_end(&scene);
}

static void the_endpoint_comes_soon_after_a_whole_sentence_only(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	scene_play(&scene, &(struct scene_script){.voice = ONE_SENTENCE,
						  .wake = WAKE_CORTANA,
						  .cortana = "- what time is it\n"});
	assert_float_equal(scene_ms(&scene, 0, "endpoint"), 300, 0.1);
	assert_float_equal(scene_ms(&scene, 0, "listen"), 1200, 20);
	scene_play(&scene, &(struct scene_script){.voice = ONE_SENTENCE,
						  .wake = WAKE_CORTANA,
						  .cortana = "- {text: what time is it, after: 1min}\n"});
	assert_float_equal(scene_ms(&scene, 0, "endpoint"), 800, 0.1);
	scene_play(&scene, &(struct scene_script){.voice = ONE_SENTENCE,
						  .wake = WAKE_CORTANA,
						  .cortana = "- what time is it\n",
						  .config = "listen: {complete: 500ms}\n"});
	assert_float_equal(scene_ms(&scene, 0, "endpoint"), 500, 0.1);
	scene_end(&scene);
}

static void silence_runs_out(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	scene_play(&scene, &(struct scene_script){.wake = WAKE_CORTANA, .cortana = "- what time is it\n"});
	assert_int_equal(json_array_size(scene.turns), 1);
	assert_string_equal(scene_text(&scene, 0, "heard"), "");
	assert_string_equal(scene_text(&scene, 0, "reply"), "");
	assert_string_equal(scene.states, "cortana:listening cortana:idle ");
	scene_end(&scene);
}

static void endless_speech_runs_out(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	scene_play(&scene, &(struct scene_script){.length = "40s",
						  .voice = "- {silent: 1s, voiced: 1min}\n",
						  .wake = WAKE_CORTANA,
						  .cortana = "- what time is it\n",
						  .config = "listen: {longest: 6s}\n"});
	assert_int_equal(json_array_size(scene.turns), 1);
	assert_string_equal(scene_text(&scene, 0, "heard"), "what time is it");
	scene_end(&scene);
}

static void what_is_no_sentence_is_refused(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	scene_play(&scene,
		   &(struct scene_script){.voice = ONE_SENTENCE, .wake = WAKE_XIAOAI, .xiaoai = "- \"!\"\n"});
	assert_int_equal(json_array_size(scene.turns), 1);
	assert_true(json_is_true(json_object_get(json_array_get(scene.turns, 0), "refused")));
	assert_string_equal(scene_text(&scene, 0, "intent"), "");
	assert_true(strlen(scene_text(&scene, 0, "reply")) > 3);
	scene_end(&scene);
}

static void a_recogniser_that_breaks_down_is_told(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	scene_play(&scene, &(struct scene_script){.voice = ONE_SENTENCE,
						  .wake = WAKE_CORTANA,
						  .cortana = "- {fails: true}\n"});
	assert_int_equal(json_array_size(scene.turns), 1);
	assert_string_equal(scene_text(&scene, 0, "reply"), "Sorry, something went wrong.");
	scene_end(&scene);
}

static void an_open_microphone_needs_no_wake_word(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	scene_play(&scene, &(struct scene_script){.voice = ONE_SENTENCE,
						  .cortana = "- what time is it\n",
						  .assistant = "cortana"});
	assert_int_equal(json_array_size(scene.turns), 1);
	assert_string_equal(scene_text(&scene, 0, "intent"), "HassGetCurrentTime");
	scene_play(&scene, &(struct scene_script){.voice = "- {silent: 1s, voiced: 50ms}\n",
						  .cortana = "- what time is it\n",
						  .assistant = "cortana"});
	assert_int_equal(json_array_size(scene.turns), 0);
	scene_end(&scene);
}

static void who_cannot_hear_is_out_of_service_and_the_other_works(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	scene_play(&scene, &(struct scene_script){.voice = ONE_SENTENCE,
						  .wake = WAKE_CORTANA,
						  .cortana = "- what time is it\n",
						  .xiaoai_is_broken = true});
	assert_int_equal(json_array_size(scene.turns), 1);
	assert_string_equal(scene_text(&scene, 0, "intent"), "HassGetCurrentTime");
	scene_end(&scene);
}

/* Asks and returns the turn. */
static json_t *ask(struct scene *scene, const char *assistant, const char *text)
{
	struct duet_error error;
	json_t *turn;

	assert_int_equal(duet_speaker_ask(scene->speaker, assistant, text, &turn, &error), 0);
	return turn;
}

static void the_same_can_be_asked_in_writing(void **state)
{
	const struct scene_script script = {.words_only = true};
	struct duet_error error;
	struct scene scene;
	json_t *turn;

	scene_begin(&scene);
	assert_int_equal(scene_open(&scene, &script, &error), 0);
	turn = ask(&scene, "xiaoai", "现在几点");
	assert_string_equal(json_string_value(json_object_get(turn, "intent")), "HassGetCurrentTime");
	json_decref(turn);
	turn = ask(&scene, NULL, "colourless green ideas");
	assert_true(json_is_true(json_object_get(turn, "refused")));
	json_decref(turn);
	json_decref(ask(&scene, NULL, "unlock the front door"));
	turn = ask(&scene, NULL, "yes");
	assert_string_equal(json_string_value(json_object_get(json_object_get(turn, "act"), "skill")),
			    "home");
	json_decref(turn);
	turn = ask(&scene, NULL, "yes");
	assert_string_equal(json_string_value(json_object_get(json_object_get(turn, "act"), "skill")),
			    "control");
	json_decref(turn);
	assert_true(duet_speaker_ask(scene.speaker, "hal", "open the doors", &turn, &error) < 0);
	scene_close(&scene);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_turn_from_wake_word_to_reply),
		cmocka_unit_test(each_answers_in_its_own_language),
		cmocka_unit_test(the_endpoint_comes_soon_after_a_whole_sentence_only),
		cmocka_unit_test(silence_runs_out),
		cmocka_unit_test(endless_speech_runs_out),
		cmocka_unit_test(what_is_no_sentence_is_refused),
		cmocka_unit_test(a_recogniser_that_breaks_down_is_told),
		cmocka_unit_test(an_open_microphone_needs_no_wake_word),
		cmocka_unit_test(who_cannot_hear_is_out_of_service_and_the_other_works),
		cmocka_unit_test(the_same_can_be_asked_in_writing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
