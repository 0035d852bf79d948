/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "audio/device.h"
#include "audio/wav.h"
#include "base/alloc.h"
#include "base/text.h"
#include "cmd/duet.h"
#include "cmd/voice.h"

/* Speech to the loudspeaker or to a file. */

enum { PLAYBACK_HZ = 48000, LANE = 0, LANE_MS = 500, TEXT_MAX = 1 << 20 };

struct say_flags {
	const char *config, *assistant, *voice, *output;
};

static const struct duet_flag flags_table[] = {
	{'c',
	 "FILE",
	 {"config", DUET_OPTION_TEXT, offsetof(struct say_flags, config), NULL, "The configuration", NULL, 0,
	  0}},
	{'a',
	 "ID",
	 {"assistant", DUET_OPTION_TEXT, offsetof(struct say_flags, assistant), NULL,
	  "Whose voice; without it the first assistant who writes as the text is written", NULL, 0, 0}},
	{'v',
	 "VOICE",
	 {"voice", DUET_OPTION_TEXT, offsetof(struct say_flags, voice), NULL,
	  "Another voice of the assistant's engine, or ENGINE:VOICE (`duet engines` lists them)", NULL, 0,
	  0}},
	{'o',
	 "FILE",
	 {"output", DUET_OPTION_TEXT, offsetof(struct say_flags, output), NULL,
	  "Write a WAV file instead of playing", NULL, 0, 0}},
	{0},
};

/* Where the sound goes: one of both. */
struct outlet {
	struct duet_wav *wav;
	struct duet_device *device;
	int rate_hz;
	int code;
};

static void nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
}

static bool to_wav(void *user, const int16_t *samples, size_t n_samples)
{
	struct outlet *outlet = user;

	outlet->code = duet_wav_write(outlet->wav, samples, n_samples);
	return outlet->code < 0;
}

static bool to_loudspeaker(void *user, const int16_t *samples, size_t n_samples)
{
	struct outlet *outlet = user;
	struct duet_mixer *mixer = duet_device_mixer(outlet->device);

	while (n_samples > 0) {
		size_t taken = duet_mixer_write(mixer, LANE, samples, n_samples, outlet->rate_hz);

		samples += taken;
		n_samples -= taken;
		if (n_samples > 0)
			nap();
	}
	return false;
}

static int speak_to_file(struct duet_tts *tts, const char *text, const char *path, struct duet_error *error)
{
	struct outlet outlet = {.rate_hz = duet_tts_rate_hz(tts)};
	int result = duet_wav_create(&outlet.wav, path, outlet.rate_hz, 1, error), closed;

	if (result < 0)
		return result;
	result = duet_tts_speak(tts, text, to_wav, &outlet);
	if (result < 0)
		duet_error_set(error, result, "the voice failed: %s", strerror(-result));
	closed = duet_wav_close(outlet.wav, result < 0 ? NULL : error);
	return result < 0 ? result : closed;
}

static int open_loudspeaker(struct duet_device **device, const struct duet_config *config,
			    struct duet_error *error)
{
	const struct duet_mixer_lane_setup lane = {
		.name = "speech", .rate_hz = PLAYBACK_HZ, .buffer_ms = LANE_MS};
	const struct duet_device_setup setup = {
		.engine = (const struct duet_audio_engine *)(const void *)config->audio.choice.engine,
		.options = config->audio.choice.options,
		.microphone = "",
		.loudspeaker = config->audio.loudspeaker,
		.playback_rate_hz = PLAYBACK_HZ,
		.capture_buffer_ms = 100,
		.lanes = &lane,
		.n_lanes = 1,
		.realtime = true,
	};
	int result = duet_device_new(device, &setup, error);

	if (result < 0)
		return result;
	duet_mixer_volume(duet_device_mixer(*device), config->speaker.volume, 0);
	result = duet_device_start(*device, error);
	if (result < 0)
		duet_device_free(*device, NULL);
	return result;
}

static int speak_aloud(struct duet_tts *tts, const char *text, const struct duet_config *config,
		       struct duet_error *error)
{
	struct outlet outlet = {.rate_hz = duet_tts_rate_hz(tts)};
	int result = open_loudspeaker(&outlet.device, config, error);

	if (result < 0)
		return result;
	result = duet_tts_speak(tts, text, to_loudspeaker, &outlet);
	if (result < 0)
		duet_error_set(error, result, "the voice failed: %s", strerror(-result));
	duet_mixer_end(duet_device_mixer(outlet.device), LANE);
	while (!duet_mixer_drained(duet_device_mixer(outlet.device), LANE))
		nap();
	duet_device_free(outlet.device, NULL);
	return result;
}

static char *join(const struct duet_invocation *invocation)
{
	struct duet_text text;
	char *joined;

	duet_text_init(&text, TEXT_MAX);
	for (int i = 0; i < invocation->n_arguments; i++)
		duet_text_printf(&text, "%s%s", i ? " " : "", invocation->arguments[i]);
	joined = text.failed ? NULL
			     : duet_arena_copy(invocation->arena, (struct duet_slice){text.ptr, text.len});
	duet_text_done(&text);
	return joined;
}

static int say(const struct duet_invocation *invocation, struct duet_config *config,
	       const struct duet_assistant_config *assistant, const char *text)
{
	const struct say_flags *flags = invocation->flags;
	struct duet_error error = {0};
	struct voice voice;
	int result = voice_open(&voice, config, assistant, flags->voice, &error);

	if (result < 0)
		return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	if (flags->output)
		result = speak_to_file(voice.tts, text, flags->output, &error);
	else
		result = speak_aloud(voice.tts, text, config, &error);
	voice_done(&voice);
	return result < 0 ? duet_command_error(invocation, DUET_EXIT_FAILED, &error) : DUET_EXIT_DONE;
}

static int run(const struct duet_invocation *invocation)
{
	const struct say_flags *flags = invocation->flags;
	const struct duet_assistant_config *assistant;
	const char *text = join(invocation);
	struct duet_config *config;
	struct duet_error error = {0};
	int result;

	if (!text)
		return duet_command_fail(invocation, DUET_EXIT_FAILED, "the text is longer than %d bytes",
					 TEXT_MAX);
	if (!*text)
		return duet_command_usage(invocation, "say what?");
	if (!duet_text_valid(duet_slice(text)))
		return duet_command_fail(invocation, DUET_EXIT_FAILED, "the text is not UTF-8");
	if (duet_config_load(&config, flags->config, NULL, &error) < 0)
		return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	assistant = flags->assistant ? duet_config_assistant(config, flags->assistant)
				     : voice_assistant(config, text);
	if (assistant)
		result = say(invocation, config, assistant, text);
	else
		result = duet_command_fail(invocation, DUET_EXIT_USAGE, "there is no assistant %s",
					   flags->assistant);
	duet_config_free(config);
	return result;
}

const struct duet_command duet_say = {
	.name = "say",
	.arguments = "TEXT…",
	.summary = "Speak a text, to the loudspeaker or into a file",
	.flags = flags_table,
	.flags_size = sizeof(struct say_flags),
	.run = run,
};
