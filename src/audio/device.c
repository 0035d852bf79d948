/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/device.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "audio/echo.h"
#include "audio/record.h"
#include "base/alloc.h"
#include "base/log.h"

enum { STEP_NS = 10 * 1000 * 1000, MIN_RATE_HZ = 8000, MAX_RATE_HZ = 192000 };

struct duet_device {
	const struct duet_audio_engine *engine;
	void *state; /* the engine's; NULL until it is open */
	struct duet_audio_host host;
	struct duet_capture *capture;
	struct duet_mixer *mixer;
	struct duet_echo *echo;     /* or NULL */
	struct duet_record *record; /* or NULL */
	bool realtime, is_paced;    /* is_paced: the thread is there */
	pthread_t pace;
	atomic_bool must_stop;
	atomic_int hears;
	atomic_int n_lost, n_returned, lost_code;
	struct duet_device_health logged;
};

static int host_capture_format(void *user, const struct duet_audio_format *format)
{
	struct duet_device *device = user;
	int code = duet_capture_format(device->capture, format);

	if (code == 0 && device->record)
		code = duet_record_format(device->record, format);
	return code;
}

static void host_captured(void *user, const void *frames, size_t n_frames)
{
	struct duet_device *device = user;

	if (device->echo)
		duet_capture_mark(device->capture, duet_echo_position(device->echo));
	duet_capture_write(device->capture, frames, n_frames);
	if (device->record)
		duet_record_heard(device->record, frames, n_frames);
}

static void host_wanted(void *user, int16_t *frames, size_t n_frames)
{
	struct duet_device *device = user;

	duet_mixer_read(device->mixer, frames, n_frames);
	if (device->echo)
		duet_echo_played(device->echo, frames, n_frames);
	if (device->record)
		duet_record_played(device->record, frames, n_frames);
}

static void host_lost(void *user, int code)
{
	struct duet_device *device = user;

	atomic_store(&device->lost_code, code);
	atomic_fetch_add(&device->n_lost, 1);
}

static void host_returned(void *user)
{
	struct duet_device *device = user;

	atomic_fetch_add(&device->n_returned, 1);
}

static int open_engine(struct duet_device *device, const struct duet_device_setup *setup,
		       struct duet_error *error)
{
	void *state = duet_calloc(1, setup->engine->engine.state_size);
	const struct duet_audio_setup engine_setup = {
		.options = setup->options,
		.microphone = setup->microphone,
		.loudspeaker = setup->loudspeaker,
		.playback_rate_hz = setup->playback_rate_hz,
		.cancel_echo = setup->echo == DUET_ECHO_ENGINE,
		.host = &device->host,
	};
	int code;

	if (!state)
		return duet_error_set(error, -ENOMEM, "out of memory");
	code = setup->engine->open(state, &engine_setup, error);
	if (code < 0)
		duet_free(state);
	else
		device->state = state;
	return code;
}

static int open_echo(struct duet_device *device, const struct duet_device_setup *setup,
		     struct duet_error *error)
{
	const struct duet_echo_setup echo = {.playback_rate_hz = setup->playback_rate_hz,
					     .tail_ms = setup->echo_tail_ms,
					     .buffer_ms = setup->capture_buffer_ms};

	if (setup->echo == DUET_ECHO_ENGINE && !setup->engine->cancels_echo)
		return duet_error_set(error, -EINVAL, "the audio engine %s cancels no echoes",
				      setup->engine->engine.name);
	if (setup->echo != DUET_ECHO_SPEEX)
		return 0;
	device->echo = duet_echo_new(&echo);
	return device->echo ? 0 : duet_error_set(error, -ENOMEM, "out of memory");
}

static int build(struct duet_device *device, const struct duet_device_setup *setup, struct duet_error *error)
{
	int code = 0;

	if (setup->playback_rate_hz < MIN_RATE_HZ || setup->playback_rate_hz > MAX_RATE_HZ)
		return duet_error_set(error, -EINVAL, "the loudspeaker's rate %d Hz is not between %d and %d",
				      setup->playback_rate_hz, MIN_RATE_HZ, MAX_RATE_HZ);
	device->capture = duet_capture_new(setup->capture_buffer_ms);
	device->mixer = duet_mixer_new(setup->playback_rate_hz, setup->lanes, setup->n_lanes);
	if (!device->capture || !device->mixer)
		return duet_error_set(error, -ENOMEM, "out of memory");
	code = open_echo(device, setup, error);
	if (code == 0 && setup->record_path)
		code = duet_record_new(&device->record, setup->record_path, setup->playback_rate_hz, error);
	return code < 0 ? code : open_engine(device, setup, error);
}

int duet_device_new(struct duet_device **device, const struct duet_device_setup *setup,
		    struct duet_error *error)
{
	struct duet_device *made = duet_calloc(1, sizeof(*made));
	int code;

	*device = NULL;
	if (!made)
		return duet_error_set(error, -ENOMEM, "out of memory");
	made->engine = setup->engine;
	made->realtime = setup->realtime || !setup->engine->step;
	made->host = (struct duet_audio_host){
		.user = made,
		.capture_format = host_capture_format,
		.captured = host_captured,
		.wanted = host_wanted,
		.lost = host_lost,
		.returned = host_returned,
	};
	atomic_init(&made->hears, 1);
	code = build(made, setup, error);
	if (code < 0)
		duet_device_free(made, NULL);
	else
		*device = made;
	return code;
}

int duet_device_free(struct duet_device *device, struct duet_error *error)
{
	int code;

	if (!device)
		return 0;
	if (device->state) {
		duet_device_stop(device);
		device->engine->close(device->state);
		duet_free(device->state);
	}
	code = duet_record_close(device->record, error);
	duet_echo_free(device->echo);
	duet_mixer_free(device->mixer);
	duet_capture_free(device->capture);
	duet_free(device);
	return code;
}

struct duet_capture *duet_device_capture(struct duet_device *device)
{
	return device->capture;
}

struct duet_mixer *duet_device_mixer(struct duet_device *device)
{
	return device->mixer;
}

struct duet_echo *duet_device_echo(struct duet_device *device)
{
	return device->echo;
}

void duet_device_mute(struct duet_device *device, bool muted)
{
	duet_capture_mute(device->capture, muted);
	if (device->record)
		duet_record_mute(device->record, muted);
}

static int step(struct duet_device *device)
{
	int code = device->engine->step(device->state);

	if (atomic_load_explicit(&device->hears, memory_order_relaxed) > 0)
		atomic_store(&device->hears, code);
	return code;
}

/* Against the clock's own time, so that being late once does not make it late for ever. */
static void *keep_pace(void *user)
{
	struct duet_device *device = user;
	struct timespec next;

	clock_gettime(CLOCK_MONOTONIC, &next);
	while (!atomic_load(&device->must_stop) && step(device) >= 0) {
		next.tv_nsec += STEP_NS;
		if (next.tv_nsec >= 1000000000) {
			next.tv_nsec -= 1000000000;
			next.tv_sec++;
		}
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL) == EINTR)
			;
	}
	return NULL;
}

int duet_device_start(struct duet_device *device, struct duet_error *error)
{
	int code = device->engine->start(device->state, error);

	if (code < 0 || !device->realtime || !device->engine->step || device->is_paced)
		return code;
	atomic_store(&device->must_stop, false);
	code = -pthread_create(&device->pace, NULL, keep_pace, device);
	if (code < 0)
		return duet_error_set(error, code, "no thread can be made");
	device->is_paced = true;
	return 0;
}

void duet_device_stop(struct duet_device *device)
{
	if (device->is_paced) {
		atomic_store(&device->must_stop, true);
		pthread_join(device->pace, NULL);
		device->is_paced = false;
	}
	device->engine->stop(device->state);
}

bool duet_device_moves(const struct duet_device *device)
{
	return device->realtime;
}

int duet_device_step(struct duet_device *device)
{
	int code = step(device);

	duet_device_record(device);
	return code;
}

int duet_device_hears(const struct duet_device *device)
{
	return atomic_load(&device->hears);
}

void duet_device_health(const struct duet_device *device, struct duet_device_health *health)
{
	*health = (struct duet_device_health){
		.n_lost = atomic_load(&device->n_lost),
		.n_returned = atomic_load(&device->n_returned),
		.lost_code = atomic_load(&device->lost_code),
		.n_lost_frames = duet_capture_lost(device->capture),
	};
}

void duet_device_log_health(struct duet_device *device)
{
	struct duet_device_health now;

	duet_device_health(device, &now);
	if (now.n_lost != device->logged.n_lost)
		duet_warn("audio", "a microphone or loudspeaker is gone (%s): looking for it every second",
			  strerror(-now.lost_code));
	if (now.n_returned != device->logged.n_returned)
		duet_warn("audio", "a microphone or loudspeaker is back");
	if (now.n_lost_frames != device->logged.n_lost_frames)
		duet_warn("audio", "%" PRId64 " ms of sound were lost: hearing does not keep up",
			  (now.n_lost_frames - device->logged.n_lost_frames) * 10);
	device->logged = now;
}

void duet_device_record(struct duet_device *device)
{
	if (device->record)
		duet_record_write(device->record);
}
