/* SPDX-License-Identifier: Apache-2.0 */
#include "tts/cue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define RATE_HZ 16000

static double power(const int16_t *samples, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)samples[i] * samples[i];
	return n ? sum / (double)n : 0;
}

static void test_every_cue_sounds_and_ends_quietly(void **state)
{
	static int16_t samples[4 * RATE_HZ];

	for (int cue = 0; cue < DUET_N_CUES; cue++) {
		size_t n = duet_cue_render((enum duet_cue)cue, 0, RATE_HZ, samples,
					   sizeof(samples) / sizeof(*samples));

		assert_in_range(n, RATE_HZ / 10, 3 * RATE_HZ);
		assert_int_equal(n, duet_cue_render((enum duet_cue)cue, 0, RATE_HZ, NULL, 0));
		assert_true(power(samples, n) > 500.0 * 500.0);
		assert_true(abs(samples[0]) < 300);
		assert_true(abs(samples[n - 1]) < 300);
	}
}

static void test_palettes_differ(void **state)
{
	static int16_t one[RATE_HZ], other[RATE_HZ];
	size_t n = duet_cue_render(DUET_CUE_LISTENING, 0, RATE_HZ, one, RATE_HZ);

	assert_int_equal(n, duet_cue_render(DUET_CUE_LISTENING, 1, RATE_HZ, other, RATE_HZ));
	for (size_t i = 0; i < n; i++)
		other[i] = (int16_t)((one[i] - other[i]) / 2);
	assert_true(power(other, n) > 300.0 * 300.0);
}

static void test_room_is_respected(void **state)
{
	int16_t samples[3] = {7, 7, 7};

	assert_true(duet_cue_render(DUET_CUE_ALARM, 0, 48000, samples, 2) > 2);
	assert_int_equal(samples[2], 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cue_sounds_and_ends_quietly),
		cmocka_unit_test(test_palettes_differ),
		cmocka_unit_test(test_room_is_respected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
