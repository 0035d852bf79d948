/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/number.h"

#include <stdio.h>
#include <string.h>

#include "test/torture.h"

static void collect(void *user, const char *words)
{
	char *text = user;
	size_t len = strlen(text);

	snprintf(text + len, 1024 - len, "%s%s", len ? "|" : "", words);
}

static void expect(const char *language, long number, bool half, const char *words)
{
	char text[1024] = "";

	duet_number_words(language, number, half, collect, text);
	assert_string_equal(text, words);
}

static void english(void **state)
{
	expect("en", 0, false, "zero");
	expect("en-US", 14, false, "fourteen");
	expect("en", 40, false, "forty");
	expect("en", 57, false, "fifty seven");
	expect("en", 100, false, "one hundred|a hundred");
	expect("en", 205, false, "two hundred five|two hundred and five");
	expect("en", 1100, false,
	       "one thousand one hundred|one thousand a hundred|a thousand one hundred|a thousand a hundred");
	expect("en", 20000, false, "twenty thousand");
	expect("en", -3, false, "minus three|negative three");
	expect("en", 20, true, "twenty point five|twenty and a half");
	expect("en", 0, true, "zero point five|half|a half");
	expect("en", -3, true,
	       "minus two point five|negative two point five|minus two and a half|negative two and a half");
}

static void mandarin(void **state)
{
	expect("zh-CN", 0, false, "零|〇");
	expect("zh", 2, false, "二|两");
	expect("zh", 10, false, "十|一十");
	expect("zh", 12, false, "十二|一十二");
	expect("zh", 25, false, "二十五");
	expect("zh", 105, false, "一百零五");
	expect("zh", 112, false, "一百一十二");
	expect("zh", 150, false, "一百五十|一百五");
	expect("zh", 200, false, "二百|两百");
	expect("zh", 1001, false, "一千零一");
	expect("zh", 20000, false, "二万|两万");
	expect("zh", -5, false, "负五|零下五");
	expect("zh", 20, true, "二十点五|二十个半");
}

static void other_languages_have_none(void **state)
{
	char text[1024] = "";

	assert_int_equal(duet_number_words("xx", 5, false, collect, text), 0);
	assert_int_equal(duet_number_words("en", 100000000, false, collect, text), 0);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(english),
		cmocka_unit_test(mandarin),
		cmocka_unit_test(other_languages_have_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
