/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/automaton.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grammar/automaton_parts.h"
#include "grammar/vector.h"

void duet_automaton_init(struct duet_automaton *automaton)
{
	memset(automaton, 0, sizeof(*automaton));
	automaton->n_states = 1;
}

void duet_automaton_done(struct duet_automaton *automaton)
{
	if (!automaton)
		return;
	duet_free(automaton->arcs);
	duet_free(automaton->finals);
	duet_automaton_init(automaton);
}

uint32_t duet_automaton_state(struct duet_automaton *automaton)
{
	return automaton->n_states++;
}

void duet_automaton_arc(struct duet_automaton *automaton, uint32_t from, uint32_t label, uint32_t to)
{
	if (!duet_vector_room(&automaton->arcs, automaton->n_arcs, &automaton->arcs_room,
			      sizeof(*automaton->arcs))) {
		automaton->failed = true;
		return;
	}
	automaton->arcs[automaton->n_arcs++] = (struct duet_automaton_arc){from, label, to};
}

void duet_automaton_final(struct duet_automaton *automaton, uint32_t state, uint32_t out)
{
	if (!duet_vector_room(&automaton->finals, automaton->n_finals, &automaton->finals_room,
			      sizeof(*automaton->finals))) {
		automaton->failed = true;
		return;
	}
	automaton->finals[automaton->n_finals++] = (struct duet_automaton_final){state, out};
}

static int compare_arcs(const void *a_, const void *b_)
{
	const struct duet_automaton_arc *a = a_, *b = b_;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	if (a->label != b->label)
		return a->label < b->label ? -1 : 1;
	return a->to < b->to ? -1 : a->to > b->to;
}

static int compare_finals(const void *a_, const void *b_)
{
	const struct duet_automaton_final *a = a_, *b = b_;

	if (a->state != b->state)
		return a->state < b->state ? -1 : 1;
	return a->out < b->out ? -1 : a->out > b->out;
}

/* Sorts and drops what is there twice. */
static void automaton_sort(struct duet_automaton *a)
{
	size_t n = 0;

	if (a->n_arcs)
		qsort(a->arcs, a->n_arcs, sizeof(*a->arcs), compare_arcs);
	for (size_t i = 0; i < a->n_arcs; i++)
		if (n == 0 || compare_arcs(&a->arcs[n - 1], &a->arcs[i]) != 0)
			a->arcs[n++] = a->arcs[i];
	a->n_arcs = n;
	if (a->n_finals)
		qsort(a->finals, a->n_finals, sizeof(*a->finals), compare_finals);
	n = 0;
	for (size_t i = 0; i < a->n_finals; i++)
		if (n == 0 || compare_finals(&a->finals[n - 1], &a->finals[i]) != 0)
			a->finals[n++] = a->finals[i];
	a->n_finals = n;
}

int duet_automaton_index(struct duet_automaton_index *index, struct duet_automaton *automaton)
{
	size_t n = (size_t)automaton->n_states + 1;

	automaton_sort(automaton);
	index->arc = duet_calloc(n, sizeof(*index->arc));
	index->final = duet_calloc(n, sizeof(*index->final));
	if (!index->arc || !index->final)
		return -ENOMEM;
	for (size_t i = 0; i < automaton->n_arcs; i++)
		index->arc[automaton->arcs[i].from + 1]++;
	for (size_t i = 0; i < automaton->n_finals; i++)
		index->final[automaton->finals[i].state + 1]++;
	for (size_t i = 1; i < n; i++) {
		index->arc[i] += index->arc[i - 1];
		index->final[i] += index->final[i - 1];
	}
	return 0;
}

void duet_automaton_index_done(struct duet_automaton_index *index)
{
	duet_free(index->arc);
	duet_free(index->final);
	*index = (struct duet_automaton_index){0};
}

int duet_automaton_minimise(struct duet_automaton *automaton, size_t max_states, bool strict)
{
	struct duet_automaton wide, narrow;
	int rc = automaton->failed ? -ENOMEM : 0;

	duet_automaton_init(&wide);
	duet_automaton_init(&narrow);
	if (rc == 0)
		rc = duet_automaton_determinise(&wide, automaton, max_states, strict);
	if (rc == 0 && wide.failed)
		rc = -ENOMEM;
	if (rc == 0)
		rc = duet_automaton_merge(&narrow, &wide);
	if (rc == 0 && narrow.failed)
		rc = -ENOMEM;
	if (rc == 0) {
		automaton_sort(&narrow);
		duet_automaton_done(automaton);
		*automaton = narrow;
		duet_automaton_init(&narrow);
	}
	duet_automaton_done(&wide);
	duet_automaton_done(&narrow);
	return rc;
}
