/* SPDX-License-Identifier: Apache-2.0 */
#include "skill_bench.h"

static void test_date(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_clock, NULL);
	assert_string_equal(bench_ask(&bench, "HassGetCurrentDate", "", NULL), "default");
	assert_string_equal(bench_var(&bench, "date"), "Monday, November 23");
	bench_ask(&bench, "HassGetCurrentDate", "day=yesterday", "day");
	assert_string_equal(bench_var(&bench, "date"), "Sunday, November 22");
	assert_string_equal(bench_var(&bench, "day"), "yesterday");
	bench_ask(&bench, "HassGetCurrentDate", "month=12;monthday=25", "day");
	assert_string_equal(bench_var(&bench, "weekday"), "Friday");
	assert_string_equal(bench_ask(&bench, "HassGetCurrentDate", "month=2;monthday=31", "day"),
			    "no_such_day");
	bench_close(&bench);
}

static void test_elsewhere(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_clock, NULL);
	bench_ask(&bench, "DuetTimeInCity", "city=Asia/Tokyo", NULL);
	assert_string_equal(bench_var(&bench, "time"), "5:30 PM");
	assert_string_equal(bench_ask(&bench, "DuetTimeInCity", "city=Asia/Tokyo", "zone"), "zone");
	assert_string_equal(bench_var(&bench, "difference"), "8 hours");
	assert_true(json_is_true(json_object_get(bench.answer.vars, "ahead")));
	bench_ask(&bench, "DuetTimeInCity", "city=America/New_York", "zone");
	assert_string_equal(bench_var(&bench, "difference"), "6 hours");
	assert_true(json_is_false(json_object_get(bench.answer.vars, "ahead")));
	bench_ask(&bench, "DuetTimeInCity", "city=Europe/Paris", "zone");
	assert_true(json_is_true(json_object_get(bench.answer.vars, "same")));
	bench_close(&bench);
}

/* What a person names may be any words: never a file, nor a rule that happens to be one. */
static void test_no_place(void **state)
{
	static const char *const places[] = {"Little Wobbleton", "../../etc/passwd", "EST5EDT", "UTC", ""};
	struct skill_bench bench;
	char slot[64];

	bench_open(&bench, &duet_skill_clock, NULL);
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		snprintf(slot, sizeof(slot), "city=%s", places[i]);
		assert_string_equal(bench_ask(&bench, "DuetTimeInCity", slot, NULL), "no_zone");
		assert_int_equal(bench.answer.kind, DUET_ANSWER_FAILED);
	}
	assert_string_equal(bench_ask(&bench, "DuetTimeInCity", "", NULL), "no_zone");
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_date),
		cmocka_unit_test(test_elsewhere),
		cmocka_unit_test(test_no_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
