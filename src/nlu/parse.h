/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_NLU_PARSE_H
#define DUET_NLU_PARSE_H

#include "nlu/walk.h"

/* What a list read in one parse. */
struct duet_capture {
	const struct duet_walk_frame *frame;
	uint32_t slot, out;  /* string in the file; value, step of a range */
	uint32_t begin, end; /* in the sentence's text */
};

#define DUET_PARSE_CAPTURES 16

/* One way to understand a sentence. */
struct duet_parse {
	struct duet_parse *next;
	const struct duet_sentence *sentence;
	uint32_t template;
	uint32_t n_captures;
	struct duet_capture captures[DUET_PARSE_CAPTURES]; /* in the order of the sentence */
	/* What ranking looks at. */
	uint32_t name_length, n_wildcards, n_literal, n_wild_bytes, n_home;
};

/* Unpacks the ends of a walk into different parses, at most DUET_PARSE_MAX, in no order. 0 or -ENOMEM. */
int duet_parse_all(const struct duet_grammar *grammar, const struct duet_sentence *sentence,
		   const struct duet_walk_end *ends, struct duet_arena *arena, struct duet_parse **parses);

#define DUET_PARSE_MAX 512

/*
 * Less than 0: `a` comes first. A parse with a name of the home, the longer name, fewer wildcards, more
 * literal characters, values of lists before wildcards, what the home has before what any home may have, and
 * at last the order of the files, and what was said before what of it was left out.
 */
int duet_parse_compare(const struct duet_parse *a, const struct duet_parse *b);

#endif
