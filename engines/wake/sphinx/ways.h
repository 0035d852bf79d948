/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPHINX_WAYS_H
#define SPHINX_WAYS_H

#include "duet/wake_engine.h"

/*
 * The ways to say a phrase, as phones. Those of a person who enrolled go first (the phrase's model), beside
 * those learnt for the phrase and its language (data/wake/LANGUAGE.txt) or else the lexicon's.
 */
enum { DUET_WAYS_MAX = 8, DUET_WAY_BYTES = 2048, DUET_WAYS_FILE_MAX = 1 << 18 };

struct duet_ways {
	char phones[DUET_WAYS_MAX][DUET_WAY_BYTES];
	int n;
};

int duet_ways_of(struct duet_ways *ways, const char *data_dir, const struct duet_wake_phrase *phrase,
		 struct duet_error *error);

/* Only those of the person who enrolled. */
int duet_ways_own(struct duet_ways *ways, const struct duet_wake_phrase *phrase, struct duet_error *error);

/* Adds one unless it is there or there is no room. */
void duet_ways_add(struct duet_ways *ways, const char *phones, size_t length);

/* Lines "phrase<TAB>phones"; those of other phrases, takes (takes.h) and comments (#) are passed over. */
void duet_ways_read(struct duet_ways *ways, const char *phrase, const char *text);

#endif
