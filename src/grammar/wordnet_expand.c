/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/wordnet_expand.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

/* Of a net: not known yet whether its values depend on a block's context. */
enum { UNKNOWN, FREE, BOUND };

int duet_wordnet_expansion_init(struct duet_wordnet_expansion *x, const struct duet_grammar *grammar,
				size_t max_arcs)
{
	memset(x, 0, sizeof(*x));
	x->grammar = grammar;
	x->network = duet_grammar_network(grammar);
	x->max_arcs = max_arcs;
	duet_strings_init(&x->strings);
	x->nets = duet_calloc(x->network->n[DUET_SECTION_NETS], sizeof(*x->nets));
	x->depends = duet_calloc(x->network->n[DUET_SECTION_NETS], sizeof(*x->depends));
	x->templates = duet_calloc((size_t)x->network->n[DUET_SECTION_TEMPLATES] + 1, sizeof(*x->templates));
	return x->nets && x->depends && x->templates && !x->strings.failed ? 0 : -ENOMEM;
}

void duet_wordnet_expansion_done(struct duet_wordnet_expansion *x)
{
	for (uint32_t i = 0; x->nets && i < x->network->n[DUET_SECTION_NETS]; i++)
		duet_automaton_done(&x->nets[i]);
	duet_free(x->nets);
	duet_free(x->depends);
	duet_free(x->templates);
	duet_strings_done(&x->strings);
}

/* Callees have lower numbers, so that they are known first. */
static bool find_depends(struct duet_wordnet_expansion *x, uint32_t number)
{
	struct duet_net_view view = duet_grammar_net(x->grammar, number);
	const struct duet_net_state *states = view.network->states + view.net->state;

	if (x->depends[number] != UNKNOWN)
		return x->depends[number] == BOUND;
	x->depends[number] = FREE;
	if (view.net->kind == DUET_NET_VALUES)
		for (uint32_t i = 0; i < view.net->n_values; i++)
			if (view.network->values[view.net->value + i].n_pairs)
				x->depends[number] = BOUND;
	for (uint32_t i = states[0].call; i < states[view.net->n_states].call; i++)
		if (find_depends(x, view.network->calls[i].net))
			x->depends[number] = BOUND;
	if (view.net->spoken && find_depends(x, view.net->spoken - 1))
		x->depends[number] = BOUND;
	return x->depends[number] == BOUND;
}

void duet_wordnet_expansion_forget(struct duet_wordnet_expansion *x)
{
	for (uint32_t i = 0; i < x->network->n[DUET_SECTION_NETS]; i++)
		if (x->nets[i].n_states && find_depends(x, i)) {
			duet_automaton_done(&x->nets[i]);
			x->nets[i].n_states = 0;
		}
}

/* What a value is known to be, under the key of one of the block's pairs. */
static bool knows(const struct duet_wordnet_expansion *x, const struct duet_network *network,
		  const struct duet_net_value *value, const struct duet_net_pair *pair, bool *has_key)
{
	bool fits = false;

	for (uint32_t p = value->pair; p < value->pair + value->n_pairs; p++) {
		const struct duet_net_pair *known = &network->pairs[p];

		if (strcmp(network->strings + known->key, x->network->strings + pair->key) != 0)
			continue;
		*has_key = true;
		fits |= !pair->value ||
			strcmp(network->strings + known->value, x->network->strings + pair->value) == 0;
	}
	return fits;
}

/* A value that contradicts the block's context is never understood there, so it need not be heard. */
static bool value_fits(const struct duet_wordnet_expansion *x, const struct duet_network *network,
		       const struct duet_net_value *value)
{
	const struct duet_net_pair *pairs = x->network->pairs;
	bool has_key;

	for (uint32_t p = x->block->need; p < x->block->need + x->block->n_needs; p++) {
		bool fits = false;

		has_key = false;
		for (uint32_t same = x->block->need; same < x->block->need + x->block->n_needs; same++)
			if (pairs[same].key == pairs[p].key)
				fits |= knows(x, network, value, &pairs[same], &has_key);
		if (has_key && !fits)
			return false;
	}
	for (uint32_t p = x->block->exclude; p < x->block->exclude + x->block->n_excludes; p++)
		if (knows(x, network, value, &pairs[p], &has_key))
			return false;
	return true;
}

static bool out_counts(const struct duet_wordnet_expansion *x, struct duet_net_view view, uint32_t out)
{
	if (view.net->kind == DUET_NET_SENTENCES)
		return x->templates[out];
	if (view.net->kind == DUET_NET_RANGE)
		return out < view.net->n_values;
	if (view.net->kind == DUET_NET_VALUES && x->block)
		return value_fits(x, view.network, &view.network->values[view.net->value + out]);
	return true;
}

/* Spaces end words; where there are none, each byte is a piece and characters end themselves. */
static void put_text(struct duet_wordnet_expansion *x, struct duet_automaton *a, struct duet_slice text,
		     uint32_t from, uint32_t to)
{
	bool no_spaces = x->network->header->no_spaces;

	for (size_t at = 0, n; at < text.len; at += n) {
		uint32_t next, label;

		if (text.ptr[at] == ' ') {
			n = 1;
			label = duet_wordnet_word(0);
		} else {
			const char *space = memchr(text.ptr + at, ' ', text.len - at);

			n = no_spaces ? 1 : space ? (size_t)(space - text.ptr) - at : text.len - at;
			label = duet_wordnet_piece(
				duet_strings_add(&x->strings, (struct duet_slice){text.ptr + at, n}));
		}
		next = at + n == text.len ? to : duet_automaton_state(a);
		duet_automaton_arc(a, from, label, next);
		from = next;
	}
}

void duet_wordnet_expansion_append(struct duet_automaton *a, const struct duet_automaton *copy, uint32_t from,
				   uint32_t to)
{
	uint32_t base = a->n_states;

	a->n_states += copy->n_states;
	duet_automaton_arc(a, from, DUET_LABEL_EMPTY, base);
	for (size_t i = 0; i < copy->n_arcs; i++)
		duet_automaton_arc(a, base + copy->arcs[i].from, copy->arcs[i].label,
				   base + copy->arcs[i].to);
	for (size_t i = 0; i < copy->n_finals; i++)
		duet_automaton_arc(a, base + copy->finals[i].state, DUET_LABEL_EMPTY, to);
}

static int put_call(struct duet_wordnet_expansion *x, struct duet_automaton *a, uint32_t callee,
		    uint32_t from, uint32_t to)
{
	struct duet_net_view view = duet_grammar_net(x->grammar, callee);
	int rc;

	if (view.net->kind == DUET_NET_WILDCARD) {
		if (!view.net->spoken)
			return 0;
		callee = view.net->spoken - 1;
	}
	rc = duet_wordnet_expand(x, callee);
	if (rc == 0)
		duet_wordnet_expansion_append(a, &x->nets[callee], from, to);
	return rc;
}

/* States from which a sentence that was taken can be reached: the others' calls need not be expanded. */
static bool *find_useful(const struct duet_wordnet_expansion *x, struct duet_net_view view)
{
	bool *useful = duet_calloc(view.net->n_states, sizeof(*useful));

	for (uint32_t s = view.net->n_states; useful && s-- > 0;) {
		const struct duet_net_state *state = &view.network->states[view.net->state + s];

		for (uint32_t i = state[0].out; i < state[1].out; i++)
			useful[s] |= out_counts(x, view, view.network->outs[i]);
		for (uint32_t i = state[0].arc; i < state[1].arc; i++)
			useful[s] |= useful[view.network->arcs[i].target - view.net->state];
		for (uint32_t i = state[0].call; i < state[1].call; i++)
			useful[s] |= useful[view.network->calls[i].target - view.net->state];
	}
	return useful;
}

static int put_state(struct duet_wordnet_expansion *x, struct duet_automaton *a, struct duet_net_view view,
		     const bool *useful, uint32_t s)
{
	const struct duet_net_state *state = &view.network->states[view.net->state + s];
	int rc = 0;

	for (uint32_t i = state[0].out; i < state[1].out; i++)
		if (out_counts(x, view, view.network->outs[i]))
			duet_automaton_final(a, s, 0);
	for (uint32_t i = state[0].arc; i < state[1].arc; i++) {
		const struct duet_net_arc *arc = &view.network->arcs[i];
		uint32_t target = arc->target - view.net->state;

		if (useful[target])
			put_text(x, a, (struct duet_slice){view.network->strings + arc->text, arc->length}, s,
				 target);
	}
	for (uint32_t i = state[0].call; rc == 0 && i < state[1].call; i++) {
		uint32_t target = view.network->calls[i].target - view.net->state;

		if (useful[target])
			rc = put_call(x, a, view.network->calls[i].net, s, target);
	}
	return rc == 0 && a->n_arcs > x->max_arcs * 16 ? -E2BIG : rc;
}

static int expand_raw(struct duet_wordnet_expansion *x, struct duet_automaton *raw, struct duet_net_view view)
{
	bool *useful = find_useful(x, view);
	int rc = useful ? 0 : -ENOMEM;

	raw->n_states = view.net->n_states;
	for (uint32_t s = 0; rc == 0 && s < view.net->n_states; s++)
		if (useful[s])
			rc = put_state(x, raw, view, useful, s);
	duet_free(useful);
	return rc;
}

int duet_wordnet_expand(struct duet_wordnet_expansion *x, uint32_t net)
{
	struct duet_net_view view = duet_grammar_net(x->grammar, net);
	struct duet_automaton raw, joined;
	int rc;

	if (x->nets[net].n_states)
		return 0;
	duet_automaton_init(&raw);
	duet_automaton_init(&joined);
	rc = expand_raw(x, &raw, view);
	if (rc == 0)
		rc = duet_automaton_minimise(&raw, x->max_arcs * 4, true);
	if (rc == 0)
		rc = duet_wordnet_join(&joined, &raw, &x->strings, x->network->header->no_spaces,
				       view.net->kind == DUET_NET_SENTENCES, x->max_arcs * 8);
	if (rc == 0)
		rc = duet_automaton_minimise(&joined, x->max_arcs * 4, true);
	duet_automaton_done(&raw);
	if (rc == 0)
		x->nets[net] = joined;
	else
		duet_automaton_done(&joined);
	return rc;
}
