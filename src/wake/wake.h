/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_WAKE_WAKE_H
#define DUET_WAKE_WAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"
#include "duet/wake_engine.h"

/*
 * Listening for wake words: one opened engine, or several that hear the same sound, each its own words. Made
 * on the main thread; from then on one thread, the ear. 16 kHz mono 16 bit.
 */
struct duet_wake;

/* Which engine listens for a phrase. */
struct duet_wake_choice {
	const struct duet_wake_engine *engine;
	const void *options;
};

/* `choices` has one for each of the setup's phrases; those that are the same, options and all, are opened
 * once. The setup's own options count for nothing. What it points to must outlive the wake. */
int duet_wake_new(struct duet_wake **wake, const struct duet_wake_setup *setup,
		  const struct duet_wake_choice *choices, struct duet_error *error);
void duet_wake_free(struct duet_wake *wake);

/* Begin anew: sample 0 comes next. */
void duet_wake_reset(struct duet_wake *wake);

/* The speaker itself sounds, its echo is cancelled, and words that lie in it will be refused; or no more. */
void duet_wake_own_sound(struct duet_wake *wake, bool sounds);

/* 1 and `*detection` when a phrase ended (the clearest when several engines heard one), 0 when not, negative
 * errno. */
int duet_wake_feed(struct duet_wake *wake, const int16_t *samples, size_t n_samples,
		   struct duet_wake_detection *detection);

#endif
