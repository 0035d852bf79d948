/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_AUDIO_WANDER_H
#define DUET_AUDIO_WANDER_H

#include <speex/speex_echo.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * How an echo filter's response moves in time: where the clocks of microphone
 * and loudspeaker differ it wanders, some samples a second at most.
 */
struct duet_wander;

/* `n_taps`: of the filter. NULL: out of memory. */
struct duet_wander *duet_wander_new(size_t n_taps);
void duet_wander_free(struct duet_wander *wander);
/* The next look is the first one. */
void duet_wander_reset(struct duet_wander *wander);

/* How many samples later than at the last look the response lies; false when that cannot be said. */
bool duet_wander_look(struct duet_wander *wander, SpeexEchoState *filter, double *moved);

#endif
