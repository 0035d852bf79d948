/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <time.h>

#include "torture.h"

static void system_clock_moves(void **state)
{
	int64_t before = duet_clock_system.mono_ns(&duet_clock_system);

	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	assert_true(duet_clock_system.mono_ns(&duet_clock_system) >= before + 1000000);
	assert_true(duet_clock_wall_s(&duet_clock_system) > 1600000000);
}

static void manual_clock_obeys(void **state)
{
	struct duet_clock_manual manual;

	duet_clock_manual_init(&manual, INT64_C(1700000000000000000));
	assert_int_equal(duet_clock_mono_ms(&manual.clock), 0);
	assert_int_equal(duet_clock_wall_s(&manual.clock), 1700000000);
	duet_clock_manual_advance(&manual, 1500000000);
	assert_int_equal(duet_clock_mono_ms(&manual.clock), 1500);
	assert_int_equal(duet_clock_wall_s(&manual.clock), 1700000001);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(system_clock_moves),
		cmocka_unit_test(manual_clock_obeys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
