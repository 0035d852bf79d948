/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_DIALOG_HISTORY_H
#define DUET_DIALOG_HISTORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct duet_store;

/*
 * What is kept of what was said, on this speaker only: each assistant's own
 * history, the log of what was heard by whom, and what the person has agreed
 * to. All of it can be shown and forgotten, for each assistant. Main thread.
 */

/* One turn of an assistant: {at, heard, intent, reply}; `at` in seconds since 1970 UTC. */
struct duet_history_keep {
	int turns; /* at most; 0: nothing is kept */
	int days;  /* older ones go; 0: none do */
};

void duet_history_note(struct duet_store *store, const char *assistant, const struct duet_history_keep *keep,
		       int64_t now_s, const json_t *turn);
/* Oldest first; borrowed. 0 or negative errno. */
int duet_history_each(struct duet_store *store, const char *assistant,
		      void (*each)(void *user, const json_t *entry), void *user);

/* Who got which words: {at, assistant, words, how, from}; `how` is "called", "shared" (one wake word for
 * all), "handed_over" (it was named) or "transferred" (the other one could not, and may pass words on). */
enum duet_how { DUET_HOW_CALLED, DUET_HOW_SHARED, DUET_HOW_HANDED_OVER, DUET_HOW_TRANSFERRED };

void duet_heard_note(struct duet_store *store, int keep, int64_t now_s, const char *assistant,
		     const char *words, enum duet_how how, const char *from);
int duet_heard_each(struct duet_store *store, void (*each)(void *user, const json_t *entry), void *user);

/* History, log and traces of that assistant; how many entries there were, or negative errno. */
int duet_history_forget(struct duet_store *store, const char *assistant);

/* May the one pass on to the other what it heard? */
int duet_consent_put(struct duet_store *store, const char *from, const char *to, bool on);
void duet_consent_each(struct duet_store *store, void (*each)(void *user, const char *from, const char *to),
		       void *user);

#endif
