/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/record.h"

#include <errno.h>
#include <speex/speex_resampler.h>
#include <string.h>

#include "audio/capture.h"
#include "audio/wav.h"
#include "base/alloc.h"
#include "base/ring.h"

enum {
	BUFFER_MS = 5000,
	PATIENCE_MS = 1000, /* how far one side may be ahead before the other is taken for silent */
	FRAME_MS = 10,
	MAX_PLAYED = 2048, /* samples of one frame at the loudspeaker's rate */
	RESAMPLER_QUALITY = 4,
};

struct duet_record {
	struct duet_wav *wav;
	struct duet_capture *heard;
	struct duet_ring *played;
	int rate_hz;
	SpeexResamplerState *resampler; /* what was heard, to the loudspeaker's rate */
};

static void record_free(struct duet_record *record)
{
	if (record->resampler)
		speex_resampler_destroy(record->resampler);
	duet_ring_free(record->played);
	duet_capture_free(record->heard);
	duet_free(record);
}

int duet_record_new(struct duet_record **record, const char *path, int playback_rate_hz,
		    struct duet_error *error)
{
	struct duet_record *made = duet_calloc(1, sizeof(*made));
	int code;

	*record = NULL;
	if (!made)
		return duet_error_set(error, -ENOMEM, "out of memory");
	made->rate_hz = playback_rate_hz;
	made->heard = duet_capture_new(BUFFER_MS);
	made->played = duet_ring_new((size_t)playback_rate_hz * BUFFER_MS / 1000, sizeof(int16_t));
	made->resampler = speex_resampler_init(1, DUET_FRAME_RATE_HZ, (spx_uint32_t)playback_rate_hz,
					       RESAMPLER_QUALITY, NULL);
	if (!made->heard || !made->played || !made->resampler)
		code = duet_error_set(error, -ENOMEM, "out of memory");
	else
		code = duet_wav_create(&made->wav, path, playback_rate_hz, 2, error);
	if (code < 0)
		record_free(made);
	else
		*record = made;
	return code;
}

int duet_record_format(struct duet_record *record, const struct duet_audio_format *format)
{
	return duet_capture_format(record->heard, format);
}

void duet_record_heard(struct duet_record *record, const void *frames, size_t n_frames)
{
	duet_capture_write(record->heard, frames, n_frames);
}

void duet_record_played(struct duet_record *record, const int16_t *frames, size_t n_frames)
{
	duet_ring_write(record->played, frames, n_frames);
}

void duet_record_mute(struct duet_record *record, bool muted)
{
	duet_capture_mute(record->heard, muted);
}

static size_t heard_ms(const struct duet_record *record)
{
	return duet_capture_readable(record->heard) * FRAME_MS;
}

static size_t played_ms(const struct duet_record *record)
{
	return duet_ring_readable(record->played) * 1000 / (size_t)record->rate_hz;
}

/* Is there a frame of both, or is one side so far ahead that the other must be silent? */
static bool ready(const struct duet_record *record)
{
	if (heard_ms(record) >= FRAME_MS && played_ms(record) > FRAME_MS)
		return true;
	return heard_ms(record) > PATIENCE_MS || played_ms(record) > PATIENCE_MS;
}

static void write_frame(struct duet_record *record)
{
	int16_t left[MAX_PLAYED], right[MAX_PLAYED], both[2 * MAX_PLAYED];
	spx_uint32_t n_in = DUET_FRAME_SAMPLES, n_out = MAX_PLAYED;
	struct duet_frame frame = {0};
	size_t n_played;

	duet_capture_read(record->heard, &frame); /* silence when there is none */
	speex_resampler_process_int(record->resampler, 0, frame.pcm, &n_in, left, &n_out);
	n_played = duet_ring_read(record->played, right, n_out);
	memset(right + n_played, 0, (n_out - n_played) * sizeof(right[0]));
	for (size_t i = 0; i < n_out; i++) {
		both[2 * i] = left[i];
		both[2 * i + 1] = right[i];
	}
	duet_wav_write(record->wav, both, n_out);
}

void duet_record_write(struct duet_record *record)
{
	while (ready(record))
		write_frame(record);
}

int duet_record_close(struct duet_record *record, struct duet_error *error)
{
	int code;

	if (!record)
		return 0;
	while (heard_ms(record) > 0 || played_ms(record) > 0)
		write_frame(record);
	code = duet_wav_close(record->wav, error);
	record_free(record);
	return code;
}
