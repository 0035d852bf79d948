/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SPEAKER_GATE_H
#define DUET_SPEAKER_GATE_H

#include <stdbool.h>
#include <stddef.h>

#include "duet/error.h"
#include "wake/wake.h"

struct duet_echo;

/*
 * What the speaker plays itself must wake nobody (rule 3). An echo canceller
 * leaves a rest of it, and a recogniser does not mind how soft that is. So a wake
 * word that is heard while something sounds must be louder than such a rest would
 * be, and what was played at that moment goes through a second set of wake
 * engines: who hears the word there too, about as clearly, has heard the speaker.
 * A word may be told when what was played has just ended, so that counts too. It
 * costs nothing until then. Of an echo that the canceller does not know yet the
 * second set may hear less than the room did: then the word must be heard more
 * clearly.
 */
struct duet_gate;

/* How much more sensitive to what was played than to a person a gate for wake words is. */
#define DUET_GATE_EASIER 0.2

/* As duet_wake_new, each sensitivity raised by `easier`; `clear_score`: of a word while the canceller begins.
 * Main thread; the rest on the ear. */
int duet_gate_new(struct duet_gate **gate, const struct duet_wake_setup *setup,
		  const struct duet_wake_choice *choices, double easier, double clear_score,
		  struct duet_error *error);
void duet_gate_free(struct duet_gate *gate);

/* Is this phrase, which was heard with this score and `n_frames` frames long up to the last one, in what was
 * played then? */
bool duet_gate_own(struct duet_gate *gate, const struct duet_echo *echo, size_t phrase, float score,
		   int n_frames);

#endif
