/* SPDX-License-Identifier: Apache-2.0 */
#include "skill_bench.h"

static void test_set(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_alarm, NULL);
	assert_string_equal(bench_ask(&bench, "DuetSetAlarm", "", NULL), "no_time");
	assert_string_equal(bench_ask(&bench, "DuetSetAlarm", "day=tomorrow", NULL), "no_time");
	assert_string_equal(bench_ask(&bench, "DuetSetAlarm", "hour=25", NULL), "which_time");
	assert_string_equal(bench_ask(&bench, "DuetSetAlarm", "hour=8;period=am;day=today", NULL),
			    "time_past");
	assert_string_equal(bench_ask(&bench, "DuetSetAlarm", "hour=7;day=tomorrow", NULL), "default");
	assert_string_equal(bench_var(&bench, "when"), "tomorrow at 7:00 AM");
	assert_string_equal(bench_ask(&bench, "DuetSetAlarm", "hour=7;day=tomorrow", NULL), "exists");
	assert_string_equal(bench_ask(&bench, "DuetSetAlarm", "hour=9;month=12;monthday=24", NULL),
			    "default");
	assert_string_equal(bench_var(&bench, "when"), "on December 24 at 9:00 AM");
	assert_string_equal(bench_ask(&bench, "DuetSetAlarm", "hour=6;repeat=weekdays", NULL), "repeat");
	bench_close(&bench);
}

static void test_list(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_alarm, NULL);
	assert_string_equal(bench_ask(&bench, "DuetListAlarms", "day=tomorrow", NULL), "no_alarms");
	bench_ask(&bench, "DuetSetAlarm", "hour=7;day=tomorrow", NULL);
	bench_ask(&bench, "DuetSetAlarm", "hour=8;day=fri", NULL);
	assert_string_equal(bench_ask(&bench, "DuetListAlarms", "day=wed", NULL), "none_then");
	assert_string_equal(bench_ask(&bench, "DuetListAlarms", "day=fri", NULL), "default");
	assert_int_equal(bench_number(&bench, "count"), 1);
	assert_string_equal(bench_ask(&bench, "DuetListAlarms", "", "next"), "next");
	assert_string_equal(bench_var(&bench, "when"), "tomorrow at 7:00 AM");
	bench_close(&bench);
}

static void test_cancel(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_alarm, NULL);
	assert_string_equal(bench_ask(&bench, "DuetCancelAlarm", "", NULL), "no_alarms");
	bench_ask(&bench, "DuetSetAlarm", "hour=7;period=am;day=tomorrow", NULL);
	bench_ask(&bench, "DuetSetAlarm", "hour=7;period=pm", NULL);
	assert_string_equal(bench_ask(&bench, "DuetCancelAllAlarms", "", NULL), "confirm");
	assert_int_equal(bench.answer.kind, DUET_ANSWER_QUESTION);
	assert_string_equal(bench_ask(&bench, "DuetCancelAlarm", "", NULL), "which");
	assert_string_equal(bench_ask(&bench, "DuetCancelAlarm", "hour=7", NULL), "which");
	assert_string_equal(bench_ask(&bench, "DuetCancelAlarm", "hour=8", NULL), "alarm_not_found");
	assert_string_equal(bench_ask(&bench, "DuetCancelAlarm", "hour=7;period=pm", NULL), "default");
	assert_string_equal(bench_ask(&bench, "DuetCancelAllAlarms", "", NULL), "default");
	assert_int_equal(bench_number(&bench, "count"), 1);
	bench_close(&bench);
}

/* What it is for is told when it rings, and after it has been put off. */
static void test_ring(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_alarm, NULL);
	assert_string_equal(bench_ask(&bench, "DuetSnooze", "", NULL), "nothing");
	bench_ask(&bench, "DuetSetAlarm", "minutes=1;text=the dentist", NULL);
	bench_wait(&bench, 61);
	assert_string_equal(bench.rung, "alarm_rings");
	assert_string_equal(json_string_value(json_object_get(bench.vars, "text")), "the dentist");
	assert_string_equal(bench_ask(&bench, "DuetSnooze", "minutes=2", NULL), "default");
	assert_string_equal(bench_var(&bench, "duration"), "2 minutes");
	bench_wait(&bench, 130);
	assert_int_equal(bench.n_rings, 2);
	assert_string_equal(bench_ask(&bench, "DuetCancelAlarm", "", NULL), "stopped");
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
