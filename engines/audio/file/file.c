/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sound files as if a microphone heard them, one after the other: whatever
 * libsndfile reads, or raw samples on standard input.
 */
#include <errno.h>
#include <sndfile.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "duet/audio_engine.h"

enum { MAX_PLAYED = 2048, MAX_BLOCK = 1 << 20, SILENCE_RATE_HZ = 16000 };

struct file_options {
	struct duet_texts files;
	int lead_ms, pause_ms, trail_ms;
	int rate_hz, n_channels;
};

enum stage { LEAD, SOUND, PAUSE, TRAIL, ENDED, N_STAGES };

struct file_state {
	struct duet_audio_setup setup;
	const struct file_options *options;
	enum stage stage;
	int64_t n_steps, n_stage_steps;
	size_t n_opened; /* files, the one that plays included */
	struct duet_audio_format format;
	SNDFILE *file;        /* NULL while there is silence, or raw samples */
	size_t frame_size;    /* bytes */
	unsigned char *block; /* 10 ms, with the frame before them in front; NULL at first */
	size_t n_block;       /* bytes, without that frame */
};

static int cannot_open(const char *path, const char *why, struct duet_error *error)
{
	duet_error_set(error, -EINVAL, "the sound file cannot be read: %s", why);
	duet_error_at(error, path, 0, 0);
	duet_error_hint(error, "WAV, FLAC, Ogg and MP3 are understood");
	return -EINVAL;
}

static bool is_stdin(const char *path)
{
	return strcmp(path, "-") == 0;
}

/* A mistake shows before anything plays. */
static int check_file(const char *path, struct duet_error *error)
{
	SF_INFO info = {0};
	SNDFILE *file;

	if (is_stdin(path))
		return 0;
	file = sf_open(path, SFM_READ, &info);
	if (!file)
		return cannot_open(path, sf_strerror(NULL), error);
	sf_close(file);
	return 0;
}

static int file_open(void *state, const struct duet_audio_setup *setup, struct duet_error *error)
{
	struct file_state *file = state;
	int code = 0;

	file->setup = *setup;
	file->options = setup->options;
	for (size_t i = 0; code == 0 && i < file->options->files.n_items; i++)
		code = check_file(file->options->files.items[i], error);
	return code;
}

static int file_start(void *state, struct duet_error *error)
{
	return 0;
}

static void file_stop(void *state)
{
}

static void free_block(struct file_state *file)
{
	if (file->block)
		duet_free(file->block - file->frame_size);
	file->block = NULL;
}

static int new_block(struct file_state *file)
{
	size_t sample_size = file->format.type == DUET_SAMPLE_F32 ? sizeof(float) : sizeof(int16_t);
	unsigned char *made;

	free_block(file);
	file->frame_size = sample_size * (size_t)file->format.n_channels;
	file->n_block = ((size_t)file->format.rate_hz / 100 + 1) * file->frame_size;
	if (file->n_block > MAX_BLOCK)
		return -ENOTSUP;
	made = duet_calloc(1, file->frame_size + file->n_block);
	if (!made)
		return -ENOMEM;
	file->block = made + file->frame_size;
	return 0;
}

static void file_close(void *state)
{
	struct file_state *file = state;

	if (file->file)
		sf_close(file->file);
	free_block(file);
	file->file = NULL;
}

/* The format is said anew for each piece: what the capture has adapted to belongs to the one before. */
static int begin_format(struct file_state *file, int rate_hz, int n_channels, enum duet_sample_type type)
{
	const struct duet_audio_host *host = file->setup.host;
	int code;

	file->format = (struct duet_audio_format){rate_hz, n_channels, type};
	code = host->capture_format(host->user, &file->format);
	return code < 0 ? code : new_block(file);
}

static int begin_sound(struct file_state *file)
{
	const char *path = file->options->files.items[file->n_opened++];
	SF_INFO info = {0};
	int code;

	if (is_stdin(path))
		return begin_format(file, file->options->rate_hz, file->options->n_channels, DUET_SAMPLE_S16);
	file->file = sf_open(path, SFM_READ, &info);
	if (!file->file) {
		duet_error_log("audio", "%s: %s", path, sf_strerror(NULL));
		return -EINVAL;
	}
	code = begin_format(file, info.samplerate, info.channels, DUET_SAMPLE_F32);
	if (code < 0)
		duet_error_log("audio", "%s: its rate or number of channels makes no sense", path);
	return code;
}

static int begin_silence(struct file_state *file)
{
	if (file->file)
		sf_close(file->file);
	file->file = NULL;
	return begin_format(file, SILENCE_RATE_HZ, 1, DUET_SAMPLE_S16);
}

/* How many frames of the block could be filled; less than `n_frames` at the end. */
static size_t read_sound(struct file_state *file, size_t n_frames)
{
	size_t n_bytes = n_frames * file->frame_size, n_read = 0;
	ssize_t n = 1;

	if (file->file) {
		n = (ssize_t)sf_readf_float(file->file, (float *)(void *)file->block, (sf_count_t)n_frames);
		return n > 0 ? (size_t)n : 0;
	}
	while (n_read < n_bytes && n > 0) {
		n = read(STDIN_FILENO, file->block + n_read, n_bytes - n_read);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			n_read += (size_t)n;
	}
	return n_read / file->frame_size;
}

/* The last block goes on with the last value: a file that is off centre does not end with a thump. */
static void pad(struct file_state *file, size_t n_read, size_t n_frames)
{
	unsigned char *to = file->block + n_read * file->frame_size;

	for (size_t i = n_read; i < n_frames; i++, to += file->frame_size)
		memcpy(to, to - file->frame_size, file->frame_size);
}

/* True while the stage goes on. */
static bool hear_silence(struct file_state *file, size_t n_frames, int length_ms)
{
	memset(file->block, 0, file->n_block);
	return (file->n_stage_steps + 1) * 10 < length_ms;
}

static bool hear_lead(struct file_state *file, size_t n_frames)
{
	return hear_silence(file, n_frames, file->options->lead_ms);
}

static bool hear_pause(struct file_state *file, size_t n_frames)
{
	return hear_silence(file, n_frames, file->options->pause_ms);
}

static bool hear_trail(struct file_state *file, size_t n_frames)
{
	return hear_silence(file, n_frames, file->options->trail_ms);
}

static bool hear_end(struct file_state *file, size_t n_frames)
{
	hear_silence(file, n_frames, 0);
	return true;
}

static bool hear_sound(struct file_state *file, size_t n_frames)
{
	size_t n_read = read_sound(file, n_frames);

	if (n_read < n_frames)
		pad(file, n_read, n_frames);
	memcpy(file->block - file->frame_size, file->block + (n_frames - 1) * file->frame_size,
	       file->frame_size);
	return n_read == n_frames;
}

/* What begins a stage, what fills 10 ms of it, and what comes next when files are left and when none is. */
static const struct {
	int (*begin)(struct file_state *file);
	bool (*hear)(struct file_state *file, size_t n_frames);
	enum stage next, last;
} stages[N_STAGES] = {
	[LEAD] = {begin_silence, hear_lead, SOUND, TRAIL},
	[SOUND] = {begin_sound, hear_sound, PAUSE, TRAIL},
	[PAUSE] = {begin_silence, hear_pause, SOUND, TRAIL},
	[TRAIL] = {begin_silence, hear_trail, ENDED, ENDED},
	[ENDED] = {begin_silence, hear_end, ENDED, ENDED},
};

static void play(struct file_state *file)
{
	const struct duet_audio_host *host = file->setup.host;
	int16_t unheard[MAX_PLAYED];

	host->wanted(host->user, unheard,
		     duet_audio_step_samples(file->setup.playback_rate_hz, file->n_steps));
}

static void move_on(struct file_state *file)
{
	bool more = file->n_opened < file->options->files.n_items;

	file->stage = more ? stages[file->stage].next : stages[file->stage].last;
	file->n_stage_steps = 0;
}

static int file_step(void *state)
{
	struct file_state *file = state;
	const struct duet_audio_host *host = file->setup.host;
	int code = file->n_stage_steps == 0 ? stages[file->stage].begin(file) : 0;
	size_t n_frames;

	if (code < 0)
		return code;
	n_frames = duet_audio_step_samples(file->format.rate_hz, file->n_stage_steps);
	if (stages[file->stage].hear(file, n_frames))
		file->n_stage_steps++;
	else
		move_on(file);
	host->captured(host->user, file->block, n_frames);
	play(file);
	file->n_steps++;
	return file->stage != ENDED;
}

static const struct duet_option options[] = {
	{"files", DUET_OPTION_PATHS, offsetof(struct file_options, files), NULL,
	 "Sound files, heard one after the other; - is raw 16 bit samples on standard input", NULL, 0, 0},
	{"lead", DUET_OPTION_DURATION, offsetof(struct file_options, lead_ms), "200ms",
	 "Silence before the first file", NULL, 0, 3600000},
	{"pause", DUET_OPTION_DURATION, offsetof(struct file_options, pause_ms), "1s",
	 "Silence between files", NULL, 0, 3600000},
	{"trail", DUET_OPTION_DURATION, offsetof(struct file_options, trail_ms), "1500ms",
	 "Silence after the last file", NULL, 0, 3600000},
	{"rate_hz", DUET_OPTION_INT, offsetof(struct file_options, rate_hz), "16000",
	 "Rate of the raw samples on standard input", NULL, 4000, 192000},
	{"channels", DUET_OPTION_INT, offsetof(struct file_options, n_channels), "1",
	 "Channels of the raw samples on standard input", NULL, 1, 64},
	{0},
};

const struct duet_audio_engine duet_audio_engine_file = {
	.engine = {.stage = "audio",
		   .name = "file",
		   .summary = "sound files, or raw samples on standard input, as if a microphone heard them",
		   .state_size = sizeof(struct file_state),
		   .options = options,
		   .options_size = sizeof(struct file_options)},
	.open = file_open,
	.start = file_start,
	.stop = file_stop,
	.close = file_close,
	.step = file_step,
};
