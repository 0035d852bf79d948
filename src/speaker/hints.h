/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SPEAKER_HINTS_H
#define DUET_SPEAKER_HINTS_H

#include "duet/slice.h"

struct duet_speaker;

/*
 * What may be said next, for a prompt that completes words: each word that can
 * follow `line` (its last word may be unfinished) in the sentences of the
 * assistant (NULL: the default one). The first call builds the word graph. 0 or
 * negative errno.
 */
int duet_speaker_hints(struct duet_speaker *speaker, const char *assistant, struct duet_slice line,
		       void (*each)(void *user, const char *word), void *user);

#endif
