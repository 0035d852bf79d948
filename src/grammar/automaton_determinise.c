/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "grammar/automaton_parts.h"
#include "grammar/vector.h"

/* Subset construction. A subset holds only states that matter: with a label to read, or final. */
struct work {
	struct duet_automaton *from, *into;
	struct duet_automaton_index index;
	struct duet_sequences subsets;
	uint32_t *mark; /* state → number of the closure that saw it last */
	uint32_t n_closures;
	uint32_t *stack, *members;
	size_t n_stack, n_members;
	struct duet_automaton_arc *out; /* arcs of the subset at hand */
	size_t n_out, out_room;
	size_t max_states;
	bool strict;
};

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void closure_visit(struct work *w, uint32_t state)
{
	if (w->mark[state] == w->n_closures)
		return;
	w->mark[state] = w->n_closures;
	w->stack[w->n_stack++] = state;
}

static bool matters(const struct work *w, uint32_t state)
{
	uint32_t first = w->index.arc[state];

	/* The empty label sorts last: the first arc tells. */
	return w->index.final[state] != w->index.final[state + 1] ||
	       (first != w->index.arc[state + 1] && w->from->arcs[first].label != DUET_LABEL_EMPTY);
}

/* Everything reachable by empty labels from what was visited, as the number of a subset. */
static int64_t closure_finish(struct work *w)
{
	bool is_new;
	int64_t number;

	w->n_members = 0;
	while (w->n_stack) {
		uint32_t state = w->stack[--w->n_stack];

		if (matters(w, state))
			w->members[w->n_members++] = state;
		for (uint32_t i = w->index.arc[state + 1]; i-- > w->index.arc[state];) {
			if (w->from->arcs[i].label != DUET_LABEL_EMPTY)
				break;
			closure_visit(w, w->from->arcs[i].to);
		}
	}
	if (w->n_members)
		qsort(w->members, w->n_members, sizeof(*w->members), compare_numbers);
	number = duet_sequences_number(&w->subsets, w->members, w->n_members, &is_new);
	if (number >= 0 && is_new && number > 0)
		duet_automaton_state(w->into);
	return number;
}

static int gather_arcs(struct work *w, size_t subset)
{
	w->n_out = 0;
	for (size_t m = w->subsets.start[subset]; m < w->subsets.start[subset + 1]; m++) {
		uint32_t state = w->subsets.pool[m];

		for (uint32_t i = w->index.arc[state]; i < w->index.arc[state + 1]; i++) {
			if (w->from->arcs[i].label == DUET_LABEL_EMPTY)
				break;
			if (!duet_vector_room(&w->out, w->n_out, &w->out_room, sizeof(*w->out)))
				return -ENOMEM;
			w->out[w->n_out++] = w->from->arcs[i];
		}
		for (uint32_t i = w->index.final[state]; i < w->index.final[state + 1]; i++)
			duet_automaton_final(w->into, (uint32_t)subset, w->from->finals[i].out);
	}
	return 0;
}

static int compare_labels(const void *a_, const void *b_)
{
	const struct duet_automaton_arc *a = a_, *b = b_;

	if (a->label != b->label)
		return a->label < b->label ? -1 : 1;
	return a->to < b->to ? -1 : a->to > b->to;
}

static int expand(struct work *w, size_t subset)
{
	bool loose = w->subsets.n > w->max_states || w->subsets.n_pool > w->max_states * 64;
	int64_t target;

	if (loose && w->strict)
		return -E2BIG;
	if (gather_arcs(w, subset) < 0)
		return -ENOMEM;
	if (w->n_out)
		qsort(w->out, w->n_out, sizeof(*w->out), compare_labels);
	for (size_t i = 0; i < w->n_out;) {
		uint32_t label = w->out[i].label;

		w->n_closures++;
		do /* when loose, each arc keeps a target of its own: there are no more of those than states
		    */
			closure_visit(w, w->out[i++].to);
		while (!loose && i < w->n_out && w->out[i].label == label);
		target = closure_finish(w);
		if (target < 0)
			return (int)target;
		duet_automaton_arc(w->into, (uint32_t)subset, label, (uint32_t)target);
	}
	return w->into->failed ? -ENOMEM : 0;
}

static int work_begin(struct work *w)
{
	int rc = duet_automaton_index(&w->index, w->from);

	w->mark = duet_calloc(w->from->n_states, sizeof(*w->mark));
	w->stack = duet_calloc(w->from->n_states, sizeof(*w->stack));
	w->members = duet_calloc(w->from->n_states, sizeof(*w->members));
	if (rc < 0 || !w->mark || !w->stack || !w->members)
		return -ENOMEM;
	w->n_closures = 1;
	closure_visit(w, 0);
	return closure_finish(w) < 0 ? -ENOMEM : 0;
}

int duet_automaton_determinise(struct duet_automaton *into, struct duet_automaton *from, size_t max_states,
			       bool strict)
{
	struct work w = {.from = from, .into = into, .max_states = max_states, .strict = strict};
	int rc = work_begin(&w);

	for (size_t subset = 0; rc == 0 && subset < w.subsets.n; subset++)
		rc = expand(&w, subset);
	duet_automaton_index_done(&w.index);
	duet_sequences_done(&w.subsets);
	duet_free(w.mark);
	duet_free(w.stack);
	duet_free(w.members);
	duet_free(w.out);
	return rc;
}
