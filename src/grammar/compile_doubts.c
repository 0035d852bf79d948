/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "grammar/compile_parts.h"

/*
 * Sentences that say the same. In the automaton of all templates with their rules
 * written out, templates that end in one state read the same words and values there, so the first one wins
 * whenever its conditions hold. A template that loses everywhere is of no use; one that loses here
 * and there to another meaning is perhaps not what was intended. Found in one look at each state;
 * where the automaton would become too large, nothing is looked for.
 */
enum { MAX_COMPARED = 16, MAX_WARNINGS = 200, MAX_ARCS = 1 << 20, MAX_STATES = 1 << 18 };

struct doubts {
	struct duet_compiler *c;
	const struct duet_net_template *templates;
	const struct duet_net_block *blocks;
	const struct duet_net_pair *pairs;
	struct doubt {
		uint32_t n_ends, n_lost,
			winner; /* where it ends, where it loses, and to which (the last met) */
		bool other_meaning;
	} * all;
};

static bool same_pair(const struct duet_net_pair *a, const struct duet_net_pair *b)
{
	return a->key == b->key && a->value == b->value && a->slot == b->slot;
}

/* Each pair of the first is one of the second. */
static bool among(const struct duet_net_pair *pairs, uint32_t first, uint32_t n, uint32_t second,
		  uint32_t n_second)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t k = 0;

		while (k < n_second && !same_pair(&pairs[first + i], &pairs[second + k]))
			k++;
		if (k == n_second)
			return false;
	}
	return true;
}

/* Whenever the conditions of `b` hold, those of `a` do. */
static bool is_freer(const struct doubts *d, const struct duet_net_block *a, const struct duet_net_block *b)
{
	const struct duet_net_pair *p = d->pairs;

	/* Values of one key are alternatives: the same ones, or none. */
	return (a->n_needs == 0 || (among(p, a->need, a->n_needs, b->need, b->n_needs) &&
				    among(p, b->need, b->n_needs, a->need, a->n_needs))) &&
	       among(p, a->exclude, a->n_excludes, b->exclude, b->n_excludes) &&
	       (a->n_keywords == 0 || (a->n_keywords == b->n_keywords &&
				       among(p, b->keyword, b->n_keywords, a->keyword, a->n_keywords)));
}

static bool same_meaning(const struct doubts *d, const struct duet_net_block *a,
			 const struct duet_net_block *b)
{
	return a->intent == b->intent && among(d->pairs, a->slot, a->n_slots, b->slot, b->n_slots) &&
	       among(d->pairs, b->slot, b->n_slots, a->slot, a->n_slots);
}

static void compare(struct doubts *d, uint32_t winner, uint32_t loser)
{
	const struct duet_net_template *a = &d->templates[winner], *b = &d->templates[loser];
	struct doubt *doubt = &d->all[loser];

	if (a->exact != winner || a->flags != b->flags ||
	    d->blocks[a->block].part != d->blocks[b->block].part ||
	    !is_freer(d, &d->blocks[a->block], &d->blocks[b->block]))
		return;
	doubt->n_lost++;
	doubt->winner = winner;
	doubt->other_meaning |= !same_meaning(d, &d->blocks[a->block], &d->blocks[b->block]);
}

/* Finals are sorted by state, then by template: those of one state stand together, the winner first. */
static void compare_finals(struct doubts *d, const struct duet_automaton *a)
{
	size_t first = 0;

	for (size_t i = 0; i < a->n_finals; i++) {
		uint32_t loser = a->finals[i].out, n_lost = d->all[loser].n_lost;

		if (a->finals[i].state != a->finals[first].state)
			first = i;
		if (d->templates[loser].exact != loser)
			continue;
		d->all[loser].n_ends++;
		for (size_t k = first; k < i && k < first + MAX_COMPARED && d->all[loser].n_lost == n_lost;
		     k++)
			compare(d, a->finals[k].out, loser);
	}
}

static void warn(struct doubts *d, uint32_t loser)
{
	const struct duet_phrase *phrase = d->c->phrases[loser],
				 *winner = d->c->phrases[d->all[loser].winner];
	bool never = d->all[loser].n_lost == d->all[loser].n_ends;

	duet_sentences_warn(
		d->c->s, phrase->file, phrase->line, phrase->column,
		never ? "leave it out, or say when it is meant" : "say when which of them is meant",
		never ? "this sentence never wins: all of it is said by %s:%d"
		      : "some of what this sentence says means something else in %s:%d, which comes first",
		winner->file, winner->line);
}

static const void *section(const struct duet_compiler *c, enum duet_network_section section)
{
	return c->w->sections[section].items;
}

static void warn_all(struct duet_compiler *c, const struct duet_automaton *a)
{
	uint32_t n = duet_network_writer_count(c->w, DUET_SECTION_TEMPLATES);
	struct doubts d = {.c = c,
			   .templates = section(c, DUET_SECTION_TEMPLATES),
			   .blocks = section(c, DUET_SECTION_BLOCKS),
			   .pairs = section(c, DUET_SECTION_PAIRS),
			   .all = duet_calloc(n + 1, sizeof(*d.all))};
	int n_warnings = 0;

	if (!d.all) {
		c->failed = true;
		return;
	}
	compare_finals(&d, a);
	for (uint32_t i = 0; i < n && n_warnings < MAX_WARNINGS; i++)
		if (d.all[i].n_lost && (d.all[i].n_lost == d.all[i].n_ends || d.all[i].other_meaning)) {
			warn(&d, i);
			n_warnings++;
		}
	duet_free(d.all);
}

static void build_inlined(struct duet_compiler *c, struct duet_automaton *a)
{
	bool as_written = c->as_written;

	c->inlines = c->as_written = true;
	c->max_arcs = MAX_ARCS;
	for (size_t i = 0; i < c->n_phrases && a->n_arcs <= MAX_ARCS; i++) {
		const struct duet_phrase *phrase = c->phrases[i];
		struct duet_compile_place place = {phrase->scope, phrase};
		uint32_t end = duet_compile_build(c, a, phrase->tree, &place, 0);

		end = duet_compile_text(c, a, (struct duet_slice){" ", 1}, end);
		duet_automaton_final(a, end, phrase->number);
	}
	c->inlines = false;
	c->as_written = as_written;
}

/* "a [b] c" leaves two spaces where nothing is said between; each state is there twice, the second for what
 * follows on a space, on a value or on nothing, where a space reads nothing. */
static void fold_spaces(struct duet_automaton *into, const struct duet_automaton *from)
{
	into->n_states = from->n_states * 2;
	for (size_t i = 0; i < from->n_arcs; i++) {
		const struct duet_automaton_arc *arc = &from->arcs[i];

		for (uint32_t behind = 0; behind < 2; behind++) {
			bool is_empty = arc->label == DUET_LABEL_EMPTY;
			bool is_space = arc->label == ' ';
			bool is_call = arc->label >= DUET_LABEL_CALL && !is_empty;
			uint32_t to_behind = is_empty ? behind : is_space || is_call;

			duet_automaton_arc(into, arc->from * 2 + !behind,
					   is_space && behind ? DUET_LABEL_EMPTY : arc->label,
					   arc->to * 2 + !to_behind);
		}
	}
	for (size_t i = 0; i < from->n_finals; i++)
		for (uint32_t behind = 0; behind < 2; behind++)
			duet_automaton_final(into, from->finals[i].state * 2 + behind, from->finals[i].out);
}

void duet_compile_doubts(struct duet_compiler *c)
{
	struct duet_automaton raw, folded;
	int rc = 0;

	duet_automaton_init(&raw);
	duet_automaton_init(&folded);
	build_inlined(c, &raw);
	if (raw.n_arcs <= MAX_ARCS && c->n_inlined <= DUET_COMPILE_MAX_NET) {
		fold_spaces(&folded, &raw);
		folded.failed |= raw.failed;
		rc = duet_automaton_minimise(&folded, MAX_STATES, true);
		if (rc == 0)
			warn_all(c, &folded);
	}
	c->failed |= rc == -ENOMEM;
	duet_automaton_done(&raw);
	duet_automaton_done(&folded);
}
