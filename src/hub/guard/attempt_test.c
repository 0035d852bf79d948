/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/guard/attempt.h"

#include <errno.h>

#include "torture.h"

static const struct duet_slice lamp = {"lamp", 4}, door = {"door", 4};

static void neighbours_are_not_shut_out(void **state)
{
	struct duet_hub_attempts *attempts = duet_hub_attempts_new(3, 100);

	for (int i = 0; i < 3; i++) {
		assert_true(duet_hub_attempts_allow(attempts, "192.0.2.1", lamp, 1000));
		duet_hub_attempts_failed(attempts, "192.0.2.1", lamp, 1000);
	}
	assert_false(duet_hub_attempts_allow(attempts, "192.0.2.1", lamp, 1000));
	assert_true(duet_hub_attempts_allow(attempts, "192.0.2.1", door, 1000));
	/* Nor is the one that has the right key, somewhere else. */
	assert_true(duet_hub_attempts_allow(attempts, "192.0.2.2", lamp, 1000));
	assert_true(duet_hub_attempts_allow(attempts, "192.0.2.1", lamp, 21000));
	duet_hub_attempts_free(attempts);
}

static void who_tries_many_names_is_held_up(void **state)
{
	struct duet_hub_attempts *attempts = duet_hub_attempts_new(3, 100);
	char name[] = "device-00";

	for (int i = 0; i < 100; i++) {
		name[7] = (char)('0' + i / 10);
		name[8] = (char)('0' + i % 10);
		assert_true(duet_hub_attempts_allow(attempts, "192.0.2.1", duet_slice(name), 1000));
		duet_hub_attempts_failed(attempts, "192.0.2.1", duet_slice(name), 1000);
	}
	assert_false(duet_hub_attempts_allow(attempts, "192.0.2.1", lamp, 1000));
	assert_true(duet_hub_attempts_allow(attempts, "192.0.2.2", lamp, 1000));
	duet_hub_attempts_free(attempts);
}

static void none_means_any(void **state)
{
	struct duet_hub_attempts *attempts = duet_hub_attempts_new(0, 0);

	for (int i = 0; i < 10000; i++)
		duet_hub_attempts_failed(attempts, "192.0.2.1", (struct duet_slice){0}, 1000);
	assert_true(duet_hub_attempts_allow(attempts, "192.0.2.1", (struct duet_slice){0}, 1000));
	duet_hub_attempts_free(attempts);
}

static int make(void *user)
{
	struct duet_hub_attempts *attempts = duet_hub_attempts_new(1, 1);

	duet_hub_attempts_free(attempts);
	return attempts ? 0 : -ENOMEM;
}

static void survives_failing_memory(void **state)
{
	duet_torture(make, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours_are_not_shut_out),
		cmocka_unit_test(who_tries_many_names_is_held_up),
		cmocka_unit_test(none_means_any),
		cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
