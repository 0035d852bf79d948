/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_BENCH_EAR_H
#define DUET_CMD_BENCH_EAR_H

#include "assistant/config.h"
#include "duet/vad_engine.h"
#include "wake/wake.h"

struct duet_echo;
struct duet_gate;
struct duet_halt;
struct duet_room;

/*
 * A room with a loudspeaker, people and an ear: what is played comes back to the
 * microphone, voices are added, and the ear does with the sum what the speaker's
 * own does: cancel, listen, ask the gate.
 */
struct bench_ear_setup {
	const struct duet_wake_phrase *phrases;
	const struct duet_wake_choice *choices;
	size_t n_phrases;
	struct duet_halt *halt; /* or NULL; the caller's */
	const struct duet_vad_engine *vad;
	const void *vad_options;
	double rt60_s;
	int delay_samples;
	bool cancels;
	double clear_score; /* what a word needs while the canceller begins */
	int tail_ms;
	uint64_t seed;
};

struct bench_ear {
	struct bench_ear_setup setup;
	struct duet_room *room;
	struct duet_echo *echo;
	struct duet_wake *wake;
	struct duet_gate *gate;
	void *vad_state;
	struct duet_vad_report vad;
	int64_t n_frames;
	uint64_t random;
	double cancel_cpu_s; /* what cancelling took */
	int64_t n_cancelled; /* frames */
};

/* How loud the echo is at the microphone, against what is played. */
#define BENCH_EAR_GAIN 0.35

struct bench_heard {
	int phrase;    /* or -1 */
	bool is_own;   /* the gate has stopped it */
	int halt_word; /* or -1 */
	int16_t clean[DUET_FRAME_SAMPLES];
};

int bench_ear_open(struct bench_ear *ear, const struct bench_ear_setup *setup, struct duet_error *error);
void bench_ear_done(struct bench_ear *ear);

/* 10 ms; `played` NULL: silence; `voice` NULL: nobody speaks. */
int bench_ear_step(struct bench_ear *ear, const int16_t *played, const float *voice,
		   struct bench_heard *heard);

/* The mean square of the parts of a sound that are not quiet. */
double bench_ear_power(const int16_t *samples, size_t n_samples);

#endif
