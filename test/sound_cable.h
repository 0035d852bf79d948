/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_TEST_SOUND_CABLE_H
#define DUET_TEST_SOUND_CABLE_H

#include "audio/device.h"
#include "engine_options.h"
#include "sound_daemon.h"

/* A live engine between the two ends of a cable: it hears what it plays. */
enum { CABLE_RATE_HZ = 48000, CABLE_PATIENCE_MS = 20000 };

static const struct duet_mixer_lane_setup cable_lanes[] = {{"speech", CABLE_RATE_HZ, 2000}};

static inline struct duet_device *cable_device(const char *engine_name, struct duet_arena *arena,
					       const char *microphone, const char *loudspeaker)
{
	const struct duet_engine *engine = duet_engine_find("audio", engine_name);
	const struct duet_device_setup setup = {
		.engine = (const void *)engine,
		.options = engine->options ? engine_options(engine, arena, NULL) : NULL,
		.microphone = microphone,
		.loudspeaker = loudspeaker,
		.playback_rate_hz = CABLE_RATE_HZ,
		.capture_buffer_ms = 2000,
		.lanes = cable_lanes,
		.n_lanes = 1,
	};
	struct duet_device *device;
	struct duet_error error;

	if (duet_device_new(&device, &setup, &error) < 0 || duet_device_start(device, &error) < 0)
		fail_msg("%s", error.what);
	return device;
}

static inline void cable_drop_heard(struct duet_device *device)
{
	struct duet_frame frame;

	while (duet_capture_read(duet_device_capture(device), &frame))
		;
}

/* Plays a tone until it is heard for half a second at its loudness; false when it never is. */
static inline bool cable_carries(struct duet_device *device, double hz)
{
	static int16_t tone[CABLE_RATE_HZ / 10], heard[DUET_FRAME_RATE_HZ / 10];
	size_t n_heard = 0;
	int n_good = 0;

	for (int i = 0; i < CABLE_RATE_HZ / 10; i++)
		tone[i] = (int16_t)lrint(8000 * sin(2 * M_PI * hz * i / CABLE_RATE_HZ));
	cable_drop_heard(device);
	for (int ms = 0; ms < CABLE_PATIENCE_MS && n_good < 5; ms += 5) {
		struct duet_frame frame;

		if (duet_mixer_queued(duet_device_mixer(device), 0) < CABLE_RATE_HZ)
			duet_mixer_write(duet_device_mixer(device), 0, tone, CABLE_RATE_HZ / 10,
					 CABLE_RATE_HZ);
		while (duet_capture_read(duet_device_capture(device), &frame)) {
			memcpy(heard + n_heard, frame.pcm, sizeof(frame.pcm));
			n_heard += DUET_FRAME_SAMPLES;
			if (n_heard < DUET_FRAME_RATE_HZ / 10)
				continue;
			n_heard = 0;
			n_good = fabs(sound_tone(hz, DUET_FRAME_RATE_HZ, heard, DUET_FRAME_RATE_HZ / 10) -
				      8000) < 400
					 ? n_good + 1
					 : 0;
		}
		sound_wait_ms(5);
	}
	duet_mixer_flush(duet_device_mixer(device), 0);
	duet_mixer_end(duet_device_mixer(device), 0);
	return n_good >= 5;
}

/* Waits until as many sides were lost and have returned. */
static inline void cable_wait_for(struct duet_device *device, int n_lost, int n_returned)
{
	struct duet_device_health health;

	for (int ms = 0; ms < CABLE_PATIENCE_MS; ms += 10) {
		duet_device_health(device, &health);
		if (health.n_lost >= n_lost && health.n_returned >= n_returned)
			return;
		cable_drop_heard(device);
		sound_wait_ms(10);
	}
	fail_msg("lost %d times, returned %d times", health.n_lost, health.n_returned);
}

/* As often lost as returned: how often was that? */
static inline int cable_wait_whole(struct duet_device *device)
{
	struct duet_device_health health;

	for (int ms = 0; ms < CABLE_PATIENCE_MS; ms += 10) {
		duet_device_health(device, &health);
		if (health.n_lost == health.n_returned)
			return health.n_lost;
		cable_drop_heard(device);
		sound_wait_ms(10);
	}
	fail_msg("lost %d times, returned %d times", health.n_lost, health.n_returned);
	return -1;
}

#endif
