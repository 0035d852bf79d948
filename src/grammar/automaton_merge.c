/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "grammar/automaton_parts.h"
#include "grammar/vector.h"

#define NOWHERE UINT32_MAX
#define UNSEEN  (UINT32_MAX - 1)

/*
 * An acyclic automaton is minimised in one pass from its ends: a state is the
 * same as another when its outs and its arcs, led to classes already known, are.
 */
struct work {
	struct duet_automaton *from;
	struct duet_automaton_index index;
	struct duet_sequences classes; /* signature: number of outs, outs, then label and class of each arc */
	uint32_t *class_of, *path, *next_arc;
	uint32_t *signature;
	size_t n_signature, signature_room;
};

static int sign(struct work *w, uint32_t value)
{
	if (!duet_vector_room(&w->signature, w->n_signature, &w->signature_room, sizeof(*w->signature)))
		return -ENOMEM;
	w->signature[w->n_signature++] = value;
	return 0;
}

static int signature_of(struct work *w, uint32_t state)
{
	uint32_t n_outs = w->index.final[state + 1] - w->index.final[state];
	int rc = 0;

	w->n_signature = 0;
	rc |= sign(w, n_outs);
	for (uint32_t i = w->index.final[state]; i < w->index.final[state + 1]; i++)
		rc |= sign(w, w->from->finals[i].out);
	for (uint32_t i = w->index.arc[state]; i < w->index.arc[state + 1]; i++) {
		uint32_t target = w->class_of[w->from->arcs[i].to];

		if (target == NOWHERE)
			continue;
		rc |= sign(w, w->from->arcs[i].label);
		rc |= sign(w, target);
	}
	return rc;
}

static int classify(struct work *w, uint32_t state)
{
	bool is_new;
	int64_t number;

	if (signature_of(w, state) < 0)
		return -ENOMEM;
	if (w->n_signature == 1 && state != 0) {
		w->class_of[state] = NOWHERE;
		return 0;
	}
	number = duet_sequences_number(&w->classes, w->signature, w->n_signature, &is_new);
	if (number < 0)
		return (int)number;
	w->class_of[state] = (uint32_t)number;
	return 0;
}

/* Depth first, without recursion: a sentence may be long. */
static int classify_all(struct work *w)
{
	size_t depth = 0;
	int rc = 0;

	w->path[0] = 0;
	w->next_arc[0] = w->index.arc[0];
	while (rc == 0) {
		uint32_t state = w->path[depth];

		if (w->next_arc[depth] < w->index.arc[state + 1]) {
			uint32_t to = w->from->arcs[w->next_arc[depth]++].to;

			if (w->class_of[to] == UNSEEN) {
				w->path[++depth] = to;
				w->next_arc[depth] = w->index.arc[to];
			}
			continue;
		}
		rc = classify(w, state);
		if (depth-- == 0)
			break;
	}
	return rc;
}

/* Classes were found ends first, so counting down makes every arc lead upwards and the start 0. */
static void emit(const struct work *w, struct duet_automaton *into)
{
	uint32_t n = (uint32_t)w->classes.n;

	into->n_states = n;
	for (uint32_t class = 0; class < n; class ++) {
		const uint32_t *s = w->classes.pool + w->classes.start[class];
		const uint32_t *end = w->classes.pool + w->classes.start[class + 1];
		uint32_t n_outs = *s++;

		while (n_outs--)
			duet_automaton_final(into, n - 1 - class, *s++);
		for (; s < end; s += 2)
			duet_automaton_arc(into, n - 1 - class, s[0], n - 1 - s[1]);
	}
}

int duet_automaton_merge(struct duet_automaton *into, struct duet_automaton *from)
{
	struct work w = {.from = from};
	size_t n = from->n_states;
	int rc = duet_automaton_index(&w.index, from);

	w.class_of = duet_calloc(n, sizeof(*w.class_of));
	w.path = duet_calloc(n, sizeof(*w.path));
	w.next_arc = duet_calloc(n, sizeof(*w.next_arc));
	if (rc == 0 && (!w.class_of || !w.path || !w.next_arc))
		rc = -ENOMEM;
	for (size_t i = 0; rc == 0 && i < n; i++)
		w.class_of[i] = UNSEEN;
	if (rc == 0)
		rc = classify_all(&w);
	if (rc == 0)
		emit(&w, into);
	duet_automaton_index_done(&w.index);
	duet_sequences_done(&w.classes);
	duet_free(w.class_of);
	duet_free(w.path);
	duet_free(w.next_arc);
	duet_free(w.signature);
	return rc;
}
