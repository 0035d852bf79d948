/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>
#include <string.h>

#include "torture.h"

static void gives_cleared_aligned_memory(void **state)
{
	struct duet_arena *arena = duet_arena_new(1 << 20);

	for (size_t size = 1; size < 3000; size += 7) {
		unsigned char *piece = duet_arena_alloc(arena, size);

		assert_non_null(piece);
		assert_int_equal((uintptr_t)piece % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(piece[i], 0);
		memset(piece, 0xff, size);
	}
	duet_arena_free(arena);
}

static void stays_within_its_bound(void **state)
{
	struct duet_arena *arena = duet_arena_new(10000);
	size_t given = 0;

	while (duet_arena_alloc(arena, 100))
		given += 100;
	assert_in_range(given, 8000, 10000);
	assert_null(duet_arena_alloc(arena, SIZE_MAX));
	assert_null(duet_arena_alloc(arena, SIZE_MAX - 8));
	duet_arena_reset(arena);
	assert_non_null(duet_arena_alloc(arena, 4000));
	duet_arena_free(arena);
}

static void begins_anew_after_a_reset(void **state)
{
	struct duet_arena *arena = duet_arena_new(1 << 20);
	char *first = duet_arena_alloc(arena, 64);

	memset(first, 1, 64);
	duet_arena_alloc(arena, 100000);
	duet_arena_reset(arena);
	assert_ptr_equal(duet_arena_alloc(arena, 64), first);
	assert_int_equal(first[63], 0);
	duet_arena_free(arena);
	duet_arena_free(NULL);
}

static int copy_and_print(void *user)
{
	struct duet_arena *arena = duet_arena_new(1 << 20);
	const char *copy, *printed;
	int code = -ENOMEM;

	if (!arena)
		return -ENOMEM;
	copy = duet_arena_copy(arena, (struct duet_slice){"hello world", 5});
	printed = duet_arena_printf(arena, "%d%9000s", 42, "x");
	if (copy && printed) {
		assert_string_equal(copy, "hello");
		assert_int_equal(strlen(printed), 9002);
		code = 0;
	}
	duet_arena_free(arena);
	return code;
}

static void copies_and_prints(void **state)
{
	duet_torture(copy_and_print, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_cleared_aligned_memory),
		cmocka_unit_test(stays_within_its_bound),
		cmocka_unit_test(begins_anew_after_a_reset),
		cmocka_unit_test(copies_and_prints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
