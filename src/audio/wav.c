/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/wav.h"

#include <errno.h>
#include <sndfile.h>

#include "base/alloc.h"

struct duet_wav {
	SNDFILE *file;
	char *path;
	int code;
};

static int cannot_write(const char *path, const char *why, struct duet_error *error)
{
	int code = duet_error_set(error, -EIO, "the sound file cannot be written: %s", why);

	duet_error_at(error, path, 0, 0);
	duet_error_hint(error, "see that the folder is there, may be written and has room");
	return code;
}

int duet_wav_create(struct duet_wav **wav, const char *path, int rate_hz, int n_channels,
		    struct duet_error *error)
{
	SF_INFO info = {
		.samplerate = rate_hz, .channels = n_channels, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
	struct duet_wav *made = duet_calloc(1, sizeof(*made));

	*wav = NULL;
	if (made)
		made->path = duet_strdup(path);
	if (!made || !made->path) {
		duet_free(made);
		return duet_error_set(error, -ENOMEM, "out of memory");
	}
	made->file = sf_open(path, SFM_WRITE, &info);
	if (!made->file) {
		duet_free(made->path);
		duet_free(made);
		return cannot_write(path, sf_strerror(NULL), error);
	}
	*wav = made;
	return 0;
}

int duet_wav_write(struct duet_wav *wav, const int16_t *frames, size_t n_frames)
{
	if (wav->code == 0 &&
	    sf_writef_short(wav->file, frames, (sf_count_t)n_frames) != (sf_count_t)n_frames)
		wav->code = -EIO;
	return wav->code;
}

int duet_wav_close(struct duet_wav *wav, struct duet_error *error)
{
	int code;

	if (!wav)
		return 0;
	sf_write_sync(wav->file);
	code = wav->code;
	if (sf_close(wav->file) != 0 && code == 0)
		code = -EIO;
	if (code < 0)
		code = cannot_write(wav->path, "the disk may be full", error);
	duet_free(wav->path);
	duet_free(wav);
	return code;
}
