/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/mixer.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RATE_HZ = 48000, MS = RATE_HZ / 1000, SPEECH = 0, CONTENT = 1, LATENCY = 64 };

static const struct duet_mixer_lane_setup lanes[] = {{"speech", 16000, 2000}, {"content", RATE_HZ, 2000}};
static int16_t sound[4 * RATE_HZ], heard[4 * RATE_HZ];

static struct duet_mixer *mixer_new(void)
{
	struct duet_mixer *mixer = duet_mixer_new(RATE_HZ, lanes, 2);

	assert_non_null(mixer);
	return mixer;
}

static void tone(double hz, int rate_hz, int16_t amplitude)
{
	for (size_t i = 0; i < sizeof(sound) / sizeof(sound[0]); i++)
		sound[i] = (int16_t)lrint(amplitude * sin(2 * M_PI * hz * (double)i / rate_hz));
}

static void constant(int16_t value)
{
	for (size_t i = 0; i < sizeof(sound) / sizeof(sound[0]); i++)
		sound[i] = value;
}

static double rms(const int16_t *samples, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)samples[i] * samples[i];
	return sqrt(sum / (double)n);
}

/* The largest step between neighbours: what a click would show. */
static int steepest(const int16_t *samples, size_t n)
{
	int most = 0;

	for (size_t i = 1; i < n; i++)
		most = abs(samples[i] - samples[i - 1]) > most ? abs(samples[i] - samples[i - 1]) : most;
	return most;
}

static void test_a_lane_at_the_mixers_rate_is_played_as_it_is(void **state)
{
	struct duet_mixer *mixer = mixer_new();

	tone(440, RATE_HZ, 8000);
	assert_int_equal(duet_mixer_write(mixer, CONTENT, sound, RATE_HZ, RATE_HZ), RATE_HZ);
	assert_int_equal(duet_mixer_queued(mixer, CONTENT), RATE_HZ);
	assert_int_equal(duet_mixer_played(mixer, CONTENT), 0);
	duet_mixer_read(mixer, heard, RATE_HZ / 2);
	assert_memory_equal(heard + LATENCY, sound, (RATE_HZ / 2 - LATENCY) * sizeof(sound[0]));
	assert_in_range(duet_mixer_played(mixer, CONTENT), RATE_HZ / 2, RATE_HZ / 2 + LATENCY);
	duet_mixer_end(mixer, CONTENT);
	assert_false(duet_mixer_drained(mixer, CONTENT));
	duet_mixer_read(mixer, heard, RATE_HZ);
	assert_true(duet_mixer_drained(mixer, CONTENT));
	assert_int_equal(duet_mixer_queued(mixer, CONTENT), 0);
	duet_mixer_free(mixer);
}

static void test_speech_is_resampled_whole(void **state)
{
	struct duet_mixer *mixer = mixer_new();

	for (int utterance = 0; utterance < 3; utterance++) {
		tone(440, 16000, 8000);
		assert_int_equal(duet_mixer_write(mixer, SPEECH, sound, 8000, 16000), 8000);
		assert_false(duet_mixer_drained(mixer, SPEECH));
		duet_mixer_end(mixer, SPEECH);
		assert_in_range(duet_mixer_queued(mixer, SPEECH), RATE_HZ / 2 - 4, RATE_HZ / 2 + 4);
		duet_mixer_read(mixer, heard, RATE_HZ);
		tone(440, RATE_HZ, 8000);
		for (size_t i = 1000; i < RATE_HZ / 2 - 1000; i++)
			assert_true(abs(heard[i + LATENCY] - sound[i]) < 40);
		assert_true(duet_mixer_drained(mixer, SPEECH));
		assert_in_range(duet_mixer_played(mixer, SPEECH), RATE_HZ / 2 - 4, RATE_HZ / 2 + 4);
	}
	duet_mixer_free(mixer);
}

static void test_a_full_lane_takes_only_a_part(void **state)
{
	struct duet_mixer *mixer = mixer_new();
	size_t n_taken;

	constant(1000);
	n_taken = duet_mixer_write(mixer, SPEECH, sound, sizeof(sound) / sizeof(sound[0]), 16000);
	assert_in_range(n_taken, 2 * 16000, 3 * 16000);
	assert_int_equal(duet_mixer_write(mixer, SPEECH, sound, 100, 16000), 0);
	duet_mixer_read(mixer, heard, RATE_HZ);
	assert_in_range(duet_mixer_write(mixer, SPEECH, sound, 20000, 16000), 15900, 16100);
	duet_mixer_free(mixer);
}

static void test_volume_is_perceptual_and_fades(void **state)
{
	struct duet_mixer *mixer = mixer_new();

	constant(16000);
	duet_mixer_write(mixer, CONTENT, sound, 2 * RATE_HZ, RATE_HZ);
	duet_mixer_volume(mixer, 50, 100);
	duet_mixer_read(mixer, heard, 200 * MS);
	assert_true(steepest(heard + LATENCY + 1, 200 * MS - LATENCY - 1) <= 8);
	assert_int_equal(heard[190 * MS], 2000); /* an eighth: -18 dB */
	duet_mixer_volume(mixer, 0, 0);
	duet_mixer_read(mixer, heard, 20 * MS);
	assert_int_equal(heard[19 * MS], 0);
	duet_mixer_volume(mixer, 400, 0);
	duet_mixer_read(mixer, heard, 20 * MS);
	assert_int_equal(heard[19 * MS], 16000);
	duet_mixer_free(mixer);
}

static void test_ducking_lowers_one_lane_only(void **state)
{
	struct duet_mixer *mixer = mixer_new();

	constant(10000);
	duet_mixer_write(mixer, CONTENT, sound, 2 * RATE_HZ, RATE_HZ);
	duet_mixer_gain(mixer, CONTENT, 0.1F, 50, false);
	duet_mixer_read(mixer, heard, 100 * MS);
	assert_true(steepest(heard + LATENCY + 1, 100 * MS - LATENCY - 1) <= 6);
	assert_int_equal(heard[99 * MS], 1000);
	duet_mixer_write(mixer, SPEECH, sound, RATE_HZ / 10, RATE_HZ);
	duet_mixer_read(mixer, heard, 50 * MS);
	assert_int_equal(heard[49 * MS], 11000);
	duet_mixer_free(mixer);
}

static void test_a_held_lane_goes_on_where_it_stood(void **state)
{
	struct duet_mixer *mixer = mixer_new();
	size_t n_queued;

	for (size_t i = 0; i < 2 * RATE_HZ; i++)
		sound[i] = (int16_t)(i / 8);
	duet_mixer_write(mixer, CONTENT, sound, 90000, RATE_HZ);
	duet_mixer_gain(mixer, CONTENT, 0, 20, true);
	duet_mixer_read(mixer, heard, 100 * MS);
	n_queued = duet_mixer_queued(mixer, CONTENT);
	assert_in_range(90000 - n_queued, 20 * MS, 24 * MS);
	duet_mixer_read(mixer, heard, 500 * MS);
	assert_int_equal(duet_mixer_queued(mixer, CONTENT), n_queued);
	assert_true(rms(heard, 500 * MS) == 0);
	duet_mixer_gain(mixer, CONTENT, 1, 20, false);
	duet_mixer_read(mixer, heard, 100 * MS);
	assert_int_equal(duet_mixer_queued(mixer, CONTENT), n_queued - 100 * MS);
	assert_int_equal(heard[100 * MS - 1], sound[90000 - n_queued + 100 * MS - 1 - LATENCY]);
	duet_mixer_free(mixer);
}

static void test_flush_forgets_within_a_short_fade(void **state)
{
	struct duet_mixer *mixer = mixer_new();

	constant(20000);
	duet_mixer_write(mixer, CONTENT, sound, RATE_HZ, RATE_HZ);
	duet_mixer_read(mixer, heard, 50 * MS);
	duet_mixer_flush(mixer, CONTENT);
	duet_mixer_read(mixer, heard, 50 * MS);
	assert_true(steepest(heard, 50 * MS) < 200);
	assert_int_equal(heard[20 * MS], 0);
	assert_int_equal(duet_mixer_queued(mixer, CONTENT), 0);
	assert_false(duet_mixer_drained(mixer, CONTENT)); /* the producer has not ended it */

	/* The rest of what was flushed is taken and never heard … */
	assert_int_equal(duet_mixer_write(mixer, CONTENT, sound, RATE_HZ, RATE_HZ), RATE_HZ);
	duet_mixer_end(mixer, CONTENT);
	duet_mixer_read(mixer, heard, 50 * MS);
	assert_true(rms(heard, 50 * MS) == 0);
	assert_true(duet_mixer_drained(mixer, CONTENT));

	/* … and what comes after it is. */
	duet_mixer_write(mixer, CONTENT, sound, RATE_HZ, RATE_HZ);
	duet_mixer_read(mixer, heard, 50 * MS);
	assert_int_equal(heard[2 * LATENCY], 20000); /* the block that was under way is silent */
	duet_mixer_free(mixer);
}

static void test_flush_of_nothing_harms_nothing(void **state)
{
	struct duet_mixer *mixer = mixer_new();

	duet_mixer_flush(mixer, CONTENT);
	duet_mixer_end(mixer, CONTENT);
	assert_true(duet_mixer_drained(mixer, CONTENT));
	constant(5000);
	duet_mixer_write(mixer, CONTENT, sound, 100 * MS, RATE_HZ);
	duet_mixer_end(mixer, CONTENT);
	duet_mixer_read(mixer, heard, 50 * MS);
	assert_int_equal(heard[49 * MS], 5000);
	duet_mixer_flush(mixer, CONTENT);
	duet_mixer_gain(mixer, CONTENT, 0, 0, true);
	duet_mixer_read(mixer, heard, 50 * MS);
	assert_true(duet_mixer_drained(mixer, CONTENT)); /* also a lane that stands still */
	duet_mixer_free(mixer);
}

static void test_too_loud_a_sum_is_limited(void **state)
{
	struct duet_mixer *mixer = mixer_new();

	tone(1000, RATE_HZ, 30000);
	duet_mixer_write(mixer, CONTENT, sound, RATE_HZ, RATE_HZ);
	duet_mixer_write(mixer, SPEECH, sound, RATE_HZ, RATE_HZ);
	duet_mixer_read(mixer, heard, RATE_HZ);
	assert_true(steepest(heard + LATENCY, RATE_HZ / 2) < 4300); /* a wrapped sum would leap by 60000 */
	assert_true(rms(heard + 2400, 24000) > 20000);
	duet_mixer_free(mixer);
}

static void test_a_rate_without_sense_is_dropped(void **state)
{
	struct duet_mixer *mixer = mixer_new();

	constant(5000);
	assert_int_equal(duet_mixer_write(mixer, SPEECH, sound, 100, 0), 100);
	assert_int_equal(duet_mixer_write(mixer, SPEECH, sound, 100, -8), 100);
	assert_int_equal(duet_mixer_queued(mixer, SPEECH), 0);
	duet_mixer_free(mixer);
	duet_mixer_free(NULL);
}

/* Three threads, as in a speaker: one speaks, main flushes and ducks, the third is the loudspeaker. */
struct band {
	struct duet_mixer *mixer;
	atomic_bool over;
};

static void *loudspeaker(void *user)
{
	struct band *band = user;
	int16_t out[480];

	while (!atomic_load(&band->over))
		duet_mixer_read(band->mixer, out, 480);
	return NULL;
}

static void *mouth(void *user)
{
	struct band *band = user;
	int16_t words[320];

	for (size_t i = 0; i < 320; i++)
		words[i] = 1000;
	for (int utterance = 0; utterance < 20; utterance++) {
		for (size_t n_left = 16000; n_left > 0;) {
			size_t n = n_left < 320 ? n_left : 320;

			n_left -= duet_mixer_write(band->mixer, SPEECH, words, n, 22050);
			sched_yield();
		}
		duet_mixer_end(band->mixer, SPEECH);
	}
	atomic_store(&band->over, true);
	return NULL;
}

static void test_three_threads(void **state)
{
	struct band band = {.mixer = mixer_new()};
	pthread_t speaks, plays;

	assert_int_equal(pthread_create(&plays, NULL, loudspeaker, &band), 0);
	assert_int_equal(pthread_create(&speaks, NULL, mouth, &band), 0);
	for (int i = 0; !atomic_load(&band.over); i++) {
		duet_mixer_gain(band.mixer, SPEECH, (float)(i % 10) / 10, 5, false);
		duet_mixer_volume(band.mixer, i % 100, 5);
		if (i % 50 == 0)
			duet_mixer_flush(band.mixer, SPEECH);
		duet_mixer_played(band.mixer, SPEECH);
	}
	pthread_join(speaks, NULL);
	pthread_join(plays, NULL);
	while (duet_mixer_queued(band.mixer, SPEECH) > 0)
		duet_mixer_read(band.mixer, heard, 480);
	assert_true(duet_mixer_drained(band.mixer, SPEECH));
	duet_mixer_free(band.mixer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_lane_at_the_mixers_rate_is_played_as_it_is),
		cmocka_unit_test(test_speech_is_resampled_whole),
		cmocka_unit_test(test_a_full_lane_takes_only_a_part),
		cmocka_unit_test(test_volume_is_perceptual_and_fades),
		cmocka_unit_test(test_ducking_lowers_one_lane_only),
		cmocka_unit_test(test_a_held_lane_goes_on_where_it_stood),
		cmocka_unit_test(test_flush_forgets_within_a_short_fade),
		cmocka_unit_test(test_flush_of_nothing_harms_nothing),
		cmocka_unit_test(test_too_loud_a_sum_is_limited),
		cmocka_unit_test(test_a_rate_without_sense_is_dropped),
		cmocka_unit_test(test_three_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
