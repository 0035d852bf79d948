/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_GRAMMAR_WORDNET_H
#define DUET_GRAMMAR_WORDNET_H

#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"

/*
 * The words that a microphone may hear: the spoken part of a grammar as a
 * deterministic, minimal, acyclic word graph with one start. Words are spelled
 * as the matcher reads them, so that what is heard can be understood. For a
 * language without word boundaries a word is the longest run of characters
 * that the graph never splits.
 */
struct duet_grammar;

struct duet_wordnet_arc {
	uint32_t word;   /* index into words */
	uint32_t target; /* state */
};

struct duet_wordnet {
	const char *const *words; /* n_words different ones, UTF-8 */
	size_t n_words;
	const uint32_t
		*first_arc; /* n_states + 1: the arcs of state s are first_arc[s] … first_arc[s + 1] - 1 */
	const struct duet_wordnet_arc *arcs;
	size_t n_states, n_arcs;
	const uint8_t *final; /* n_states: 1 where a sentence may end */
			      /* state 0 is the start */
};

/*
 * Builds the graph of `parts` (NULL-terminated: "" is what may be said at any time, "answers" the sentences
 * marked `metadata: {part: answers}`; NULL: only ""). `max_arcs` bounds it: -E2BIG with the template to blame
 * when exceeded. Left out: sentences marked `metadata: {spoken: false}`, those of other parts, and
 * alternatives that nobody says (digits, % and °). A wildcard contributes the `values:` that its list has
 * beside `wildcard: true`, or nothing.
 */
int duet_wordnet_new(struct duet_wordnet **net, const struct duet_grammar *grammar, const char *const *parts,
		     size_t max_arcs, struct duet_error *error);
void duet_wordnet_free(struct duet_wordnet *net);

/* Every sentence may also follow one of `prefixes` (words with spaces between them). A word of a prefix that
 * a sentence begins with as well makes two arcs at the start. 0 or -ENOMEM, and nothing has changed. */
int duet_wordnet_prefix(struct duet_wordnet *net, const char *const *prefixes, size_t n_prefixes);

/* 1 when the words (by index) lead to a final state, 0 when to another, -ENOENT when nowhere. */
int duet_wordnet_accepts(const struct duet_wordnet *net, const char *const *words, size_t n_words);

#endif
