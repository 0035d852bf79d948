/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEARNT_QUERY_H
#define DUET_LEARNT_QUERY_H

#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"
#include "duet/slice.h"

struct duet_arena;

/*
 * What people said and what it meant: what a model is trained on and measured
 * with. Two formats are read, told apart by the file's first character.
 *
 * SNIPS (JSON): the intent is the key at the top, a query is a list of pieces.
 *
 *   {"PlayMusic": [{"data": [{"text": "play "}, {"text": "jazz", "entity": "genre"}]}]}
 *
 * Duet's own (YAML): the slots stand in the sentence, as [what was said](slot). A group may say how its
 * sentences could be put in words that the templates understand, with {slot} where a slot's text goes; the
 * first form that has the slots found is taken. A query that no assistant should act on has no intent.
 *
 *   queries:
 *     - intent: HassStartTimer
 *       means: ["set a timer for {duration}", "set a {duration} timer"]
 *       say:
 *         - count down [ten minutes](duration)
 *     - say: [who painted the mona lisa]
 */
struct duet_query_span {
	uint32_t begin, end; /* bytes of the text */
	uint32_t slot;       /* into slots */
};

struct duet_query {
	struct duet_slice text;
	uint32_t meaning; /* into meanings */
	uint32_t span, n_spans;
};

/* What queries have in common: the class that a model learns. */
struct duet_meaning {
	const char *intent; /* "": none of these */
	const char *const *forms;
	size_t n_forms;
};

struct duet_queries {
	struct duet_arena *arena;
	struct duet_query *items;
	struct duet_query_span *spans;
	struct duet_meaning *meanings;
	const char **slots;
	size_t n, n_spans, n_meanings, n_slots;
	size_t room, spans_room, meanings_room, slots_room;
};

#define DUET_QUERY_MAX      1024 /* bytes of a query's text */
#define DUET_QUERY_SPANS    32
#define DUET_QUERY_SLOTS    60 /* different slots of a data set */
#define DUET_QUERY_FORMS    64
#define DUET_QUERY_MEANINGS 400

int duet_queries_init(struct duet_queries *queries);
void duet_queries_done(struct duet_queries *queries);

/* Adds a file's queries; all or nothing counts when it fails: the set is then only good for `_done`. The
 * error names file and line. */
int duet_queries_read(struct duet_queries *queries, const char *path, struct duet_error *error);
int duet_queries_parse(struct duet_queries *queries, const char *name, struct duet_slice bytes,
		       struct duet_error *error);

/* The number of a meaning with this intent and these forms, or of a slot, added when new; negative errno
 * (-E2BIG: too many). */
int duet_queries_meaning(struct duet_queries *queries, const char *intent, const char *const *forms,
			 size_t n_forms);
int duet_queries_slot(struct duet_queries *queries, struct duet_slice name);

/* Adds one query; its text is copied. `spans` ascend and do not overlap. */
int duet_queries_add(struct duet_queries *queries, uint32_t meaning, struct duet_slice text,
		     const struct duet_query_span *spans, size_t n_spans);

#endif
