/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_NLU_MATCH_H
#define DUET_NLU_MATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "duet/skill.h"
#include "duet/slice.h"

struct duet_grammar;
struct duet_grammar_context;

/*
 * Words in, meaning out: walks the network with a set of states, keeps all
 * parses, ranks them at the end. Time is bounded by words times states. No
 * allocation beyond the arena. Any thread, one grammar may serve several.
 */

/* What is known of where the words were said. */
struct duet_match_context {
	const char *area; /* the speaker's own area id, or NULL: "turn on the lights" */
	const struct duet_grammar_context *more; /* whatever else requires_context may ask for */
	size_t n_more;
};

/* What ranking looks at, the weightiest first (nlu/parse.h). */
struct duet_match_rank {
	uint32_t name_bytes;    /* of a name that is no wildcard: more come first */
	uint32_t n_wildcards;   /* fewer */
	uint32_t literal_bytes; /* more */
	uint32_t wild_bytes;    /* fewer */
	uint32_t order;         /* of the files: lower */
};

struct duet_match {
	const char *intent;
	const struct duet_slot *slots; /* fixed slots and context slots too */
	size_t n_slots;
	const struct duet_slot *captures; /* what `{list:@name}` read: told, but no slots */
	size_t n_captures;
	const char *combination; /* of slots, or NULL: the name of the file in the layout of 2026 */
	const char *response;    /* key, or NULL */
	const char *part;        /* of the sentences ("follow_home"), "" where they may be said at any time */
	const char *template;    /* the winning template as it is written */
	const char *file;        /* … and its place */
	int line;
	int n_parses;
	struct duet_match_rank rank;
};

/* 1 and `*match` (in the arena), 0 when nothing matches, negative errno (-E2BIG: too many words, -EILSEQ,
 * -ENOMEM). */
int duet_match_text(const struct duet_grammar *grammar, struct duet_slice text,
		    const struct duet_match_context *context, struct duet_arena *arena,
		    struct duet_match *match);

/* Every parse, best first: for explaining. At most `max`; how many. */
int duet_match_all(const struct duet_grammar *grammar, struct duet_slice text,
		   const struct duet_match_context *context, struct duet_arena *arena,
		   struct duet_match *matches, int max);

#endif
