/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/number.h"

#include <stdio.h>
#include <string.h>

#include "test/torture.h"

/* Spoken ways and, behind "/", those that are only read. */
static void collect(void *user, const char *words, bool is_spoken)
{
	char *text = user;
	size_t len = strlen(text);

	if (is_spoken)
		snprintf(text + len, 1024 - len, "%s%s", len ? "|" : "", words);
}

static void collect_read(void *user, const char *words, bool is_spoken)
{
	collect(user, words, !is_spoken);
}

static void expect(const char *language, double number, const char *words)
{
	struct duet_speller *speller;
	char text[1024] = "";

	assert_int_equal(duet_speller_new(&speller, language, NULL), 0);
	duet_speller_words(speller, number, true, collect, text);
	assert_string_equal(text, words);
	duet_speller_free(speller);
}

static void expect_read(const char *language, double number, const char *words)
{
	struct duet_speller *speller;
	char text[1024] = "";

	assert_int_equal(duet_speller_new(&speller, language, NULL), 0);
	duet_speller_words(speller, number, false, collect_read, text);
	assert_string_equal(text, words);
	duet_speller_free(speller);
}

static void english(void **state)
{
	expect("en", 0, "zero");
	expect("en-US", 14, "fourteen");
	expect("en", 40, "forty");
	expect("en", 57, "fifty seven");
	expect("en", 100, "one hundred|a hundred");
	expect("en", 205, "two hundred five|two hundred and five");
	expect("en", 1100,
	       "one thousand one hundred|a thousand one hundred|one thousand a hundred|a thousand a hundred");
	expect("en", 20000, "twenty thousand");
	expect("en", -3, "minus three|negative three");
	expect("en", 20.5, "twenty and a half|twenty point five");
	expect("en", 0.5, "half|a half|zero point five");
	expect("en", -2.5,
	       "minus two and a half|minus two point five|negative two and a half|negative two point five");
}

static void mandarin(void **state)
{
	expect("zh-CN", 0, "零|〇");
	expect("zh", 2, "二|两");
	expect("zh", 10, "十|一十");
	expect("zh", 12, "十二|一十二");
	expect("zh", 25, "二十五");
	expect("zh", 105, "一百零五");
	expect("zh", 112, "一百一十二");
	expect("zh", 150, "一百五十|一百五");
	expect("zh", 200, "二百|两百");
	expect("zh", 1001, "一千零一");
	expect("zh", 20000, "二万|两万");
	expect("zh", -5, "负五|零下五");
	expect("zh", 20.5, "二十个半|二十点五");
}

static void other_languages(void **state)
{
	expect("de", 21, "einundzwanzig"); /* without soft hyphens */
	expect_read("de-AT", 1, "eins|erste|ersten|erster|erstes|erstem");
	expect("fr", 21, "vingt et un|vingt et une");
	expect("th", 21, "ยี่สิบเอ็ด"); /* without spaces of no width */
	expect("hu", 21, "huszonegy");
	expect("xx", 5, "");
}

static void what_is_only_read(void **state)
{
	expect_read("en", 21, "twenty-one|twenty-first|twenty first");
	expect_read("zh", 3, "初三|叁|第三");
	expect("en", 1e15, "one quadrillion");
}

static int make_one(void *user)
{
	struct duet_speller *speller;
	int rc = duet_speller_new(&speller, "en", NULL);

	duet_speller_free(speller);
	return rc;
}

static void survives_failing_memory(void **state)
{
	duet_torture(make_one, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(english),
		cmocka_unit_test(mandarin),
		cmocka_unit_test(other_languages),
		cmocka_unit_test(what_is_only_read),
		cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
