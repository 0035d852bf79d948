/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/bench/bench_ear.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "audio/echo.h"
#include "audio/room.h"
#include "base/alloc.h"
#include "cmd/bench/bench_sound.h"
#include "speaker/gate.h"
#include "speaker/halt.h"

enum { POWER_FRAME = 320, BUFFER_MS = 1000 };

static int open_engines(struct bench_ear *ear, struct duet_error *error)
{
	const struct bench_ear_setup *setup = &ear->setup;
	const struct duet_wake_setup wake = {
		.data_dir = duet_data_dir(), .phrases = setup->phrases, .n_phrases = setup->n_phrases};
	int result = duet_wake_new(&ear->wake, &wake, setup->choices, error);

	if (result == 0 && setup->cancels)
		result = duet_gate_new(&ear->gate, &wake, setup->choices, DUET_GATE_EASIER,
				       setup->clear_score, error);
	return result;
}

static int open_sound(struct bench_ear *ear, struct duet_error *error)
{
	const struct bench_ear_setup *setup = &ear->setup;
	const struct duet_room_setup room = {.rt60_s = setup->rt60_s,
					     .direct_db = 0,
					     .delay_samples = setup->delay_samples,
					     .seed = setup->seed};
	const struct duet_echo_setup echo = {
		.playback_rate_hz = BENCH_RATE_HZ, .tail_ms = setup->tail_ms, .buffer_ms = BUFFER_MS};

	duet_room_free(ear->room);
	duet_echo_free(ear->echo);
	ear->room = duet_room_new(&room);
	ear->echo = duet_echo_new(&echo);
	duet_free(ear->vad_state);
	ear->vad_state = duet_calloc(1, setup->vad->engine.state_size + 1);
	if (!ear->room || !ear->echo || !ear->vad_state)
		return duet_error_set(error, -ENOMEM, "out of memory");
	return setup->vad->open(ear->vad_state, setup->vad_options, error);
}

int bench_ear_open(struct bench_ear *ear, const struct bench_ear_setup *setup, struct duet_error *error)
{
	int result;

	*ear = (struct bench_ear){.setup = *setup, .random = setup->seed};
	result = setup->n_phrases ? open_engines(ear, error) : 0;
	if (result == 0)
		result = open_sound(ear, error);
	if (result < 0)
		bench_ear_done(ear);
	else if (ear->wake)
		duet_wake_reset(ear->wake);
	return result;
}

void bench_ear_done(struct bench_ear *ear)
{
	if (ear->vad_state)
		ear->setup.vad->close(ear->vad_state);
	duet_free(ear->vad_state);
	duet_gate_free(ear->gate);
	duet_wake_free(ear->wake);
	duet_echo_free(ear->echo);
	duet_room_free(ear->room);
	*ear = (struct bench_ear){0};
}

static double cpu_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* The echo, the voice, and a room that is never quite silent. */
static void mix(struct bench_ear *ear, const int16_t *played, const float *voice, struct duet_frame *frame)
{
	float heard[DUET_FRAME_SAMPLES];

	duet_room_step(ear->room, played, heard);
	for (int i = 0; i < DUET_FRAME_SAMPLES; i++) {
		float sum = heard[i] * (float)BENCH_EAR_GAIN + (voice ? voice[i] : 0);

		ear->random = ear->random * 6364136223846793005U + 1442695040888963407U;
		sum += (float)(int32_t)(ear->random >> 32) / 2147483648.0F * 12;
		frame->pcm[i] = (int16_t)lrintf(fminf(fmaxf(sum, INT16_MIN), INT16_MAX));
	}
}

static bool cancel(struct bench_ear *ear, struct duet_frame *frame)
{
	double before = cpu_s();
	bool sounds = duet_echo_cancel(ear->echo, frame);

	ear->cancel_cpu_s += cpu_s() - before;
	ear->n_cancelled++;
	return sounds;
}

static int listen(struct bench_ear *ear, const struct duet_frame *frame, bool sounds,
		  struct bench_heard *heard)
{
	struct duet_wake_detection detection;
	int result;

	if (!ear->wake)
		return 0;
	duet_wake_own_sound(ear->wake, sounds);
	result = duet_wake_feed(ear->wake, frame->pcm, DUET_FRAME_SAMPLES, &detection);
	if (result <= 0)
		return result;
	heard->phrase = (int)detection.phrase;
	heard->is_own =
		ear->gate && duet_gate_own(ear->gate, ear->echo, detection.phrase, detection.score,
					   (int)((ear->n_frames * DUET_FRAME_SAMPLES - detection.begin) /
						 DUET_FRAME_SAMPLES));
	return 0;
}

int bench_ear_step(struct bench_ear *ear, const int16_t *played, const float *voice,
		   struct bench_heard *heard)
{
	static const int16_t silence[DUET_FRAME_SAMPLES];
	struct duet_frame frame = {.begin = ear->n_frames * DUET_FRAME_SAMPLES};
	bool sounds = false;
	int result;

	*heard = (struct bench_heard){.phrase = -1, .halt_word = -1};
	mix(ear, played ? played : silence, voice, &frame);
	duet_echo_played(ear->echo, played ? played : silence, DUET_FRAME_SAMPLES);
	frame.mark = duet_echo_position(ear->echo);
	if (ear->setup.cancels)
		sounds = cancel(ear, &frame);
	ear->n_frames++;
	ear->setup.vad->feed(ear->vad_state, frame.pcm, &ear->vad);
	result = listen(ear, &frame, sounds, heard);
	if (ear->setup.halt)
		heard->halt_word = duet_halt_feed(ear->setup.halt, frame.pcm, ear->echo);
	memcpy(heard->clean, frame.pcm, sizeof(heard->clean));
	return result;
}

static double frame_power(const int16_t *samples)
{
	double sum = 0;

	for (int i = 0; i < POWER_FRAME; i++)
		sum += (double)samples[i] * samples[i];
	return sum / POWER_FRAME;
}

double bench_ear_power(const int16_t *samples, size_t n_samples)
{
	double loudest = 0, sum = 0;
	size_t n = 0;

	for (size_t at = 0; at + POWER_FRAME <= n_samples; at += POWER_FRAME)
		loudest = fmax(loudest, frame_power(samples + at));
	for (size_t at = 0; at + POWER_FRAME <= n_samples; at += POWER_FRAME) {
		double power = frame_power(samples + at);

		sum += power > loudest / 300 ? power : 0; /* 25 dB */
		n += power > loudest / 300;
	}
	return n ? sum / (double)n : 0;
}
