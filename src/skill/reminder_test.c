/* SPDX-License-Identifier: Apache-2.0 */
#include "skill_bench.h"

static void test_what_is_missing(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_reminder, NULL);
	assert_string_equal(bench_ask(&bench, "DuetSetReminder", "", NULL), "no_text");
	assert_string_equal(bench_ask(&bench, "DuetSetReminder", "text=buy milk", NULL), "no_time");
	assert_string_equal(bench_var(&bench, "text"), "buy milk");
	assert_string_equal(bench_ask(&bench, "DuetListReminders", "", NULL), "no_reminders");
	bench_close(&bench);
}

static void when(struct skill_bench *bench, const char *slots, const char *wanted)
{
	assert_string_equal(bench_ask(bench, "DuetSetReminder", slots, NULL), "default");
	assert_string_equal(bench_var(bench, "when"), wanted);
}

static void test_when(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_reminder, NULL);
	when(&bench, "text=a;day=tomorrow", "tomorrow at 9:00 AM");
	when(&bench, "text=b;day=tomorrow;period=pm", "tomorrow at 3:00 PM");
	when(&bench, "text=c;period=night", "today at 8:00 PM");
	when(&bench, "text=d;day=today", "today at 6:00 PM");
	when(&bench, "text=e;month=3;monthday=1", "on March 1 at 9:00 AM");
	when(&bench, "text=f;day=mon", "on November 30 at 9:00 AM"); /* nine is over today */
	when(&bench, "text=g;hour=3", "today at 3:00 PM");
	bench_wait(&bench, 12 * 3600);
	when(&bench, "text=h;day=today", "in 1 hour"); /* late in the evening */
	bench_close(&bench);
}

/* Without words it says only that it is time. */
static void test_ring(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_reminder, NULL);
	bench_ask(&bench, "DuetSetReminder", "minutes=1", NULL);
	bench_wait(&bench, 61);
	assert_string_equal(bench.rung, "reminder_rings");
	assert_string_equal(json_string_value(json_object_get(bench.vars, "text")), "");
	bench_wait(&bench, 61); /* it falls silent by itself */
	assert_string_equal(bench_ask(&bench, "DuetListReminders", "", NULL), "no_reminders");
	bench_close(&bench);
}

static void test_cancel(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_reminder, NULL);
	assert_string_equal(bench_ask(&bench, "DuetCancelReminder", "", NULL), "no_reminders");
	bench_ask(&bench, "DuetSetReminder", "text=call mom;hour=6", NULL);
	bench_ask(&bench, "DuetSetReminder", "text=buy milk;hour=7", NULL);
	assert_string_equal(bench_ask(&bench, "DuetCancelAllReminders", "", NULL), "confirm");
	assert_int_equal(bench.answer.kind, DUET_ANSWER_QUESTION);
	assert_string_equal(bench_ask(&bench, "DuetCancelReminder", "", NULL), "which");
	assert_string_equal(bench_ask(&bench, "DuetCancelReminder", "text=call dad", NULL),
			    "reminder_not_found");
	assert_string_equal(bench_ask(&bench, "DuetCancelReminder", "text=Call Mom", NULL), "default");
	assert_string_equal(bench_ask(&bench, "DuetCancelAllReminders", "", NULL), "default");
	assert_int_equal(bench_number(&bench, "count"), 1);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_missing),
		cmocka_unit_test(test_when),
		cmocka_unit_test(test_ring),
		cmocka_unit_test(test_cancel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
