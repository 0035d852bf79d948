/* SPDX-License-Identifier: Apache-2.0 */
#include "base/script.h"

#include "temporary_file.h"
#include "torture.h"

struct step {
	const char *say;
	int wait_ms;
};

static const struct duet_option options[] = {
	{"say", DUET_OPTION_TEXT, offsetof(struct step, say), "nothing", "", NULL, 0, 0},
	{"wait", DUET_OPTION_DURATION, offsetof(struct step, wait_ms), "1s", "", NULL, 0, 0},
	{0},
};

static int load(const char *text, struct duet_arena *arena, const struct step **steps, size_t *n_steps,
		struct duet_error *error)
{
	struct temporary_file file = temporary_file(text);
	int code = duet_script_load(options, sizeof(struct step), file.path, arena, steps, n_steps, error);

	unlink(file.path);
	return code;
}

static void items_are_maps_or_plain_values(void **state)
{
	struct duet_arena *arena = duet_arena_new(1 << 16);
	const struct step *steps;
	size_t n_steps;

	assert_int_equal(load("- hello\n- {wait: 5ms}\n", arena, &steps, &n_steps, NULL), 0);
	assert_int_equal(n_steps, 2);
	assert_string_equal(steps[0].say, "hello");
	assert_int_equal(steps[0].wait_ms, 1000);
	assert_string_equal(steps[1].say, "nothing");
	assert_int_equal(steps[1].wait_ms, 5);
	assert_int_equal(load("", arena, &steps, &n_steps, NULL), 0);
	assert_int_equal(n_steps, 0);
	assert_int_equal(duet_script_load(options, sizeof(struct step), NULL, arena, &steps, &n_steps, NULL),
			 0);
	assert_int_equal(n_steps, 0);
	duet_arena_free(arena);
}

static void mistakes_have_a_place(void **state)
{
	struct duet_arena *arena = duet_arena_new(1 << 16);
	struct duet_error error;
	const struct step *steps;
	size_t n_steps;

	assert_int_equal(load("- hello\n- {wait: soon}\n", arena, &steps, &n_steps, &error), -EINVAL);
	assert_int_equal(error.line, 2);
	assert_int_equal(error.column, 10);
	assert_int_equal(load("say: hello\n", arena, &steps, &n_steps, &error), -EINVAL);
	assert_int_equal(
		duet_script_load(options, sizeof(struct step), "/none", arena, &steps, &n_steps, NULL),
		-ENOENT);
	duet_arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_are_maps_or_plain_values),
		cmocka_unit_test(mistakes_have_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
