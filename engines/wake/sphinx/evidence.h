/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPHINX_EVIDENCE_H
#define SPHINX_EVIDENCE_H

#include "history.h"
#include "posteriors.h"
#include "sounds.h"

/*
 * The second pass: what speaks for a phrase where the first one takes it to have been said. The candidate is
 * heard again, by each acoustic model, with the mean of just these frames taken off: the best path through
 * the phrase beside the free phone loop, how each phone of it fares and how long it is, whether its phones
 * are those of the window when words are made as in the dictionary, and whether the models place the phones
 * alike. What that is worth was learnt from many phrases (tools/wake), none of which has a number of its own.
 */
enum {
	DUET_WINDOW_BEFORE = 15, /* frames that the second pass hears around the first one's */
	DUET_WINDOW_BEHIND = 15,
	DUET_WINDOW_FRAMES = DUET_POSTERIORS_FRAMES,
	DUET_EVIDENCE_OF_MODEL = 13,
	DUET_EVIDENCE = DUET_MODELS * (DUET_EVIDENCE_OF_MODEL + DUET_POSTERIOR_EVIDENCE) + 13,
};

struct duet_candidate {
	const struct duet_way *way;
	int64_t first, last; /* frames of the phrase */
	float score;         /* of the first pass: nepers a frame beside the phone loop */
};

struct duet_examiner; /* its memory */

int duet_examiner_new(struct duet_examiner **examiner, const struct duet_sounds *sounds,
		      struct duet_error *error);
void duet_examiner_free(struct duet_examiner *examiner);

/* What the second pass finds, in the order of duet_evidence_names, and where the phrase lies; false: nothing
 * that could be the phrase. */
bool duet_examiner_hear(struct duet_examiner *examiner, const struct duet_history *history,
			struct duet_candidate *candidate, float evidence[DUET_EVIDENCE]);

extern const char *const duet_evidence_names[DUET_EVIDENCE];

/* Natural logarithm of the odds that the phrase was said, as many for it as against it among what was learnt
 * from. */
float duet_evidence_weigh(const float evidence[DUET_EVIDENCE]);

#endif
