/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_WAKE_RECORDING_H
#define DUET_WAKE_RECORDING_H

#include "duet/wake_engine.h"

/* Recordings that a wake word is learnt from. Any thread. */

/* What is wrong with the sound of one, whatever was said: none of the flaws that only an engine can find. */
enum duet_wake_flaw duet_wake_recording_check(const int16_t *samples, size_t n_samples);

/* "quiet", for programs; and what is wrong and what to do, for people: "too quiet: come nearer". NULL for
 * DUET_WAKE_FINE. */
const char *duet_wake_flaw_name(enum duet_wake_flaw flaw);
const char *duet_wake_flaw_advice(enum duet_wake_flaw flaw);

#endif
