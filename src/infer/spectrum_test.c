/* SPDX-License-Identifier: Apache-2.0 */
#include "infer/spectrum.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Against the definition in real numbers. Each rounding adds at most about one unit, and each division by
 * four is by four and a little (32767 / 4 is taken for 8191). */
#define TOLERANCE(value) (4 + 0.001 * fabs(value))

static int16_t samples[DUET_SPECTRUM_SAMPLES];

static void check(void)
{
	struct duet_complex16 bins[DUET_SPECTRUM_BINS];
	struct duet_spectrum spectrum;

	duet_spectrum_init(&spectrum);
	duet_spectrum(&spectrum, samples, bins);
	for (int k = 0; k < DUET_SPECTRUM_BINS; k++) {
		double re = 0, im = 0;

		for (int i = 0; i < DUET_SPECTRUM_SAMPLES; i++) {
			re += samples[i] * cos(2 * M_PI * k * i / DUET_SPECTRUM_SAMPLES);
			im -= samples[i] * sin(2 * M_PI * k * i / DUET_SPECTRUM_SAMPLES);
		}
		re /= DUET_SPECTRUM_SAMPLES;
		im /= DUET_SPECTRUM_SAMPLES;
		assert_true(fabs(bins[k].re - re) <= TOLERANCE(re));
		assert_true(fabs(bins[k].im - im) <= TOLERANCE(im));
	}
}

static void noise_is_near(void **state)
{
	uint32_t random = 1;

	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < DUET_SPECTRUM_SAMPLES; i++)
			samples[i] = (int16_t)((random = random * 1664525 + 1013904223) >> 16);
		check();
	}
}

static void tones_are_near(void **state)
{
	for (int hz = 0; hz <= 8000; hz += 500) {
		for (int i = 0; i < DUET_SPECTRUM_SAMPLES; i++)
			samples[i] = (int16_t)lround(32000 * cos(2 * M_PI * (hz + 3) * i / 16000));
		check();
	}
}

static void a_click_is_even(void **state)
{
	for (int i = 0; i < DUET_SPECTRUM_SAMPLES; i++)
		samples[i] = 0;
	samples[0] = INT16_MAX;
	check();
	samples[0] = INT16_MIN;
	check();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(noise_is_near),
		cmocka_unit_test(tones_are_near),
		cmocka_unit_test(a_click_is_even),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
