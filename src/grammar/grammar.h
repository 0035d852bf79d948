/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_GRAMMAR_GRAMMAR_H
#define DUET_GRAMMAR_GRAMMAR_H

#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"
#include "duet/slice.h"

/*
 * Sentence templates become one network for each language.
 *
 *   YAML files ──compile──► network file ──map──► struct duet_grammar ──┬─► nlu/match.h (all parses, ranked)
 *                                                                       └─► grammar/wordnet.h (what a
 * microphone may hear)
 *
 * Rules are sub-networks, never expanded; lists are tries; ranges are tries of
 * number words; permutations a bitmask. Lists that depend on the home (names,
 * areas, floors) are empty in the file and filled by duet_grammar_fill.
 */
struct duet_grammar;

/* Compiles all .yaml files of `dirs` (folders or single files, later ones add to earlier ones) for `language`
 * into the file `out_path`. Reports every mistake through `report`, not only the first; returns the number of
 * mistakes, or a negative errno; the file is written only when there are none; a report whose code is 0 is a
 * warning and does not count. Not for the hot path: allocates freely, may use ICU. */
int duet_grammar_compile(const char *const *dirs, size_t n_dirs, const char *language, const char *out_path,
			 void (*report)(void *user, const struct duet_error *mistake), void *user);

/* The same for those who only use them: what is wrong in a checkout, which is somebody else's, is left out
 * and a warning. */
int duet_grammar_compile_rest(const char *const *dirs, size_t n_dirs, const char *language,
			      const char *out_path,
			      void (*report)(void *user, const struct duet_error *mistake), void *user);

/* Maps a compiled file; a damaged or foreign one is refused. */
int duet_grammar_open(struct duet_grammar **grammar, const char *path, struct duet_error *error);
void duet_grammar_free(struct duet_grammar *grammar);
const char *duet_grammar_language(const struct duet_grammar *grammar);
uint32_t duet_grammar_key(const struct duet_grammar *grammar); /* what it was compiled from, grammar/key.h */

/* What is known of a value, for requires_context and excludes_context. */
struct duet_grammar_context {
	const char *key, *value;
};

/* One value of a list that is filled at run time. */
struct duet_grammar_value {
	const char *text;                           /* what is said, plain or a template ("TV|television") */
	const char *value;                          /* what it means: an entity's id, an area's id … */
	const char *domain;                         /* for requires_context, or NULL */
	const char *area;                           /* the same */
	const struct duet_grammar_context *context; /* more of it: device_class … */
	size_t n_context;
};

/* Fills the list `name` ("name", "area", "floor", "shopping_item" …), replacing what it held. Main thread,
 * before or between turns. */
int duet_grammar_fill(struct duet_grammar *grammar, const char *list, const struct duet_grammar_value *values,
		      size_t n_values, struct duet_error *error);

/*
 * The compiled response (response/response.h) for a key ("timer_started"): `responses: intents: INTENT: KEY`,
 * else `responses: common: KEY`, else `responses: errors: KEY`. `intent` may be NULL (what an activity
 * announces). A key holds one template or a list of variants, which are tried in turn. Empty: no such key.
 */
struct duet_slice duet_grammar_response(const struct duet_grammar *grammar, const char *intent,
					const char *key, unsigned variant);

#endif
