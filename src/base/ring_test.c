/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ring.h"

#include <pthread.h>
#include <sched.h>

#include "torture.h"

static void keeps_order_over_the_wrap(void **state)
{
	struct duet_ring *ring = duet_ring_new(5, sizeof(int)); /* becomes 8 */
	int in = 0, out = 0, items[8];

	assert_int_equal(duet_ring_writable(ring), 8);
	for (int round = 0; round < 100; round++) {
		for (int i = 0; i < 5; i++)
			items[i] = in++;
		assert_int_equal(duet_ring_write(ring, items, 5), 5);
		assert_int_equal(duet_ring_readable(ring), 5);
		assert_int_equal(duet_ring_read(ring, items, 8), 5);
		for (int i = 0; i < 5; i++)
			assert_int_equal(items[i], out++);
	}
	duet_ring_free(ring);
	duet_ring_free(NULL);
}

static void takes_what_fits(void **state)
{
	struct duet_ring *ring = duet_ring_new(4, 1);
	char out[4];

	assert_int_equal(duet_ring_write(ring, "abcdef", 6), 4);
	assert_int_equal(duet_ring_write(ring, "x", 1), 0);
	assert_int_equal(duet_ring_read(ring, out, 4), 4);
	assert_memory_equal(out, "abcd", 4);
	assert_int_equal(duet_ring_read(ring, out, 4), 0);
	duet_ring_free(ring);
}

enum { N_ITEMS = 200000 };

static void *produce(void *user)
{
	for (int n = 0; n < N_ITEMS;) {
		if (duet_ring_write(user, &n, 1))
			n++;
		else
			sched_yield();
	}
	return NULL;
}

static void crosses_threads(void **state)
{
	struct duet_ring *ring = duet_ring_new(64, sizeof(int));
	pthread_t producer;
	int items[16], expected = 0;

	assert_int_equal(pthread_create(&producer, NULL, produce, ring), 0);
	while (expected < N_ITEMS) {
		size_t n = duet_ring_read(ring, items, 16);

		for (size_t i = 0; i < n; i++)
			assert_int_equal(items[i], expected++);
		if (n == 0)
			sched_yield();
	}
	pthread_join(producer, NULL);
	assert_int_equal(duet_ring_readable(ring), 0);
	duet_ring_free(ring);
}

static int make(void *user)
{
	struct duet_ring *ring = duet_ring_new(4, 4);

	duet_ring_free(ring);
	return ring ? 0 : -ENOMEM;
}

static void survives_failing_memory(void **state)
{
	duet_torture(make, NULL);
	assert_null(duet_ring_new(SIZE_MAX / 2, 16));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_order_over_the_wrap),
		cmocka_unit_test(takes_what_fits),
		cmocka_unit_test(crosses_threads),
		cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
