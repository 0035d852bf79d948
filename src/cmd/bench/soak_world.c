/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "audio/room.h"
#include "base/alloc.h"
#include "cmd/bench/bench_ear.h"
#include "cmd/bench/bench_music.h"
#include "cmd/bench/soak.h"

enum { FRAME = DUET_FRAME_SAMPLES, DELAY_SAMPLES = 1200, SILENT_FRAMES = 150 };

#define MUSIC_GAIN 0.12F
#define NOISE      10.0F

struct engine_state {
	struct duet_audio_setup setup;
	struct soak_world *world;
	struct duet_room *room;
	struct bench_music music;
	int16_t played[FRAME];
	uint64_t random;
	int n_silent; /* frames since something was played */
	bool was_lost, begun;
};

static int world_open(void *state, const struct duet_audio_setup *setup, struct duet_error *error)
{
	struct engine_state *engine = state;
	struct soak_world *const *world = setup->options;
	const struct duet_room_setup room = {
		.rt60_s = 0.35, .delay_samples = DELAY_SAMPLES, .seed = (*world)->seed};

	engine->setup = *setup;
	engine->world = *world;
	engine->random = engine->world->seed;
	engine->room = duet_room_new(&room);
	bench_music_init(&engine->music, engine->world->seed);
	return engine->room ? 0 : duet_error_set(error, -ENOMEM, "out of memory");
}

static int world_start(void *state, struct duet_error *error)
{
	return 0;
}

static void world_stop(void *state)
{
}

static void world_close(void *state)
{
	struct engine_state *engine = state;

	duet_room_free(engine->room);
	engine->room = NULL;
}

static float noise(struct engine_state *engine)
{
	engine->random = engine->random * 6364136223846793005U + 1442695040888963407U;
	return (float)(int32_t)(engine->random >> 32) / 2147483648.0F;
}

/* The next sample of who speaks. */
static float say(struct soak_world *world)
{
	const struct soak_clip *voice = world->voice;
	float sample;

	if (!voice)
		return 0;
	sample = world->gain * voice->sound.samples[world->at++];
	if (world->at == voice->sound.n_samples)
		world->voice = NULL;
	return sample;
}

static void hear(struct engine_state *engine, int16_t heard[FRAME])
{
	struct soak_world *world = engine->world;
	int16_t music[FRAME] = {0};
	float echo[FRAME];

	duet_room_step(engine->room, engine->played, echo);
	if (world->plays_music)
		bench_music_make(&engine->music, music, FRAME);
	for (int i = 0; i < FRAME; i++) {
		float sum = echo[i] * (float)BENCH_EAR_GAIN + music[i] * MUSIC_GAIN + say(world) +
			    NOISE * noise(engine);

		heard[i] = (int16_t)lrintf(fminf(fmaxf(sum, INT16_MIN), INT16_MAX));
	}
}

static void tell_loss(struct engine_state *engine)
{
	const struct duet_audio_host *host = engine->setup.host;

	if (engine->world->is_lost == engine->was_lost)
		return;
	engine->was_lost = engine->world->is_lost;
	if (engine->was_lost)
		host->lost(host->user, -ENODEV);
	else
		host->returned(host->user);
}

static void listen_to_it(struct engine_state *engine)
{
	bool sounds = false;

	for (int i = 0; i < FRAME && !sounds; i++)
		sounds = engine->played[i] > 30 || engine->played[i] < -30;
	engine->n_silent = sounds ? 0 : engine->n_silent + 1;
	soak_people_hear(engine->world->people, engine->n_silent < SILENT_FRAMES);
}

static int begin(struct engine_state *engine)
{
	const struct duet_audio_host *host = engine->setup.host;
	const struct duet_audio_format format = {DUET_FRAME_RATE_HZ, 1, DUET_SAMPLE_S16};

	engine->begun = true;
	return host->capture_format(host->user, &format);
}

static int world_step(void *state)
{
	struct engine_state *engine = state;
	const struct duet_audio_host *host = engine->setup.host;
	int16_t heard[FRAME];
	int code = engine->begun ? 0 : begin(engine);

	if (code < 0)
		return code;
	engine->world->life->now_ms += 10;
	soak_people_step(engine->world->people, engine->world);
	tell_loss(engine);
	hear(engine, heard);
	memset(engine->played, 0, sizeof(engine->played));
	if (!engine->was_lost) {
		host->captured(host->user, heard, FRAME);
		host->wanted(host->user, engine->played, FRAME);
	}
	listen_to_it(engine);
	return !engine->world->life->is_over;
}

const struct duet_audio_engine soak_audio_engine = {
	.engine = {.stage = "audio",
		   .name = "soak",
		   .summary = "a computed room with people in it",
		   .state_size = sizeof(struct engine_state)},
	.open = world_open,
	.start = world_start,
	.stop = world_stop,
	.close = world_close,
	.step = world_step,
};
