/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include "audio/device.h"
#include "engine_options.h"

/* Ten hours of silence, as fast as they go: nothing is lost, nothing grows, nobody is heard. */
enum { HOURS = 10, FRAMES = HOURS * 3600 * 100 };

static void test_ten_hours_of_silence(void **state)
{
	const struct duet_audio_engine *engine = (const void *)duet_engine_find("audio", "null");
	const struct duet_vad_engine *vad = (const void *)duet_engine_find("vad", "energy");
	struct duet_arena *arena = duet_arena_new(1 << 16);
	const struct duet_device_setup setup = {
		.engine = engine,
		.options = engine_options(&engine->engine, arena, "length", "10h", NULL),
		.playback_rate_hz = 8000,
		.capture_buffer_ms = 100};
	struct duet_device_health health;
	struct duet_vad_report report = {.voiced = false};
	void *listener = calloc(1, vad->engine.state_size);
	struct duet_device *device;
	struct duet_frame frame = {0};
	int n_frames = 0, n_voiced = 0, code;

	assert_int_equal(vad->open(listener, engine_options(&vad->engine, arena, NULL), NULL), 0);
	assert_int_equal(duet_device_new(&device, &setup, NULL), 0);
	do {
		code = duet_device_step(device);
		while (duet_capture_read(duet_device_capture(device), &frame)) {
			vad->feed(listener, frame.pcm, &report);
			n_voiced += report.voiced;
			n_frames++;
		}
	} while (code > 0);
	assert_int_equal(n_frames, FRAMES);
	assert_int_equal(frame.begin, (int64_t)(FRAMES - 1) * DUET_FRAME_SAMPLES);
	assert_int_equal(n_voiced, 0);
	assert_true(isfinite(report.noise_db) && isfinite(report.level_db));
	duet_device_health(device, &health);
	assert_int_equal(health.n_lost_frames, 0);
	duet_device_free(device, NULL);
	vad->close(listener);
	free(listener);
	duet_arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_ten_hours_of_silence)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
