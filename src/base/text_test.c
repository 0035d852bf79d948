/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <string.h>

#include "torture.h"

static void decodes_and_marks_what_is_broken(void **state)
{
	struct duet_slice text = duet_slice("a\xc3\xa9\xe5\xb0\x8f\xf0\x9f\x8e\xb5\xff\xe5z");
	const int32_t expected[] = {'a', 0xe9, 0x5c0f, 0x1f3b5, 0xfffd, 0xfffd, 'z', -1};

	assert_false(duet_text_valid(text));
	assert_int_equal(duet_text_valid_len(text), 10);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_int_equal(duet_text_next(&text), expected[i]);
}

static void encodes_what_it_decodes(void **state)
{
	const int32_t points[] = {0, 'a', 0x7ff, 0x800, 0xffff, 0x10ffff};

	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		char bytes[4];
		struct duet_slice text = {bytes, duet_text_encode(points[i], bytes)};

		assert_int_equal(duet_text_next(&text), points[i]);
		assert_int_equal(text.len, 0);
	}
}

static void refuses_surrogates_and_overlong_forms(void **state)
{
	assert_false(duet_text_valid(duet_slice("\xed\xa0\x80")));
	assert_false(duet_text_valid(duet_slice("\xc0\xaf")));
	assert_false(duet_text_valid(duet_slice("\xf4\x90\x80\x80")));
	assert_true(duet_text_valid(duet_slice("")));
}

static void normalises(void **state)
{
	static const struct {
		const char *text, *folded, *kept;
	} rows[] = {
		{"Turn ON", "turn on", "Turn ON"},
		{"Cafe\xcc\x81", "caf\xc3\xa9", "Caf\xc3\xa9"},
		{"STRASSE stra\xc3\x9f"
		 "e",
		 "strasse strasse",
		 "STRASSE stra\xc3\x9f"
		 "e"},
		{"\xe5\xb0\x8f\xe7\x88\xb1", "\xe5\xb0\x8f\xe7\x88\xb1", "\xe5\xb0\x8f\xe7\x88\xb1"},
		{"A\xff!", "a\xef\xbf\xbd!", "A\xef\xbf\xbd!"},
		{"", "", ""},
	};
	char out[64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		long len = duet_text_normalise(duet_slice(rows[i].text), true, out, sizeof(out));

		assert_string_equal(out, rows[i].folded);
		assert_int_equal(len, strlen(out));
		duet_text_normalise(duet_slice(rows[i].text), false, out, sizeof(out));
		assert_string_equal(out, rows[i].kept);
	}
}

static void says_when_there_is_no_room(void **state)
{
	char out[4];

	assert_int_equal(duet_text_normalise(duet_slice("abcd"), true, out, 4), -ENOSPC);
	assert_int_equal(duet_text_normalise(duet_slice("abc"), true, out, 4), 3);
	assert_int_equal(duet_text_normalise(duet_slice("\xc3\xa9\xc3\xa9"), true, out, 4), -ENOSPC);
}

static int normalise_broken(void *user)
{
	char out[64];

	return (int)duet_text_normalise(duet_slice("Cafe\xcc\x81\xff"), true, out, sizeof(out));
}

static void normalises_with_failing_memory(void **state)
{
	duet_torture(normalise_broken, NULL);
}

static void measures_columns(void **state)
{
	assert_int_equal(duet_text_width(duet_slice("ab\xe5\xb0\x8f")), 4);
	assert_int_equal(duet_text_width(duet_slice("e\xcc\x81")), 1);
}

static void finds_the_nearest_name(void **state)
{
	static const char *const names[] = {"engine", "microphone", "loudspeaker", "on", NULL};

	assert_string_equal(duet_text_nearest("enigne", names), "engine");
	assert_string_equal(duet_text_nearest("Microfone", names), "microphone");
	assert_null(duet_text_nearest("speaker", names));
	assert_null(duet_text_nearest("zebra", names));
	assert_null(duet_text_nearest("", names));
}

static int grow(void *user)
{
	struct duet_text text;
	int code = 0;

	duet_text_init(&text, 1000);
	for (int i = 0; i < 100 && code == 0; i++)
		code = i % 2 ? duet_text_add(&text, duet_slice("abc")) : duet_text_printf(&text, "%03d", i);
	if (code == 0) {
		assert_int_equal(text.len, 300);
		assert_memory_equal(text.ptr, "000abc002abc", 12);
		assert_int_equal(text.ptr[300], 0);
	}
	duet_text_done(&text);
	return code;
}

static void grows_piece_by_piece(void **state)
{
	duet_torture(grow, NULL);
}

static void stops_at_its_maximum(void **state)
{
	struct duet_text text;

	duet_text_init(&text, 5);
	assert_int_equal(duet_text_add(&text, duet_slice("abc")), 0);
	assert_int_equal(duet_text_add(&text, duet_slice("def")), -ENOSPC);
	assert_true(text.failed);
	assert_int_equal(duet_text_printf(&text, "x"), -ENOSPC);
	assert_string_equal(text.ptr, "abc");
	duet_text_done(&text);
	duet_text_done(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_and_marks_what_is_broken),
		cmocka_unit_test(encodes_what_it_decodes),
		cmocka_unit_test(refuses_surrogates_and_overlong_forms),
		cmocka_unit_test(normalises),
		cmocka_unit_test(says_when_there_is_no_room),
		cmocka_unit_test(normalises_with_failing_memory),
		cmocka_unit_test(measures_columns),
		cmocka_unit_test(finds_the_nearest_name),
		cmocka_unit_test(grows_piece_by_piece),
		cmocka_unit_test(stops_at_its_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
