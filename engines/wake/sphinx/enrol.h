/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPHINX_ENROL_H
#define SPHINX_ENROL_H

#include "duet/wake_engine.h"

/*
 * How one person says a phrase: what the free phone loop hears in each recording is a way to say it. Those
 * are kept that make the recordings clearer than the ways that are known, and none that another one makes
 * needless. What is set, returned and owned: as duet_wake_engine's `enrol`.
 */
int duet_enrol(const struct duet_wake_setup *setup, const char *folder,
	       struct duet_wake_recording *recordings, size_t n_recordings, char **lines,
	       struct duet_error *error);

#endif
