/* SPDX-License-Identifier: Apache-2.0 */
/* A microphone that hears what a script says (script.h): the same every time. */
#include <errno.h>
#include <math.h>
#include <sndfile.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/log.h"
#include "script.h"

enum { MAX_PLAYED = 2048, MAX_SCRIPT = 1 << 20, MAX_BLOCK = 1921 * 16 };

struct scripted_options {
	const char *script;
};

struct scripted_state {
	struct duet_audio_setup setup;
	struct duet_script script;
	size_t at;                             /* line */
	int64_t n_steps;                       /* all */
	int64_t n_line_steps;                  /* of this line */
	struct duet_audio_format said, format; /* by the script; of what is heard now */
	bool is_lost;
	SNDFILE *file;
	uint32_t random;
	float block[MAX_BLOCK];
	unsigned char bytes[MAX_BLOCK * sizeof(float)];
};

static int scripted_open(void *state, const struct duet_audio_setup *setup, struct duet_error *error)
{
	struct scripted_state *scripted = state;
	const struct scripted_options *options = setup->options;
	char *bytes;
	size_t n_bytes;
	int code;

	scripted->setup = *setup;
	scripted->said = (struct duet_audio_format){16000, 1, DUET_SAMPLE_S16};
	scripted->random = 1;
	if (!options->script)
		return duet_error_set(error, -EINVAL, "the scripted engine needs a script");
	code = duet_file_read(options->script, MAX_SCRIPT, &bytes, &n_bytes, error);
	if (code < 0)
		return code;
	code = duet_script_parse(&scripted->script, options->script, (struct duet_slice){bytes, n_bytes},
				 error);
	duet_free(bytes);
	return code;
}

static int scripted_start(void *state, struct duet_error *error)
{
	return 0;
}

static void scripted_stop(void *state)
{
}

static void scripted_close(void *state)
{
	struct scripted_state *scripted = state;

	if (scripted->file)
		sf_close(scripted->file);
	scripted->file = NULL;
	duet_script_done(&scripted->script);
}

static void put_u8(unsigned char *to, float value)
{
	*to = (unsigned char)lrintf(value * 127 + 128);
}

static void put_s16(unsigned char *to, float value)
{
	int16_t sample = (int16_t)lrintf(value * 32767);

	memcpy(to, &sample, sizeof(sample));
}

static void put_s24(unsigned char *to, float value)
{
	int32_t sample = (int32_t)lrintf(value * 8388607);

	to[0] = (unsigned char)(sample & 255);
	to[1] = (unsigned char)(sample >> 8 & 255);
	to[2] = (unsigned char)(sample >> 16 & 255);
}

static void put_s32(unsigned char *to, float value)
{
	int32_t sample = (int32_t)lrint((double)value * 2147483647);

	memcpy(to, &sample, sizeof(sample));
}

static void put_f32(unsigned char *to, float value)
{
	memcpy(to, &value, sizeof(value));
}

static const struct {
	size_t size;
	void (*put)(unsigned char *to, float value);
} types[] = {
	[DUET_SAMPLE_U8] = {1, put_u8},   [DUET_SAMPLE_S16] = {2, put_s16}, [DUET_SAMPLE_S24] = {3, put_s24},
	[DUET_SAMPLE_S32] = {4, put_s32}, [DUET_SAMPLE_F32] = {4, put_f32},
};

static int begin_format(struct scripted_state *scripted, struct duet_audio_format format)
{
	const struct duet_audio_host *host = scripted->setup.host;

	if (format.rate_hz == scripted->format.rate_hz && format.n_channels == scripted->format.n_channels &&
	    format.type == scripted->format.type)
		return 0;
	scripted->format = format;
	return host->capture_format(host->user, &format);
}

/* The block as it is heard: mono sound on every channel, in the type that was asked for. */
static void hear(struct scripted_state *scripted, size_t n_frames)
{
	const struct duet_audio_host *host = scripted->setup.host;
	unsigned char *to = scripted->bytes;
	size_t size = types[scripted->format.type].size;

	for (size_t i = 0; i < n_frames; i++)
		for (int channel = 0; channel < scripted->format.n_channels; channel++, to += size)
			types[scripted->format.type].put(to, scripted->block[i]);
	host->captured(host->user, scripted->bytes, n_frames);
}

static float next_random(struct scripted_state *scripted)
{
	scripted->random = scripted->random * 1664525 + 1013904223;
	return (float)(int32_t)scripted->random / 2147483648.0F;
}

/* 10 ms of a line's sound to `block`; false when the line is over before them. */
static bool silence(struct scripted_state *scripted, const struct duet_script_line *line, size_t n_frames)
{
	memset(scripted->block, 0, n_frames * sizeof(float));
	return (double)scripted->n_line_steps < line->seconds * 100 - 0.5;
}

static bool tone(struct scripted_state *scripted, const struct duet_script_line *line, size_t n_frames)
{
	double amplitude = fmin(pow(10, line->level_db / 20) * M_SQRT2, 1),
	       rate_hz = scripted->format.rate_hz;
	double begin = floor((double)scripted->n_line_steps * rate_hz / 100);

	for (size_t i = 0; i < n_frames; i++)
		scripted->block[i] =
			(float)(amplitude * sin(2 * M_PI * line->hz * (begin + (double)i) / rate_hz));
	return (double)scripted->n_line_steps < line->seconds * 100 - 0.5;
}

static bool noise(struct scripted_state *scripted, const struct duet_script_line *line, size_t n_frames)
{
	float amplitude = fminf(powf(10, (float)line->level_db / 20) * sqrtf(3), 1);

	for (size_t i = 0; i < n_frames; i++)
		scripted->block[i] = amplitude * next_random(scripted);
	return (double)scripted->n_line_steps < line->seconds * 100 - 0.5;
}

static bool (*const makers[])(struct scripted_state *scripted, const struct duet_script_line *line,
			      size_t n_frames) = {
	[DUET_SCRIPT_SILENCE] = silence,
	[DUET_SCRIPT_TONE] = tone,
	[DUET_SCRIPT_NOISE] = noise,
};

static void end_line(struct scripted_state *scripted)
{
	scripted->at++;
	scripted->n_line_steps = 0;
}

static size_t step_samples(const struct scripted_state *scripted)
{
	return duet_audio_step_samples(scripted->format.rate_hz, scripted->n_line_steps);
}

/* Each of these does one thing of a line: 1 when 10 ms have passed, 0 when the line took no time. */
static int do_sound(struct scripted_state *scripted, const struct duet_script_line *line)
{
	int code = begin_format(scripted, scripted->said);
	size_t n_frames = step_samples(scripted);

	if (code < 0)
		return code;
	if (!makers[line->verb](scripted, line, n_frames)) {
		end_line(scripted);
		return 0;
	}
	if (!scripted->is_lost)
		hear(scripted, n_frames);
	scripted->n_line_steps++;
	return 1;
}

static int begin_file(struct scripted_state *scripted, const char *path)
{
	SF_INFO info = {0};

	scripted->file = sf_open(path, SFM_READ, &info);
	if (!scripted->file || ((size_t)info.samplerate / 100 + 1) * (size_t)info.channels > MAX_BLOCK) {
		duet_error_log("audio", "%s: %s", path, sf_strerror(scripted->file));
		return -EINVAL;
	}
	return begin_format(scripted,
			    (struct duet_audio_format){info.samplerate, info.channels, DUET_SAMPLE_F32});
}

static int do_file(struct scripted_state *scripted, const struct duet_script_line *line)
{
	const struct duet_audio_host *host = scripted->setup.host;
	int code = scripted->file ? 0 : begin_file(scripted, line->path);
	sf_count_t n_frames;

	if (code < 0)
		return code;
	n_frames = sf_readf_float(scripted->file, scripted->block, (sf_count_t)step_samples(scripted));
	if (n_frames <= 0) {
		sf_close(scripted->file);
		scripted->file = NULL;
		end_line(scripted);
		return 0;
	}
	if (!scripted->is_lost)
		host->captured(host->user, scripted->block, (size_t)n_frames);
	scripted->n_line_steps++;
	return 1;
}

static int do_format(struct scripted_state *scripted, const struct duet_script_line *line)
{
	scripted->said = line->format;
	end_line(scripted);
	return 0;
}

static int do_lost(struct scripted_state *scripted, const struct duet_script_line *line)
{
	const struct duet_audio_host *host = scripted->setup.host;

	if (!scripted->is_lost)
		host->lost(host->user, -ENODEV);
	scripted->is_lost = true;
	end_line(scripted);
	return 0;
}

static int do_returned(struct scripted_state *scripted, const struct duet_script_line *line)
{
	const struct duet_audio_host *host = scripted->setup.host;

	if (scripted->is_lost)
		host->returned(host->user);
	scripted->is_lost = false;
	end_line(scripted);
	return 0;
}

static int (*const doers[DUET_SCRIPT_N_VERBS])(struct scripted_state *scripted,
					       const struct duet_script_line *line) = {
	[DUET_SCRIPT_SILENCE] = do_sound,     [DUET_SCRIPT_TONE] = do_sound,
	[DUET_SCRIPT_NOISE] = do_sound,       [DUET_SCRIPT_FILE] = do_file,
	[DUET_SCRIPT_FORMAT] = do_format,     [DUET_SCRIPT_LOST] = do_lost,
	[DUET_SCRIPT_RETURNED] = do_returned,
};

static int do_end(struct scripted_state *scripted)
{
	static const struct duet_script_line for_ever = {.verb = DUET_SCRIPT_SILENCE, .seconds = HUGE_VAL};

	return do_sound(scripted, &for_ever);
}

static int scripted_step(void *state)
{
	struct scripted_state *scripted = state;
	const struct duet_audio_host *host = scripted->setup.host;
	int16_t unheard[MAX_PLAYED];
	int code = 0;

	while (code == 0 && scripted->at < scripted->script.n_lines) {
		const struct duet_script_line *line = &scripted->script.lines[scripted->at];

		code = doers[line->verb](scripted, line);
	}
	if (code == 0)
		code = do_end(scripted);
	if (code < 0)
		return code;
	if (!scripted->is_lost)
		host->wanted(host->user, unheard,
			     duet_audio_step_samples(scripted->setup.playback_rate_hz, scripted->n_steps));
	scripted->n_steps++;
	return scripted->at < scripted->script.n_lines;
}

static const struct duet_option options[] = {
	{"script", DUET_OPTION_PATH, offsetof(struct scripted_options, script), NULL,
	 "The script: silence, tone, noise, file, format, lost and returned, one a line.", NULL, 0, 0},
	{0},
};

const struct duet_audio_engine duet_audio_engine_scripted = {
	.engine = {.stage = "audio",
		   .name = "scripted",
		   .summary = "a microphone that hears what a script says",
		   .state_size = sizeof(struct scripted_state),
		   .options = options,
		   .options_size = sizeof(struct scripted_options)},
	.open = scripted_open,
	.start = scripted_start,
	.stop = scripted_stop,
	.close = scripted_close,
	.step = scripted_step,
};
