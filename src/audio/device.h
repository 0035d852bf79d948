/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_AUDIO_DEVICE_H
#define DUET_AUDIO_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audio/capture.h"
#include "audio/mixer.h"
#include "duet/audio_engine.h"

/*
 * The speaker's ears and voice: an opened audio engine with a capture behind
 * its microphone and a mixer before its loudspeaker. All functions belong to
 * the main thread unless they say otherwise.
 */
struct duet_device;
struct duet_echo;

/* What takes the loudspeaker's sound out of the microphone's. */
enum duet_echo_way { DUET_ECHO_NONE, DUET_ECHO_SPEEX, DUET_ECHO_ENGINE };

struct duet_device_setup {
	const struct duet_audio_engine *engine;
	const void *options;     /* as read by the engine's option table; outlive the device */
	const char *microphone;  /* NULL: the system's default, "": none */
	const char *loudspeaker; /* the same */
	int playback_rate_hz;
	int capture_buffer_ms;
	const struct duet_mixer_lane_setup *lanes;
	size_t n_lanes;
	bool realtime;           /* an offline engine moves by itself, on a thread, at the pace of sound */
	const char *record_path; /* NULL or a WAV file: left what is heard, right what is played */
	enum duet_echo_way echo; /* SPEEX: see duet_device_echo; ENGINE: the engine's own means */
	int echo_tail_ms;        /* how long the room resounds */
};

/* How the devices are; counts rise. */
struct duet_device_health {
	int n_lost, n_returned; /* devices that went away, and came back */
	int lost_code;          /* negative errno of the last loss */
	int64_t n_lost_frames;  /* that found no room in the capture's ring */
};

int duet_device_new(struct duet_device **device, const struct duet_device_setup *setup,
		    struct duet_error *error);
/* Stops first; NULL is fine. A recording that could not be written is an error. */
int duet_device_free(struct duet_device *device, struct duet_error *error);

struct duet_capture *duet_device_capture(struct duet_device *device);
struct duet_mixer *duet_device_mixer(struct duet_device *device);
/* For who reads the capture to cancel echoes with; NULL: nothing does, or the engine. */
struct duet_echo *duet_device_echo(struct duet_device *device);

/* What the microphone delivers is zeros from now on, for whoever listens; see duet_capture_mute. Any thread.
 */
void duet_device_mute(struct duet_device *device, bool muted);

int duet_device_start(struct duet_device *device, struct duet_error *error);
void duet_device_stop(struct duet_device *device);

/* Does sound move by itself, or must the caller step? */
bool duet_device_moves(const struct duet_device *device);
/* 10 ms both ways: 1 while there is more to hear, 0 from the end on, negative errno. */
int duet_device_step(struct duet_device *device);
/* Any thread: 1 while there is more to hear, 0 when an offline engine has come to its end, negative errno. */
int duet_device_hears(const struct duet_device *device);

/* Any thread. */
void duet_device_health(const struct duet_device *device, struct duet_device_health *health);
/* Now and then: logs what has changed since the last call. */
void duet_device_log_health(struct duet_device *device);

/* Writes what was heard and played since the last call to the recording: at least every two seconds, unless
 * the caller steps. */
void duet_device_record(struct duet_device *device);

#endif
