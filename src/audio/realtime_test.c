/* SPDX-License-Identifier: Apache-2.0 */
#include "realtime.h"

#include <math.h>
#include <setjmp.h>

#include <cmocka.h>

#include "audio/capture.h"
#include "audio/echo.h"
#include "audio/mixer.h"
#include "audio/record.h"
#include "base/log.h"

/* What is handed to an audio engine does nothing that could make its thread wait. */
enum { SKIPPED = 77, RATE_HZ = 48000, BLOCK = RATE_HZ / 100 };

static const struct duet_mixer_lane_setup lanes[] = {
	{"speech", 22050, 500}, {"cue", 44100, 500}, {"content", 48000, 500}};

static void test_the_trap_works(void **state)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	void *volatile memory;
	char byte = 0;
	int fds[2];

	realtime_reset();
	assert_int_equal(pipe(fds), 0);
	realtime_level = REALTIME_CALLBACK;
	memory = malloc(10);
	free(memory);
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
	nanosleep(&(struct timespec){0, 1}, NULL);
	if (write(fds[1], &byte, 1) != 1)
		byte = 1;
	realtime_level = REALTIME_OFF;
	assert_int_equal(atomic_load(&realtime_n_violations), 5);
	assert_string_equal(atomic_load(&realtime_first), "malloc");
	realtime_reset();
	realtime_level = REALTIME_CALLBACK;
	duet_log(DUET_LOG_ERROR, "test", "this line shows that logging is caught");
	realtime_level = REALTIME_OFF;
	assert_true(atomic_load(&realtime_n_violations) > 0);
	close(fds[0]);
	close(fds[1]);
}

static void test_capture(void **state)
{
	static const struct duet_audio_format formats[] = {
		{16000, 1, DUET_SAMPLE_S16}, {48000, 2, DUET_SAMPLE_S32}, {44100, 2, DUET_SAMPLE_F32},
		{8000, 1, DUET_SAMPLE_U8},   {96000, 8, DUET_SAMPLE_S24},
	};
	static unsigned char bytes[960 * 8 * 4];
	struct duet_capture *capture = duet_capture_new(200); /* too small: frames are lost, too */
	struct duet_frame frame;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 37);
	realtime_reset();
	for (size_t f = 0; f < sizeof(formats) / sizeof(formats[0]); f++) {
		assert_int_equal(duet_capture_format(capture, &formats[f]), 0);
		realtime_level = REALTIME_CALLBACK;
		for (int i = 0; i < 100; i++)
			duet_capture_write(capture, bytes, (size_t)formats[f].rate_hz / 100);
		realtime_level = REALTIME_OFF;
		assert_int_equal(duet_capture_read(capture, &frame), 1);
	}
	assert_true(duet_capture_lost(capture) > 0);
	assert_int_equal(realtime_report(), 0);
	duet_capture_free(capture);
}

/* Everything that main and the producers can do between two calls of the audio thread. */
static void stir(struct duet_mixer *mixer, int i)
{
	static int16_t samples[2000];

	for (size_t lane = 0; lane < 3; lane++) {
		duet_mixer_write(mixer, lane, samples, 700, lanes[lane].rate_hz);
		if (i % 7 == 0)
			duet_mixer_end(mixer, lane);
		if (i % 11 == (int)lane)
			duet_mixer_flush(mixer, lane);
		duet_mixer_gain(mixer, lane, (float)(i % 5) / 4, i % 40, i % 3 == 0);
	}
	duet_mixer_volume(mixer, i % 101, i % 30);
	for (size_t s = 0; s < 2000; s++)
		samples[s] = (int16_t)lrint(30000 * sin((double)s / 9));
}

static void test_mixer(void **state)
{
	struct duet_mixer *mixer = duet_mixer_new(RATE_HZ, lanes, 3);
	int16_t out[BLOCK];

	realtime_reset();
	for (int i = 0; i < 1000; i++) {
		stir(mixer, i);
		realtime_level = REALTIME_CALLBACK;
		duet_mixer_read(mixer, out, i % 2 ? BLOCK : 100);
		realtime_level = REALTIME_OFF;
	}
	assert_int_equal(realtime_report(), 0);
	duet_mixer_free(mixer);
}

static void test_recording(void **state)
{
	static const struct duet_audio_format format = {RATE_HZ, 1, DUET_SAMPLE_S16};
	static const int16_t silence[BLOCK];
	struct duet_record *record;

	assert_int_equal(duet_record_new(&record, "/dev/null", RATE_HZ, NULL), 0);
	assert_int_equal(duet_record_format(record, &format), 0);
	realtime_reset();
	realtime_level = REALTIME_CALLBACK;
	for (int i = 0; i < 1000; i++) {
		duet_record_heard(record, silence, BLOCK);
		duet_record_played(record, silence, BLOCK);
	}
	realtime_level = REALTIME_OFF;
	assert_int_equal(realtime_report(), 0);
	duet_record_close(record, NULL);
}

static void test_what_echoes_are_cancelled_with(void **state)
{
	static const int16_t sound[BLOCK];
	struct duet_echo *echo = duet_echo_new(&(struct duet_echo_setup){RATE_HZ, 250, 1000});

	realtime_reset();
	realtime_level = REALTIME_CALLBACK;
	for (int i = 0; i < 1000; i++) /* nobody reads: it runs over, too */
		duet_echo_played(echo, sound, BLOCK);
	assert_int_equal(duet_echo_position(echo), 1000 * BLOCK);
	realtime_level = REALTIME_OFF;
	assert_int_equal(realtime_report(), 0);
	duet_echo_free(echo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_trap_works),
		cmocka_unit_test(test_capture),
		cmocka_unit_test(test_mixer),
		cmocka_unit_test(test_recording),
		cmocka_unit_test(test_what_echoes_are_cancelled_with),
	};

	if (REALTIME_WITH_SANITIZER) {
		printf("skipped: a sanitizer stands between already\n");
		return SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
