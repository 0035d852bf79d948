/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/device.h"

#include <errno.h>
#include <time.h>

#include "audio/sound.h"
#include "engine_options.h"
#include "sound_files.h"

static struct duet_arena *arena;

static const struct duet_mixer_lane_setup lanes[] = {{"speech", 16000, 3000}};

static const struct duet_audio_engine *engine(const char *name)
{
	const struct duet_engine *found = duet_engine_find("audio", name);

	assert_non_null(found);
	return (const struct duet_audio_engine *)(const void *)found;
}

static struct duet_device *device_with_script(const char *script, bool realtime, const char *record_path)
{
	const char *path = sound_bytes_write("script", script, strlen(script));
	const struct duet_device_setup setup = {
		.engine = engine("scripted"),
		.options = engine_options(&engine("scripted")->engine, arena, "script", path, NULL),
		.playback_rate_hz = 24000,
		.capture_buffer_ms = 5000,
		.lanes = lanes,
		.n_lanes = 1,
		.realtime = realtime,
		.record_path = record_path,
	};
	struct duet_device *device;
	struct duet_error error;

	if (duet_device_new(&device, &setup, &error) < 0)
		fail_msg("%s", error.what);
	assert_int_equal(duet_device_start(device, NULL), 0);
	return device;
}

/* Reads what was captured; how many samples. */
static size_t drain(struct duet_device *device, int16_t *samples, size_t max)
{
	struct duet_frame frame;
	size_t n = 0;

	for (; duet_capture_read(duet_device_capture(device), &frame); n += DUET_FRAME_SAMPLES)
		if (n + DUET_FRAME_SAMPLES <= max)
			memcpy(samples + n, frame.pcm, sizeof(frame.pcm));
	return n;
}

static void test_steps_move_sound_both_ways(void **state)
{
	struct duet_device *device =
		device_with_script("- {sound: tone, hz: 500, for: 500ms, level: -9}\n", false, NULL);
	static int16_t samples[16000];
	int n_steps = 0;

	assert_false(duet_device_moves(device));
	for (int i = 0; i < 1600; i++)
		samples[i] = (int16_t)(i % 100);
	assert_int_equal(duet_mixer_write(duet_device_mixer(device), 0, samples, 1600, 16000), 1600);
	duet_mixer_end(duet_device_mixer(device), 0);
	while (duet_device_step(device) > 0)
		n_steps++;
	assert_in_range(n_steps, 48, 52);
	assert_int_equal(duet_device_hears(device), 0);
	assert_true(duet_mixer_drained(duet_device_mixer(device), 0));
	assert_in_range(drain(device, samples, 16000), 8000, 8320);
	assert_float_equal(sound_tone(500, 16000, samples + 800, 6400), 32768 * sqrt(2) * 0.3548, 200);
	assert_int_equal(duet_device_free(device, NULL), 0);
}

static void test_a_device_that_is_lost_and_returns(void **state)
{
	struct duet_device *device = device_with_script(
		"- {for: 100ms}\n- lost\n- {for: 200ms}\n- returned\n- {for: 100ms}\n", false, NULL);
	struct duet_device_health health;
	static int16_t samples[16000];
	size_t n_heard;

	for (int i = 0; i < 20; i++)
		duet_device_step(device);
	duet_device_health(device, &health);
	assert_int_equal(health.n_lost, 1);
	assert_int_equal(health.n_returned, 0);
	assert_int_equal(health.lost_code, -ENODEV);
	n_heard = drain(device, samples, 16000);
	assert_int_equal(n_heard, 1600);
	while (duet_device_step(device) > 0)
		;
	duet_device_health(device, &health);
	assert_int_equal(health.n_returned, 1);
	assert_int_equal(health.n_lost_frames, 0);
	assert_in_range(drain(device, samples, 16000), 1600, 1760);
	duet_device_free(device, NULL);
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void test_sound_in_real_time(void **state)
{
	struct duet_device *device = device_with_script("- {sound: noise, for: 300ms}\n", true, NULL);
	static int16_t samples[32000];
	double begin = seconds_now(), took;
	size_t n_heard = 0;

	assert_true(duet_device_moves(device));
	while (duet_device_hears(device) > 0 && seconds_now() < begin + 10) {
		n_heard += drain(device, samples, 32000);
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	}
	took = seconds_now() - begin;
	duet_device_stop(device);
	duet_device_stop(device);
	n_heard += drain(device, samples, 32000);
	assert_true(took > 0.25);
	assert_true(n_heard >= 4800);
	assert_int_equal(duet_device_start(device, NULL), 0); /* and again */
	duet_device_free(device, NULL);
}

static void test_a_recording_holds_both_sides(void **state)
{
	const char *path = sound_path("recording.wav");
	struct duet_device *device = device_with_script("- {sound: tone, hz: 500, for: 1s}\n", false, path);
	static int16_t samples[24000], side[24000];
	SF_INFO info = {0};
	SNDFILE *file;
	static int16_t frames[2 * 48000];
	sf_count_t n;

	for (int i = 0; i < 24000; i++)
		samples[i] = (int16_t)lrint(8000 * sin(2 * M_PI * 300 * i / 24000));
	assert_int_equal(duet_mixer_write(duet_device_mixer(device), 0, samples, 24000, 24000), 24000);
	while (duet_device_step(device) > 0)
		drain(device, side, 24000);
	assert_int_equal(duet_device_free(device, NULL), 0);

	file = sf_open(path, SFM_READ, &info);
	assert_non_null(file);
	assert_int_equal(info.samplerate, 24000);
	assert_int_equal(info.channels, 2);
	n = sf_readf_short(file, frames, 48000);
	sf_close(file);
	assert_in_range(n, 23760, 24480);
	for (int channel = 0; channel < 2; channel++) {
		for (int i = 0; i < 19200; i++)
			side[i] = frames[2 * (i + 2400) + channel];
		assert_float_equal(sound_tone(500, 24000, side, 19200), channel == 0 ? 4634 : 0, 60);
		assert_float_equal(sound_tone(300, 24000, side, 19200), channel == 0 ? 0 : 8000, 60);
	}
}

static void test_what_cannot_be_opened(void **state)
{
	const struct duet_engine *scripted = &engine("scripted")->engine;
	struct duet_device_setup setup = {
		.engine = engine("scripted"),
		.options = engine_options(scripted, arena, "script", "/no/such/script", NULL),
		.playback_rate_hz = 24000,
		.capture_buffer_ms = 100,
		.lanes = lanes,
		.n_lanes = 1};
	struct duet_device *device;
	struct duet_error error;

	assert_true(duet_device_new(&device, &setup, &error) < 0);
	assert_null(device);
	assert_non_null(strstr(error.file, "/no/such/script"));
	setup.engine = engine("null");
	setup.options = NULL;
	setup.playback_rate_hz = 7;
	assert_int_equal(duet_device_new(&device, &setup, &error), -EINVAL);
	setup.playback_rate_hz = 24000;
	setup.record_path = "/no/such/folder/x.wav";
	assert_true(duet_device_new(&device, &setup, &error) < 0);
	assert_int_equal(duet_device_free(NULL, NULL), 0);
}

static int set_up(void **state)
{
	arena = duet_arena_new(1 << 16);
	return arena ? 0 : -1;
}

static int tear_down(void **state)
{
	duet_arena_free(arena);
	sound_folder_remove();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps_move_sound_both_ways),
		cmocka_unit_test(test_a_device_that_is_lost_and_returns),
		cmocka_unit_test(test_sound_in_real_time),
		cmocka_unit_test(test_a_recording_holds_both_sides),
		cmocka_unit_test(test_what_cannot_be_opened),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
