/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "audio/device.h"
#include "engine_options.h"
#include "sound_files.h"

enum { RATE_HZ = 16000 };

static struct duet_arena *arena;
static int16_t heard[10 * RATE_HZ];

static int device_new(struct duet_device **device, const char *script, struct duet_error *error)
{
	const struct duet_engine *engine = duet_engine_find("audio", "scripted");
	const char *path = sound_bytes_write("script", script, strlen(script));
	const struct duet_device_setup setup = {
		.engine = (const struct duet_audio_engine *)(const void *)engine,
		.options = engine_options(engine, arena, "script", path, NULL),
		.playback_rate_hz = 24000,
		.capture_buffer_ms = 10000};

	return duet_device_new(device, &setup, error);
}

static size_t hear(const char *script)
{
	struct duet_device *device;
	struct duet_frame frame;
	size_t n = 0;

	assert_int_equal(device_new(&device, script, NULL), 0);
	while (duet_device_step(device) > 0)
		;
	assert_int_equal(duet_device_hears(device), 0);
	for (; duet_capture_read(duet_device_capture(device), &frame); n += DUET_FRAME_SAMPLES)
		memcpy(heard + n, frame.pcm, sizeof(frame.pcm));
	duet_device_free(device, NULL);
	return n;
}

static void test_a_script_is_heard(void **state)
{
	size_t n = hear("# a short one\n"
			"- {sound: silence, for: 100ms}\n"
			"- {sound: tone, hz: 500, for: 300ms, level: -20}\n"
			"- {sound: noise, for: 200ms, level: -30}\n");

	assert_in_range(n, 9600, 9760);
	assert_true(sound_rms(heard, 1600) == 0);
	assert_float_equal(sound_rms(heard + 2000, 4000), 3277, 60);
	assert_float_equal(sound_tone(500, RATE_HZ, heard + 2400, 3200), 3277 * sqrt(2), 60);
	assert_float_equal(sound_rms(heard + 6400, 3200), 1036, 60);
}

static void test_every_format_sounds_the_same(void **state)
{
	static const char *const formats[] = {
		"rate_hz: 16000, channels: 1, type: s16", "rate_hz: 8000, channels: 1, type: u8",
		"rate_hz: 44100, channels: 2, type: s24", "rate_hz: 48000, channels: 6, type: s32",
		"rate_hz: 96000, channels: 2, type: f32", "rate_hz: 11025, channels: 1, type: s16"};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		char script[100];

		snprintf(script, sizeof(script), "- {sound: tone, hz: 500, for: 500ms, level: -12, %s}",
			 formats[i]);
		assert_in_range(hear(script), 7600, 8320);
		assert_float_equal(sound_tone(500, RATE_HZ, heard + 800, 6400), 32768 * sqrt(2) * 0.2512,
				   200);
	}
}

static void test_a_file_beside_the_script(void **state)
{
	static const struct sound_file tone = {
		"tone.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 44100, 2, 400, 0.5, 0.5, 0};

	sound_file_write(&tone);
	assert_in_range(hear("- {for: 100ms}\n- {sound: file, path: tone.wav}\n- {for: 100ms}\n"), 10880,
			11520);
	assert_float_equal(sound_tone(400, RATE_HZ, heard + 2400, 6400), 16384, 400);
}

static void test_mistakes_name_their_line(void **state)
{
	static const char *const mistakes[] = {
		"- silence\n- silense\n",
		"- silence\n- {sound: tone, hz: x}\n",
		"- silence\n- {sound: tone, for: 10 frogs}\n",
		"- silence\n- {sound: noise, level: 3}\n",
		"- silence\n- {sound: silence, type: s17}\n",
		"- silence\n- {sound: silence, rate_hz: 1}\n",
		"- silence\n- {sound: silence, channels: 99}\n",
		"- silence\n- {sound: silence, colour: red}\n",
	};
	struct duet_device *device;
	struct duet_error error;

	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		assert_true(device_new(&device, mistakes[i], &error) < 0);
		assert_int_equal(error.line, 2);
		assert_true(error.what[0]);
	}
	assert_int_equal(device_new(&device, "- {sound: file}", &error), -EINVAL);
}

static void test_a_file_that_is_not_there(void **state)
{
	struct duet_device *device;

	assert_int_equal(device_new(&device, "- {sound: file, path: nowhere.wav}\n", NULL), 0);
	assert_true(duet_device_step(device) < 0);
	duet_device_free(device, NULL);
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
		cmocka_unit_test(test_a_script_is_heard),
		cmocka_unit_test(test_every_format_sounds_the_same),
		cmocka_unit_test(test_a_file_beside_the_script),
		cmocka_unit_test(test_mistakes_name_their_line),
		cmocka_unit_test(test_a_file_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
