/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_AUDIO_ENGINE_H
#define DUET_AUDIO_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/engine.h"
#include "duet/error.h"

/*
 * Audio engines: where sound comes from and where it goes.
 *
 * Two kinds. A live engine (alsa, pipewire) has a thread of its own, the audio
 * thread, on which it calls the host. An offline engine (file, null, scripted)
 * has `step`, which the caller runs as fast as it likes or as the clock says.
 * On the audio thread nobody allocates, locks, logs or waits for anything but
 * the device; the host's callbacks keep that promise and so must the engine.
 */
enum duet_sample_type {
	DUET_SAMPLE_U8,
	DUET_SAMPLE_S16,
	DUET_SAMPLE_S24, /* packed, three bytes, little endian */
	DUET_SAMPLE_S32,
	DUET_SAMPLE_F32,
};

struct duet_audio_format {
	int rate_hz;
	int n_channels;
	enum duet_sample_type type;
};

struct duet_audio_host {
	void *user;
	/* The capture format is known, before the first `captured` and after every change; not on the audio
	 * thread. */
	int (*capture_format)(void *user, const struct duet_audio_format *format);
	/* Interleaved frames from the microphone. Audio thread. */
	void (*captured)(void *user, const void *frames, size_t n_frames);
	/* Fill `frames` (mono, 16 bit, at `playback_rate_hz`) for the loudspeaker. Audio thread. */
	void (*wanted)(void *user, int16_t *frames, size_t n_frames);
	/* A device went away / came back. Audio thread; the engine keeps trying to return. */
	void (*lost)(void *user, int code);
	void (*returned)(void *user);
};

struct duet_audio_setup {
	const void *options;     /* as read by the engine's option table */
	const char *microphone;  /* device name, NULL: the system's default, "" : none */
	const char *loudspeaker; /* the same */
	int playback_rate_hz;    /* what `wanted` is asked for; the engine converts if the device differs */
	bool cancel_echo;        /* take what is played out of what is heard; only where `cancels_echo` */
	const struct duet_audio_host *host;
};

struct duet_audio_device {
	const char *name;  /* what the configuration says */
	const char *label; /* for a person */
	bool is_microphone, is_loudspeaker;
};

/* Of a stream at `rate_hz`, the samples that belong to an offline engine's step number `step` (0, 1, …): a
 * hundredth of a second, or one more where that is not a whole number. */
static inline size_t duet_audio_step_samples(int rate_hz, int64_t step)
{
	return (size_t)((step + 1) * rate_hz / 100 - step * rate_hz / 100);
}

struct duet_audio_engine {
	struct duet_engine engine;
	bool cancels_echo; /* it has means of its own for that */
	/* Main thread; may block for a moment. A device that is absent is not an error for a live engine: it
	 * is waited for. */
	int (*open)(void *state, const struct duet_audio_setup *setup, struct duet_error *error);
	/* Main thread. Live engines start their thread; offline engines do nothing. */
	int (*start)(void *state, struct duet_error *error);
	/* Main thread. After it returns no callback runs. Must be callable twice. */
	void (*stop)(void *state);
	void (*close)(void *state);
	/* Offline only, NULL otherwise: moves 10 ms of sound both ways; 1 while there is more to hear, 0 from
	 * the end on (it still captures silence and plays, so that a reply can be heard out), negative errno.
	 * Calls `capture_format` before its first `captured`. */
	int (*step)(void *state);
	/* Optional: calls `each` for every device. Main thread, may block. */
	int (*list)(void (*each)(void *user, const struct duet_audio_device *device), void *user,
		    struct duet_error *error);
};

#endif
