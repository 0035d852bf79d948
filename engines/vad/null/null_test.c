/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "duet/vad_engine.h"

static void test_nobody(void **state)
{
	const struct duet_vad_engine *vad = (const void *)duet_engine_find("vad", "null");
	const int16_t loud[DUET_FRAME_SAMPLES] = {32767, -32768, 32767};
	struct duet_vad_report report = {.voiced = true};

	assert_int_equal(vad->open(NULL, NULL, NULL), 0);
	vad->feed(NULL, loud, &report);
	assert_false(report.voiced);
	vad->close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_nobody)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
