/* SPDX-License-Identifier: Apache-2.0 */
#include "nlu/walk.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/text.h"

enum { MAX_STEPS = 200000, FRAME_TABLE = 256, ITEM_TABLE = 1024 };

struct walk {
	const struct duet_grammar *grammar;
	const struct duet_sentence *sentence;
	struct duet_arena *arena;
	struct duet_walk_item **queue; /* by place */
	struct duet_walk_frame *frames[FRAME_TABLE];
	struct duet_walk_item *items[ITEM_TABLE];
	struct duet_walk_frame *root;
	uint32_t n_steps;
	int rc;
};

static void *take(struct walk *w, size_t size)
{
	void *memory = duet_arena_alloc(w->arena, size);

	if (!memory)
		w->rc = -ENOMEM;
	return memory;
}

/* One step more; false when there were too many. */
static bool count(struct walk *w)
{
	if (++w->n_steps > MAX_STEPS)
		w->rc = -E2BIG;
	return w->n_steps <= MAX_STEPS;
}

static struct duet_walk_item **item_slot(struct walk *w, const struct duet_walk_frame *frame, uint32_t state,
					 uint32_t at, bool behind_value)
{
	uint64_t key = ((uint64_t)state << 32 | at << 1 | behind_value) ^ (uint64_t)(uintptr_t)frame >> 4;

	return &w->items[key * 0x9e3779b97f4a7c15u >> 54];
}

static struct duet_walk_item *item_at(struct walk *w, struct duet_walk_frame *frame, uint32_t state,
				      uint32_t at, bool behind_value)
{
	struct duet_walk_item **slot = item_slot(w, frame, state, at, behind_value), *item = *slot;

	while (item && (item->frame != frame || item->state != state || item->at != at ||
			item->behind_value != behind_value))
		item = item->twin;
	if (item)
		return item;
	item = count(w) ? take(w, sizeof(*item)) : NULL;
	if (!item)
		return NULL;
	*item = (struct duet_walk_item){.next = w->queue[at],
					.twin = *slot,
					.frame = frame,
					.state = state,
					.at = at,
					.behind_value = behind_value};
	*slot = item;
	w->queue[at] = item;
	return item;
}

static void reach(struct walk *w, const struct duet_walk_item *from, uint32_t state, uint32_t at,
		  bool behind_value, const struct duet_walk_end *end, uint32_t slot)
{
	struct duet_walk_item *item = item_at(w, from->frame, state, at, behind_value);
	struct duet_walk_edge *edge;

	if (!item)
		return;
	for (edge = item->edges; edge; edge = edge->next)
		if (edge->from == from && edge->end == end)
			return;
	edge = count(w) ? take(w, sizeof(*edge)) : NULL;
	if (!edge)
		return;
	*edge = (struct duet_walk_edge){item->edges, from, end, slot};
	item->edges = edge;
}

static bool way_matters(const struct duet_walk_frame *frame)
{
	return frame->view.net->kind == DUET_NET_SENTENCES ||
	       (frame->view.net->kind == DUET_NET_RULE && (frame->view.net->flags & DUET_NET_CAPTURES));
}

static bool is_captured(const struct duet_walk_frame *frame)
{
	return frame->view.net->kind != DUET_NET_RULE || (frame->view.net->flags & DUET_NET_CAPTURES);
}

/* Around a value, spaces need not be as in the template: "{room}light" reads "room light" too, and "{room}
 * light" reads "roomlight". Those who write templates for languages with compounds rely on it. */
static uint32_t behind_one_space(const struct walk *w, const struct duet_net *net, uint32_t at)
{
	return at + (net->kind != DUET_NET_RULE && w->sentence->text[at] == ' ');
}

static void resume(struct walk *w, const struct duet_walk_wait *wait, const struct duet_walk_end *end)
{
	uint32_t at = behind_one_space(w, end->frame->view.net, end->at);

	reach(w, wait->from, wait->target, at, end->behind_value, is_captured(end->frame) ? end : NULL,
	      wait->slot);
}

static void add_way(struct walk *w, struct duet_walk_end *end, const struct duet_walk_item *item)
{
	struct duet_walk_way *way;

	if (!item || !way_matters(end->frame))
		return;
	for (way = end->ways; way; way = way->next)
		if (way->item == item)
			return;
	way = take(w, sizeof(*way));
	if (!way)
		return;
	*way = (struct duet_walk_way){end->ways, item};
	end->ways = way;
}

/* The frame has read up to `at` and means `out`, which it did not before. */
static void add_end(struct walk *w, struct duet_walk_frame *frame, uint32_t at, uint32_t out,
		    bool behind_value, const struct duet_walk_item *item)
{
	struct duet_walk_end *end = count(w) ? take(w, sizeof(*end)) : NULL;

	if (!end)
		return;
	*end = (struct duet_walk_end){
		.next = frame->ends, .frame = frame, .at = at, .out = out, .behind_value = behind_value};
	frame->ends = end;
	add_way(w, end, item);
	for (const struct duet_walk_wait *wait = frame->waits; wait; wait = wait->next)
		resume(w, wait, end);
}

/* A rule that ends with a value ends behind one. */
static void finish(struct walk *w, struct duet_walk_frame *frame, uint32_t at, uint32_t out,
		   const struct duet_walk_item *item)
{
	bool behind_value = frame->view.net->kind != DUET_NET_RULE || (item && item->behind_value);
	struct duet_walk_end *end = frame->ends;

	out = duet_net_out(frame->view.net, out);
	while (end && (end->at != at || end->out != out || end->behind_value != behind_value))
		end = end->next;
	if (end)
		add_way(w, end, item);
	else
		add_end(w, frame, at, out, behind_value, item);
}

static void finish_number(struct walk *w, struct duet_walk_frame *frame, const char *end, double number)
{
	const struct duet_net *net = frame->view.net;
	const char *begin = w->sentence->text + frame->at;
	double step = ((*begin == '-' ? -number : number) - net->from) / net->unit;

	if (step >= 0 && step < net->n_values && fabs(step - round(step)) < 1e-9)
		finish(w, frame, frame->at + (uint32_t)(end - begin), (uint32_t)lround(step), NULL);
}

/* Digits are read here and not by a net: a range may have a million values. What is behind a point may be a
 * number of its own, "1.15" an hour and minutes. */
static void read_number(struct walk *w, struct duet_walk_frame *frame)
{
	const char *begin = w->sentence->text + frame->at, *at = begin + (*begin == '-');
	double number = 0, scale = 1;

	if (!isdigit((unsigned char)*at) || (frame->at && isdigit((unsigned char)begin[-1])))
		return;
	for (; isdigit((unsigned char)*at); at++)
		number = number * 10 + (*at - '0');
	finish_number(w, frame, at, number);
	if ((*at != '.' && *at != ',') || !isdigit((unsigned char)at[1]))
		return;
	for (at++; isdigit((unsigned char)*at); at++)
		number += (*at - '0') * (scale /= 10);
	finish_number(w, frame, at, number);
}

static bool combines_at(const struct walk *w, uint32_t at)
{
	struct duet_slice text = {w->sentence->text + at, w->sentence->len - at};

	return duet_text_combines(duet_text_next(&text));
}

/* In scripts whose vowels are signs, what belongs to a word is often written to its last sign. */
static bool is_behind_vowel_sign(const struct walk *w, uint32_t at)
{
	do
		at--;
	while (at > 0 && ((unsigned char)w->sentence->text[at] & 0xc0) == 0x80);
	return combines_at(w, at);
}

/* Words are not cut, but for what is joined by a mark ("mum's list"), or where the template goes on without a
 * space. */
static bool may_end_wildcard(const struct walk *w, const struct duet_net *net, uint32_t at)
{
	unsigned char byte = (unsigned char)w->sentence->text[at];

	if (w->sentence->no_spaces || (net->flags & DUET_NET_GLUED))
		return (byte & 0xc0) != 0x80 && w->sentence->text[at - 1] != ' ';
	if ((byte & 0xc0) == 0xc0)
		return is_behind_vowel_sign(w, at) && !combines_at(w, at);
	return byte < 0x80 && !isalnum(byte) && w->sentence->text[at - 1] != ' ';
}

static void read_wildcard(struct walk *w, struct duet_walk_frame *frame)
{
	if (w->sentence->text[frame->at] == ' ')
		return;
	for (uint32_t at = frame->at + 1; at <= w->sentence->len && w->rc == 0; at++)
		if (may_end_wildcard(w, frame->view.net, at))
			add_end(w, frame, at, 0, !(frame->view.net->flags & DUET_NET_GLUED), NULL);
}

static void begin_frame(struct walk *w, struct duet_walk_frame *frame)
{
	if (frame->view.net->kind == DUET_NET_WILDCARD) {
		read_wildcard(w, frame);
		return;
	}
	if (frame->view.net->kind == DUET_NET_RANGE)
		read_number(w, frame);
	item_at(w, frame, frame->view.net->state, frame->at, frame->behind_value);
}

static struct duet_walk_frame *frame_at(struct walk *w, uint32_t number, uint32_t at, bool behind_value)
{
	struct duet_walk_frame **slot = &w->frames[(number * 31 + at) % FRAME_TABLE], *frame = *slot;

	while (frame && (frame->number != number || frame->at != at || frame->behind_value != behind_value))
		frame = frame->next;
	if (frame)
		return frame;
	frame = take(w, sizeof(*frame));
	if (!frame)
		return NULL;
	*frame = (struct duet_walk_frame){.next = *slot,
					  .view = duet_grammar_net(w->grammar, number),
					  .number = number,
					  .at = at,
					  .behind_value = behind_value};
	*slot = frame;
	begin_frame(w, frame);
	return frame;
}

static bool may_begin(const struct walk *w, const struct duet_net *net, uint32_t at)
{
	return (net->flags & DUET_NET_EMPTY) ||
	       (at < w->sentence->len && duet_net_may_begin(net, (unsigned char)w->sentence->text[at]));
}

static void call(struct walk *w, struct duet_walk_item *item, const struct duet_net_call *c)
{
	const struct duet_net *net = duet_grammar_net(w->grammar, c->net).net;
	uint32_t at = behind_one_space(w, net, item->at);
	bool behind_value = net->kind == DUET_NET_RULE && item->behind_value;
	struct duet_walk_frame *frame = may_begin(w, net, at) ? frame_at(w, c->net, at, behind_value) : NULL;
	struct duet_walk_wait *wait = frame ? take(w, sizeof(*wait)) : NULL;

	if (!wait)
		return;
	*wait = (struct duet_walk_wait){frame->waits, item, c->target, c->slot};
	frame->waits = wait;
	for (const struct duet_walk_end *end = frame->ends; end; end = end->next)
		resume(w, wait, end);
}

/* Where a space of a template reads nothing: behind another, behind a value, and between a number and what is
 * no number ("10%"). */
static bool space_is_optional(const struct walk *w, const struct duet_walk_item *item)
{
	const char *text = w->sentence->text + item->at;

	return item->at == 0 || text[-1] == ' ' || item->behind_value ||
	       (isdigit((unsigned char)text[-1]) && *text != ' ' && !isdigit((unsigned char)*text));
}

static void read_arc(struct walk *w, const struct duet_walk_item *item, const struct duet_net_arc *arc)
{
	const char *text = item->frame->view.network->strings + arc->text;
	uint32_t length = arc->length;

	if (arc->first == ' ' && space_is_optional(w, item)) {
		text++;
		length--;
	}
	if (length <= w->sentence->len - item->at && memcmp(text, w->sentence->text + item->at, length) == 0)
		reach(w, item, arc->target, item->at + length, length == 0 && item->behind_value, NULL, 0);
}

static const struct duet_net_arc *first_arc(const struct duet_net_arc *arc, const struct duet_net_arc *end,
					    uint8_t byte)
{
	while (arc < end) {
		const struct duet_net_arc *middle = arc + (end - arc) / 2;

		if (middle->first < byte)
			arc = middle + 1;
		else
			end = middle;
	}
	return arc;
}

static void read_arcs(struct walk *w, const struct duet_walk_item *item, const struct duet_net_arc *arc,
		      const struct duet_net_arc *end, uint8_t byte)
{
	for (arc = first_arc(arc, end, byte); arc < end && arc->first == byte; arc++)
		read_arc(w, item, arc);
}

static void expand(struct walk *w, struct duet_walk_item *item)
{
	const struct duet_network *network = item->frame->view.network;
	const struct duet_net_state *state = &network->states[item->state];
	const struct duet_net_arc *arcs = network->arcs + state[0].arc, *end = network->arcs + state[1].arc;
	uint8_t byte = (uint8_t)w->sentence->text[item->at];

	if (item->frame != w->root || item->at == w->sentence->len)
		for (uint32_t i = state[0].out; i < state[1].out; i++)
			finish(w, item->frame, item->at, network->outs[i], item);
	if (arcs < end && byte)
		read_arcs(w, item, arcs, end, byte);
	if (arcs < end && byte != ' ' && arcs->first == ' ' && space_is_optional(w, item))
		read_arcs(w, item, arcs, end, ' ');
	for (uint32_t i = state[0].call; i < state[1].call && w->rc == 0; i++)
		call(w, item, &network->calls[i]);
}

int duet_walk(const struct duet_grammar *grammar, const struct duet_sentence *sentence,
	      struct duet_arena *arena, const struct duet_walk_end **ends)
{
	struct walk *w = duet_arena_alloc(arena, sizeof(*w));

	*ends = NULL;
	if (!w)
		return -ENOMEM;
	w->grammar = grammar;
	w->sentence = sentence;
	w->arena = arena;
	w->queue = take(w, (sentence->len + 1) * sizeof(struct duet_walk_item *));
	w->root = w->queue ? frame_at(w, duet_grammar_network(grammar)->n[DUET_SECTION_NETS] - 1, 0, false)
			   : NULL;
	for (uint32_t at = 0; w->root && at <= sentence->len; at++)
		while (w->queue[at] && w->rc == 0) {
			struct duet_walk_item *item = w->queue[at];

			w->queue[at] = item->next;
			expand(w, item);
		}
	*ends = w->root ? w->root->ends : NULL;
	return w->rc;
}
