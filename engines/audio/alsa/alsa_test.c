/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "audio/device.h"
#include "engine_options.h"
#include "sound_files.h"

/*
 * No sound card is needed: ALSA's own `file` and `null` devices, described in
 * a private configuration, are one. They have no clock, so that sound moves
 * faster than in the world.
 */
enum { RATE_HZ = 16000, PATIENCE_MS = 10000 };

static const struct duet_mixer_lane_setup lanes[] = {{"speech", RATE_HZ, 3000}};
static const struct duet_audio_engine *alsa;
static struct duet_arena *arena;

static const char *conf_path;

/* ALSA reads its configuration anew when the path changes … */
static void configure(const char *text)
{
	static int n_configured;
	char name[32];

	snprintf(name, sizeof(name), "asound-%d.conf", n_configured++);
	conf_path = sound_bytes_write(name, text, strlen(text));
	assert_int_equal(setenv("ALSA_CONFIG_PATH", conf_path, 1), 0);
}

/* … or, while an engine runs, when the file's time in whole seconds does. */
static void reconfigure(const char *text)
{
	const struct timespec later[2] = {{.tv_sec = time(NULL) + 10}, {.tv_sec = time(NULL) + 10}};
	FILE *file = fopen(conf_path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	fclose(file);
	assert_int_equal(utimensat(AT_FDCWD, conf_path, later, 0), 0);
}

static struct duet_device *device_new(const char *microphone, const char *loudspeaker)
{
	const struct duet_device_setup setup = {
		.engine = alsa,
		.options = engine_options(&alsa->engine, arena, NULL),
		.microphone = microphone,
		.loudspeaker = loudspeaker,
		.playback_rate_hz = 24000,
		.capture_buffer_ms = 5000,
		.lanes = lanes,
		.n_lanes = 1,
	};
	struct duet_device *device;

	assert_int_equal(duet_device_new(&device, &setup, NULL), 0);
	assert_true(duet_device_moves(device));
	return device;
}

static void wait_a_moment(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

/* How many samples of what is heard came, at most `max`, and not after ten seconds. */
static size_t hear(struct duet_device *device, int16_t *samples, size_t max)
{
	struct duet_frame frame;
	size_t n = 0;

	for (int ms = 0; n + DUET_FRAME_SAMPLES <= max && ms < PATIENCE_MS;) {
		if (duet_capture_read(duet_device_capture(device), &frame)) {
			memcpy(samples + n, frame.pcm, sizeof(frame.pcm));
			n += DUET_FRAME_SAMPLES;
		} else {
			wait_a_moment();
			ms += 10;
		}
	}
	return n;
}

static void test_a_microphone_hears(void **state)
{
	static const struct sound_file tone = {
		"in.raw", SF_FORMAT_RAW | SF_FORMAT_PCM_16, RATE_HZ, 1, 700, 2, 0.5, 0};
	static int16_t heard[RATE_HZ];
	struct duet_device *device;
	char text[1000];

	snprintf(text, sizeof(text),
		 "pcm.card { type file file /dev/null infile \"%s\" format raw slave.pcm { type null } }\n",
		 sound_file_write(&tone));
	configure(text);
	device = device_new("card", "");
	assert_int_equal(duet_device_start(device, NULL), 0);
	assert_int_equal(duet_device_start(device, NULL), 0); /* has begun already */
	assert_int_equal(hear(device, heard, RATE_HZ), RATE_HZ);
	duet_device_stop(device);
	assert_float_equal(sound_tone(700, RATE_HZ, heard + 3200, 9600), 16384, 300);
	duet_device_free(device, NULL);
}

static void test_a_loudspeaker_plays(void **state)
{
	static int16_t samples[RATE_HZ], played[24000 * 2];
	const char *path = sound_path("out.raw");
	struct duet_device *device;
	size_t n_played;
	char text[1000];
	FILE *file;

	snprintf(text, sizeof(text),
		 "pcm.card { type file file \"%s\" format raw slave.pcm { type null } }\n", path);
	configure(text);
	device = device_new("", "card");
	for (int i = 0; i < RATE_HZ; i++)
		samples[i] = (int16_t)lrint(8000 * sin(2 * M_PI * 300 * i / RATE_HZ));
	assert_int_equal(duet_mixer_write(duet_device_mixer(device), 0, samples, RATE_HZ, RATE_HZ), RATE_HZ);
	duet_mixer_end(duet_device_mixer(device), 0);
	assert_int_equal(duet_device_start(device, NULL), 0);
	for (int ms = 0; !duet_mixer_drained(duet_device_mixer(device), 0) && ms < PATIENCE_MS; ms += 10)
		wait_a_moment();
	assert_true(duet_mixer_drained(duet_device_mixer(device), 0));
	duet_device_free(device, NULL);
	file = fopen(path, "rb");
	assert_non_null(file);
	n_played = fread(played, sizeof(played[0]), 24000, file);
	fclose(file);
	assert_int_equal(n_played, 24000);
	assert_float_equal(sound_tone(300, 24000, played + 2400, 19200), 8000, 100);
}

static void wait_for(const struct duet_device *device, int n_lost, int n_returned)
{
	struct duet_device_health health;

	for (int ms = 0; ms < PATIENCE_MS; ms += 10) {
		duet_device_health(device, &health);
		if (health.n_lost >= n_lost && health.n_returned >= n_returned)
			return;
		wait_a_moment();
	}
	fail_msg("lost %d times, returned %d times", health.n_lost, health.n_returned);
}

static void test_a_device_that_is_not_there_is_waited_for(void **state)
{
	struct duet_device_health health;
	struct duet_device *device;

	configure("pcm.other { type null }\n");
	device = device_new("card", "");
	assert_int_equal(duet_device_start(device, NULL), 0);
	wait_for(device, 1, 0);
	duet_device_health(device, &health);
	assert_true(health.lost_code < 0);
	reconfigure("pcm.card { type null }\npcm.other { type null }\n");
	wait_for(device, 1, 1);
	duet_device_stop(device);
	duet_device_stop(device);
	duet_device_free(device, NULL);
}

static void test_nobody_hears_and_nobody_speaks(void **state)
{
	struct duet_device *device = device_new("", "");

	assert_int_equal(duet_device_start(device, NULL), 0);
	duet_device_free(device, NULL);
}

static void count_device(void *user, const struct duet_audio_device *device)
{
	assert_true(device->name && device->label);
	assert_true(device->is_microphone || device->is_loudspeaker);
	++*(int *)user;
}

static void test_devices_are_listed(void **state)
{
	int n_devices = 0;

	configure(
		"pcm.card { type null hint { show on description \"a card\" } }\n"
		"defaults.namehint.showall on\ndefaults.namehint.basic on\ndefaults.namehint.extended on\n");
	assert_int_equal(alsa->list(count_device, &n_devices, NULL), 0);
	assert_true(n_devices >= 1);
}

static int set_up(void **state)
{
	alsa = (const void *)duet_engine_find("audio", "alsa");
	arena = duet_arena_new(1 << 16);
	return alsa && arena ? 0 : -1;
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
		cmocka_unit_test(test_a_microphone_hears),
		cmocka_unit_test(test_a_loudspeaker_plays),
		cmocka_unit_test(test_a_device_that_is_not_there_is_waited_for),
		cmocka_unit_test(test_nobody_hears_and_nobody_speaks),
		cmocka_unit_test(test_devices_are_listed),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
