/* SPDX-License-Identifier: Apache-2.0 */
#include "wake/recording.h"

#include <math.h>
#include <string.h>

#include "engine_options.h"

enum { RATE_HZ = 16000, LONGEST = 12 * RATE_HZ };

static int16_t samples[LONGEST];

/* A second of a tone of some peak among so much silence. */
static enum duet_wake_flaw check(double peak, int tone_ms, int all_ms)
{
	int n = all_ms * RATE_HZ / 1000, n_tone = tone_ms * RATE_HZ / 1000, first = (n - n_tone) / 2;

	for (int i = 0; i < n; i++) {
		double sample = i >= first && i < first + n_tone ? peak * sin(i * 0.17) : i % 3;

		samples[i] = (int16_t)fmax(fmin(sample, INT16_MAX), INT16_MIN);
	}
	return duet_wake_recording_check(samples, (size_t)n);
}

static void what_is_wrong_with_a_sound_is_found(void **state)
{
	assert_int_equal(check(10000, 700, 2000), DUET_WAKE_FINE);
	assert_int_equal(check(32000, 700, 2000), DUET_WAKE_FINE);
	assert_int_equal(check(10000, 700, 700), DUET_WAKE_FINE);
	assert_int_equal(check(10000, 100, 2000), DUET_WAKE_SHORT);
	assert_int_equal(check(10000, 900, 11000), DUET_WAKE_LONG);
	assert_int_equal(check(200, 700, 2000), DUET_WAKE_QUIET);
	assert_int_equal(check(10, 700, 2000), DUET_WAKE_SILENT);
	assert_int_equal(check(60000, 700, 2000), DUET_WAKE_CLIPPED);
	assert_int_equal(duet_wake_recording_check(samples, 0), DUET_WAKE_SILENT);
}

static void every_flaw_has_a_name_and_advice(void **state)
{
	assert_null(duet_wake_flaw_name(DUET_WAKE_FINE));
	assert_null(duet_wake_flaw_advice(DUET_WAKE_FINE));
	for (int i = DUET_WAKE_FINE + 1; i <= DUET_WAKE_DIFFERENT; i++) {
		assert_true(strlen(duet_wake_flaw_name((enum duet_wake_flaw)i)) > 3);
		assert_true(strlen(duet_wake_flaw_advice((enum duet_wake_flaw)i)) > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_with_a_sound_is_found),
		cmocka_unit_test(every_flaw_has_a_name_and_advice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
