/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_GRAMMAR_WORDNET_EXPAND_H
#define DUET_GRAMMAR_WORDNET_EXPAND_H

#include "grammar/automaton.h"
#include "grammar/network.h"
#include "grammar/strings.h"

/*
 * Nets written out as automata over words, smallest first: a net is minimal before it is copied into those
 * that call it. What a net begins or ends with may be part of a word ("light" and "s"), so there are two
 * kinds of labels.
 */
struct duet_wordnet_expansion {
	const struct duet_grammar *grammar;
	const struct duet_network *network;
	struct duet_strings strings;
	struct duet_automaton *nets; /* by number; n_states 0: not yet */
	uint8_t *depends;            /* by number: whether values are left out by a block's context */
	bool *templates;             /* by number: taken */
	const struct duet_net_block
		*block; /* whose context decides which values are said; NULL: all of them */
	size_t max_arcs;
};

/* A piece of a word; what follows belongs to the same word. */
static inline uint32_t duet_wordnet_piece(uint32_t string)
{
	return string * 2;
}

/* The end of a word; "" is a space alone. Without spaces between words, one character. */
static inline uint32_t duet_wordnet_word(uint32_t string)
{
	return string * 2 + 1;
}

int duet_wordnet_expansion_init(struct duet_wordnet_expansion *expansion, const struct duet_grammar *grammar,
				size_t max_arcs);
void duet_wordnet_expansion_done(struct duet_wordnet_expansion *expansion);

/* Makes nets[net], and before it all that it calls. 0, -ENOMEM, -E2BIG. */
int duet_wordnet_expand(struct duet_wordnet_expansion *expansion, uint32_t net);

/* Adds a copy of an automaton between two states. */
void duet_wordnet_expansion_append(struct duet_automaton *into, const struct duet_automaton *copy,
				   uint32_t from, uint32_t to);

/* Forgets the nets that depend on the block. */
void duet_wordnet_expansion_forget(struct duet_wordnet_expansion *expansion);

/*
 * Joins pieces: `into` becomes `from` with as few labels on every way as there are
 * words, without words that nobody says (digits and signs). `at_begin` tells that a word begins at the
 * start; otherwise a piece of it may have been read. 0, -ENOMEM, -E2BIG.
 */
int duet_wordnet_join(struct duet_automaton *into, struct duet_automaton *from, struct duet_strings *strings,
		      bool no_spaces, bool at_begin, size_t max_arcs);

#endif
