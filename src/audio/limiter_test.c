/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/limiter.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { BLOCK = DUET_LIMITER_BLOCK, RATE_HZ = 48000 };

static void test_quiet_sound_passes_untouched_one_block_later(void **state)
{
	struct duet_limiter limiter;
	float block[BLOCK];

	duet_limiter_init(&limiter, RATE_HZ);
	for (int b = 0; b < 10; b++) {
		for (int i = 0; i < BLOCK; i++)
			block[i] = (float)(b * BLOCK + i);
		duet_limiter_process(&limiter, block);
		for (int i = 0; i < BLOCK; i++)
			assert_true(block[i] == (b ? (float)((b - 1) * BLOCK + i) : 0));
	}
}

static void test_no_sample_is_over_full_scale(void **state)
{
	struct duet_limiter limiter;
	float block[BLOCK];
	uint32_t random = 1;

	duet_limiter_init(&limiter, RATE_HZ);
	for (int b = 0; b < 20000; b++) {
		float loudness = b % 100 < 50 ? 1000.0F : 500000.0F;

		for (int i = 0; i < BLOCK; i++) {
			random = random * 1664525 + 1013904223;
			block[i] = loudness * ((float)(int32_t)random / 2147483648.0F);
		}
		duet_limiter_process(&limiter, block);
		for (int i = 0; i < BLOCK; i++)
			assert_true(fabsf(block[i]) <= 32767);
	}
}

static void test_gain_comes_back(void **state)
{
	struct duet_limiter limiter;
	float block[BLOCK];

	duet_limiter_init(&limiter, RATE_HZ);
	for (int b = 0; b < RATE_HZ / BLOCK; b++) {
		for (int i = 0; i < BLOCK; i++)
			block[i] = b < 4 ? 320000 : 1000;
		duet_limiter_process(&limiter, block);
	}
	assert_true(block[0] > 990 && block[0] <= 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quiet_sound_passes_untouched_one_block_later),
		cmocka_unit_test(test_no_sample_is_over_full_scale),
		cmocka_unit_test(test_gain_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
