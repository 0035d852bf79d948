/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/file.h"
#include "learnt/model.h"
#include "learnt/train.h"

/* What the dialog does with what was learnt: acts, asks whether it was meant, or leaves it. */

static const char queries[] =
	"queries:\n"
	"  - intent: HassStartTimer\n"
	"    means: [\"set a timer for {duration}\"]\n"
	"    say:\n"
	"      - zing me a [ten minutes](duration) bell\n"
	"      - zing me a [five minutes](duration) bell\n"
	"      - zing up a [two minutes](duration) bell\n"
	"      - zing up a [one minute](duration) bell\n"
	"  - intent: DuetCancelAllAlarms\n"
	"    means: [cancel all alarms]\n"
	"    say: [zap every chime, zap each chime, zap every last chime, zap the chime]\n"
	"  - say: [who is the pope, who is the king, where is the moon, where is the sea]\n";

static const char mandarin_queries[] = "queries:\n"
				       "  - intent: HassStartTimer\n"
				       "    means: [\"倒计时{duration}\"]\n"
				       "    say:\n"
				       "      - 整一个[十分钟](duration)的铃\n"
				       "      - 整一个[五分钟](duration)的铃\n"
				       "      - 整出[两分钟](duration)的铃\n"
				       "      - 整出[一分钟](duration)的铃\n"
				       "  - intent: HassTurnOff\n"
				       "    means: [\"打开{name}\"]\n"
				       "    say:\n"
				       "      - 让[前门](name)敞着\n"
				       "      - 让[大门锁](name)敞着\n"
				       "      - 把[前门](name)敞着\n"
				       "      - 把[大门锁](name)敞着\n"
				       "  - say: [谁是国王, 谁是教皇, 月亮在哪, 大海在哪]\n";

static char english[] = "/tmp/duet-doubt-XXXXXX", mandarin[] = "/tmp/duet-doubt-XXXXXX";
static char *path = english; /* of the model that a test is about */

static void train(char *model, const char *text)
{
	const struct duet_train_setting setting = {.rounds = 20};
	struct duet_queries learnt;
	int fd = mkstemp(model);

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(duet_queries_init(&learnt), 0);
	assert_int_equal(duet_queries_parse(&learnt, "queries", duet_slice(text), NULL), 0);
	assert_int_equal(duet_train(&learnt, &setting, model, NULL), 0);
	duet_queries_done(&learnt);
}

static int set_up(void **state)
{
	train(english, queries);
	train(mandarin, mandarin_queries);
	return 0;
}

static int tear_down(void **state)
{
	return unlink(english) + unlink(mandarin);
}

/* From now on a meaning must be so probable to be acted on. */
static void take_from(float probability)
{
	struct duet_model_header *header;
	char *bytes;
	size_t n;

	assert_int_equal(duet_file_read(path, 1 << 26, &bytes, &n, NULL), 0);
	header = (struct duet_model_header *)(void *)bytes;
	header->take = probability;
	header->checksum = duet_model_checksum(bytes, n);
	assert_int_equal(duet_file_replace(path, (struct duet_slice){bytes, n}, NULL), 0);
	duet_free(bytes);
}

static void open_scene(struct scene *scene)
{
	const struct scene_script script = {
		.words_only = true, .model = path, .model_language = path == mandarin ? "zh-CN" : "en"};
	struct duet_error error = {0};

	scene_begin(scene);
	if (scene_open(scene, &script, &error) < 0)
		fail_msg("%s", error.what);
}

static void close_scene(struct scene *scene)
{
	scene_close(scene);
	scene_end(scene);
}

/* Asks, and holds the turn to what is expected; NULL: null or not there. */
static void expect(struct scene *scene, const char *text, const char *intent, const char *maybe,
		   const char *reply)
{
	struct duet_error error = {0};
	const char *said;
	json_t *turn;

	assert_int_equal(duet_speaker_ask(scene->speaker, path == mandarin ? "xiaoai" : "cortana", text,
					  &turn, &error),
			 0);
	said = json_string_value(json_object_get(turn, "intent"));
	assert_string_equal(said ? said : "", intent ? intent : "");
	said = json_string_value(json_object_get(turn, "maybe"));
	assert_string_equal(said ? said : "", maybe ? maybe : "");
	said = json_string_value(json_object_get(turn, "reply"));
	if (reply && !strstr(said ? said : "", reply))
		fail_msg("\"%s\" has no \"%s\"", said ? said : "", reply);
	json_decref(turn);
}

static void what_is_sure_is_done(void **state)
{
	struct scene scene;

	take_from(0.2f);
	open_scene(&scene);
	expect(&scene, "zing me a seven minutes bell", "HassStartTimer", NULL, "7 minutes");
	expect(&scene, "who is the moon", NULL, NULL, "Sorry");
	close_scene(&scene);
}

static void what_is_not_is_asked_about_and_done_after_a_yes(void **state)
{
	struct scene scene;

	take_from(1.1f);
	open_scene(&scene);
	expect(&scene, "zing me a seven minutes bell", NULL, "HassStartTimer",
	       "set a timer for seven minutes");
	expect(&scene, "yes", "DuetYes", NULL, "7 minutes");
	expect(&scene, "how much time is left", "HassTimerStatus", NULL, "left");
	close_scene(&scene);
}

static void and_left_after_a_no(void **state)
{
	struct scene scene;

	take_from(1.1f);
	open_scene(&scene);
	expect(&scene, "zing me a seven minutes bell", NULL, "HassStartTimer",
	       "set a timer for seven minutes");
	expect(&scene, "no", "DuetNo", NULL, NULL);
	expect(&scene, "how much time is left", "HassTimerStatus", NULL, "no timers");
	close_scene(&scene);
}

static void what_may_do_harm_is_always_asked_about(void **state)
{
	struct scene scene;

	take_from(0.2f);
	open_scene(&scene);
	expect(&scene, "set an alarm for 7 am", "DuetSetAlarm", NULL, NULL);
	expect(&scene, "zap every chime", NULL, "DuetCancelAllAlarms", "cancel all alarms");
	expect(&scene, "yes", "DuetYes", NULL, "cancelled");
	close_scene(&scene);
}

/* What is asked about can be mended like what was done. */
static void and_mended_by_another_word(void **state)
{
	struct scene scene;

	take_from(1.1f);
	open_scene(&scene);
	expect(&scene, "zing me a seven minutes bell", NULL, "HassStartTimer",
	       "set a timer for seven minutes");
	expect(&scene, "no, eight minutes", "HassStartTimer", NULL, "8 minutes");
	expect(&scene, "how much time is left", "HassTimerStatus", NULL, "8 minutes left");
	expect(&scene, "zing me a seven minutes bell", NULL, "HassStartTimer", NULL);
	expect(&scene, "cancel", "DuetNo", NULL, NULL);
	expect(&scene, "zing me a seven minutes bell", NULL, "HassStartTimer", NULL);
	expect(&scene, "what time is it", "HassGetCurrentTime", NULL, NULL);
	expect(&scene, "yes", "DuetYes", NULL, "didn't ask");
	close_scene(&scene);
}

static void the_same_in_mandarin(void **state)
{
	struct scene scene;

	path = mandarin;
	take_from(1.1f);
	open_scene(&scene);
	expect(&scene, "整一个七分钟的铃", NULL, "HassStartTimer", "倒计时七分钟");
	expect(&scene, "好的", "DuetYes", NULL, "7分钟");
	expect(&scene, "整一个八分钟的铃", NULL, "HassStartTimer", "倒计时八分钟");
	expect(&scene, "不要", "DuetNo", NULL, NULL);
	expect(&scene, "还剩多久", "HassTimerStatus", NULL, "7分钟");
	expect(&scene, "整一个八分钟的铃", NULL, "HassStartTimer", NULL);
	expect(&scene, "不对，九分钟", "HassStartTimer", NULL, "9分钟");
	close_scene(&scene);
	take_from(0.2f);
	open_scene(&scene);
	expect(&scene, "让前门敞着", NULL, "HassTurnOff", "打开前门");
	expect(&scene, "算了", "DuetNo", NULL, NULL);
	expect(&scene, "门锁了吗", "HassGetState", NULL, NULL);
	expect(&scene, "让前门敞着", NULL, "HassTurnOff", "打开前门");
	expect(&scene, "好的", "DuetYes", NULL, "解锁");
	close_scene(&scene);
	path = english;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sure_is_done),
		cmocka_unit_test(what_is_not_is_asked_about_and_done_after_a_yes),
		cmocka_unit_test(and_left_after_a_no),
		cmocka_unit_test(what_may_do_harm_is_always_asked_about),
		cmocka_unit_test(and_mended_by_another_word),
		cmocka_unit_test(the_same_in_mandarin),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
