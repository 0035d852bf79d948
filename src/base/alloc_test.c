/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"

#include "torture.h"

static void counts_and_frees(void **state)
{
	long live = duet_alloc_live();
	char *a, *b;

	duet_alloc_fail_at(0);
	a = duet_strdup("hello");
	b = duet_calloc(4, 4);
	assert_string_equal(a, "hello");
	assert_int_equal(b[15], 0);
	a = duet_realloc(a, 100, 2);
	assert_string_equal(a, "hello");
	assert_int_equal(duet_alloc_live(), live + 2);
	duet_free(a);
	duet_free(b);
	duet_free(NULL);
	assert_int_equal(duet_alloc_live(), live);
	assert_int_equal(duet_alloc_fail_at(0), 3);
}

static void fails_the_one_asked_for(void **state)
{
	void *a, *b, *c;

	duet_alloc_fail_at(2);
	a = duet_alloc(1);
	b = duet_alloc(1);
	c = duet_alloc(1);
	assert_non_null(a);
	assert_null(b);
	assert_non_null(c);
	duet_free(a);
	duet_free(c);
	duet_alloc_fail_at(0);
}

static void refuses_what_overflows(void **state)
{
	assert_null(duet_calloc(SIZE_MAX / 2, 3));
	assert_null(duet_realloc(NULL, SIZE_MAX / 2, 3));
}

static void gives_something_for_nothing(void **state)
{
	void *a = duet_alloc(0), *b = duet_calloc(0, 8);

	assert_non_null(a);
	assert_non_null(b);
	duet_free(a);
	duet_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_and_frees),
		cmocka_unit_test(fails_the_one_asked_for),
		cmocka_unit_test(refuses_what_overflows),
		cmocka_unit_test(gives_something_for_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
