/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Two assistants that know of each other: whole conversations, by the numbers of the rules. */

static const json_t *member(const struct scene *scene, size_t turn, const char *key)
{
	return json_object_get(json_array_get(scene->turns, turn), key);
}

static void open_words(struct scene *scene)
{
	struct duet_error error = {0};

	if (scene_open(scene, &(struct scene_script){.words_only = true}, &error) < 0)
		fail_msg("%s", error.what);
}

static void ask(struct scene *scene, const char *assistant, const char *text)
{
	struct duet_error error = {0};
	json_t *turn;

	if (duet_speaker_ask(scene->speaker, assistant, text, &turn, &error) < 0)
		fail_msg("%s: %s", text, error.what);
	json_decref(turn);
}

/* Heard by one, named in it, done and answered by the other, in its own language and voice. */
static void rule_19_the_words_after_the_name_reach_the_other(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	scene_play(&scene, &(struct scene_script){.voice = "- {silent: 1200ms, voiced: 1s}\n",
						  .wake = "- {at: 1s, phrase: 0}\n",
						  .cortana = "- ask xiao ai to turn on the kitchen light\n"});
	assert_int_equal(json_array_size(scene.turns), 2);
	assert_string_equal(scene_text(&scene, 0, "assistant"), "cortana");
	assert_string_equal(scene_text(&scene, 0, "to"), "xiaoai");
	assert_string_equal(scene_text(&scene, 0, "reply"), "");
	assert_string_equal(scene_text(&scene, 1, "assistant"), "xiaoai");
	assert_string_equal(scene_text(&scene, 1, "heard"), "turn on the kitchen light");
	assert_string_equal(scene_text(&scene, 1, "from"), "cortana");
	assert_string_equal(scene_text(&scene, 1, "intent"), "HassTurnOn");
	assert_true((unsigned char)scene_text(&scene, 1, "reply")[0] >= 0x80);
	assert_string_equal(scene.states, "cortana:listening cortana:thinking xiaoai:thinking "
					  "xiaoai:speaking xiaoai:idle ");
	scene_end(&scene);
}

static void rule_19_in_either_language(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	open_words(&scene);
	ask(&scene, "xiaoai", "让小娜打开厨房的灯");
	assert_int_equal(json_array_size(scene.turns), 2);
	assert_string_equal(scene_text(&scene, 1, "assistant"), "cortana");
	assert_string_equal(scene_text(&scene, 1, "heard"), "打开厨房的灯");
	assert_string_equal(scene_text(&scene, 1, "intent"), "HassTurnOn");
	assert_true((unsigned char)scene_text(&scene, 1, "reply")[0] < 0x80);
	/* What is asked of nobody else is one's own. */
	ask(&scene, "cortana", "what time is it");
	assert_int_equal(json_array_size(scene.turns), 3);
	assert_string_equal(scene_text(&scene, 2, "assistant"), "cortana");
	scene_close(&scene);
	scene_end(&scene);
}

/* Each one remembers what it said itself, and nothing of the other. */
static void rule_19_memory_is_that_of_the_one_who_answered(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	open_words(&scene);
	ask(&scene, "cortana", "who are you");
	ask(&scene, "cortana", "ask xiao ai who are you");
	ask(&scene, "cortana", "repeat that");
	assert_string_equal(scene_text(&scene, 3, "reply"), scene_text(&scene, 0, "reply"));
	ask(&scene, "xiaoai", "再说一遍");
	assert_string_equal(scene_text(&scene, 4, "reply"), scene_text(&scene, 2, "reply"));
	scene_close(&scene);
	scene_end(&scene);
}

/* It cannot, names the one who can, and that one listens without a wake word; nothing is passed on. */
static void rule_12_the_other_listens(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	scene_play(&scene, &(struct scene_script){.voice = "- {silent: 1200ms, voiced: 1s}\n"
							   "- {silent: 2500ms, voiced: 700ms}\n",
						  .length = "12s",
						  .wake = "- {at: 1s, phrase: 0}\n",
						  .cortana = "- 打开厨房的灯\n",
						  .xiaoai = "- 现在几点\n"});
	assert_int_equal(json_array_size(scene.turns), 2);
	assert_string_equal(scene_text(&scene, 0, "to"), "xiaoai");
	assert_non_null(strstr(scene_text(&scene, 0, "reply"), "小爱同学"));
	assert_string_equal(scene_text(&scene, 1, "assistant"), "xiaoai");
	assert_string_equal(scene_text(&scene, 1, "heard"), "现在几点");
	assert_null(member(&scene, 1, "from"));
	assert_non_null(strstr(scene.states, "cortana:speaking xiaoai:listening xiaoai:thinking "));
	scene_end(&scene);
}

#define SHARED "- {at: 1s, phrase: 0}\n"

static void play_shared(struct scene *scene, const char *cortana, const char *xiaoai)
{
	scene_begin(scene);
	scene_play(scene, &(struct scene_script){.voice = "- {silent: 1200ms, voiced: 1s}\n",
						 .wake = SHARED,
						 .shared_wake = "computer",
						 .cortana = cortana,
						 .xiaoai = xiaoai});
	assert_int_equal(json_array_size(scene->turns), 1);
}

static const char *why(const struct scene *scene)
{
	return json_string_value(json_object_get(member(scene, 0, "choice"), "why"));
}

/* With one wake word for both the language that was heard decides. */
static void rule_20_the_language_that_was_heard_answers(void **state)
{
	struct scene scene;

	play_shared(&scene, "- {text: cheese in the, refused: yes, confidence: 0.95}\n",
		    "- {text: 现在几点, confidence: 0.6}\n");
	assert_string_equal(scene_text(&scene, 0, "assistant"), "xiaoai");
	assert_string_equal(scene_text(&scene, 0, "heard"), "现在几点");
	assert_string_equal(why(&scene), "only it heard a sentence of its language");
	assert_int_equal(json_array_size(json_object_get(member(&scene, 0, "choice"), "candidates")), 2);
	assert_string_equal(scene.states, "anyone:listening anyone:thinking xiaoai:thinking xiaoai:speaking "
					  "xiaoai:idle ");
	scene_end(&scene);
	play_shared(&scene, "- {text: what time is it, confidence: 0.6}\n", "- {text: 蛙, refused: yes}\n");
	assert_string_equal(scene_text(&scene, 0, "assistant"), "cortana");
	scene_end(&scene);
}

static void rule_20_then_the_one_that_is_surer(void **state)
{
	struct scene scene;

	play_shared(&scene, "- {text: what time is it, confidence: 0.6}\n",
		    "- {text: 现在几点, confidence: 0.7}\n");
	assert_string_equal(scene_text(&scene, 0, "assistant"), "xiaoai");
	assert_string_equal(why(&scene), "it is surer");
	scene_end(&scene);
	play_shared(&scene, "- {text: what time is it, confidence: 0.7}\n",
		    "- {text: 现在几点, confidence: 0.7}\n");
	assert_string_equal(scene_text(&scene, 0, "assistant"), "cortana");
	scene_end(&scene);
}

static void rule_20_nobody_understands(void **state)
{
	struct scene scene;

	play_shared(&scene, "- {text: x, refused: yes, confidence: 0.3}\n",
		    "- {text: 蛙, refused: yes, confidence: 0.2}\n");
	assert_string_equal(scene_text(&scene, 0, "assistant"), "cortana");
	assert_true(json_is_true(member(&scene, 0, "refused")));
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_12_the_other_listens),
		cmocka_unit_test(rule_19_the_words_after_the_name_reach_the_other),
		cmocka_unit_test(rule_19_in_either_language),
		cmocka_unit_test(rule_19_memory_is_that_of_the_one_who_answered),
		cmocka_unit_test(rule_20_the_language_that_was_heard_answers),
		cmocka_unit_test(rule_20_then_the_one_that_is_surer),
		cmocka_unit_test(rule_20_nobody_understands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
