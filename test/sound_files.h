/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_TEST_SOUND_FILES_H
#define DUET_TEST_SOUND_FILES_H

#include <math.h>
#include <setjmp.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Sound files for tests, in a folder of their own. */

static inline const char *sound_folder(void)
{
	static char folder[] = "/tmp/duet-sound-XXXXXX";
	static int made;

	if (!made)
		assert_non_null(mkdtemp(folder));
	made = 1;
	return folder;
}

static inline const char *sound_path(const char *name)
{
	static char paths[8][256];
	static int next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", sound_folder(), name);
	return path;
}

static inline void sound_folder_remove(void)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -rf '%s'", sound_folder());
	assert_int_equal(system(command), 0);
}

struct sound_file {
	const char *name;
	int format; /* libsndfile's */
	int rate_hz, n_channels;
	double hz, seconds, gain, dc;
};

/* A tone on every channel. Returns the path, or NULL when libsndfile was built without the format. */
static inline const char *sound_file_write(const struct sound_file *sound)
{
	SF_INFO info = {.samplerate = sound->rate_hz, .channels = sound->n_channels, .format = sound->format};
	const char *path = sound_path(sound->name);
	SNDFILE *file = sf_open(path, SFM_WRITE, &info);
	float frame[16];

	if (!file)
		return NULL;
	sf_command(file, SFC_SET_CLIPPING, NULL, SF_TRUE);
	for (long i = 0; i < lround(sound->seconds * sound->rate_hz); i++) {
		double value =
			sound->gain * sin(2 * M_PI * sound->hz * (double)i / sound->rate_hz) + sound->dc;

		for (int channel = 0; channel < sound->n_channels; channel++)
			frame[channel] = (float)value;
		assert_int_equal(sf_writef_float(file, frame, 1), 1);
	}
	sf_close(file);
	return path;
}

static inline const char *sound_bytes_write(const char *name, const void *bytes, size_t n_bytes)
{
	const char *path = sound_path(name);
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, n_bytes, file), n_bytes);
	fclose(file);
	return path;
}

/* How much of `samples` is a tone of `hz`: the amplitude of their projection. */
static inline double sound_tone(double hz, int rate_hz, const int16_t *samples, size_t n_samples)
{
	double re = 0, im = 0;

	for (size_t i = 0; i < n_samples; i++) {
		re += samples[i] * cos(2 * M_PI * hz * (double)i / rate_hz);
		im += samples[i] * sin(2 * M_PI * hz * (double)i / rate_hz);
	}
	return n_samples ? 2 * hypot(re, im) / (double)n_samples : 0;
}

static inline double sound_rms(const int16_t *samples, size_t n_samples)
{
	double sum = 0;

	for (size_t i = 0; i < n_samples; i++)
		sum += (double)samples[i] * samples[i];
	return n_samples ? sqrt(sum / (double)n_samples) : 0;
}

#endif
