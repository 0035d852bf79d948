/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "report.h"

/* Short versions of `duet bench echo` and `duet bench soak`, with synthetic voices. */
enum { SKIPPED = 77 };

static json_t *run(const char *arguments)
{
	char command[1000];
	json_t *report;

	snprintf(command, sizeof(command), "%s/duet bench %s --json", getenv("DUET_BUILD"), arguments);
	assert_int_equal(report_of(&report, command), 0);
	assert_non_null(report);
	return report;
}

static void expect(const char *what, double value, double least, double most)
{
	printf("%s: %.1f\n", what, value);
	if (value < least || value > most)
		fail_msg("%s is %.1f, not %.1f to %.1f", what, value, least, most);
}

static double percent_at(const json_t *report, const char *key, size_t level)
{
	return report_number(json_array_get(json_object_get(report, key), level), "percent");
}

static void test_a_call_over_own_sound_is_heard_and_own_words_are_not(void **state)
{
	json_t *report = run("echo --hours 0.03 --jobs 1");

	expect("over music, 0 dB", percent_at(report, "over_music", 0), 75, 100);
	expect("over music, -10 dB", percent_at(report, "over_music", 2), 50, 100);
	expect("over speech, 0 dB", percent_at(report, "over_speech", 0), 75, 100);
	expect("self wakes", report_number(json_object_get(report, "own_speech"), "self_wakes"), 0, 0);
	expect("% of a core, idle", report_number(report, "cpu_percent_idle"), 0, 0.2);
	json_decref(report);
}

static void test_a_quarter_of_an_hour_in_a_household(void **state)
{
	json_t *report = run("soak --hours 0.12 --seed 3");

	expect("orders", report_number(report, "orders"), 5, 100);
	expect("carried out", report_number(report, "right"), 0.5 * report_number(report, "orders"), 100);
	expect("false wakes", report_number(report, "false_wakes"), 0, 1);
	expect("unasked acts", report_number(report, "unasked_acts"), 0, 0);
	expect("wrong acts", report_number(report, "wrong_acts"), 0, 1);
	expect("lost timers", report_number(report, "timers_lost"), 0, 0);
	expect("growth of memory", report_number(report, "rss_growth_kb"), 0, 20000);
	json_decref(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_call_over_own_sound_is_heard_and_own_words_are_not),
		cmocka_unit_test(test_a_quarter_of_an_hour_in_a_household),
	};

	if (system("command -v espeak-ng >/dev/null") != 0) {
		printf("skipped: espeak-ng is not installed\n");
		return SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
