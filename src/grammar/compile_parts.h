/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_GRAMMAR_COMPILE_PARTS_H
#define DUET_GRAMMAR_COMPILE_PARTS_H

#include "grammar/compile.h"

/* What the halves of the compiler share: nets (rules, lists, templates) and what stands around them. Private
 * to compile*.c. */

struct duet_compiler {
	struct duet_sentences *s;
	struct duet_network_writer *w;
	struct duet_names known;      /* rules and lists that have become nets */
	struct duet_speller *speller; /* NULL: not needed so far */
	struct duet_net_view numbers; /* instead of it, when its net is not NULL */
	struct duet_net_call *calls;  /* what labels of calls mean */
	size_t n_calls, calls_room;
	struct duet_names call_names;
	const struct duet_phrase **phrases; /* by template */
	size_t n_phrases, phrases_room;
	int depth;
	size_t n_arcs;    /* of all nets so far */
	size_t max_arcs;  /* of the net at hand: what is more is not built */
	uint32_t n_asked; /* questions about scopes */
	bool failed;
	bool inlines; /* rules are written out instead of called */
	uint32_t n_inlined;
	bool as_written; /* hyphens of the template at hand are hyphens only */
	bool has_hyphen; /* … and there is one */
};

/* Where a tree stands, for building and for blame. */
struct duet_compile_place {
	const struct duet_scope *scope;
	const struct duet_phrase *phrase;
};

/* More than any sentence, rule or list needs, and than all of them do; what is larger is refused. */
enum {
	DUET_COMPILE_MAX_ONE = 1 << 18, /* arcs of a template or a rule */
	DUET_COMPILE_MAX_NET = 4 << 20, /* of a list, or of all templates */
	DUET_COMPILE_MAX_ALL = 8 << 20,
};

/* Appends what a tree reads, from a state to the one that is returned. */
uint32_t duet_compile_build(struct duet_compiler *c, struct duet_automaton *a,
			    const struct duet_template *node, const struct duet_compile_place *place,
			    uint32_t from);

/* Appends what `text` reads, folded, to an automaton: from `from` to the state that is returned. */
uint32_t duet_compile_text(struct duet_compiler *c, struct duet_automaton *automaton, struct duet_slice text,
			   uint32_t from);

/* Minimises and writes. Permissive: what determinising would blow up stays as it is. */
uint32_t duet_compile_net(struct duet_compiler *c, struct duet_automaton *a, const struct duet_net *net);

/* Warns of slots that one sentence may fill twice. */
void duet_compile_check_slots(struct duet_compiler *c, const struct duet_phrase *phrase);

/* Warns of templates that never win, or that others take some words from. */
void duet_compile_doubts(struct duet_compiler *c);

/* The net of a list; `node` and `place` are where it is used. */
uint32_t duet_compile_list_net(struct duet_compiler *c, struct duet_list *list,
			       const struct duet_scope *scope, const struct duet_compile_place *place,
			       const struct duet_template *node);

typedef void duet_compile_words(void *user, const char *words, bool is_spoken);

/* Every way to say a number; none when it is too large. */
void duet_compile_number(struct duet_compiler *c, double number, bool spoken_only, duet_compile_words *each,
			 void *user);

/* The words of a range: out i for its i-th value, n_values + i where nobody counts so. Digits are read
 * without a net. */
void duet_compile_range(struct duet_compiler *c, struct duet_automaton *automaton,
			const struct duet_net *net);

/* A net of the numbers that names have in them. */
uint32_t duet_compile_small_numbers(struct duet_compiler *c);

/* What a home fills in. */
void duet_compile_filled(struct duet_compiler *c, const struct duet_list *list);

/* Sorted and compiled. */
void duet_compile_responses(struct duet_compiler *c);

uint32_t duet_compile_pairs(struct duet_compiler *c, const struct duet_pair *pair, uint32_t *first);

#endif
