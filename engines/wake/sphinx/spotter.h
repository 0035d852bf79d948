/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPHINX_SPOTTER_H
#define SPHINX_SPOTTER_H

#include "evidence.h"

/*
 * The first pass: every way to say every phrase against the free phone loop, frame by frame, with the
 * packaged acoustic model; lenient, since the second pass has the last word. Where nobody speaks nothing is
 * computed.
 */
struct duet_spotter;

struct duet_spotted {
	struct duet_candidate candidate;
	size_t phrase;
};

/* `sounds` outlives the spotter. */
int duet_spotter_new(struct duet_spotter **spotter, const struct duet_sounds *sounds, size_t n_phrases,
		     struct duet_error *error);
void duet_spotter_free(struct duet_spotter *spotter);

/* A way to say a phrase; -EINVAL: its phones are not the model's. */
int duet_spotter_add(struct duet_spotter *spotter, size_t phrase, const char *phones,
		     struct duet_error *error);

/* Forgets all that it heard. */
void duet_spotter_reset(struct duet_spotter *spotter);

/* How many frames must have been heard after one before it may be looked at. */
enum { DUET_SPOTTER_AHEAD = 15 };

/* Looks at the frame that is so far back. True when some phrases may have ended a moment ago: they are told
 * by duet_spotter_next, until that says false. */
void duet_spotter_step(struct duet_spotter *spotter, const struct duet_history *history);
bool duet_spotter_next(struct duet_spotter *spotter, struct duet_spotted *spotted);

#endif
