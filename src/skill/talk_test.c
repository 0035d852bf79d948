/* SPDX-License-Identifier: Apache-2.0 */
#include "skill_bench.h"

static void test_part_of_the_day(void **state)
{
	static const struct {
		int hours; /* later */
		const char *period;
	} wanted[] = {{0, "morning"}, {3, "afternoon"}, {6, "evening"},
		      {3, "night"},   {6, "night"},     {2, "morning"}};
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_talk, NULL);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		bench_wait(&bench, wanted[i].hours * 3600);
		assert_string_equal(bench_ask(&bench, "DuetGreeting", "", NULL), "default");
		assert_string_equal(bench_var(&bench, "period"), wanted[i].period);
	}
	bench_close(&bench);
}

static void test_nobody_knows_the_time(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_talk, NULL);
	bench.settings.zone = "No/Such_Zone";
	bench_ask(&bench, "DuetGoodbye", "", NULL);
	assert_string_equal(bench_var(&bench, "period"), "day");
	assert_string_equal(bench_var(&bench, "assistant_name"), "a");
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_part_of_the_day),
					   cmocka_unit_test(test_nobody_knows_the_time)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
