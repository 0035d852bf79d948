/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>

#include "audio/device.h"
#include "engine_options.h"
#include "sound_files.h"

enum { RATE_HZ = 16000 };

static const struct sound_file low = {"low.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 44100, 2, 400, 0.5, 0.5,
				      0};
static const struct sound_file high = {
	"high.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 48000, 1, 900, 0.5, 0.5, 0};

static struct duet_arena *arena;
static int16_t heard[10 * RATE_HZ];

static int device_new(struct duet_device **device, const char *files, const char *lead, const char *pause,
		      const char *trail, struct duet_error *error)
{
	const struct duet_engine *engine = duet_engine_find("audio", "file");
	const struct duet_device_setup setup = {
		.engine = (const struct duet_audio_engine *)(const void *)engine,
		.options = engine_options(engine, arena, "files", files, "lead", lead, "pause", pause,
					  "trail", trail, NULL),
		.playback_rate_hz = 24000,
		.capture_buffer_ms = 1000};

	return duet_device_new(device, &setup, error);
}

/* To the end; how many samples were heard, or a negative errno. */
static long hear(struct duet_device *device)
{
	struct duet_frame frame;
	size_t n = 0;
	int code;

	assert_int_equal(duet_device_start(device, NULL), 0);
	do {
		code = duet_device_step(device);
		for (; duet_capture_read(duet_device_capture(device), &frame); n += DUET_FRAME_SAMPLES) {
			assert_true(n + DUET_FRAME_SAMPLES <= sizeof(heard) / sizeof(heard[0]));
			memcpy(heard + n, frame.pcm, sizeof(frame.pcm));
		}
	} while (code > 0);
	return code < 0 ? code : (long)n;
}

static void test_files_one_after_the_other(void **state)
{
	struct duet_device *device;
	struct duet_error error;
	char files[300];
	long n;

	snprintf(files, sizeof(files), "%s, %s", sound_file_write(&low), sound_file_write(&high));
	assert_int_equal(device_new(&device, files, "100ms", "200ms", "300ms", &error), 0);
	n = hear(device);
	assert_in_range(n, RATE_HZ * 155 / 100, RATE_HZ * 165 / 100);
	assert_true(sound_rms(heard, 1500) == 0);
	assert_float_equal(sound_tone(400, RATE_HZ, heard + 2400, 6400), 16384, 400);
	assert_true(sound_rms(heard + 10400, 2000) == 0);
	assert_float_equal(sound_tone(900, RATE_HZ, heard + 13600, 6400), 16384, 400);
	assert_true(sound_rms(heard + 21600, 3200) == 0);
	assert_int_equal(duet_device_step(device), 0); /* goes on in silence */
	assert_int_equal(duet_device_free(device, NULL), 0);
}

static void test_a_file_that_is_off_centre_makes_no_thump(void **state)
{
	static const struct sound_file shifted = {
		"dc.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 44100, 1, 400, 0.5, 0, 0.5};
	struct duet_device *device;
	long n;

	assert_int_equal(device_new(&device, sound_file_write(&shifted), "100ms", "0", "200ms", NULL), 0);
	n = hear(device);
	assert_true(n > 8000);
	for (long i = 0; i < n; i++)
		if (abs(heard[i]) > 20)
			fail_msg("%ld: %d", i, heard[i]);
	duet_device_free(device, NULL);
}

static void test_a_bad_file_shows_before_anything_plays(void **state)
{
	struct duet_device *device;
	struct duet_error error;
	char files[300];

	snprintf(files, sizeof(files), "%s, %s", sound_file_write(&low),
		 sound_bytes_write("empty.wav", "", 0));
	assert_true(device_new(&device, files, "0", "0", "0", &error) < 0);
	assert_non_null(strstr(error.file, "empty.wav"));
	assert_true(device_new(&device, "/no/such.wav", "0", "0", "0", &error) < 0);
	assert_non_null(strstr(error.file, "/no/such.wav"));
}

static void test_a_file_that_goes_away_is_an_error(void **state)
{
	const char *path = sound_file_write(&low);
	struct duet_device *device;

	assert_int_equal(device_new(&device, path, "0", "0", "0", NULL), 0);
	assert_int_equal(unlink(path), 0);
	assert_true(hear(device) < 0);
	assert_true(duet_device_hears(device) < 0);
	duet_device_free(device, NULL);
}

static void test_no_file_is_silence(void **state)
{
	struct duet_device *device;

	assert_int_equal(device_new(&device, "", "100ms", "0", "100ms", NULL), 0);
	assert_in_range(hear(device), 3200, 3600);
	duet_device_free(device, NULL);
}

static void test_raw_samples_on_standard_input(void **state)
{
	static int16_t samples[8001];
	const char *path;
	struct duet_device *device;
	int saved = dup(STDIN_FILENO), fd;

	for (int i = 0; i < 8001; i++)
		samples[i] = (int16_t)lrint(16384 * sin(2 * M_PI * 400 * i / RATE_HZ));
	path = sound_bytes_write("raw", samples, sizeof(samples) - 1); /* half a sample at the end */
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0 && dup2(fd, STDIN_FILENO) >= 0);
	assert_int_equal(device_new(&device, "-", "0", "0", "100ms", NULL), 0);
	assert_in_range(hear(device), 8000 + 1600, 8000 + 2000);
	assert_float_equal(sound_tone(400, RATE_HZ, heard + 800, 6400), 16384, 300);
	duet_device_free(device, NULL);
	dup2(saved, STDIN_FILENO);
	close(saved);
	close(fd);
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
		cmocka_unit_test(test_files_one_after_the_other),
		cmocka_unit_test(test_a_file_that_is_off_centre_makes_no_thump),
		cmocka_unit_test(test_a_bad_file_shows_before_anything_plays),
		cmocka_unit_test(test_a_file_that_goes_away_is_an_error),
		cmocka_unit_test(test_no_file_is_silence),
		cmocka_unit_test(test_raw_samples_on_standard_input),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
