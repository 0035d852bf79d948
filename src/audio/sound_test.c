/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/sound.h"

#include <errno.h>

#include "audio/wav.h"
#include "sound_files.h"

enum { RATE_HZ = 16000 };

static void test_every_kind_of_file(void **state)
{
	static const struct sound_file files[] = {
		{"u8.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 8000, 1, 700, 1, 0.5, 0},
		{"s16.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 1, 700, 1, 0.5, 0},
		{"stereo.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 44100, 2, 700, 1, 0.5, 0},
		{"s24.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 48000, 2, 700, 1, 0.5, 0},
		{"s32.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_32, 96000, 6, 700, 1, 0.5, 0},
		{"f32.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 22050, 1, 700, 1, 0.5, 0},
		{"ulaw.wav", SF_FORMAT_WAV | SF_FORMAT_ULAW, 8000, 1, 700, 1, 0.5, 0},
		{"x.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 44100, 2, 700, 1, 0.5, 0},
		{"x.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 44100, 2, 700, 1, 0.5, 0},
		{"x.opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 48000, 1, 700, 1, 0.5, 0},
		{"x.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 44100, 2, 700, 1, 0.5, 0},
		{"shifted.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 44100, 1, 700, 1, 0.5, 0.4},
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		const char *path = sound_file_write(&files[i]);
		struct duet_sound sound;
		struct duet_error error;

		if (!path) {
			print_message("%s: libsndfile cannot write it\n", files[i].name);
			continue;
		}
		assert_int_equal(duet_sound_load(&sound, path, &error), 0);
		assert_in_range(sound.n_samples, RATE_HZ - 1700, RATE_HZ + 1700); /* MP3 pads */
		assert_float_equal(sound_tone(700, RATE_HZ, sound.samples + 1600, 12800), 16384, 500);
		assert_float_equal(sound_rms(sound.samples + 1600, 12800), 16384 / sqrt(2), 500);
		duet_sound_done(&sound);
	}
}

static void test_length_is_kept(void **state)
{
	static const int rates[] = {8000, 11025, 16000, 44100, 48000};

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		const struct sound_file file = {
			"length.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, rates[i], 1, 700, 0.7777, 0.5, 0};
		struct duet_sound sound;

		assert_int_equal(duet_sound_load(&sound, sound_file_write(&file), NULL), 0);
		assert_in_range(sound.n_samples, 12442, 12445);
		assert_true(sound_rms(sound.samples + sound.n_samples - 160, 160) >
			    8000); /* no hole at the end */
		duet_sound_done(&sound);
	}
}

static void test_a_file_that_breaks_off_gives_what_is_there(void **state)
{
	static const struct sound_file file = {
		"whole.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, RATE_HZ, 1, 700, 1, 0.5, 0};
	static const struct sound_file flac = {
		"whole.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, RATE_HZ, 1, 700, 1, 0.5, 0};
	struct duet_sound sound;
	struct stat info;
	const char *path = sound_file_write(&file);

	assert_int_equal(truncate(path, 44 + 16001), 0);
	assert_int_equal(duet_sound_load(&sound, path, NULL), 0);
	assert_int_equal(sound.n_samples, 8000);
	duet_sound_done(&sound);

	path = sound_file_write(&flac);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(truncate(path, info.st_size / 2), 0);
	assert_int_equal(duet_sound_load(&sound, path, NULL), 0);
	assert_in_range(sound.n_samples, 1, 12000);
	duet_sound_done(&sound);
}

static void test_what_is_no_sound_is_an_error(void **state)
{
	static const char *const texts[] = {"",     "RIFF", "RIFF\xff\xff\xff\xffWAVEfmt ", "fLaC\0",
					    "OggS", "ID3",  "this is a letter to my aunt"};
	struct duet_sound sound;
	struct duet_error error;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *path = sound_bytes_write("bad.wav", texts[i], strlen(texts[i]));

		assert_true(duet_sound_load(&sound, path, &error) < 0);
		assert_string_equal(error.file, path);
		assert_true(error.what[0] && error.hint[0]);
		assert_null(sound.samples);
	}
	assert_true(duet_sound_load(&sound, sound_path("is-not-there.wav"), &error) < 0);
	assert_true(duet_sound_load(&sound, sound_folder(), &error) < 0);
}

static void test_no_sound_at_all(void **state)
{
	static const struct sound_file file = {
		"none.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, RATE_HZ, 1, 0, 0, 0, 0};
	struct duet_sound sound;

	assert_int_equal(duet_sound_load(&sound, sound_file_write(&file), NULL), 0);
	assert_int_equal(sound.n_samples, 0);
	duet_sound_done(&sound);
}

static void test_nan_in_a_file(void **state)
{
	SF_INFO info = {.samplerate = RATE_HZ, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
	const char *path = sound_path("nan.wav");
	SNDFILE *file = sf_open(path, SFM_WRITE, &info);
	struct duet_sound sound;

	assert_non_null(file);
	for (int i = 0; i < RATE_HZ; i++) {
		float value = i % 100 == 0 ? NAN : i % 1000 == 1 ? INFINITY : 0.25F * sinf((float)i / 4);

		sf_write_float(file, &value, 1);
	}
	sf_close(file);
	assert_int_equal(duet_sound_load(&sound, path, NULL), 0);
	assert_int_equal(sound.n_samples, RATE_HZ);
	assert_float_equal(sound_tone(RATE_HZ / (8 * M_PI), RATE_HZ, sound.samples, RATE_HZ), 8192, 300);
	duet_sound_done(&sound);
}

static void test_what_is_written_is_read(void **state)
{
	const char *path = sound_path("written.wav");
	int16_t samples[RATE_HZ];
	struct duet_sound sound;
	struct duet_wav *wav;

	for (int i = 0; i < RATE_HZ; i++)
		samples[i] = (int16_t)lrint(9000 * sin(i * 0.3));
	assert_int_equal(duet_wav_create(&wav, path, RATE_HZ, 1, NULL), 0);
	assert_int_equal(duet_wav_write(wav, samples, RATE_HZ / 2), 0);
	assert_int_equal(duet_wav_write(wav, samples + RATE_HZ / 2, RATE_HZ / 2), 0);
	assert_int_equal(duet_wav_close(wav, NULL), 0);
	assert_int_equal(duet_sound_load(&sound, path, NULL), 0);
	assert_int_equal(sound.n_samples, RATE_HZ);
	for (int i = 2000; i < RATE_HZ; i++)
		assert_true(abs(sound.samples[i] - samples[i]) <
			    300); /* the filter for DC turns the phase a little */
	duet_sound_done(&sound);
}

static void test_what_cannot_be_written_is_an_error(void **state)
{
	struct duet_error error;
	struct duet_wav *wav;
	int16_t samples[RATE_HZ] = {0};

	assert_true(duet_wav_create(&wav, sound_path("no/such/folder.wav"), RATE_HZ, 1, &error) < 0);
	assert_null(wav);
	assert_non_null(strstr(error.file, "folder.wav"));
	assert_int_equal(duet_wav_close(NULL, NULL), 0);
	if (access("/dev/full", W_OK) != 0 || duet_wav_create(&wav, "/dev/full", RATE_HZ, 1, &error) < 0)
		return;
	duet_wav_write(wav, samples, RATE_HZ);
	assert_true(duet_wav_close(wav, &error) < 0);
}

static int teardown(void **state)
{
	sound_folder_remove();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_of_file),
		cmocka_unit_test(test_length_is_kept),
		cmocka_unit_test(test_a_file_that_breaks_off_gives_what_is_there),
		cmocka_unit_test(test_what_is_no_sound_is_an_error),
		cmocka_unit_test(test_no_sound_at_all),
		cmocka_unit_test(test_nan_in_a_file),
		cmocka_unit_test(test_what_is_written_is_read),
		cmocka_unit_test(test_what_cannot_be_written_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
