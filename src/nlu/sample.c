/* SPDX-License-Identifier: Apache-2.0 */
#include "nlu/sample.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "grammar/grammar.h"
#include "grammar/network.h"

enum { MAX_TRIES = 200, MAX_DEPTH = 64 };

struct duet_sampler {
	const struct duet_grammar *grammar;
	const struct duet_network *network;
	struct duet_net_view root;
	bool *leads;  /* by state of the root: whether a template of the intent can still be reached */
	bool *wanted; /* by template */
	bool only_spoken;
	uint64_t seed;
};

/* splitmix64 */
static uint64_t random_next(struct duet_sampler *s)
{
	uint64_t x = s->seed += 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static uint32_t random_below(struct duet_sampler *s, uint32_t n)
{
	return (uint32_t)((random_next(s) >> 32) * n >> 32);
}

static bool any_out(const struct duet_sampler *s, const struct duet_net_state *state)
{
	for (uint32_t i = state[0].out; i < state[1].out; i++)
		if (s->wanted[s->network->outs[i]])
			return true;
	return false;
}

/* Arcs and calls lead to higher states, so that one pass from the last to the first knows all. */
static bool find_ways(struct duet_sampler *s)
{
	const struct duet_network *w = s->network;
	uint32_t first = s->root.net->state;

	for (uint32_t i = s->root.net->n_states; i-- > 0;) {
		const struct duet_net_state *state = &w->states[first + i];

		s->leads[i] = any_out(s, state);
		for (uint32_t a = state[0].arc; a < state[1].arc && !s->leads[i]; a++)
			s->leads[i] = s->leads[w->arcs[a].target - first];
		for (uint32_t c = state[0].call; c < state[1].call && !s->leads[i]; c++)
			s->leads[i] = s->leads[w->calls[c].target - first];
	}
	return s->root.net->n_states > 0 && s->leads[0];
}

int duet_sampler_new(struct duet_sampler **sampler, const struct duet_grammar *grammar, const char *intent,
		     uint64_t seed)
{
	struct duet_sampler *s = duet_calloc(1, sizeof(*s));
	const struct duet_network *w = duet_grammar_network(grammar);
	int rc;

	*sampler = NULL;
	if (!s)
		return -ENOMEM;
	*s = (struct duet_sampler){.grammar = grammar, .network = w, .seed = seed};
	s->root = duet_grammar_net(grammar, w->n[DUET_SECTION_NETS] - 1);
	s->leads = s->root.net ? duet_calloc(s->root.net->n_states + 1, sizeof(*s->leads)) : NULL;
	s->wanted = duet_calloc(w->n[DUET_SECTION_TEMPLATES] + 1, sizeof(*s->wanted));
	rc = s->leads && s->wanted ? 0 : -ENOMEM;
	for (uint32_t i = 0; rc == 0 && i < w->n[DUET_SECTION_TEMPLATES]; i++) {
		const char *own = w->strings + w->blocks[w->templates[i].block].intent;

		s->wanted[i] = !intent || strcmp(own, intent) == 0;
	}
	if (rc == 0 && !find_ways(s))
		rc = -ENOENT;
	if (rc < 0) {
		duet_sampler_free(s);
		return rc;
	}
	*sampler = s;
	return 0;
}

int duet_sampler_only_spoken(struct duet_sampler *s)
{
	const struct duet_network *w = s->network;

	for (uint32_t i = 0; i < w->n[DUET_SECTION_TEMPLATES]; i++) {
		const struct duet_net_block *block = &w->blocks[w->templates[i].block];

		s->wanted[i] = s->wanted[i] && block->spoken && !block->part;
	}
	s->only_spoken = true;
	return find_ways(s) ? 0 : -ENOENT;
}

void duet_sampler_free(struct duet_sampler *s)
{
	if (!s)
		return;
	duet_free(s->leads);
	duet_free(s->wanted);
	duet_free(s);
}

static int walk(struct duet_sampler *s, struct duet_net_view view, struct duet_text *text, int depth);

/* In digits, as most are written, or in words; a microphone hears words, and no ordinals. */
static int say_number(struct duet_sampler *s, struct duet_net_view view, struct duet_text *text, int depth)
{
	const struct duet_net *net = view.net;
	size_t begin = text->len;
	int rc = -ENOENT;

	if (net->n_states < 2 || (!s->only_spoken && random_below(s, 4)))
		return duet_text_printf(text, "%.10g",
					net->from + random_below(s, net->n_values ? net->n_values : 1) *
							    net->unit);
	for (int tries = 0; rc == -ENOENT && tries < MAX_TRIES; tries++) {
		text->len = begin;
		rc = walk(s, view, text, depth + 1);
	}
	return rc;
}

static int say_call(struct duet_sampler *s, uint32_t number, struct duet_text *text, int depth)
{
	struct duet_net_view view = duet_grammar_net(s->grammar, number);
	const struct duet_net *net = view.net;

	if (net->kind == DUET_NET_WILDCARD && net->spoken)
		return say_call(s, net->spoken - 1, text, depth + 1);
	if (net->kind == DUET_NET_WILDCARD)
		return duet_text_add(text, duet_slice("something"));
	if (net->kind == DUET_NET_RANGE)
		return say_number(s, view, text, depth);
	return walk(s, view, text, depth + 1);
}

static bool may_end(const struct duet_sampler *s, struct duet_net_view view,
		    const struct duet_net_state *state)
{
	if (view.net == s->root.net)
		return any_out(s, state);
	if (view.net->kind != DUET_NET_RANGE || !s->only_spoken)
		return state[1].out > state[0].out;
	for (uint32_t i = state[0].out; i < state[1].out; i++)
		if (view.network->outs[i] < view.net->n_values)
			return true;
	return false;
}

/* Which way to go on from a state: an arc, then a call, then the end; negative: there is none. */
static int64_t choose(struct duet_sampler *s, struct duet_net_view view, const struct duet_net_state *state)
{
	const struct duet_network *w = view.network;
	bool is_root = view.net == s->root.net;
	uint32_t n_arcs = state[1].arc - state[0].arc, n = n_arcs + (state[1].call - state[0].call),
		 n_open = 0, chosen = 0;
	bool ends = may_end(s, view, state);

	for (uint32_t i = 0; i < n + ends; i++) {
		uint32_t target = i < n_arcs ? w->arcs[state[0].arc + i].target
				  : i < n    ? w->calls[state[0].call + i - n_arcs].target
					     : view.net->state;

		if (i < n && is_root && !s->leads[target - view.net->state])
			continue;
		if (random_below(s, ++n_open) == 0)
			chosen = i;
	}
	return n_open ? (int64_t)chosen : -1;
}

/* A random way through a net. Nets call lower ones, so that the depth is bounded. */
static int walk(struct duet_sampler *s, struct duet_net_view view, struct duet_text *text, int depth)
{
	const struct duet_network *w = view.network;
	uint32_t at = view.net->state;
	int rc = depth > MAX_DEPTH || view.net->n_states == 0 ? -ENOENT : 0;

	while (rc == 0) {
		const struct duet_net_state *state = &w->states[at];
		uint32_t n_arcs = state[1].arc - state[0].arc, n = n_arcs + (state[1].call - state[0].call);
		int64_t choice = choose(s, view, state);

		if (choice < 0)
			return -ENOENT;
		if ((uint32_t)choice == n)
			return 0;
		if ((uint32_t)choice < n_arcs) {
			const struct duet_net_arc *arc = &w->arcs[state[0].arc + choice];

			rc = duet_text_add(text, (struct duet_slice){w->strings + arc->text, arc->length});
			at = arc->target;
		} else {
			const struct duet_net_call *call = &w->calls[state[0].call + choice - n_arcs];

			rc = say_call(s, call->net, text, depth);
			at = call->target;
		}
	}
	return rc;
}

/* One space between words, none at the ends. */
static void fold_spaces(struct duet_text *text, size_t begin)
{
	size_t to = begin;

	for (size_t from = begin; from < text->len; from++)
		if (text->ptr[from] != ' ' || (to > begin && text->ptr[to - 1] != ' '))
			text->ptr[to++] = text->ptr[from];
	if (to > begin && text->ptr[to - 1] == ' ')
		to--;
	text->len = to;
	if (text->ptr)
		text->ptr[to] = '\0';
}

int duet_sampler_next(struct duet_sampler *s, struct duet_text *text)
{
	size_t begin = text->len;
	int rc = -ENOENT;

	for (int tries = 0; rc == -ENOENT && tries < MAX_TRIES; tries++) {
		text->len = begin;
		rc = walk(s, s->root, text, 0);
	}
	if (rc == 0)
		fold_spaces(text, begin);
	else
		text->len = begin;
	return text->failed ? -ENOMEM : rc;
}
