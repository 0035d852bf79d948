/* SPDX-License-Identifier: Apache-2.0 */
#include "duet/wake_engine.h"

#include <string.h>

#include "torture.h"

static void hears_nothing(void **state)
{
	const struct duet_wake_engine *engine = (const void *)duet_engine_find("wake", "null");
	struct duet_wake_detection detection;
	int16_t loud[1600];

	memset(loud, 0x55, sizeof(loud));
	assert_int_equal(engine->open(NULL, &(struct duet_wake_setup){0}, NULL), 0);
	engine->reset(NULL);
	for (int i = 0; i < 100; i++)
		assert_int_equal(engine->feed(NULL, loud, 1600, &detection), 0);
	engine->close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(hears_nothing)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
