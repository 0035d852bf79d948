/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_GRAMMAR_TEMPLATE_H
#define DUET_GRAMMAR_TEMPLATE_H

#include <stdbool.h>

#include "base/arena.h"
#include "duet/error.h"
#include "duet/slice.h"

/*
 * The text of one sentence template as a tree.
 *
 *   template     = alternatives | permutation
 *   alternatives = sequence { "|" sequence }            the empty sequence is allowed
 *   permutation  = sequence ";" sequence { ";" … }      at most DUET_TEMPLATE_PERMUTATION
 *   item         = text | "[" alternatives or permutation "]" | "(" alternatives or permutation ")"
 *                | "{" list [":" slot] "}" | "<" rule ">"
 *   slot         = name | "@" name                      what is told, but is no slot; {@x} is {x:@x}
 *   list         = name | number ".." number ["," step] a range that needs no definition
 *   "\" takes the next character as it is
 *
 * White space in text is kept as it stands: it decides where words end, also inside brackets.
 */
enum duet_template_kind {
	DUET_TEMPLATE_TEXT,     /* text, escapes removed */
	DUET_TEMPLATE_SEQUENCE, /* children in this order */
	DUET_TEMPLATE_CHOICE,   /* one of the children */
	DUET_TEMPLATE_PERMUTED, /* all children, in any order, as separate words */
	DUET_TEMPLATE_LIST,     /* text: the list, slot: where its value goes */
	DUET_TEMPLATE_RULE,     /* text: the rule */
};

struct duet_template {
	enum duet_template_kind kind;
	int column; /* 1-based, in characters of the template */
	struct duet_slice text, slot;
	bool glued; /* LIST: no space follows, so that a wildcard may end within a word */
	struct duet_template *first, *next; /* child, sibling */
};

#define DUET_TEMPLATE_PERMUTATION 5  /* items of one permutation */
#define DUET_TEMPLATE_DEPTH       64 /* brackets within brackets */

/* Parses `text` into the arena. NULL and `error` (its column counts within the text) when it is wrong. */
struct duet_template *duet_template_parse(struct duet_slice text, struct duet_arena *arena,
					  struct duet_error *error);

#endif
