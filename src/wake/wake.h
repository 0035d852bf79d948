/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_WAKE_WAKE_H
#define DUET_WAKE_WAKE_H

#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"
#include "duet/wake_engine.h"

/*
 * Listening for wake words: an opened engine. Made on the main thread; from
 * then on one thread, the ear. 16 kHz mono 16 bit.
 */
struct duet_wake;

/* What `setup` points to must outlive it. */
int duet_wake_new(struct duet_wake **wake, const struct duet_wake_engine *engine,
		  const struct duet_wake_setup *setup, struct duet_error *error);
void duet_wake_free(struct duet_wake *wake);

/* Begin anew: sample 0 comes next. */
void duet_wake_reset(struct duet_wake *wake);

/* 1 and `*detection` when a phrase ended, 0 when not, negative errno. */
int duet_wake_feed(struct duet_wake *wake, const int16_t *samples, size_t n_samples,
		   struct duet_wake_detection *detection);

#endif
