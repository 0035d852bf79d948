/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_WAKE_LEARN_H
#define DUET_CMD_WAKE_LEARN_H

#include "assistant/config.h"
#include "duet/wake_engine.h"

/* What shall be learnt, for which assistant; `model` is the file of what was, and need not be there. */
struct wake_lesson {
	const struct duet_config *config;
	const struct duet_assistant_config *assistant;
	const char *phrase, *model;
};

/* As `enrol` of the wake engine that can. */
int wake_learn(const struct wake_lesson *lesson, struct duet_wake_recording *recordings, size_t n_recordings,
	       char **lines, struct duet_error *error);

#endif
