/* SPDX-License-Identifier: Apache-2.0 */
#include "skill/phrase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_durations(void **state)
{
	static const struct {
		int64_t seconds;
		const char *english, *length, *mandarin;
	} durations[] = {
		{0, "0 seconds", "0 second", "0秒"},
		{1, "1 second", "1 second", "1秒"},
		{90, "1 minute and 30 seconds", "1 minute and 30 second", "1分钟30秒"},
		{600, "10 minutes", "10 minute", "10分钟"},
		{3600, "1 hour", "1 hour", "1小时"},
		{3605, "1 hour and 5 seconds", "1 hour and 5 second", "1小时5秒"},
		{90061, "1 day and 1 hour", "1 day and 1 hour", "1天1小时"},
		{-5, "0 seconds", "0 second", "0秒"},
	};
	char text[96];

	for (size_t i = 0; i < sizeof(durations) / sizeof(*durations); i++) {
		assert_string_equal(duet_phrase_duration("en-US", durations[i].seconds, text, sizeof(text)),
				    durations[i].english);
		assert_string_equal(duet_phrase_length("en-US", durations[i].seconds, text, sizeof(text)),
				    durations[i].length);
		assert_string_equal(duet_phrase_duration("zh-CN", durations[i].seconds, text, sizeof(text)),
				    durations[i].mandarin);
	}
	assert_string_equal(duet_phrase_duration("fr-FR", 60, text, sizeof(text)), "1 minute");
}

static void test_times(void **state)
{
	static const struct {
		int hour, minute;
		const char *english, *mandarin;
	} times[] = {{0, 0, "12:00 AM", "凌晨0:00"},    {6, 5, "6:05 AM", "早上6:05"},
		     {10, 30, "10:30 AM", "上午10:30"}, {12, 0, "12:00 PM", "中午12:00"},
		     {15, 45, "3:45 PM", "下午3:45"},   {23, 59, "11:59 PM", "晚上11:59"}};
	char text[64];

	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		struct duet_civil civil = {.hour = times[i].hour, .minute = times[i].minute};

		assert_string_equal(duet_phrase_time("en", &civil, text, sizeof(text)), times[i].english);
		assert_string_equal(duet_phrase_time("zh-CN", &civil, text, sizeof(text)), times[i].mandarin);
	}
}

static void test_days(void **state)
{
	struct duet_civil now, then;
	static const struct {
		int days;
		const char *english, *mandarin;
	} days[] = {{0, "today at 7:15 AM", "今天早上7:15"},
		    {1, "tomorrow at 7:15 AM", "明天早上7:15"},
		    {2, "on Tuesday at 7:15 AM", "后天早上7:15"},
		    {6, "on Saturday at 7:15 AM", "星期六早上7:15"},
		    {7, "on November 29 at 7:15 AM", "11月29日早上7:15"},
		    {-1, "on November 21 at 7:15 AM", "11月21日早上7:15"}};
	char text[160];

	duet_civil_from_days(duet_civil_days(2026, 11, 22), &now);
	for (size_t i = 0; i < sizeof(days) / sizeof(*days); i++) {
		duet_civil_from_days(duet_civil_days(2026, 11, 22) + days[i].days, &then);
		then.hour = 7;
		then.minute = 15;
		assert_string_equal(duet_phrase_when("en", &now, &then, text, sizeof(text)), days[i].english);
		assert_string_equal(duet_phrase_when("zh", &now, &then, text, sizeof(text)),
				    days[i].mandarin);
	}
	assert_string_equal(duet_phrase_date("en", &now, text, sizeof(text)), "Sunday, November 22");
	assert_string_equal(duet_phrase_date("zh", &now, text, sizeof(text)), "11月22日，星期日");
}

static void test_repeats(void **state)
{
	struct duet_civil seven = {.hour = 7};
	char text[160];

	assert_string_equal(duet_phrase_repeat("en", 0x7f, &seven, text, sizeof(text)),
			    "every day at 7:00 AM");
	assert_string_equal(duet_phrase_repeat("en", 0x05, &seven, text, sizeof(text)),
			    "every Monday and Wednesday at 7:00 AM");
	assert_string_equal(duet_phrase_repeat("zh", 0x1f, &seven, text, sizeof(text)), "工作日早上7:00");
	assert_string_equal(duet_phrase_repeat("zh", 0x40, &seven, text, sizeof(text)), "每星期日早上7:00");
}

static void test_lists(void **state)
{
	const char *const items[] = {"milk", "eggs", "bread"};
	char text[64], small[8];

	assert_string_equal(duet_phrase_list("en", items, 0, text, sizeof(text)), "");
	assert_string_equal(duet_phrase_list("en", items, 1, text, sizeof(text)), "milk");
	assert_string_equal(duet_phrase_list("en", items, 2, text, sizeof(text)), "milk and eggs");
	assert_string_equal(duet_phrase_list("en", items, 3, text, sizeof(text)), "milk, eggs and bread");
	assert_string_equal(duet_phrase_list("zh", items, 3, text, sizeof(text)), "milk、eggs和bread");
	assert_string_equal(duet_phrase_list("en", items, 3, small, sizeof(small)), "milk, e");
}

static void test_the_rest(void **state)
{
	char text[64];

	assert_string_equal(duet_phrase_number(21, text, sizeof(text)), "21");
	assert_string_equal(duet_phrase_number(20.5, text, sizeof(text)), "20.5");
	assert_string_equal(duet_phrase_number(-0.25, text, sizeof(text)), "-0.2");
	assert_true(duet_phrase_same("Pizza", "pizza"));
	assert_false(duet_phrase_same("pizza", "pasta"));
	assert_string_equal(duet_phrase_weather("en", "partlycloudy"), "partly cloudy");
	assert_string_equal(duet_phrase_weather("zh", "pouring"), "大雨");
	assert_string_equal(duet_phrase_weather("en", "raining frogs"), "raining frogs");
	assert_string_equal(duet_phrase_in("zh", 600, text, sizeof(text)), "10分钟后");
	assert_string_equal(duet_phrase_left("en", "pizza", 60, text, sizeof(text)),
			    "pizza with 1 minute left");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations), cmocka_unit_test(test_times),
		cmocka_unit_test(test_days),      cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_lists),     cmocka_unit_test(test_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
