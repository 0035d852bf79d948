/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_ASSISTANT_ENROLLED_H
#define DUET_ASSISTANT_ENROLLED_H

#include "assistant/config.h"

/*
 * How the people of a home say an assistant's wake words, and what wake words they gave it themselves:
 * STATE/wake/ASSISTANT.txt, lines "phrase<TAB>what the wake engine learnt". Main thread.
 */
enum { DUET_ENROLLED_PATH = 700, DUET_ENROLLED_BYTES = 1 << 18, DUET_PHRASE_BYTES = 128 };

void duet_enrolled_path(const char *state_dir, const char *assistant, char path[DUET_ENROLLED_PATH]);

/* Lines of a phrase in such a text, which may be NULL; and the next phrase that no line before it has: `*at`
 * is where to go on, at first the text. */
int duet_enrolled_count(const char *text, const char *phrase);
bool duet_enrolled_next(const char *text, const char **at, char phrase[DUET_PHRASE_BYTES]);

/* The file's text for duet_free, NULL when there is none yet. 0 or a negative errno. */
int duet_enrolled_load(const char *path, char **text, struct duet_error *error);

/* The phrase's lines are these from now on, all or nothing; "": it is forgotten. */
int duet_enrolled_replace(const char *path, const char *phrase, const char *lines, struct duet_error *error);

/* An engine that can learn, with its options: that of the configuration, or another one that is in use; NULL.
 */
const struct duet_engine_choice *duet_enrolled_engine(const struct duet_config *config);

/* Gives every assistant of a configuration what its people enrolled. A file that cannot be read is told in
 * the log, and nothing else. 0 or -ENOMEM. */
int duet_enrolled_apply(struct duet_config *config, const char *state_dir);

#endif
