/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPHINX_CEPSTRA_H
#define SPHINX_CEPSTRA_H

#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"
#include "mixtures.h"

/* What the acoustic model hears of a sound: a vector of cepstra each 10 ms, of 25.6 ms, with the noise taken
 * off by sphinxbase's front end. 16 kHz. One thread. */
struct duet_cepstra;

int duet_cepstra_new(struct duet_cepstra **cepstra, struct duet_error *error);
void duet_cepstra_free(struct duet_cepstra *cepstra);
void duet_cepstra_reset(struct duet_cepstra *cepstra);

/* Takes samples off the front until a frame is whole or none is left: 1 and a frame, 0, or -EIO. */
int duet_cepstra_feed(struct duet_cepstra *cepstra, const int16_t **samples, size_t *n_samples,
		      float frame[DUET_CEPSTRA]);

#endif
