/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_TEST_REALTIME_HOST_H
#define DUET_TEST_REALTIME_HOST_H

#include "realtime.h"

#include "audio/capture.h"
#include "audio/mixer.h"
#include "engine_options.h"

/*
 * A live engine whose threads are watched: from the first callback on they may
 * do nothing but wait for the device and move sound, and within the callbacks
 * nothing at all, until the test is over.
 */
struct realtime_host {
	struct duet_capture *capture;
	struct duet_mixer *mixer;
	enum realtime between; /* callbacks */
	atomic_bool is_over;
	atomic_int n_captured, n_wanted, n_released; /* calls */
};

static int realtime_host_format(void *user, const struct duet_audio_format *format)
{
	struct realtime_host *host = user;

	return duet_capture_format(host->capture, format);
}

static void realtime_host_between(struct realtime_host *host)
{
	if (atomic_load(&host->is_over)) {
		if (realtime_level != REALTIME_OFF)
			atomic_fetch_add(&host->n_released, 1);
		realtime_level = REALTIME_OFF;
	} else {
		realtime_level = host->between;
	}
}

static void realtime_host_captured(void *user, const void *frames, size_t n_frames)
{
	struct realtime_host *host = user;

	realtime_level = REALTIME_CALLBACK;
	duet_capture_write(host->capture, frames, n_frames);
	atomic_fetch_add(&host->n_captured, 1);
	realtime_host_between(host);
}

static void realtime_host_wanted(void *user, int16_t *frames, size_t n_frames)
{
	struct realtime_host *host = user;

	realtime_level = REALTIME_CALLBACK;
	duet_mixer_read(host->mixer, frames, n_frames);
	atomic_fetch_add(&host->n_wanted, 1);
	realtime_host_between(host);
}

static void realtime_host_lost(void *user, int code)
{
	realtime_level = REALTIME_OFF;
}

static void realtime_host_returned(void *user)
{
}

/* Runs the engine for at least so many callbacks each way, and waits at most ten seconds for them; how many
 * calls were made that must not be. */
static int realtime_run(const char *engine_name, const char *microphone, const char *loudspeaker, int n_calls,
			enum realtime between)
{
	static const struct duet_mixer_lane_setup lanes[] = {{"speech", 16000, 1000}};
	const struct duet_audio_engine *engine = (const void *)duet_engine_find("audio", engine_name);
	struct duet_arena *arena = duet_arena_new(1 << 16);
	struct realtime_host watched = {.capture = duet_capture_new(1000),
					.mixer = duet_mixer_new(48000, lanes, 1),
					.between = between};
	const struct duet_audio_host host = {
		&watched,           realtime_host_format,  realtime_host_captured, realtime_host_wanted,
		realtime_host_lost, realtime_host_returned};
	const struct duet_audio_setup setup = {
		.options = engine->engine.options ? engine_options(&engine->engine, arena, NULL) : NULL,
		.microphone = microphone,
		.loudspeaker = loudspeaker,
		.playback_rate_hz = 48000,
		.host = &host};
	void *state = calloc(1, engine->engine.state_size);
	static int16_t speech[1600];
	struct duet_frame frame;

	realtime_reset();
	assert_int_equal(engine->open(state, &setup, NULL), 0);
	assert_int_equal(engine->start(state, NULL), 0);
	for (int ms = 0; ms < 10000; ms += 5) {
		duet_mixer_write(watched.mixer, 0, speech, 1600, 16000);
		while (duet_capture_read(watched.capture, &frame))
			;
		if (atomic_load(&watched.n_captured) >= n_calls && atomic_load(&watched.n_wanted) >= n_calls)
			break;
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	}
	atomic_store(&watched.is_over, true);
	for (int ms = 0; ms < 2000 && between != REALTIME_OFF && atomic_load(&watched.n_released) < 1;
	     ms += 5)
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
	engine->stop(state);
	engine->close(state);
	assert_true(atomic_load(&watched.n_captured) >= n_calls);
	assert_true(atomic_load(&watched.n_wanted) >= n_calls);
	free(state);
	duet_mixer_free(watched.mixer);
	duet_capture_free(watched.capture);
	duet_arena_free(arena);
	return realtime_report();
}

#endif
