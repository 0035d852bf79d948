/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/sound.h"

#include <errno.h>
#include <sndfile.h>
#include <string.h>

#include "audio/capture.h"
#include "base/alloc.h"

enum {
	CHUNK = 4096, /* floats that are read at once */
	MAX_SAMPLES = 3600 * DUET_FRAME_RATE_HZ,
	TAIL_MS = 100, /* silence that pushes the last samples through the resampler */
};

/* A file on its way into memory. */
struct loading {
	struct duet_sound *sound;
	size_t room;
	SNDFILE *file;
	SF_INFO info;
	struct duet_capture *capture;
	size_t n_read; /* frames of the file */
};

static int cannot_read(const char *path, int code, const char *why, struct duet_error *error)
{
	duet_error_set(error, code, "the sound file cannot be read: %s", why);
	duet_error_at(error, path, 0, 0);
	duet_error_hint(error, "WAV, FLAC, Ogg and MP3 are understood");
	return code;
}

static int append(struct loading *loading, const struct duet_frame *frame)
{
	struct duet_sound *sound = loading->sound;

	if (sound->n_samples + DUET_FRAME_SAMPLES > loading->room) {
		size_t room = loading->room ? loading->room * 2 : (size_t)DUET_FRAME_RATE_HZ;
		int16_t *grown = duet_realloc(sound->samples, room, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		sound->samples = grown;
		loading->room = room;
	}
	memcpy(sound->samples + sound->n_samples, frame->pcm, sizeof(frame->pcm));
	sound->n_samples += DUET_FRAME_SAMPLES;
	return sound->n_samples > MAX_SAMPLES ? -EFBIG : 0;
}

static int take(struct loading *loading, const float *frames, size_t n_frames)
{
	struct duet_frame frame;
	int code = 0;

	duet_capture_write(loading->capture, frames, n_frames);
	while (code == 0 && duet_capture_read(loading->capture, &frame))
		code = append(loading, &frame);
	return code;
}

static int take_all(struct loading *loading)
{
	float chunk[CHUNK];
	sf_count_t n, n_most = CHUNK / loading->info.channels;
	int code = 0;

	while (code == 0 && (n = sf_readf_float(loading->file, chunk, n_most)) > 0) {
		loading->n_read += (size_t)n;
		code = take(loading, chunk, (size_t)n);
	}
	memset(chunk, 0, sizeof(chunk));
	for (int ms = 0; code == 0 && ms < TAIL_MS; ms += (int)(n_most * 1000 / loading->info.samplerate) + 1)
		code = take(loading, chunk, (size_t)n_most);
	return code;
}

/* The silence at the end was ours: what is kept is as long as what was read. */
static void trim(struct loading *loading)
{
	size_t n = (size_t)((double)loading->n_read * DUET_FRAME_RATE_HZ / loading->info.samplerate + 0.5);

	if (n < loading->sound->n_samples)
		loading->sound->n_samples = n;
}

static int load(struct loading *loading, const char *path, struct duet_error *error)
{
	int code;

	code = duet_capture_format(loading->capture,
				   &(struct duet_audio_format){.rate_hz = loading->info.samplerate,
							       .n_channels = loading->info.channels,
							       .type = DUET_SAMPLE_F32});
	if (code < 0)
		return cannot_read(path, code, "its rate or number of channels makes no sense", error);
	code = take_all(loading);
	if (code == -EFBIG)
		return cannot_read(path, code, "it is longer than an hour", error);
	if (code < 0)
		return duet_error_set(error, code, "out of memory");
	trim(loading);
	return 0;
}

int duet_sound_load(struct duet_sound *sound, const char *path, struct duet_error *error)
{
	struct loading loading = {.sound = sound};
	int code;

	*sound = (struct duet_sound){0};
	loading.file = sf_open(path, SFM_READ, &loading.info);
	if (!loading.file)
		return cannot_read(path, -EINVAL, sf_strerror(NULL), error);
	loading.capture = duet_capture_new(2000);
	code = loading.capture ? load(&loading, path, error)
			       : duet_error_set(error, -ENOMEM, "out of memory");
	duet_capture_free(loading.capture);
	sf_close(loading.file);
	if (code < 0)
		duet_sound_done(sound);
	return code;
}

void duet_sound_done(struct duet_sound *sound)
{
	duet_free(sound->samples);
	*sound = (struct duet_sound){0};
}
