/* SPDX-License-Identifier: Apache-2.0 */
#include "duet/error.h"

#include <string.h>

#include "duet/engine.h"
#include "torture.h"

static void says_what_where_and_what_to_do(void **state)
{
	struct duet_error error;
	char text[1024];

	assert_int_equal(duet_error_set(&error, -EINVAL, "%s is wrong", "this"), -EINVAL);
	duet_error_format(&error, text, sizeof(text));
	assert_string_equal(text, "this is wrong");
	duet_error_at(&error, "duet.yaml", 0, 0);
	duet_error_format(&error, text, sizeof(text));
	assert_string_equal(text, "duet.yaml: this is wrong");
	duet_error_at(&error, "duet.yaml", 3, 7);
	duet_error_hint(&error, "write %d", 5);
	assert_int_equal(duet_error_format(&error, text, sizeof(text)), 38);
	assert_string_equal(text, "duet.yaml:3:7: this is wrong (write 5)");
	assert_int_equal(error.code, -EINVAL);
}

static void nobody_has_to_listen(void **state)
{
	assert_int_equal(duet_error_set(NULL, -EIO, "x"), -EIO);
	duet_error_at(NULL, "x", 1, 1);
	duet_error_hint(NULL, "x");
}

static void long_texts_are_cut(void **state)
{
	struct duet_error error;
	char text[16], long_text[2000];

	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	duet_error_set(&error, -EINVAL, "%s", long_text);
	duet_error_at(&error, long_text, 1, 1);
	duet_error_hint(&error, "%s", long_text);
	duet_error_format(&error, text, sizeof(text));
	assert_int_equal(strlen(text), sizeof(text) - 1);
}

static void engines_are_found_by_stage_and_name(void **state)
{
	for (const struct duet_engine *const *engine = duet_engines; *engine; engine++)
		assert_ptr_equal(duet_engine_find((*engine)->stage, (*engine)->name), *engine);
	assert_null(duet_engine_find("asr", "no such engine"));
	assert_null(duet_engine_find("no such stage", "null"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_where_and_what_to_do),
		cmocka_unit_test(nobody_has_to_listen),
		cmocka_unit_test(long_texts_are_cut),
		cmocka_unit_test(engines_are_found_by_stage_and_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
