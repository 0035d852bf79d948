/* SPDX-License-Identifier: Apache-2.0 */
#include "duet/home_engine.h"

#include "torture.h"

static void never_done(void *user, int code)
{
	fail();
}

static void holds_nothing(void **state)
{
	const struct duet_home_engine *engine = (const void *)duet_engine_find("home", "null");
	const struct duet_home_entity *entities;
	const struct duet_home_area *areas;

	assert_int_equal(engine->open(NULL, &(struct duet_home_setup){0}, NULL), 0);
	assert_int_equal(engine->areas(NULL, &areas), 0);
	assert_int_equal(engine->entities(NULL, &entities), 0);
	assert_null(engine->state(NULL, "light.lamp"));
	assert_int_equal(engine->call(NULL, "light.lamp", "turn_on", NULL, never_done, NULL), -ENOENT);
	engine->close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(holds_nothing)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
