/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPHINX_MIXTURES_H
#define SPHINX_MIXTURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"
#include "duet/slice.h"
#include "phones.h"

/*
 * How likely a sound is in each state of an acoustic model: phonetically tied mixtures, a codebook of normal
 * densities a phone for each of three streams of features (cepstra and their first and second differences),
 * which the states of the phone weight each in its own way. Immutable once read; any thread.
 *
 * Source of the method: the PTM models of PocketSphinx (ptm_mgau.c); here in real numbers, and with what is
 * the same for all frames worked out before.
 */
enum {
	DUET_CEPSTRA = 13,
	DUET_STREAMS = 3,
	DUET_FEATURES = DUET_CEPSTRA * DUET_STREAMS,
	DUET_NEAREST = 4, /* densities of a codebook that count */
};

/* What a frame is in all codebooks. */
struct duet_nearest {
	struct {
		float log;                  /* natural, of the nearest density there */
		float ratios[DUET_NEAREST]; /* of the densities there to that one, falling from 1 */
		uint8_t densities[DUET_NEAREST];
	} of[DUET_MODEL_PHONES][DUET_STREAMS];
};

struct duet_mixtures;

/* The files of a model with these phones; the weights (`sendump`) outlive the result, the rest need not. */
int duet_mixtures_read(struct duet_mixtures **mixtures, const struct duet_phones *phones,
		       struct duet_slice means, struct duet_slice variances, struct duet_slice weights,
		       struct duet_error *error);
void duet_mixtures_free(struct duet_mixtures *mixtures);

/* `features`: DUET_STREAMS streams of DUET_CEPSTRA numbers. Does not allocate. */
void duet_mixtures_look(const struct duet_mixtures *mixtures, const float features[DUET_FEATURES],
			struct duet_nearest *nearest);

/* Natural logarithm of how likely that frame is in a state. */
float duet_mixtures_state(const struct duet_mixtures *mixtures, const struct duet_nearest *nearest,
			  int state);

#endif
