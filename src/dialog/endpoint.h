/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_DIALOG_ENDPOINT_H
#define DUET_DIALOG_ENDPOINT_H

#include <stdbool.h>

/*
 * When has a person finished? Pure: one call for each frame of 10 ms.
 *
 * Silence ends a sentence: soon when what was heard could be a whole one, later
 * when it could not. Who says nothing at all, or never stops, runs into a
 * time-out.
 */
#define DUET_ENDPOINT_FRAME_MS 10

struct duet_endpoint_times {
	int complete_ms, open_ms;   /* silence after a whole sentence, after anything else */
	int silence_ms, longest_ms; /* without a word; altogether */
};

enum duet_verdict {
	DUET_VERDICT_GO_ON,
	DUET_VERDICT_ENDED,   /* the person has finished */
	DUET_VERDICT_SILENCE, /* nothing was said */
	DUET_VERDICT_ENDLESS, /* longer than a sentence can be */
};

struct duet_endpoint {
	struct duet_endpoint_times times;
	int now_ms;        /* since the beginning */
	int voiced_ms;     /* how much of it was voiced */
	int last_voice_ms; /* where the latest voiced frame ended */
};

void duet_endpoint_init(struct duet_endpoint *endpoint, const struct duet_endpoint_times *times);

/* The next frame; `complete`: the words so far could be a whole sentence (only asked for when
 * duet_endpoint_asks says so). */
enum duet_verdict duet_endpoint_frame(struct duet_endpoint *endpoint, bool voiced, bool complete);

/* Does the next verdict depend on `complete`? It costs time to find out. */
bool duet_endpoint_asks(const struct duet_endpoint *endpoint);

/* Was there enough voice for a word? */
bool duet_endpoint_spoken(const struct duet_endpoint *endpoint);

/* Silence since the last voiced frame. */
int duet_endpoint_quiet_ms(const struct duet_endpoint *endpoint);

#endif
