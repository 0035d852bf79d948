/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audio/device.h"

static void test_silence_of_a_length(void **state)
{
	const struct duet_engine *engine = duet_engine_find("audio", "null");
	const struct duet_device_setup setup = {
		.engine = (const struct duet_audio_engine *)(const void *)engine,
		.options = &(int){250},
		.playback_rate_hz = 22050,
		.capture_buffer_ms = 1000};
	struct duet_device *device;
	struct duet_frame frame;
	int n_frames = 0;

	assert_int_equal(engine->options_size, sizeof(int));
	assert_int_equal(duet_device_new(&device, &setup, NULL), 0);
	assert_int_equal(duet_device_start(device, NULL), 0);
	while (duet_device_step(device) > 0)
		;
	for (; duet_capture_read(duet_device_capture(device), &frame); n_frames++)
		for (int i = 0; i < DUET_FRAME_SAMPLES; i++)
			assert_int_equal(frame.pcm[i], 0);
	assert_int_equal(n_frames, 25);
	assert_int_equal(duet_device_step(device), 0);
	assert_int_equal(duet_capture_read(duet_device_capture(device), &frame), 1); /* quiet, but not deaf */
	duet_device_free(device, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_silence_of_a_length)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
