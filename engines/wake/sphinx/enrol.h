/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPHINX_ENROL_H
#define SPHINX_ENROL_H

#include "duet/wake_engine.h"

/*
 * How one person says a phrase. Each recording in which it is heard is kept as a take (takes.h): what sounds
 * like that is more likely the phrase. What the free phone loop hears in them is a way to say it, and is kept
 * where those that are known do not suffice. How well that will work is tried out in a noisy room, each
 * recording by what the others taught. What is set, returned and owned: as duet_wake_engine's `enrol`.
 */
int duet_enrol(const struct duet_wake_setup *setup, const char *folder,
	       struct duet_wake_recording *recordings, size_t n_recordings, char **lines,
	       struct duet_error *error);

#endif
