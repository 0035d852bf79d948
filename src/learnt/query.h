/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEARNT_QUERY_H
#define DUET_LEARNT_QUERY_H

#include <stdbool.h>
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
 * Duet's own (YAML): the slots stand in the sentence, as [what was said](slot). A query that no assistant
 * should act on has no intent. `means` has sentences that templates understand, with {slot} where a slot's
 * text goes; without it a group means what those templates do that have the same `response` and `slots`.
 *
 *   queries:
 *     - intent: HassStartTimer
 *       say: [count down [ten minutes](duration)]
 *     - intent: HassTurnOn
 *       response: lights
 *       slots: {domain: light}
 *       say: [it is too dark in here]
 *     - intent: HassSetVolumeRelative
 *       means: [turn the volume down]
 *       say: [i cannot hear myself think]
 *     - say: [who painted the mona lisa]
 *   rules: {duration: [span, halves]}       rules of the sentences that are one slot, when templates are
 * sampled names: {area: [kitchen], name: {light: [desk lamp]}}   what a home's own lists may hold, by domain
 */
struct duet_query_span {
	uint32_t begin, end; /* bytes of the text */
	uint32_t slot;       /* into slots */
};

struct duet_query {
	struct duet_slice text;
	uint32_t meaning; /* into meanings */
	uint32_t span, n_spans;
	bool sampled; /* from a template */
};

/* What queries have in common: the class that a model learns. */
struct duet_meaning {
	const char *intent; /* "": none of these */
	const char *key;    /* tells meanings of an intent apart: a response, its slots, or a form */
	const char **forms; /* sentences that say it, with {slot} in them */
	size_t n_forms;
};

struct duet_query_rule {
	const char *rule, *slot;
};

struct duet_query_name {
	const char *list, *domain, *text; /* domain may be NULL */
};

struct duet_queries {
	struct duet_arena *arena;
	struct duet_query *items;
	struct duet_query_span *spans;
	struct duet_meaning *meanings;
	const char **slots;
	struct duet_query_rule *rules;
	struct duet_query_name *names;
	size_t n, n_spans, n_meanings, n_slots, n_rules, n_names;
	size_t room, spans_room, meanings_room, slots_room, rules_room, names_room;
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

/* The number of a meaning, or of a slot, added when new; negative errno (-E2BIG: too many). */
int duet_queries_meaning(struct duet_queries *queries, const char *intent, const char *key);
int duet_queries_slot(struct duet_queries *queries, struct duet_slice name);

/* Adds a form to a meaning, unless it has it or has enough. 0 or -ENOMEM. */
int duet_queries_form(struct duet_queries *queries, uint32_t meaning, struct duet_slice form);

/* Adds one query; its text is copied. `spans` ascend and do not overlap. */
int duet_queries_add(struct duet_queries *queries, uint32_t meaning, struct duet_slice text,
		     const struct duet_query_span *spans, size_t n_spans);

#endif
