/* SPDX-License-Identifier: Apache-2.0 */
#include "lexicon/pinyin.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void knows_usual_readings(void **state)
{
	static const struct {
		int32_t code_point;
		const char *written;
	} rows[] = {
		{0x4f60, "ni3"}, {0x597d, "hao3"},  {0x5973, "nv3"},
		{0x7684, "de5"}, {0x3007, "ling2"}, {0x88c5, "zhuang1"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct duet_syllable syllable;
		char written[DUET_PINYIN_SIZE];

		assert_true(duet_pinyin_is_character(rows[i].code_point));
		assert_true(duet_pinyin_usual(rows[i].code_point, &syllable));
		assert_int_equal(duet_pinyin_write(&syllable, written), strlen(rows[i].written));
		assert_string_equal(written, rows[i].written);
	}
}

static void knows_what_is_no_character(void **state)
{
	static const int32_t rows[] = {-1, 0, 'a', 0x4dff, 0xa000, 0x3001, 0xfffd, 0x1f3b5};
	struct duet_syllable syllable;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_false(duet_pinyin_is_character(rows[i]));
		assert_false(duet_pinyin_usual(rows[i], &syllable));
	}
}

static void reads_syllables(void **state)
{
	static const struct {
		const char *reading, *written;
	} rows[] = {
		{"ni3", "ni3"},
		{" ni3  hao3", "ni3"},
		{"l\xc3\xbc"
		 "4",
		 "lv4"},
		{"er2", "er2"},
		{"dianr3", "dian3r"},
		{"dian3r hao3", "dian3r"},
		{"zhuangr1 \xe5", "zhuang1r"},
		{"er2r", "er2r"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct duet_slice reading = duet_slice(rows[i].reading);
		struct duet_syllable syllable;
		char written[DUET_PINYIN_SIZE];

		assert_int_equal(duet_pinyin_next(&reading, &syllable), 1);
		duet_pinyin_write(&syllable, written);
		assert_string_equal(written, rows[i].written);
	}
}

static void refuses_what_is_not_pinyin(void **state)
{
	static const char *const rows[] = {
		"ni",        "3",       "ni6", "ni0",          "hello3", "ni3hao3", "ni3.",         "Ni3",
		"zhuangrr1", "dianr3r", "r5",  "\xe4\xbd\xa0", "\xc3",   "n\xc3",   "zhuangzhuang1"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct duet_slice reading = duet_slice(rows[i]);
		struct duet_syllable syllable;

		assert_int_equal(duet_pinyin_next(&reading, &syllable), -EINVAL);
	}
}

static void reads_to_the_end(void **state)
{
	struct duet_slice reading = duet_slice("xiao3 ai4 tong2 xue2 ");
	struct duet_syllable syllable;

	for (int i = 0; i < 4; i++)
		assert_int_equal(duet_pinyin_next(&reading, &syllable), 1);
	assert_string_equal(syllable.letters, "xue");
	assert_int_equal(syllable.tone, 2);
	assert_int_equal(duet_pinyin_next(&reading, &syllable), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_usual_readings), cmocka_unit_test(knows_what_is_no_character),
		cmocka_unit_test(reads_syllables),      cmocka_unit_test(refuses_what_is_not_pinyin),
		cmocka_unit_test(reads_to_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
