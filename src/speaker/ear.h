/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SPEAKER_EAR_H
#define DUET_SPEAKER_EAR_H

#include <stdbool.h>
#include <stdint.h>

#include "assistant/assistant.h"
#include "dialog/endpoint.h"
#include "duet/vad_engine.h"

struct duet_capture;
struct duet_crew;
struct duet_echo;
struct duet_loop;
struct duet_mixer;
struct duet_scribe;

/*
 * What hears: a worker that reads frames, asks the voice activity engine about
 * each, feeds the wake engine while wake words are live and the recogniser of
 * the assistant that listens. It remembers the last seconds, so that a command
 * that follows right after the wake word is heard from its first sample.
 *
 * What the speaker itself plays is cancelled from what it hears, and a wake word
 * that is heard meanwhile and lies in what was played (speaker/gate.h), or in the
 * words that are being said, is none.
 * Where nothing is cancelled here a wake word needs `own_sound_score` instead of
 * any score while the speaker sounds, and a moment longer. Frames in which a cue sounds do not count as
 * voiced.
 */
struct duet_ear;

enum duet_heard_kind {
	DUET_HEARD_WAKE,     /* assistant, score, wake_ms */
	DUET_HEARD_VOICE,    /* assistant: somebody began to speak, and its microphone is open */
	DUET_HEARD_PAUSE,    /* turn: the person waits after the wake word, perhaps for a sign */
	DUET_HEARD_ENDPOINT, /* turn, listen_ms, endpoint_ms, at_ns */
	DUET_HEARD_WORDS,    /* turn, assistant, text, refused, confidence: once for each that listened */
	DUET_HEARD_NOTHING,  /* turn */
	DUET_HEARD_FAILED,   /* turn */
	DUET_HEARD_STOP,     /* own_sound: "stop", without a wake word */
};

struct duet_heard {
	enum duet_heard_kind kind;
	uint64_t turn;
	int assistant;
	float score, confidence;
	double wake_ms, listen_ms, endpoint_ms;
	int64_t at_ns; /* duet_clock_system */
	bool refused;
	bool own_sound; /* it is in what the speaker itself plays: the arbiter lets it pass by */
	char text[1024];
};

struct duet_ear_setup {
	struct duet_loop *loop;
	struct duet_capture *capture;
	struct duet_echo *echo;   /* NULL: nothing is to be cancelled here */
	struct duet_mixer *mixer; /* to know when the speaker itself sounds */
	size_t n_lanes, cue_lane;
	const struct duet_crew *crew; /* outlives the ear */
	struct duet_scribe *scribe;   /* for assistants whose utterances are kept; NULL: none are */
	const struct duet_vad_engine *vad;
	void *vad_state; /* opened */
	struct duet_endpoint_times times;
	bool is_inline;
	void *user;
	/* Loop thread; borrowed. */
	void (*heard)(void *user, const struct duet_heard *heard);
};

int duet_ear_new(struct duet_ear **ear, const struct duet_ear_setup *setup);
/* What it had posted is not delivered any more; its memory goes with the loop's next turn. */
void duet_ear_free(struct duet_ear *ear);

/* All on the main thread. */
void duet_ear_wake(struct duet_ear *ear, bool live);
/* `from_wake`: from where that assistant's wake word ended (or the voice began), else from now on.
 * DUET_ANYONE: all who share a wake word listen. */
void duet_ear_listen(struct duet_ear *ear, uint64_t turn, int assistant, enum duet_part part, bool from_wake);
void duet_ear_cancel(struct duet_ear *ear, uint64_t turn);
/* The phrases (a bit each) that the speaker is about to say itself; 0 when it is through. */
void duet_ear_ignore(struct duet_ear *ear, uint32_t phrases);
/* Is a "stop" without a wake word listened for? */
void duet_ear_stop(struct duet_ear *ear, bool live);
/* Whoever speaks is taken to speak to this assistant, without a wake word; negative: nobody. Before anything
 * is heard. */
void duet_ear_open(struct duet_ear *ear, int assistant);
/* Inline ears: hears what was captured. */
void duet_ear_pump(struct duet_ear *ear);

#endif
