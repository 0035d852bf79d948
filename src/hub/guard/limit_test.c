/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/guard/limit.h"

#include <stdio.h>

#include "torture.h"

static void a_burst_then_a_pace(void **state)
{
	struct duet_hub_limit *limit = duet_hub_limit_new(60, 3);

	for (int i = 0; i < 3; i++)
		assert_true(duet_hub_limit_take(limit, "a", 1000));
	assert_false(duet_hub_limit_take(limit, "a", 1000));
	assert_false(duet_hub_limit_has(limit, "a", 1999));
	assert_true(duet_hub_limit_has(limit, "a", 2000));
	assert_true(duet_hub_limit_take(limit, "a", 2000));
	assert_false(duet_hub_limit_take(limit, "a", 2001));
	assert_true(duet_hub_limit_take(limit, "b", 2001));
	/* Never more than the burst, however long nothing was taken. */
	for (int i = 0; i < 3; i++)
		assert_true(duet_hub_limit_take(limit, "a", 1000000));
	assert_false(duet_hub_limit_take(limit, "a", 1000000));
	duet_hub_limit_free(limit);
}

static void no_limit(void **state)
{
	struct duet_hub_limit *limit = duet_hub_limit_new(0, 1);

	for (int i = 0; i < 100; i++)
		assert_true(duet_hub_limit_take(limit, "a", 5));
	duet_hub_limit_free(limit);
}

/* A flood of names neither grows nor frees the one that is being held back and keeps trying. */
static void many_names(void **state)
{
	struct duet_hub_limit *limit = duet_hub_limit_new(1, 1);
	char name[16];
	long live = duet_alloc_live();

	assert_true(duet_hub_limit_take(limit, "held", 1000));
	for (int i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "name %d", i);
		duet_hub_limit_take(limit, name, 1001 + i / 100);
		if (i % 100 == 0)
			assert_false(duet_hub_limit_take(limit, "held", 1001 + i / 100));
	}
	assert_int_equal(duet_alloc_live(), live);
	duet_hub_limit_free(limit);
}

static void one_connection(void **state)
{
	struct duet_hub_bucket bucket = {0};

	assert_int_equal(duet_hub_bucket_take(&bucket, 10, 2, 5000), 0);
	assert_int_equal(duet_hub_bucket_take(&bucket, 10, 2, 5000), 0);
	assert_int_equal(duet_hub_bucket_take(&bucket, 10, 2, 5000), 100);
	assert_int_equal(duet_hub_bucket_take(&bucket, 10, 2, 5040), 60);
	assert_int_equal(duet_hub_bucket_take(&bucket, 10, 2, 5100), 0);
}

static int make(void *user)
{
	struct duet_hub_limit *limit = duet_hub_limit_new(1, 1);

	if (!limit)
		return -ENOMEM;
	duet_hub_limit_free(limit);
	return 0;
}

static void survives_failing_memory(void **state)
{
	duet_torture(make, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_then_a_pace),
		cmocka_unit_test(no_limit),
		cmocka_unit_test(many_names),
		cmocka_unit_test(one_connection),
		cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
