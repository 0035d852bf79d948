/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/network_writer.h"

#include <errno.h>
#include <string.h>

#include "grammar/automaton_parts.h"
#include "grammar/vector.h"

void duet_network_writer_init(struct duet_network_writer *w)
{
	memset(w, 0, sizeof(*w));
	duet_strings_init(&w->strings);
}

void duet_network_writer_done(struct duet_network_writer *w)
{
	for (int i = 0; i < DUET_SECTIONS; i++)
		duet_free(w->sections[i].items);
	duet_strings_done(&w->strings);
	memset(w, 0, sizeof(*w));
}

uint32_t duet_network_writer_count(const struct duet_network_writer *w, enum duet_network_section section)
{
	return (uint32_t)w->sections[section].n;
}

uint32_t duet_network_writer_add(struct duet_network_writer *w, enum duet_network_section section,
				 const void *item)
{
	size_t size = duet_network_item_size(section), n = w->sections[section].n;

	if (n >= UINT32_MAX / 64 ||
	    !duet_vector_room(&w->sections[section].items, n, &w->sections[section].room, size)) {
		w->failed = true;
		return 0;
	}
	memcpy(w->sections[section].items + n * size, item, size);
	w->sections[section].n++;
	return (uint32_t)n;
}

uint32_t duet_network_writer_string(struct duet_network_writer *w, struct duet_slice text)
{
	return duet_strings_add(&w->strings, text);
}

/* One net while it is laid out. */
struct layout {
	struct duet_network_writer *w;
	struct duet_automaton *a;
	struct duet_automaton_index index;
	const struct duet_net_call *calls;
	uint32_t *number; /* state → its number in the file, or INNER */
	uint32_t base;
};

#define INNER      UINT32_MAX
#define MAX_STRING 255 /* bytes of an arc */

static bool is_byte(uint32_t label)
{
	return label < DUET_LABEL_CALL;
}

/* A state is inside a string when exactly one byte leads to it and one leads on. */
static void find_inner(struct layout *l, uint32_t *n_in)
{
	for (size_t i = 0; i < l->a->n_arcs; i++)
		n_in[l->a->arcs[i].to] += is_byte(l->a->arcs[i].label) ? 1 : 2;
	for (uint32_t s = 1; s < l->a->n_states; s++) {
		uint32_t first = l->index.arc[s];
		bool inner = n_in[s] == 1 && l->index.arc[s + 1] - first == 1 &&
			     is_byte(l->a->arcs[first].label) && l->index.final[s] == l->index.final[s + 1];

		l->number[s] = inner ? INNER : 0;
	}
}

/* The states of one string follow each other; one that is longer than an arc holds breaks at a state. */
static void number_states(struct layout *l)
{
	uint32_t run = 0;

	for (uint32_t s = 0; s < l->a->n_states; s++) {
		run = l->number[s] == INNER ? run + 1 : 0;
		if (run == MAX_STRING)
			run = 0;
		if (run == 0)
			l->number[s] = l->base++;
	}
}

static void put_arc(struct layout *l, const struct duet_automaton_arc *arc)
{
	char text[MAX_STRING + 1];
	struct duet_net_arc item = {0};
	size_t len = 0;
	uint32_t to = arc->to;

	text[len++] = (char)arc->label;
	while (l->number[to] == INNER) {
		const struct duet_automaton_arc *next = &l->a->arcs[l->index.arc[to]];

		if (next->label != ' ' || text[len - 1] != ' ') /* behind a space, another reads nothing */
			text[len++] = (char)next->label;
		to = next->to;
	}
	item.target = l->number[to];
	item.length = (uint16_t)len;
	item.first = (uint8_t)text[0];
	item.text = duet_network_writer_string(l->w, (struct duet_slice){text, len});
	duet_network_writer_add(l->w, DUET_SECTION_ARCS, &item);
}

static void put_state(struct layout *l, uint32_t s)
{
	struct duet_net_state state = {
		.arc = duet_network_writer_count(l->w, DUET_SECTION_ARCS),
		.call = duet_network_writer_count(l->w, DUET_SECTION_CALLS),
		.out = duet_network_writer_count(l->w, DUET_SECTION_OUTS),
	};

	duet_network_writer_add(l->w, DUET_SECTION_STATES, &state);
	for (uint32_t i = l->index.arc[s]; i < l->index.arc[s + 1]; i++) {
		const struct duet_automaton_arc *arc = &l->a->arcs[i];

		if (is_byte(arc->label)) {
			put_arc(l, arc);
		} else {
			struct duet_net_call call = l->calls[arc->label - DUET_LABEL_CALL];

			call.target = l->number[arc->to];
			duet_network_writer_add(l->w, DUET_SECTION_CALLS, &call);
		}
	}
	for (uint32_t i = l->index.final[s]; i < l->index.final[s + 1]; i++)
		duet_network_writer_add(l->w, DUET_SECTION_OUTS, &l->a->finals[i].out);
}

static int lay_out(struct layout *l)
{
	uint32_t *n_in = duet_calloc(l->a->n_states, sizeof(*n_in));
	int rc = duet_automaton_index(&l->index, l->a);

	l->number = duet_calloc(l->a->n_states, sizeof(*l->number));
	if (rc == 0 && (!n_in || !l->number))
		rc = -ENOMEM;
	if (rc == 0) {
		find_inner(l, n_in);
		number_states(l);
		for (uint32_t s = 0; s < l->a->n_states; s++)
			if (l->number[s] != INNER)
				put_state(l, s);
	}
	duet_free(n_in);
	duet_free(l->number);
	duet_automaton_index_done(&l->index);
	return rc;
}

/* What a net may begin with: its arcs, and what the nets begin with that it calls. */
struct begin {
	struct duet_network_writer *w;
	struct duet_automaton *a;
	struct duet_automaton_index index;
	const struct duet_net_call *calls;
	struct duet_net *net;
	bool *seen;
};

static void begin_at(struct begin *b, uint32_t state)
{
	const struct duet_net *nets = (const void *)b->w->sections[DUET_SECTION_NETS].items;

	if (b->seen[state])
		return;
	b->seen[state] = true;
	if (b->index.final[state] != b->index.final[state + 1])
		b->net->flags |= DUET_NET_EMPTY;
	for (uint32_t i = b->index.arc[state]; i < b->index.arc[state + 1]; i++) {
		uint32_t label = b->a->arcs[i].label;
		const struct duet_net *callee;

		if (is_byte(label)) {
			b->net->first[label / 32] |= 1u << label % 32;
			if (label == ' ') /* it may read nothing */
				begin_at(b, b->a->arcs[i].to);
			continue;
		}
		callee = &nets[b->calls[label - DUET_LABEL_CALL].net];
		for (int k = 0; k < 8; k++)
			b->net->first[k] |= callee->first[k];
		if (callee->kind != DUET_NET_RULE) /* the matcher skips a space before a value */
			b->net->first[' ' / 32] |= 1u << ' ' % 32;
		if (callee->flags & DUET_NET_EMPTY)
			begin_at(b, b->a->arcs[i].to);
	}
}

static void find_flags(struct begin *b)
{
	const struct duet_net *nets = (const void *)b->w->sections[DUET_SECTION_NETS].items;

	for (size_t i = 0; i < b->a->n_arcs; i++) {
		const struct duet_net *callee;

		if (is_byte(b->a->arcs[i].label))
			continue;
		callee = &nets[b->calls[b->a->arcs[i].label - DUET_LABEL_CALL].net];
		if (callee->kind != DUET_NET_RULE || (callee->flags & DUET_NET_CAPTURES))
			b->net->flags |= DUET_NET_CAPTURES;
	}
	if (b->net->kind == DUET_NET_WILDCARD || (b->net->flags & DUET_NET_FILLED))
		memset(b->net->first, 0xff, sizeof(b->net->first));
	for (int digit = '0'; b->net->kind == DUET_NET_RANGE && digit <= '9'; digit++)
		b->net->first[digit / 32] |= 1u << digit % 32;
	if (b->net->kind == DUET_NET_RANGE && b->net->from < 0)
		b->net->first['-' / 32] |= 1u << '-' % 32;
}

static int find_begin(struct begin *b)
{
	int rc = duet_automaton_index(&b->index, b->a);

	b->seen = duet_calloc(b->a->n_states, sizeof(*b->seen));
	if (rc == 0 && !b->seen)
		rc = -ENOMEM;
	if (rc == 0) {
		begin_at(b, 0);
		find_flags(b);
	}
	duet_free(b->seen);
	duet_automaton_index_done(&b->index);
	return rc;
}

uint32_t duet_network_writer_net(struct duet_network_writer *w, const struct duet_net *net,
				 struct duet_automaton *automaton, const struct duet_net_call *calls)
{
	struct duet_net item = *net;
	struct layout layout = {.w = w, .a = automaton, .calls = calls};
	struct begin begin = {.w = w, .a = automaton, .calls = calls, .net = &item};

	layout.base = item.state = duet_network_writer_count(w, DUET_SECTION_STATES);
	if (w->failed || find_begin(&begin) < 0 || lay_out(&layout) < 0)
		w->failed = true;
	item.n_states = duet_network_writer_count(w, DUET_SECTION_STATES) - item.state;
	return duet_network_writer_add(w, DUET_SECTION_NETS, &item);
}

static size_t aligned(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

int duet_network_writer_finish(struct duet_network_writer *w, const char *language, bool no_spaces,
			       uint32_t key, char **bytes, size_t *n_bytes)
{
	struct duet_network_header header = {
		.magic = DUET_NETWORK_MAGIC, .version = DUET_NETWORK_VERSION, .key = key};
	struct duet_net_state last = {
		.arc = duet_network_writer_count(w, DUET_SECTION_ARCS),
		.call = duet_network_writer_count(w, DUET_SECTION_CALLS),
		.out = duet_network_writer_count(w, DUET_SECTION_OUTS),
	};
	size_t size = sizeof(header);

	header.language = duet_network_writer_string(w, duet_slice(language));
	header.no_spaces = no_spaces;
	header.numbers = w->numbers;
	duet_network_writer_add(w, DUET_SECTION_STATES, &last);
	w->sections[DUET_SECTION_STRINGS].n = w->strings.n_bytes;
	for (int i = 0; i < DUET_SECTIONS; i++) {
		header.sections[i].offset = (uint32_t)size;
		header.sections[i].n = (uint32_t)w->sections[i].n;
		size = aligned(size + w->sections[i].n * duet_network_item_size(i));
		if (size > INT32_MAX)
			return -E2BIG;
	}
	*bytes = w->failed || w->strings.failed ? NULL : duet_calloc(1, size);
	if (!*bytes)
		return -ENOMEM;
	memcpy(*bytes + header.sections[DUET_SECTION_STRINGS].offset, w->strings.bytes, w->strings.n_bytes);
	for (int i = 0; i < DUET_SECTIONS; i++)
		if (w->sections[i].items)
			memcpy(*bytes + header.sections[i].offset, w->sections[i].items,
			       w->sections[i].n * duet_network_item_size(i));
	header.size = (uint32_t)size;
	memcpy(*bytes, &header, sizeof(header));
	header.checksum = duet_network_checksum(*bytes, size);
	memcpy(*bytes, &header, sizeof(header));
	*n_bytes = size;
	return 0;
}
