/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPHINX_DECODE_H
#define SPHINX_DECODE_H

#include "history.h"
#include "sounds.h"

/* The phones that a stretch of sound is most like when any may follow any, without silence and noise: "K AH M
 * P …", cut short where there is no room. Their number, or -ENOMEM. */
int duet_decode_phones(const struct duet_sounds *sounds, const struct duet_history *history, int64_t first,
		       int64_t last, char *phones, size_t size);

#endif
