/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Turns that lean on others, heard and typed, with two assistants that share nothing but the home. */

#define ROOM "speaker: {area: living_room}\n"

static const char *text_of(const json_t *turn, const char *key)
{
	const char *text = json_string_value(json_object_get(turn, key));

	return text ? text : "";
}

static json_t *ask(struct scene *scene, const char *assistant, const char *text)
{
	struct duet_error error = {0};
	json_t *turn;

	if (duet_speaker_ask(scene->speaker, assistant, text, &turn, &error) < 0)
		fail_msg("%s: %s", text, error.what);
	return turn;
}

/* Asks, and holds the turn to intent and a part of the reply. */
static void expect(struct scene *scene, const char *assistant, const char *text, const char *intent,
		   const char *reply)
{
	json_t *turn = ask(scene, assistant, text);

	if (strcmp(text_of(turn, "intent"), intent) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", text, text_of(turn, "intent"), intent);
	if (reply && !strstr(text_of(turn, "reply"), reply))
		fail_msg("%s: \"%s\" has no \"%s\"", text, text_of(turn, "reply"), reply);
	json_decref(turn);
}

static void open_words(struct scene *scene)
{
	const struct scene_script script = {.words_only = true, .config = ROOM};
	struct duet_error error = {0};

	scene_begin(scene);
	if (scene_open(scene, &script, &error) < 0)
		fail_msg("%s", error.what);
}

static void close_words(struct scene *scene)
{
	scene_close(scene);
	scene_end(scene);
}

/* Rule 13. */
static void nobody_leans_on_what_the_other_was_told(void **state)
{
	struct scene scene;
	json_t *turn;

	open_words(&scene);
	expect(&scene, "cortana", "turn on the kitchen lights", "HassTurnOn", "itchen");
	expect(&scene, "xiaoai", "那卧室呢", "", NULL);
	expect(&scene, "xiaoai", "把它关掉", "", NULL);
	expect(&scene, "xiaoai", "撤销", "HassNevermind", NULL);
	expect(&scene, "xiaoai", "不对，另一个", "", NULL);
	turn = ask(&scene, "xiaoai", "你说什么");
	assert_null(strstr(text_of(turn, "reply"), "厨房"));
	assert_null(strstr(text_of(turn, "reply"), "itchen"));
	json_decref(turn);
	expect(&scene, "cortana", "is the counter light on", "HassGetState", "Yes");
	expect(&scene, "xiaoai", "倒计时十分钟", "HassStartTimer", NULL);
	expect(&scene, "cortana", "cancel it", "HassNevermind", NULL);
	expect(&scene, "cortana", "i meant five minutes", "", NULL);
	expect(&scene, "xiaoai", "不对，五分钟", "HassStartTimer", "5分钟");
	close_words(&scene);
}

/* Its own context outlives a word with the other. */
static void each_goes_on_where_it_was(void **state)
{
	struct scene scene;

	open_words(&scene);
	expect(&scene, "cortana", "turn on the kitchen lights", "HassTurnOn", NULL);
	expect(&scene, "xiaoai", "打开书房的灯", "HassTurnOn", NULL);
	expect(&scene, "cortana", "and in the bedroom", "HassTurnOn", "Bedroom");
	expect(&scene, "xiaoai", "关掉它", "HassTurnOff", "台灯");
	expect(&scene, "cortana", "turn it off", "HassTurnOff", "Bedside");
	close_words(&scene);
}

/* Rules 4 and 13: who is called while the other asks ends that dialog, and gets no answer to it. */
static void a_question_ends_when_the_other_is_called(void **state)
{
	struct scene scene;

	open_words(&scene);
	expect(&scene, "cortana", "unlock the front door", "HassTurnOff", "Shall I");
	expect(&scene, "xiaoai", "好的", "DuetYes", "没有问");
	expect(&scene, "cortana", "yes", "DuetYes", "didn't ask");
	expect(&scene, "cortana", "is the front door locked", "HassGetState", "Yes");
	expect(&scene, "xiaoai", "打开车库门", "HassTurnOn", "真的");
	expect(&scene, "cortana", "yes", "DuetYes", "didn't ask");
	expect(&scene, "xiaoai", "好的", "DuetYes", "没有问");
	expect(&scene, "cortana", "set a timer", "HassStartTimer", "how long");
	expect(&scene, "xiaoai", "十分钟", "", NULL);
	expect(&scene, "cortana", "ten minutes", "", NULL);
	close_words(&scene);
}

/* The same by sound. Times: words take a second, replies of the scripted voice 10 ms a character. */

static void an_answer_needs_no_wake_word(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	scene_play(&scene, &(struct scene_script){
				   .length = "12s",
				   .config = ROOM,
				   .voice = "- {silent: 1200ms, voiced: 1s}\n- {silent: 2s, voiced: 1s}\n",
				   .wake = "- {at: 1s, phrase: 0}\n",
				   .cortana = "- unlock the front door\n- \"yes\"\n"});
	assert_int_equal(json_array_size(scene.turns), 2);
	assert_string_equal(scene_text(&scene, 1, "heard"), "yes");
	assert_string_equal(scene_text(&scene, 1, "reply"), "Front Door unlocked.");
	scene_end(&scene);
}

static void nobody_answers_and_is_told(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	scene_play(&scene, &(struct scene_script){.length = "15s",
						  .config = ROOM,
						  .voice = "- {silent: 1200ms, voiced: 1s}\n",
						  .wake = "- {at: 1s, phrase: 1}\n",
						  .xiaoai = "- 打开前门\n- 好的\n"});
	assert_int_equal(json_array_size(scene.turns), 2);
	assert_string_equal(scene_text(&scene, 1, "heard"), "");
	assert_string_equal(scene_text(&scene, 1, "reply"), "我没听到回答，那就算了。");
	assert_non_null(strstr(scene.states, "xiaoai:speaking xiaoai:listening xiaoai:speaking xiaoai:idle"));
	scene_end(&scene);
}

static void what_was_said_is_leant_on_after_the_wake_word(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	scene_play(&scene,
		   &(struct scene_script){
			   .length = "20s",
			   .config = ROOM,
			   .voice = "- {silent: 1200ms, voiced: 1s}\n- {silent: 6800ms, voiced: 1s}\n",
			   .wake = "- {at: 1s, phrase: 1}\n- {at: 7500ms, phrase: 1}\n",
			   .xiaoai = "- 打开厨房的灯\n- 那卧室呢\n"});
	assert_int_equal(json_array_size(scene.turns), 2);
	assert_string_equal(scene_text(&scene, 1, "intent"), "HassTurnOn");
	assert_non_null(strstr(scene_text(&scene, 1, "reply"), "卧室"));
	scene_end(&scene);
}

/* The other wake word over the question. Wake words are not listened for while somebody is: its times are
 * shorter than those of the voice. */
static void another_language_in_the_middle(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	scene_play(
		&scene,
		&(struct scene_script){
			.length = "30s",
			.config = ROOM,
			.voice = "- {silent: 1200ms, voiced: 1s}\n- {silent: 700ms, voiced: 1s}\n- {silent: "
				 "8s, "
				 "voiced: 1s}\n",
			.wake = "- {at: 1s, phrase: 0}\n- {at: 1500ms, phrase: 1}\n- {at: 6s, phrase: 0}\n",
			.cortana = "- unlock the front door\n- \"yes\"\n",
			.xiaoai = "- 好的\n"});
	assert_int_equal(json_array_size(scene.turns), 3);
	assert_string_equal(scene_text(&scene, 0, "assistant"), "cortana");
	assert_non_null(strstr(scene_text(&scene, 0, "reply"), "Shall I"));
	assert_string_equal(scene_text(&scene, 1, "assistant"), "xiaoai");
	assert_non_null(strstr(scene_text(&scene, 1, "reply"), "没有问"));
	assert_string_equal(scene_text(&scene, 2, "assistant"), "cortana");
	assert_string_equal(scene_text(&scene, 2, "reply"), "I didn't ask anything.");
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_leans_on_what_the_other_was_told),
		cmocka_unit_test(each_goes_on_where_it_was),
		cmocka_unit_test(a_question_ends_when_the_other_is_called),
		cmocka_unit_test(an_answer_needs_no_wake_word),
		cmocka_unit_test(nobody_answers_and_is_told),
		cmocka_unit_test(what_was_said_is_leant_on_after_the_wake_word),
		cmocka_unit_test(another_language_in_the_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
