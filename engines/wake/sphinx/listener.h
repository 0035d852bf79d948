/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPHINX_LISTENER_H
#define SPHINX_LISTENER_H

#include "../../sphinx/cepstra.h"
#include "evidence.h"
#include "history.h"
#include "sounds.h"
#include "spotter.h"
#include "takes.h"

/* Both passes over a stream of samples: what is told is every candidate with its evidence. One thread. */
struct duet_listener {
	struct duet_sounds sounds;
	struct duet_cepstra *cepstra;
	struct duet_history *history;
	struct duet_spotter *spotter;
	struct duet_examiner *examiner;
	struct duet_takes **takes; /* by phrase, for duet_free; NULL: none */
	size_t n_phrases;
	float energy; /* of the samples since the last frame, squared, and how many they are */
	int n_samples;
};

enum { DUET_LISTENER_FRAME = 160, DUET_LISTENER_WINDOW = 410 }; /* samples */

struct duet_verdict {
	size_t phrase;
	float odds; /* natural logarithm, with what a person's takes add */
	struct duet_candidate candidate;
	const float *evidence;
};

typedef void duet_listener_tell(void *user, const struct duet_verdict *verdict);

/* A zeroed listener; `folder` and `data_dir` as for duet_sounds_open. */
int duet_listener_open(struct duet_listener *listener, const char *folder, const char *data_dir,
		       size_t n_phrases, struct duet_error *error);
void duet_listener_close(struct duet_listener *listener);
void duet_listener_reset(struct duet_listener *listener);

/* 0, or -EIO. */
int duet_listener_feed(struct duet_listener *listener, const int16_t *samples, size_t n_samples,
		       duet_listener_tell *tell, void *user);

/* Odds as a score: 0.5 is even, 0 and 1 are ten nepers to either side. */
float duet_listener_score(float odds);

#endif
