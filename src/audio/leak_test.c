/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/leak.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { FRAME = DUET_FRAME_SAMPLES, SECOND = 100, WORD = 60 };

static uint32_t random_state = 1;

static float noise(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return (float)(int32_t)random_state / 2147483648.0F;
}

/* An echo of which `rest` remains, and a voice. */
static void add(struct duet_leak *leak, int n_frames, float echo, float rest, float voice)
{
	for (int frame = 0; frame < n_frames; frame++) {
		int16_t heard[FRAME], left[FRAME];

		for (int i = 0; i < FRAME; i++) {
			float sound = echo * noise(), said = voice * noise();

			heard[i] = (int16_t)lrintf(sound + said);
			left[i] = (int16_t)lrintf(rest * sound + said);
		}
		duet_leak_add(leak, heard, left);
	}
}

static void an_echo_explains_what_is_left_of_it(void **state)
{
	struct duet_leak leak;

	duet_leak_reset(&leak);
	add(&leak, 10 * SECOND, 6000, 0.1F, 0);
	assert_true(duet_leak_explains(&leak, WORD, 0));
	assert_true(duet_leak_explains(&leak, WORD, 20));
	/* However loud it is. */
	add(&leak, WORD, 20000, 0.1F, 0);
	assert_true(duet_leak_explains(&leak, WORD, 0));
}

static void a_voice_is_more_than_that(void **state)
{
	struct duet_leak leak;

	duet_leak_reset(&leak);
	add(&leak, 10 * SECOND, 6000, 0.1F, 0);
	/* 10 dB under the echo. */
	add(&leak, WORD, 6000, 0.1F, 1900);
	assert_false(duet_leak_explains(&leak, WORD, 0));
	/* Also after one has talked for a while. */
	add(&leak, 5 * SECOND, 6000, 0.1F, 1900);
	assert_false(duet_leak_explains(&leak, WORD, 0));
	add(&leak, WORD, 6000, 0.1F, 0);
	assert_true(duet_leak_explains(&leak, WORD, 0));
}

static void who_has_not_settled_explains_nothing(void **state)
{
	struct duet_leak leak;

	duet_leak_reset(&leak);
	assert_false(duet_leak_explains(&leak, WORD, 0));
	add(&leak, 4 * SECOND, 6000, 0.7F, 0);
	assert_true(duet_leak_begins(&leak));
	add(&leak, 6 * SECOND, 6000, 0.7F, 0);
	assert_false(duet_leak_begins(&leak));
	assert_false(duet_leak_explains(&leak, WORD, 0));
	add(&leak, 10 * SECOND, 6000, 0.1F, 0);
	assert_true(duet_leak_explains(&leak, WORD, 0));
	assert_false(duet_leak_explains(&leak, DUET_LEAK_FRAMES, 1));
	/* It moved: what was known is not true any more. */
	add(&leak, 60 * SECOND, 6000, 0.7F, 0);
	assert_false(duet_leak_explains(&leak, WORD, 0));
	duet_leak_reset(&leak);
	assert_false(duet_leak_explains(&leak, WORD, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_echo_explains_what_is_left_of_it),
		cmocka_unit_test(a_voice_is_more_than_that),
		cmocka_unit_test(who_has_not_settled_explains_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
