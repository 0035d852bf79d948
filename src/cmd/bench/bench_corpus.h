/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_BENCH_CORPUS_H
#define DUET_CMD_BENCH_CORPUS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "duet/error.h"
#include "nlu/match.h"

struct duet_grammar;

/* What must come out of a recording. */
struct bench_item {
	const char *path;
	const char *name; /* its file's base name */
	bool refuse;      /* it is no sentence of the domain */
	bool known;       /* `meaning` holds; otherwise nothing is right */
	bool by_template; /* without slots the template must be the same too */
	struct duet_match meaning;
};

struct bench_corpus {
	const struct duet_grammar *grammar;
	struct duet_match_context context;
	struct duet_arena *arena;
	struct bench_item *items;
	size_t n_items;
};

/*
 * Adds the sound files of a folder. `labels`: a JSON file of {FILE: {intent, slots}}, or "names": the base
 * name is what is said, and oov_… is outside the domain; NULL: all of them are outside. `only_known` leaves
 * out what has no label or a name that is no sentence.
 */
int bench_corpus_add(struct bench_corpus *corpus, const char *folder, const char *labels, bool only_known,
		     struct duet_error *error);

/* Do these words mean what the recording means? */
bool bench_corpus_right(const struct bench_corpus *corpus, const struct bench_item *item, const char *words);

#endif
