/* SPDX-License-Identifier: Apache-2.0 */
#include "duet/asr_engine.h"

#include <string.h>

#include "torture.h"

static void every_utterance_is_empty(void **state)
{
	const struct duet_asr_engine *engine = (const void *)duet_engine_find("asr", "null");
	struct duet_asr_result result;
	int16_t samples[160] = {0};

	assert_int_equal(engine->open(NULL, &(struct duet_asr_setup){0}, NULL), 0);
	for (int i = 0; i < 3; i++) {
		memset(&result, 0xff, sizeof(result));
		assert_int_equal(engine->begin(NULL, 0, 0), 0);
		assert_int_equal(engine->feed(NULL, samples, 160), 0);
		assert_int_equal(engine->finish(NULL, &result), 0);
		assert_string_equal(result.text, "");
		assert_false(result.refused);
	}
	engine->cancel(NULL);
	engine->close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_utterance_is_empty)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
