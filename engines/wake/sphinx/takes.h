/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPHINX_TAKES_H
#define SPHINX_TAKES_H

#include "history.h"
#include "ways.h"

/*
 * How a phrase sounded when a person said it, frame by frame: the direction of the cepstra without the first
 * and less their mean, so that neither loudness nor microphone matters. What is like one of these takes is
 * more likely the phrase, said by that person; what is unlike them all is no less likely than before, as
 * others say it too. They lie beside the ways in the phrase's model: lines "phrase<TAB>=frames".
 */
enum {
	DUET_TAKE_CEPSTRA = DUET_CEPSTRA - 1,
	DUET_TAKE_FRAMES = 200,
	DUET_TAKE_BYTES = 2 + DUET_TAKE_FRAMES * DUET_TAKE_CEPSTRA, /* as text, with its end */
	DUET_TAKES_MAX = 8,
};

struct duet_take {
	int n_frames;
	int8_t frames[DUET_TAKE_FRAMES][DUET_TAKE_CEPSTRA]; /* vectors of length 31 */
};

struct duet_takes {
	int n;
	struct duet_take takes[DUET_TAKES_MAX];
};

/* The phrase that lies between two frames of the history and `slack` more at either end, cut short where
 * there is no room. */
void duet_take_cut(struct duet_take *take, const struct duet_history *history, int64_t first, int64_t last,
		   int slack);

/* How unlike two takes are when the one is warped onto the other, 0 … 2: the mean of 1 - cosine. `heard` was
 * cut with DUET_TAKE_SLACK, as where a phrase begins and ends is not exact. */
enum { DUET_TAKE_SLACK = 4 };
float duet_take_distance(const struct duet_take *take, const struct duet_take *heard);

/* That of the nearest take; 2 when there is none. */
float duet_takes_distance(const struct duet_takes *takes, const struct duet_take *heard);

/* What such a distance adds to the natural logarithm of the phrase's odds; 0 or more. */
float duet_takes_gain(float distance);

/* "=" and its frames. */
void duet_take_print(const struct duet_take *take, char text[DUET_TAKE_BYTES]);

/* Adds the takes of a phrase from the lines of its model, as many as there is room for; what is none is
 * passed over. */
void duet_takes_read(struct duet_takes *takes, const char *phrase, const char *text);

/* Those of the phrase's model; `*takes` for duet_free, NULL: it has none. */
int duet_takes_own(struct duet_takes **takes, const struct duet_wake_phrase *phrase,
		   struct duet_error *error);

#endif
