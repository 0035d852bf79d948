/* SPDX-License-Identifier: Apache-2.0 */
#include "skill/day.h"

#include <errno.h>

#include "skill_bench.h"

/* What days mean, seen from Monday, 23 November 2026. */
static void check(const char *said, int wanted_code, int year, int month, int monthday)
{
	struct duet_slot slots[4];
	struct duet_request request = {.slots = slots};
	int64_t day = 0, today = duet_civil_days(2026, 11, 23);
	char text[96];

	snprintf(text, sizeof(text), "%s", said);
	request.n_slots = bench_slots(text, slots, 4);
	assert_int_equal(duet_day_read(&day, &request, today), wanted_code);
	if (wanted_code == 0 && day != duet_civil_days(year, month, monthday))
		fail_msg("%s is %d days off", said, (int)(day - duet_civil_days(year, month, monthday)));
}

static void test_near(void **state)
{
	check("day=today", 0, 2026, 11, 23);
	check("day=tomorrow", 0, 2026, 11, 24);
	check("day=before_yesterday", 0, 2026, 11, 21);
	check("day=in_three_days", 0, 2026, 11, 26);
	check("days=100", 0, 2027, 3, 3);
	check("weeks=2", 0, 2026, 12, 7);
}

static void test_weekdays(void **state)
{
	struct duet_slot slot = {.name = "day", .text = "fri", .value = {DUET_VALUE_TEXT, 0, "fri"}};
	struct duet_request request = {.slots = &slot, .n_slots = 1};

	check("day=mon", 0, 2026, 11, 23); /* today is one */
	check("day=sun", 0, 2026, 11, 29);
	check("day=next_mon", 0, 2026, 11, 30);
	check("day=next_sun", 0, 2026, 12, 6);
	check("day=weekend", 0, 2026, 11, 28);
	assert_true(duet_day_is_weekday(&request));
}

static void test_dates(void **state)
{
	check("month=11;monthday=23", 0, 2026, 11, 23);
	check("month=11;monthday=22", 0, 2027, 11, 22); /* over this year */
	check("monthday=31", 0, 2026, 12, 31);          /* November has none */
	check("month=2;monthday=29", 0, 2028, 2, 29);
	check("month=2;monthday=30", -EINVAL, 0, 0, 0);
	check("day=christmas", 0, 2026, 12, 25);
	check("day=national", 0, 2027, 10, 1);
}

static void test_nothing_said(void **state)
{
	check("hour=7", -ENOENT, 0, 0, 0);
	check("day=someday", -ENOENT, 0, 0, 0);
	check("day=next_year", -ENOENT, 0, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_near),
		cmocka_unit_test(test_weekdays),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_nothing_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
