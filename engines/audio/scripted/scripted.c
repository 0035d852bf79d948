/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <sndfile.h>

#include "base/log.h"
#include "base/script.h"
#include "duet/audio_engine.h"

/*
 * A microphone that hears what its script says, the same every time. A list of
 *
 *	- silence
 *	- {sound: silence, for: 500ms}
 *	- {sound: tone, hz: 440, for: 1s, level: -20}   a sine, dB below full scale
 *	- {sound: noise, for: 1s, level: -40}           white
 *	- {sound: file, path: hello.wav}                beside the script
 *	- {sound: lost}                                 nothing is heard or played …
 *	- {sound: silence, for: 300ms}
 *	- {sound: returned}                             … until here
 *
 * Silence, tones and noise are delivered with rate_hz, channels and type of the
 * item, so that a script can be any device.
 */
enum { MAX_PLAYED = 2048, MAX_ARENA_BYTES = 1 << 20, MAX_RATE_HZ = 192000, MAX_CHANNELS = 16 };
enum { MAX_BLOCK = (MAX_RATE_HZ / 100 + 1) * MAX_CHANNELS };

enum sound { SILENCE, TONE, NOISE, SOUND_FILE, LOST, RETURNED, N_SOUNDS };

struct event {
	int sound; /* enum sound */
	int length_ms;
	double hz, level_db;
	const char *path;
	int rate_hz, n_channels, type;
};

struct scripted_options {
	const char *script;
};

struct scripted_state {
	struct duet_audio_setup setup;
	struct duet_arena *arena;
	const struct event *events;
	size_t n_events, at;
	int64_t n_steps, n_event_steps;  /* all, and of this event */
	struct duet_audio_format format; /* of what is heard now */
	bool is_lost;
	SNDFILE *file;
	uint32_t random;
	float block[MAX_BLOCK];
	unsigned char bytes[MAX_BLOCK * sizeof(float)];
};

static const char *const sounds[] = {"silence", "tone", "noise", "file", "lost", "returned", NULL};
static const char *const type_names[] = {"u8",  "s16", "s24",
					 "s32", "f32", NULL}; /* as enum duet_sample_type */

static const struct duet_option event_options[] = {
	{"sound", DUET_OPTION_CHOICE, offsetof(struct event, sound), "silence", "What is heard", sounds, 0,
	 0},
	{"for", DUET_OPTION_DURATION, offsetof(struct event, length_ms), "500ms", "How long", NULL, 0, 0},
	{"hz", DUET_OPTION_NUMBER, offsetof(struct event, hz), "440", "A tone's pitch", NULL, 1, MAX_RATE_HZ},
	{"level", DUET_OPTION_NUMBER, offsetof(struct event, level_db), "-20", "How loud, in dB", NULL, -120,
	 0},
	{"path", DUET_OPTION_PATH, offsetof(struct event, path), NULL, "A sound file", NULL, 0, 0},
	{"rate_hz", DUET_OPTION_INT, offsetof(struct event, rate_hz), "16000", "The device's rate", NULL,
	 4000, MAX_RATE_HZ},
	{"channels", DUET_OPTION_INT, offsetof(struct event, n_channels), "1", "The device's channels", NULL,
	 1, MAX_CHANNELS},
	{"type", DUET_OPTION_CHOICE, offsetof(struct event, type), "s16", "The device's samples", type_names,
	 0, 0},
	{0},
};

static const struct duet_option options[] = {
	{"script", DUET_OPTION_PATH, offsetof(struct scripted_options, script), NULL,
	 "A YAML list of what is heard: silence, tone, noise, file, lost or returned", NULL, 0, 0},
	{0},
};

static void scripted_close(void *state)
{
	struct scripted_state *scripted = state;

	if (scripted->file)
		sf_close(scripted->file);
	scripted->file = NULL;
	duet_arena_free(scripted->arena);
	scripted->arena = NULL;
}

static int check(const struct scripted_state *scripted, const char *path, struct duet_error *error)
{
	for (size_t i = 0; i < scripted->n_events; i++)
		if (scripted->events[i].sound == SOUND_FILE && !scripted->events[i].path) {
			duet_error_set(error, -EINVAL, "item %zu is a file and has no path", i + 1);
			duet_error_at(error, path, 0, 0);
			return -EINVAL;
		}
	return 0;
}

static int scripted_open(void *state, const struct duet_audio_setup *setup, struct duet_error *error)
{
	const struct scripted_options *chosen = setup->options;
	const char *path = chosen ? chosen->script : NULL;
	struct scripted_state *scripted = state;
	int code;

	scripted->setup = *setup;
	scripted->random = 1;
	scripted->arena = duet_arena_new(MAX_ARENA_BYTES);
	if (!scripted->arena)
		return duet_error_set(error, -ENOMEM, "out of memory");
	code = duet_script_load(event_options, sizeof(struct event), path, scripted->arena, &scripted->events,
				&scripted->n_events, error);
	if (code == 0)
		code = check(scripted, path, error);
	if (code < 0)
		scripted_close(scripted);
	return code;
}

static int scripted_start(void *state, struct duet_error *error)
{
	return 0;
}

static void scripted_stop(void *state)
{
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

/* 10 ms of an event's sound to `block`. */
static void make_silence(struct scripted_state *scripted, const struct event *event, size_t n_frames)
{
	memset(scripted->block, 0, n_frames * sizeof(float));
}

static void make_tone(struct scripted_state *scripted, const struct event *event, size_t n_frames)
{
	double amplitude = fmin(pow(10, event->level_db / 20) * M_SQRT2, 1),
	       rate_hz = scripted->format.rate_hz;
	double begin = floor((double)scripted->n_event_steps * rate_hz / 100);

	for (size_t i = 0; i < n_frames; i++)
		scripted->block[i] =
			(float)(amplitude * sin(2 * M_PI * event->hz * (begin + (double)i) / rate_hz));
}

static void make_noise(struct scripted_state *scripted, const struct event *event, size_t n_frames)
{
	float amplitude = fminf(powf(10, (float)event->level_db / 20) * sqrtf(3), 1);

	for (size_t i = 0; i < n_frames; i++)
		scripted->block[i] = amplitude * next_random(scripted);
}

static void end_event(struct scripted_state *scripted)
{
	scripted->at++;
	scripted->n_event_steps = 0;
}

static size_t step_samples(const struct scripted_state *scripted)
{
	return duet_audio_step_samples(scripted->format.rate_hz, scripted->n_event_steps);
}

/* Each of these does one thing of an event: 1 when 10 ms have passed, 0 when the event took no time. */
static int do_sound(struct scripted_state *scripted, const struct event *event)
{
	static void (*const makers[])(struct scripted_state * scripted, const struct event *event,
				      size_t n_frames) = {
		[SILENCE] = make_silence, [TONE] = make_tone, [NOISE] = make_noise};
	int code = begin_format(scripted, (struct duet_audio_format){event->rate_hz, event->n_channels,
								     (enum duet_sample_type)event->type});
	size_t n_frames = step_samples(scripted);

	if (code < 0)
		return code;
	if (scripted->n_event_steps * 10 >= event->length_ms) {
		end_event(scripted);
		return 0;
	}
	makers[event->sound](scripted, event, n_frames);
	if (!scripted->is_lost)
		hear(scripted, n_frames);
	scripted->n_event_steps++;
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

static int do_file(struct scripted_state *scripted, const struct event *event)
{
	const struct duet_audio_host *host = scripted->setup.host;
	int code = scripted->file ? 0 : begin_file(scripted, event->path);
	sf_count_t n_frames;

	if (code < 0)
		return code;
	n_frames = sf_readf_float(scripted->file, scripted->block, (sf_count_t)step_samples(scripted));
	if (n_frames <= 0) {
		sf_close(scripted->file);
		scripted->file = NULL;
		end_event(scripted);
		return 0;
	}
	if (!scripted->is_lost)
		host->captured(host->user, scripted->block, (size_t)n_frames);
	scripted->n_event_steps++;
	return 1;
}

static int do_lost(struct scripted_state *scripted, const struct event *event)
{
	const struct duet_audio_host *host = scripted->setup.host;

	if (!scripted->is_lost)
		host->lost(host->user, -ENODEV);
	scripted->is_lost = true;
	end_event(scripted);
	return 0;
}

static int do_returned(struct scripted_state *scripted, const struct event *event)
{
	const struct duet_audio_host *host = scripted->setup.host;

	if (scripted->is_lost)
		host->returned(host->user);
	scripted->is_lost = false;
	end_event(scripted);
	return 0;
}

static int do_end(struct scripted_state *scripted)
{
	const struct event for_ever = {.sound = SILENCE,
				       .length_ms = INT_MAX,
				       .rate_hz = scripted->format.rate_hz ? scripted->format.rate_hz : 16000,
				       .n_channels =
					       scripted->format.rate_hz ? scripted->format.n_channels : 1,
				       .type = (int)scripted->format.type};

	scripted->n_event_steps %= 100;
	return do_sound(scripted, &for_ever);
}

static int do_next(struct scripted_state *scripted)
{
	static int (*const doers[N_SOUNDS])(struct scripted_state * scripted, const struct event *event) = {
		[SILENCE] = do_sound,   [TONE] = do_sound, [NOISE] = do_sound,
		[SOUND_FILE] = do_file, [LOST] = do_lost,  [RETURNED] = do_returned};
	int code = 0;

	while (code == 0 && scripted->at < scripted->n_events) {
		const struct event *event = &scripted->events[scripted->at];

		code = doers[event->sound](scripted, event);
	}
	return code == 0 ? do_end(scripted) : code;
}

static int scripted_step(void *state)
{
	struct scripted_state *scripted = state;
	const struct duet_audio_host *host = scripted->setup.host;
	int16_t unheard[MAX_PLAYED];
	int code = do_next(scripted);

	if (code < 0)
		return code;
	if (!scripted->is_lost)
		host->wanted(host->user, unheard,
			     duet_audio_step_samples(scripted->setup.playback_rate_hz, scripted->n_steps));
	scripted->n_steps++;
	return scripted->at < scripted->n_events;
}

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
