/* SPDX-License-Identifier: Apache-2.0 */
#include "infer/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include <cmocka.h>

static bool share_bytes(const struct duet_plan_piece *a, const struct duet_plan_piece *b)
{
	return a->n_bytes && b->n_bytes && a->offset < b->offset + b->n_bytes &&
	       b->offset < a->offset + a->n_bytes;
}

static void what_lives_together_shares_nothing(void **state)
{
	enum { N = 60 };
	struct duet_plan_piece pieces[N];
	uint32_t random = 7;

	for (int round = 0; round < 50; round++) {
		size_t all = 0;
		long n_bytes;

		for (int i = 0; i < N; i++) {
			random = random * 1664525 + 1013904223;
			pieces[i] = (struct duet_plan_piece){random >> 24, random >> 8 & 63, 0, 0};
			pieces[i].last = pieces[i].first + (random >> 16 & 7);
			all += pieces[i].n_bytes;
		}
		n_bytes = duet_plan(pieces, N);
		assert_true(n_bytes > 0 && (size_t)n_bytes < all / 2);
		for (int i = 0; i < N; i++) {
			assert_int_equal(pieces[i].offset % 16, 0);
			assert_true(pieces[i].offset + pieces[i].n_bytes <= (size_t)n_bytes);
			for (int k = 0; k < i; k++)
				assert_false(pieces[i].first <= pieces[k].last &&
					     pieces[k].first <= pieces[i].last &&
					     share_bytes(&pieces[i], &pieces[k]));
		}
	}
}

static void what_follows_takes_the_same_place(void **state)
{
	struct duet_plan_piece pieces[] = {{100, 0, 1, 0}, {100, 1, 2, 0}, {100, 2, 3, 0}, {100, 3, 4, 0}};

	assert_int_equal(duet_plan(pieces, 4), 224);
	assert_int_equal(duet_plan(pieces, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_lives_together_shares_nothing),
		cmocka_unit_test(what_follows_takes_the_same_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
