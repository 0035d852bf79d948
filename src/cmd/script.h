/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_SCRIPT_H
#define DUET_CMD_SCRIPT_H

#include <jansson.h>

#include "base/arena.h"
#include "duet/error.h"

/* A conversation to be held (data/conversation.yaml): who asks what, and what must come of it. */
struct script_line {
	const char *voice; /* "flite:rms" */
	const char *ask;
	int wait_ms;    /* the asker listens so long */
	json_t *expect; /* {assistant, intent, refused, slots: {…}}: what it names must be so; of the arena's
			   owner */
};

struct script {
	struct script_line *lines;
	size_t n_lines;
};

/* Everything but `expect` lives in the arena. */
int script_load(struct script *script, const char *path, struct duet_arena *arena, struct duet_error *error);
void script_done(struct script *script);

/* NULL when the turn is as the line expects, else the name of the first thing that is not. */
const char *script_differs(const struct script_line *line, const json_t *turn);

#endif
