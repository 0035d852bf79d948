/* SPDX-License-Identifier: Apache-2.0 */
#include "nlu/parse.h"

#include <errno.h>
#include <string.h>

enum { MAX_STEPS = 50000, MAX_ALL_STEPS = 400000, MAX_DEPTH = 2000 };

/* What is left to walk when a rule's own way is done: a way is walked from its end. */
struct rest {
	const struct duet_walk_item *item;
	const struct rest *next;
};

struct unpacking {
	const struct duet_grammar *grammar;
	const struct duet_sentence *sentence;
	struct duet_arena *arena;
	struct duet_parse *parses;
	uint32_t n_parses, template;
	struct duet_capture stack[DUET_PARSE_CAPTURES]; /* the last of the sentence first */
	uint32_t n_stack;
	int steps, depth, rc;
};

static bool is_same(const struct duet_net_template *templates, const struct duet_parse *a,
		    const struct duet_parse *b)
{
	if (templates[a->template].exact != templates[b->template].exact || a->n_captures != b->n_captures)
		return false;
	for (uint32_t i = 0; i < a->n_captures; i++) {
		const struct duet_capture *x = &a->captures[i], *y = &b->captures[i];

		if (x->frame->number != y->frame->number || x->slot != y->slot || x->out != y->out ||
		    x->begin != y->begin || x->end != y->end)
			return false;
	}
	return true;
}

static void measure(const struct unpacking *u, struct duet_parse *parse)
{
	const struct duet_network *network = duet_grammar_network(u->grammar);

	parse->n_literal = u->sentence->len;
	for (uint32_t i = 0; i < parse->n_captures; i++) {
		const struct duet_capture *c = &parse->captures[i];
		uint32_t length = c->end - c->begin;
		bool wild = c->frame->view.net->kind == DUET_NET_WILDCARD,
		     home = c->frame->view.network != network;

		parse->n_literal -= length;
		parse->n_wildcards += wild;
		parse->n_wild_bytes += wild ? length : 0;
		parse->n_home += home;
		if (home && !wild && strcmp(network->strings + c->slot, "name") == 0)
			parse->name_length += length;
	}
}

static void emit(struct unpacking *u)
{
	const struct duet_net_template *templates = duet_grammar_network(u->grammar)->templates;
	struct duet_parse found = {
		.sentence = u->sentence, .template = u->template, .n_captures = u->n_stack};
	struct duet_parse *parse;

	for (uint32_t i = 0; i < u->n_stack; i++)
		found.captures[i] = u->stack[u->n_stack - 1 - i];
	for (parse = u->parses; parse; parse = parse->next)
		if (is_same(templates, parse, &found)) {
			parse->template = found.template <parse->template ? found.template : parse->template;
			return;
		}
	parse = duet_arena_alloc(u->arena, sizeof(*parse));
	if (!parse) {
		u->rc = -ENOMEM;
		return;
	}
	*parse = found;
	measure(u, parse);
	parse->next = u->parses;
	u->parses = parse;
	u->n_parses++;
}

static void unpack(struct unpacking *u, const struct duet_walk_item *item, const struct rest *rest);

static void unpack_call(struct unpacking *u, const struct duet_walk_edge *edge, const struct rest *rest)
{
	const struct duet_walk_frame *frame = edge->end->frame;
	struct rest after = {edge->from, rest};

	if (frame->view.net->kind == DUET_NET_RULE) {
		for (const struct duet_walk_way *way = edge->end->ways; way; way = way->next)
			unpack(u, way->item, &after);
		return;
	}
	if (u->n_stack == DUET_PARSE_CAPTURES)
		return;
	u->stack[u->n_stack++] =
		(struct duet_capture){frame, edge->slot, edge->end->out, frame->at, edge->end->at};
	unpack(u, edge->from, rest);
	u->n_stack--;
}

/* Recursion goes as deep as a template is long. */
static void unpack(struct unpacking *u, const struct duet_walk_item *item, const struct rest *rest)
{
	if (u->n_parses >= DUET_PARSE_MAX || u->steps++ > MAX_STEPS || u->depth > MAX_DEPTH || u->rc < 0)
		return;
	u->depth++;
	if (!item->edges && rest)
		unpack(u, rest->item, rest->next);
	else if (!item->edges)
		emit(u);
	for (const struct duet_walk_edge *edge = item->edges; edge; edge = edge->next) {
		if (edge->end)
			unpack_call(u, edge, rest);
		else
			unpack(u, edge->from, rest);
	}
	u->depth--;
}

int duet_parse_all(const struct duet_grammar *grammar, const struct duet_sentence *sentence,
		   const struct duet_walk_end *ends, struct duet_arena *arena, struct duet_parse **parses)
{
	struct unpacking u = {.grammar = grammar, .sentence = sentence, .arena = arena};

	for (int n_steps = 0; ends && u.rc == 0 && n_steps < MAX_ALL_STEPS; ends = ends->next) {
		u.template = ends->out;
		u.steps = 0;
		for (const struct duet_walk_way *way = ends->ways; way; way = way->next)
			unpack(&u, way->item, NULL);
		n_steps += u.steps;
	}
	*parses = u.parses;
	return u.rc;
}

static int compare(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

int duet_parse_compare(const struct duet_parse *a, const struct duet_parse *b)
{
	int order = compare(b->name_length, a->name_length);

	if (!order)
		order = compare(a->n_wildcards, b->n_wildcards);
	if (!order)
		order = compare(b->n_literal, a->n_literal);
	if (!order)
		order = compare(a->n_wild_bytes, b->n_wild_bytes);
	if (!order)
		order = compare(b->n_home, a->n_home);
	if (!order)
		order = compare(a->template, b->template);
	for (uint32_t i = 0; !order && i < a->n_captures && i < b->n_captures; i++)
		order = compare(a->captures[i].out, b->captures[i].out);
	return order;
}
