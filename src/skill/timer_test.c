/* SPDX-License-Identifier: Apache-2.0 */
#include "skill_bench.h"

static void test_lengths(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_timer, NULL);
	assert_string_equal(bench_ask(&bench, "HassStartTimer", "", NULL), "no_length");
	assert_string_equal(bench_ask(&bench, "HassStartTimer", "name=pizza", NULL), "no_length");
	assert_string_equal(bench_var(&bench, "name"), "pizza");
	assert_string_equal(bench_ask(&bench, "HassStartTimer", "minutes=0", NULL), "too_short");
	assert_string_equal(bench_ask(&bench, "HassStartTimer", "hours=200", NULL), "too_long");
	assert_string_equal(bench_ask(&bench, "HassStartTimer", "hours=1.5", NULL), "default");
	assert_string_equal(bench_var(&bench, "duration"), "1 hour and 30 minutes");
	bench_close(&bench);
}

static void test_which(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_timer, NULL);
	assert_string_equal(bench_ask(&bench, "HassCancelTimer", "", NULL), "no_timers");
	bench_ask(&bench, "HassStartTimer", "minutes=5;name=tea", NULL);
	bench_ask(&bench, "HassStartTimer", "minutes=10", NULL);
	assert_string_equal(bench_ask(&bench, "HassCancelTimer", "", NULL), "which");
	assert_string_equal(bench_var(&bench, "timers"), "tea and 10 minutes");
	assert_string_equal(bench_ask(&bench, "HassPauseTimer", "", NULL), "multiple_timers_matched");
	assert_string_equal(bench_ask(&bench, "HassCancelTimer", "name=rice", NULL), "timer_not_found");
	assert_string_equal(bench_ask(&bench, "HassCancelTimer", "start_minutes=10", NULL), "default");
	assert_string_equal(bench_ask(&bench, "HassTimerStatus", "", NULL), "default");
	assert_string_equal(bench_var(&bench, "name"), "tea");
	bench_close(&bench);
}

static void test_what_rings_goes_first(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_timer, NULL);
	bench_ask(&bench, "HassStartTimer", "seconds=5", NULL);
	bench_ask(&bench, "HassStartTimer", "minutes=5", NULL);
	bench_wait(&bench, 6);
	assert_int_equal(bench.n_rings, 1);
	assert_string_equal(bench.rung, "timer_finished");
	assert_string_equal(bench_ask(&bench, "HassCancelTimer", "", NULL), "stopped");
	assert_string_equal(bench_ask(&bench, "HassCancelTimer", "", NULL), "default");
	bench_close(&bench);
}

static void test_change(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_timer, NULL);
	bench_ask(&bench, "HassStartTimer", "minutes=5", NULL);
	assert_string_equal(bench_ask(&bench, "HassPauseTimer", "", NULL), "default");
	assert_string_equal(bench_ask(&bench, "HassPauseTimer", "", NULL), "already");
	bench_wait(&bench, 60);
	assert_string_equal(bench_ask(&bench, "HassIncreaseTimer", "minutes=1", NULL), "default");
	assert_string_equal(bench_var(&bench, "left"), "6 minutes");
	assert_string_equal(bench_ask(&bench, "HassIncreaseTimer", "hours=168", NULL), "too_long");
	assert_string_equal(bench_ask(&bench, "HassUnpauseTimer", "", NULL), "default");
	assert_string_equal(bench_ask(&bench, "HassDecreaseTimer", "minutes=20", NULL), "finished");
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_which),
		cmocka_unit_test(test_what_rings_goes_first),
		cmocka_unit_test(test_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
