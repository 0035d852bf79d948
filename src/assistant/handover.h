/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_ASSISTANT_HANDOVER_H
#define DUET_ASSISTANT_HANDOVER_H

#include <stddef.h>

#include "duet/error.h"

struct duet_config;

/*
 * "Ask Xiao Ai to …", "让小娜…": how one assistant is asked to pass words on to
 * another (rule 19). The phrases of a language lie in data/handover; names and
 * aliases come from the configuration. Immutable once made.
 */
struct duet_handover {
	const char **prefixes; /* folded, the words with single spaces; what follows is for … */
	int *whom;             /* … this assistant, by its place in the configuration */
	size_t n;
};

/* For the assistant at place `own`: to all others. A language without phrases has none. */
int duet_handover_init(struct duet_handover *handover, const struct duet_config *config, int own,
		       struct duet_error *error);
void duet_handover_done(struct duet_handover *handover);

/* Whom the text names, and in `rest` just the words after the name; -ENOENT: nobody, or nothing follows. */
int duet_handover_find(const struct duet_handover *handover, const char *text, char *rest, size_t size);

#endif
