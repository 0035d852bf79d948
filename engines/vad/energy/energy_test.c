/* SPDX-License-Identifier: Apache-2.0 */
#include "duet/vad_engine.h"
#include "engine_options.h"
#include "voice_room.h"

/* White noise at `noise_db` and a voice at `voice_db` (a buzz of 120 Hz in syllables, five a second), or none
 * below -200. */
static void feed_room(struct trial *trial, double seconds, double noise_db, double voice_db, double dc)
{
	double noise = pow(10, noise_db / 20) * sqrt(3), voice = voice_db < -200 ? 0 : pow(10, voice_db / 20);
	int16_t frame[FRAME];
	long at = 0;

	for (int f = 0; f < (int)lrint(seconds * FRAMES_A_SECOND); f++) {
		for (int i = 0; i < FRAME; i++, at++) {
			double t = (double)at / SECOND, buzz = 0;

			for (int harmonic = 1; harmonic < 20; harmonic++)
				buzz += sin(2 * M_PI * 120 * harmonic * t) / harmonic;
			buzz *= 1.2 * (0.55 - 0.45 * cos(2 * M_PI * 5 * t));
			frame[i] = clipped(noise * uniform() + voice * buzz + dc);
		}
		feed(trial, frame);
	}
}

static void test_a_voice_in_a_quiet_room(void **state)
{
	struct trial trial;

	trial_begin(&trial);
	feed_room(&trial, 2, -60, -300, 0);
	assert_int_equal(trial.n_voiced, 0);
	assert_float_equal(trial.report.noise_db, -60, 2);
	assert_float_equal(trial.report.level_db, -60, 2);
	feed_room(&trial, 1, -60, -25, 0);
	assert_in_range(trial.first, 200, 210);
	assert_true(trial.n_voiced > 85);
	feed_room(&trial, 2, -60, -300, 0);
	assert_in_range(trial.last, 295, 320);
	assert_float_equal(trial.report.noise_db, -60, 2);
	trial_end(&trial);
}

static void test_a_voice_in_noise(void **state)
{
	struct trial trial;

	trial_begin(&trial);
	feed_room(&trial, 2, -35, -300, 0);
	trial.n_voiced = 0;
	trial.first = -1;
	feed_room(&trial, 2, -35, -300, 0);
	assert_int_equal(trial.n_voiced, 0);
	feed_room(&trial, 1, -35, -18, 0);
	assert_in_range(trial.first, 400, 415);
	feed_room(&trial, 1, -35, -300, 0);
	assert_in_range(trial.last, 490, 520);
	trial_end(&trial);
}

static void test_a_step_in_the_noise_is_learnt(void **state)
{
	struct trial trial;

	trial_begin(&trial);
	feed_room(&trial, 3, -60, -300, 0);
	feed_room(&trial, 1, -40, -300, 0); /* the extractor hood goes on */
	trial.n_voiced = 0;
	feed_room(&trial, 2, -40, -300, 0);
	assert_int_equal(trial.n_voiced, 0);
	assert_float_equal(trial.report.noise_db, -40, 2.5);
	feed_room(&trial, 2, -60, -300, 0); /* and off */
	assert_int_equal(trial.n_voiced, 0);
	assert_float_equal(trial.report.noise_db, -60, 2.5);
	trial_end(&trial);
}

static void test_an_offset_changes_nothing(void **state)
{
	struct trial with, without;

	trial_begin(&with);
	trial_begin(&without);
	feed_room(&with, 2, -55, -300, 0.4);
	feed_room(&with, 1, -55, -25, 0.4);
	feed_room(&with, 1, -55, -300, 0.4);
	feed_room(&without, 2, -55, -300, 0);
	feed_room(&without, 1, -55, -25, 0);
	feed_room(&without, 1, -55, -300, 0);
	assert_true(abs(with.last - without.last) <= 3);
	assert_true(abs(with.n_voiced - without.n_voiced) <=
		    20); /* the edge of the offset itself at the start */
	trial_end(&with);
	trial_end(&without);
}

static void test_a_clipped_voice_is_a_voice(void **state)
{
	struct trial trial;

	trial_begin(&trial);
	feed_room(&trial, 2, -50, -300, 0);
	feed_room(&trial, 1, -50, 20, 0);
	feed_room(&trial, 1, -50, -300, 0);
	assert_in_range(trial.first, 200, 210);
	assert_in_range(trial.last, 295, 325);
	trial_end(&trial);
}

static void test_a_long_voice_does_not_become_the_floor(void **state)
{
	struct trial trial;

	trial_begin(&trial);
	feed_room(&trial, 2, -55, -300, 0);
	trial.n_voiced = 0;
	feed_room(&trial, 10, -55, -25, 0);
	assert_true(trial.n_voiced > 950);
	trial_end(&trial);
}

static void test_ten_minutes_of_zeros(void **state)
{
	static const int16_t silence[FRAME];
	struct trial trial;

	trial_begin(&trial);
	for (int f = 0; f < 600 * FRAMES_A_SECOND; f++)
		feed(&trial, silence);
	assert_int_equal(trial.n_voiced, 0);
	assert_true(isfinite(trial.report.level_db) && isfinite(trial.report.noise_db));
	feed_room(&trial, 1, -60, -25, 0);
	assert_in_range(trial.first, 60000, 60010);
	trial_end(&trial);
}

static int room_set_up(void **state)
{
	return room_of("energy", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_voice_in_a_quiet_room),
		cmocka_unit_test(test_a_voice_in_noise),
		cmocka_unit_test(test_a_step_in_the_noise_is_learnt),
		cmocka_unit_test(test_an_offset_changes_nothing),
		cmocka_unit_test(test_a_clipped_voice_is_a_voice),
		cmocka_unit_test(test_a_long_voice_does_not_become_the_floor),
		cmocka_unit_test(test_ten_minutes_of_zeros),
	};

	return cmocka_run_group_tests(tests, room_set_up, room_tear_down);
}
