/* SPDX-License-Identifier: Apache-2.0 */
#include "tts/normalise.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

struct reading {
	const char *written, *words;
};

static void check(const char *language, const struct reading *readings, size_t n)
{
	char out[512];

	for (size_t i = 0; i < n; i++) {
		long length = duet_tts_normalise(language, duet_slice(readings[i].written), out, sizeof(out));

		assert_string_equal(out, readings[i].words);
		assert_int_equal(length, strlen(out));
	}
}

#define CHECK(language, ...)                                                                                 \
	do {                                                                                                 \
		static const struct reading readings[] = {__VA_ARGS__};                                      \
		check(language, readings, sizeof(readings) / sizeof(*readings));                             \
	} while (0)

static void test_english_numbers(void **state)
{
	CHECK("en-US", {"0", "zero"}, {"21", "twenty one"}, {"100", "one hundred"},
	      {"1,204", "one thousand two hundred four"}, {"1000000", "one million"}, {"-5", "minus five"},
	      {"3.14", "three point one four"}, {"0.5", "zero point five"}, {"007", "zero zero seven"},
	      {"5551234567", "five five five one two three four five six seven"},
	      {"MP3 player", "MP3 player"}, {"a 3x zoom", "a three x zoom"}, {"1/2 cup", "one half cup"},
	      {"99999999999999999999", "nine nine nine nine nine nine nine nine nine nine nine nine nine "
				       "nine nine nine nine nine nine nine"});
}

static void test_english_times(void **state)
{
	CHECK("en-US", {"7:15", "seven fifteen"}, {"7:05", "seven oh five"}, {"7:00", "seven o'clock"},
	      {"7:00 PM", "seven P M"}, {"7:30 a.m.", "seven thirty A M"}, {"6 am", "six A M"},
	      {"19:30", "nineteen thirty"}, {"at 12:01:30.", "at twelve oh one."},
	      {"25:10", "twenty five: ten"}, {"7 amps", "seven amps"});
}

static void test_english_dates(void **state)
{
	CHECK("en-US", {"2026-11-22", "November twenty second, twenty twenty six"},
	      {"Nov 22", "November twenty second"},
	      {"November 3rd, 1905", "November third, nineteen oh five"},
	      {"2000-01-01", "January first, two thousand"},
	      {"2009-05-31", "May thirty first, two thousand nine"},
	      {"1900-02-30", "February thirtieth, nineteen hundred"},
	      {"10-15 minutes", "ten to fifteen minutes"}, {"May I", "May I"});
}

static void test_english_units(void **state)
{
	CHECK("en-US", {"21.5 °C", "twenty one point five degrees Celsius"}, {"1°C", "one degree Celsius"},
	      {"-1 °C", "minus one degree Celsius"}, {"50 %", "fifty percent"}, {"50%.", "fifty percent."},
	      {"5 km", "five kilometers"}, {"1 km/h", "one kilometer per hour"}, {"10 min", "ten minutes"},
	      {"10 minutes", "ten minutes"}, {"3 mice", "three mice"},
	      {"$5.50", "five dollars and fifty cents"}, {"$1", "one dollar"}, {"€3", "three euros"},
	      {"22nd", "twenty second"}, {"101st", "one hundred first"}, {"30th floor", "thirtieth floor"});
}

static void test_english_abbreviations(void **state)
{
	CHECK("en", {"Dr. Smith", "Doctor Smith"}, {"St. Mary", "Saint Mary"},
	      {"Main St. is", "Main Street is"}, {"salt & pepper", "salt and pepper"},
	      {"No. I can't", "No. I can't"});
}

static void test_mandarin_numbers(void **state)
{
	CHECK("zh-CN", {"0", "零"}, {"10", "十"}, {"15", "十五"}, {"20", "二十"}, {"105", "一百零五"},
	      {"110", "一百一十"}, {"1005", "一千零五"}, {"10010", "一万零一十"}, {"100000000", "一亿"},
	      {"20000500", "二千万零五百"}, {"-5", "负五"}, {"3.14", "三点一四"}, {"2个", "两个"},
	      {"第2个", "第二个"}, {"12个", "十二个"}, {"10 个", "十个"}, {"2月", "二月"}, {"MP3", "MP3"},
	      {"13800138000", "一三八零零一三八零零零"});
}

static void test_mandarin_times(void **state)
{
	CHECK("zh-CN", {"7:15", "七点十五分"}, {"7:30", "七点半"}, {"7:05", "七点零五分"}, {"2:00", "两点"},
	      {"14:00", "十四点"}, {"现在是7:00。", "现在是七点。"},
	      {"2026-11-22", "二零二六年十一月二十二日"}, {"2026年11月22日", "二零二六年十一月二十二日"},
	      {"20年", "二十年"}, {"3:20 pm", "下午三点二十分"});
}

static void test_mandarin_units(void **state)
{
	CHECK("zh-CN", {"21.5 °C", "二十一点五摄氏度"}, {"-5°C", "零下五摄氏度"}, {"50%", "百分之五十"},
	      {"5 km", "五公里"}, {"¥20", "二十元"}, {"2小时", "两小时"});
}

static void test_room(void **state)
{
	char out[8];

	assert_int_equal(duet_tts_normalise("en-US", duet_slice("1234567"), out, sizeof(out)), -ENOSPC);
	assert_int_equal(duet_tts_normalise("zh-CN", duet_slice("打开客厅"), out, sizeof(out)), -ENOSPC);
	assert_string_equal(out, "打开");
	assert_int_equal(duet_tts_normalise("fr-FR", duet_slice("5"), out, sizeof(out)), -ENOTSUP);
	assert_int_equal(duet_tts_normalise("en", duet_slice(""), out, sizeof(out)), 0);
	assert_int_equal(duet_tts_normalise("en", duet_slice("5"), out, 0), -ENOSPC);
}

static void check_sentences(const char *text, const char *const *wanted, size_t n)
{
	struct duet_slice rest = duet_slice(text), sentence;

	for (size_t i = 0; i < n; i++) {
		assert_true(duet_tts_next_sentence(&rest, &sentence));
		assert_true(duet_slice_equal(sentence, duet_slice(wanted[i])));
	}
	assert_false(duet_tts_next_sentence(&rest, &sentence));
}

static void test_sentences(void **state)
{
	check_sentences("It is 7:15. Dr. Smith paid $3.50!  Why? ",
			(const char *const[]){"It is 7:15.", "Dr. Smith paid $3.50!", "Why?"}, 3);
	check_sentences("现在七点。天气晴！好吗？", (const char *const[]){"现在七点。", "天气晴！", "好吗？"},
			3);
	check_sentences("no mark", (const char *const[]){"no mark"}, 1);
	check_sentences("  \n ", NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_english_numbers),
		cmocka_unit_test(test_english_times),
		cmocka_unit_test(test_english_dates),
		cmocka_unit_test(test_english_units),
		cmocka_unit_test(test_english_abbreviations),
		cmocka_unit_test(test_mandarin_numbers),
		cmocka_unit_test(test_mandarin_times),
		cmocka_unit_test(test_mandarin_units),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_sentences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
