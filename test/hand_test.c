/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "speaker/order.h"

/* What is done by hand, shown by lights and kept of what was heard: a whole speaker. */

#define BY_HAND                                                                                              \
	"button: {engine: scripted, scripted: {script: hand.yaml}}\n"                                        \
	"light: {engine: scripted, scripted: {log: lights}}\n"

static const char *lights(const struct scene *scene)
{
	static char text[4096];
	char path[128];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/lights", scene->dir);
	file = fopen(path, "r");
	assert_non_null(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	fclose(file);
	return text;
}

static void play(struct scene *scene, const char *hand, struct scene_script script)
{
	script.config = BY_HAND;
	script.hand = hand;
	scene_play(scene, &script);
}

static void the_button_calls_its_assistant(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	play(&scene, "- {at: 1s, press: button, number: 1}\n",
	     (struct scene_script){.voice = "- {silent: 1200ms, voiced: 1s}\n", .xiaoai = "- 现在几点\n"});
	assert_int_equal(json_array_size(scene.turns), 1);
	assert_string_equal(scene_text(&scene, 0, "assistant"), "xiaoai");
	assert_string_equal(lights(&scene),
			    "listening xiaoai\nthinking xiaoai\nspeaking xiaoai\nidle xiaoai\n");
	scene_end(&scene);
}

#define TIMER "- {silent: 1200ms, voiced: 1s}\n"

/* Rule 11: an alert is dismissed by hand, the microphone being off. */
static void an_alert_is_dismissed_with_the_microphone_off(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	play(&scene,
	     "- {at: 5s, press: microphone, number: 0}\n"
	     "- {at: 16s, press: button, number: 1}\n",
	     (struct scene_script){.length = "30s",
				   .voice = TIMER "- {silent: 18s, voiced: 1s}\n",
				   .wake = "- {at: 1s, phrase: 0}\n- {at: 18s, phrase: 1}\n",
				   .cortana = "- set a timer for ten seconds\n",
				   .xiaoai = "- 现在几点\n"});
	assert_int_equal(json_array_size(scene.turns), 1);
	assert_non_null(strstr(lights(&scene), "idle cortana microphone off\nalert cortana microphone off\n"
					       "idle cortana microphone off\n"));
	assert_null(strstr(scene.states, "xiaoai"));
	scene_end(&scene);
}

/* The switch is honoured below the engines: what a recording gets, and the voice that is heard, is nothing.
 */
static void the_switch_outlives_a_restart(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	play(&scene, "- {at: 1s, press: microphone, number: 0}\n", (struct scene_script){.length = "2s"});
	play(&scene, "[]\n",
	     (struct scene_script){
		     .voice = TIMER, .wake = "- {at: 1s, phrase: 0}\n", .cortana = "- what time is it\n"});
	assert_int_equal(json_array_size(scene.turns), 0);
	assert_string_equal(lights(&scene), "idle cortana microphone off\n");
	play(&scene, "- {at: 500ms, press: microphone, number: -1}\n",
	     (struct scene_script){
		     .voice = TIMER, .wake = "- {at: 1s, phrase: 0}\n", .cortana = "- what time is it\n"});
	assert_int_equal(json_array_size(scene.turns), 1);
	scene_end(&scene);
}

static int count_recordings(const struct scene *scene, const char *assistant)
{
	char path[160];
	int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/state/recordings/%s", scene->dir, assistant);
	dir = opendir(path);
	for (struct dirent *entry; dir && (entry = readdir(dir));)
		n += strstr(entry->d_name, ".wav") != NULL;
	if (dir)
		closedir(dir);
	return n;
}

static struct scene_script three_turns(const char *recordings)
{
	return (struct scene_script){
		.length = "20s",
		.voice = "- {silent: 1200ms, voiced: 1s}\n- {silent: 4s, voiced: 1s}\n"
			 "- {silent: 4s, voiced: 1s}\n",
		.wake = "- {at: 1s, phrase: 0}\n- {at: 5s, phrase: 0}\n- {at: 9s, phrase: 1}\n",
		.cortana = "- what time is it\n- what time is it\n",
		.xiaoai = "- 现在几点\n",
		.cortana_has = recordings};
}

/* Nothing is kept as sound unless it is asked for, for that assistant and no other. */
static void recordings_are_off(void **state)
{
	const struct scene_script off = three_turns(NULL), on = three_turns("    recordings: 1\n");
	struct scene scene;

	scene_begin(&scene);
	scene_play(&scene, &off);
	assert_true(json_array_size(scene.turns) >= 2);
	assert_int_equal(count_recordings(&scene, "cortana"), 0);
	scene_play(&scene, &on);
	assert_int_equal(count_recordings(&scene, "cortana"), 1);
	assert_int_equal(count_recordings(&scene, "xiaoai"), 0);
	scene_end(&scene);
}

/* Orders of other programs, to a speaker that runs. */

struct orders {
	struct scene *scene;
	char dir[96];
	json_t *answers;
	int result;
};

static int send(struct orders *orders, struct duet_order order)
{
	struct duet_error error = {0};
	json_t *answer = NULL;
	int result = duet_order_send(orders->dir, &order, &answer, &error);

	json_array_append_new(orders->answers, result < 0 ? json_string(error.what) : answer);
	return result;
}

static void *give_orders(void *user)
{
	struct orders *orders = user;
	struct duet_order nobody = {.kind = DUET_ORDER_BUTTON, .assistant = "nobody"};
	struct duet_order agree = {.kind = DUET_ORDER_CONSENT,
				   .assistant = "cortana",
				   .other = "xiaoai",
				   .has_on = true,
				   .on = true};

	orders->result = send(orders, (struct duet_order){.kind = DUET_ORDER_MICROPHONE});
	orders->result |= send(orders, (struct duet_order){.kind = DUET_ORDER_MICROPHONE, .has_on = true});
	send(orders, nobody);
	orders->result |= send(orders, agree);
	orders->result |= send(orders, (struct duet_order){.kind = DUET_ORDER_FORGET});
	orders->result |= send(orders, (struct duet_order){.kind = DUET_ORDER_DISMISS});
	duet_speaker_quit(orders->scene->speaker);
	return NULL;
}

static void orders_are_taken(void **state)
{
	struct scene scene;
	struct orders orders = {.scene = &scene, .answers = json_array()};
	struct duet_error error = {0};
	struct stat info;
	char path[160];
	pthread_t thread;

	scene_begin(&scene);
	assert_int_equal(
		scene_open(&scene,
			   &(struct scene_script){.length = "60s", .threads = true, .takes_orders = true},
			   &error),
		0);
	snprintf(orders.dir, sizeof(orders.dir), "%s/state", scene.dir);
	snprintf(path, sizeof(path), "%s/control", orders.dir);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_int_equal(pthread_create(&thread, NULL, give_orders, &orders), 0);
	assert_int_equal(duet_speaker_run(scene.speaker), 0);
	pthread_join(thread, NULL);
	assert_int_equal(orders.result, 0);
	assert_true(json_is_true(json_object_get(json_array_get(orders.answers, 0), "microphone")));
	assert_true(json_is_false(json_object_get(json_array_get(orders.answers, 1), "microphone")));
	assert_string_equal(json_string_value(json_array_get(orders.answers, 2)),
			    "there is no such assistant in service");
	scene_close(&scene);
	assert_int_equal(send(&orders, (struct duet_order){.kind = DUET_ORDER_DISMISS}), -ENOENT);
	json_decref(orders.answers);
	scene_end(&scene);
}

/* Rule 16. */
static void in_setup_nobody_else_acts(void **state)
{
	struct scene scene;

	scene_begin(&scene);
	scene_play(&scene, &(struct scene_script){.voice = "- {silent: 1200ms, voiced: 1s}\n",
						  .wake = "- {at: 1s, phrase: 0}\n- {at: 5s, phrase: 1}\n",
						  .cortana = "- what time is it\n",
						  .xiaoai = "- 现在几点\n",
						  .in_setup = "xiaoai"});
	assert_null(strstr(scene.states, "cortana"));
	assert_non_null(strstr(scene.states, "xiaoai:listening"));
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_button_calls_its_assistant),
		cmocka_unit_test(an_alert_is_dismissed_with_the_microphone_off),
		cmocka_unit_test(the_switch_outlives_a_restart),
		cmocka_unit_test(recordings_are_off),
		cmocka_unit_test(orders_are_taken),
		cmocka_unit_test(in_setup_nobody_else_acts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
