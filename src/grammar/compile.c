/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/compile.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "grammar/vector.h"

enum { MAX_RULE_DEPTH = 100, MAX_ARCS = 4 << 20, MAX_VALUES = 200000 };

/* A rule or list that has become a net, seen from one scope. */
struct known {
	const void *what;
	const struct duet_scope *scope;
	uint32_t net; /* BUILDING while its own text is compiled */
};

#define BUILDING (UINT32_MAX - 1)
#define NO_NET   UINT32_MAX

struct compiler {
	struct duet_sentences *s;
	struct duet_network_writer *w;
	struct known *known;
	size_t n_known, known_room;
	struct duet_net_call *calls; /* what labels of calls mean */
	size_t n_calls, calls_room;
	int depth;
	bool failed;
};

/* Where a tree stands, for building and for blame. */
struct place {
	const struct duet_scope *scope;
	const struct duet_phrase *phrase;
};

static uint32_t build(struct compiler *c, struct duet_automaton *a, const struct duet_template *node,
		      const struct place *place, uint32_t from);

static void blame(struct compiler *c, const struct place *place, const struct duet_template *node,
		  const char *hint, const char *what)
{
	bool is_list = node->kind == DUET_TEMPLATE_LIST;

	duet_sentences_mistake(c->s, place->phrase->file, place->phrase->line,
			       place->phrase->column + node->column - 1, hint, "%c%.*s%c %s",
			       is_list ? '{' : '<', (int)node->text.len, node->text.ptr, is_list ? '}' : '>',
			       what);
}

static uint32_t call_label(struct compiler *c, uint32_t net, struct duet_slice slot)
{
	struct duet_net_call call = {.net = net, .slot = duet_network_writer_string(c->w, slot)};

	for (size_t i = c->n_calls; i-- > 0;)
		if (c->calls[i].net == call.net && c->calls[i].slot == call.slot)
			return DUET_LABEL_CALL + (uint32_t)i;
	if (!duet_vector_room(&c->calls, c->n_calls, &c->calls_room, sizeof(*c->calls))) {
		c->failed = true;
		return DUET_LABEL_CALL;
	}
	c->calls[c->n_calls++] = call;
	return DUET_LABEL_CALL + (uint32_t)c->n_calls - 1;
}

static struct known *known_find(struct compiler *c, const void *what, const struct duet_scope *scope)
{
	for (size_t i = c->n_known; i-- > 0;)
		if (c->known[i].what == what && c->known[i].scope == scope)
			return &c->known[i];
	return NULL;
}

static void known_set(struct compiler *c, const void *what, const struct duet_scope *scope, uint32_t net)
{
	struct known *known = known_find(c, what, scope);

	if (known) {
		known->net = net;
		return;
	}
	if (!duet_vector_room(&c->known, c->n_known, &c->known_room, sizeof(*c->known)))
		c->failed = true;
	else
		c->known[c->n_known++] = (struct known){what, scope, net};
}

/* Minimises and writes. Permissive: what determinising would blow up stays as it is. */
static uint32_t net_finish(struct compiler *c, struct duet_automaton *a, const struct duet_net *net)
{
	uint32_t number = NO_NET;

	if (duet_automaton_minimise(a, a->n_arcs * 4 + 4096, false) < 0)
		c->failed = true;
	else
		number = duet_network_writer_net(c->w, net, a, c->calls);
	duet_automaton_done(a);
	return number;
}

/* Does the tree use a name that the block has of its own? Then the rule means something else there. */
static bool uses_own(const struct duet_scope *scope, const struct duet_template *node, int depth)
{
	const struct duet_scope own = {.lists = scope->lists, .rules = scope->rules};
	const struct duet_rule *rule;

	for (; node; node = node->next) {
		if (node->kind == DUET_TEMPLATE_LIST && duet_scope_list(&own, node->text))
			return true;
		if (node->kind == DUET_TEMPLATE_RULE) {
			rule = duet_scope_rule(scope, node->text);
			if (rule &&
			    (duet_scope_rule(&own, node->text) ||
			     (depth < MAX_RULE_DEPTH && uses_own(scope, rule->phrase.tree, depth + 1))))
				return true;
		}
		if (uses_own(scope, node->first, depth))
			return true;
	}
	return false;
}

static const struct duet_scope *scope_for(const struct duet_scope *scope, const struct duet_rule *rule)
{
	const struct duet_scope own = {.lists = scope->lists, .rules = scope->rules};

	if (!scope->outer || (!own.lists && !own.rules))
		return scope->outer ? scope->outer : scope;
	if (duet_scope_rule(&own, duet_slice(rule->name)) || uses_own(scope, rule->phrase.tree, 0))
		return scope;
	return scope->outer;
}

static uint32_t rule_compile(struct compiler *c, struct duet_rule *rule, const struct duet_scope *scope)
{
	struct place place = {scope, &rule->phrase};
	struct duet_net net = {.kind = DUET_NET_RULE};
	struct duet_automaton a;
	uint32_t number;

	net.name = duet_network_writer_string(c->w, duet_slice(rule->name));
	known_set(c, rule, scope, BUILDING);
	duet_automaton_init(&a);
	c->depth++;
	duet_automaton_final(&a, build(c, &a, rule->phrase.tree, &place, 0), 0);
	c->depth--;
	number = net_finish(c, &a, &net);
	known_set(c, rule, scope, number);
	return number;
}

static uint32_t rule_net(struct compiler *c, const struct duet_template *node, const struct place *place)
{
	struct duet_rule *rule = duet_scope_rule(place->scope, node->text);
	const struct duet_scope *scope;
	const struct known *known;

	if (!rule) {
		blame(c, place, node, "define it under expansion_rules", "is not defined");
		return NO_NET;
	}
	scope = scope_for(place->scope, rule);
	known = known_find(c, rule, scope);
	if (known && known->net == BUILDING) {
		blame(c, place, node, "a sentence cannot be endless", "contains itself");
		return NO_NET;
	}
	if (known)
		return known->net;
	if (c->depth >= MAX_RULE_DEPTH) {
		blame(c, place, node, NULL, "is nested too deeply");
		return NO_NET;
	}
	return rule_compile(c, rule, scope);
}

static uint32_t add_pair(struct compiler *c, const struct duet_pair *pair)
{
	struct duet_net_pair item = {
		.key = duet_network_writer_string(c->w, duet_slice(pair->key)),
		.value = pair->value ? duet_network_writer_string(c->w, duet_slice(pair->value)) : 0,
		.is_number = pair->is_number,
		.is_slot = pair->is_slot,
		.number = pair->number,
	};

	return duet_network_writer_add(c->w, DUET_SECTION_PAIRS, &item);
}

static uint32_t add_pairs(struct compiler *c, const struct duet_pair *pair, uint32_t *first)
{
	uint32_t n = 0;

	*first = duet_network_writer_count(c->w, DUET_SECTION_PAIRS);
	for (; pair; pair = pair->next, n++)
		add_pair(c, pair);
	return n;
}

static bool has_calls(const struct duet_template *node)
{
	for (; node; node = node->next)
		if (node->kind == DUET_TEMPLATE_LIST || node->kind == DUET_TEMPLATE_RULE ||
		    has_calls(node->first))
			return true;
	return false;
}

static bool is_plain(const struct duet_template *node)
{
	for (; node; node = node->next)
		if (node->kind == DUET_TEMPLATE_PERMUTED ||
		    (node->kind == DUET_TEMPLATE_CHOICE && node->first && node->first->next) ||
		    !is_plain(node->first))
			return false;
	return !has_calls(node);
}

/* What a value means: its `out`; or its own text, when that can be said in one way only. */
static void add_value(struct compiler *c, const struct duet_list_value *value)
{
	struct duet_net_value item = {0};

	if (value->out && value->out->value) {
		item.text = duet_network_writer_string(c->w, duet_slice(value->out->value));
		item.is_number = value->out->is_number;
		item.number = value->out->number;
	} else if (value->in.tree && is_plain(value->in.tree)) {
		item.text = duet_network_writer_string(c->w, value->in.text);
	}
	item.n_pairs = add_pairs(c, value->context, &item.pair);
	duet_network_writer_add(c->w, DUET_SECTION_VALUES, &item);
}

static uint32_t values_compile(struct compiler *c, const struct duet_list *list,
			       const struct duet_scope *scope)
{
	struct duet_net net = {.kind = DUET_NET_VALUES};
	struct duet_automaton a;

	net.name = duet_network_writer_string(c->w, duet_slice(list->name));
	net.flags = list->values ? 0 : DUET_NET_FILLED;
	duet_automaton_init(&a);
	for (const struct duet_list_value *value = list->values; value; value = value->next) {
		struct place place = {scope, &value->in};

		if (net.n_values++ >= MAX_VALUES || a.n_arcs > MAX_ARCS) {
			duet_sentences_mistake(c->s, list->file, list->line, list->column,
					       "use a wildcard, or fill the list from a program",
					       "the list {%s} is too large", list->name);
			break;
		}
		duet_automaton_final(&a, build(c, &a, value->in.tree, &place, 0), net.n_values - 1);
	}
	/* The values of a list stand together, and what they call brings values of its own: so only now. */
	net.value = duet_network_writer_count(c->w, DUET_SECTION_VALUES);
	net.n_values = 0;
	for (const struct duet_list_value *value = list->values; value && net.n_values < MAX_VALUES;
	     value = value->next, net.n_values++)
		add_value(c, value);
	return net_finish(c, &a, &net);
}

static uint32_t range_compile(struct compiler *c, const struct duet_list *list)
{
	struct duet_net net = {.kind = DUET_NET_RANGE, .from = list->from, .factor = list->multiplier};
	struct duet_automaton a;

	net.unit = list->halves ? 0.5 : list->step;
	net.n_values = (uint32_t)fmin(floor((list->to - list->from) / net.unit) + 1, UINT32_MAX - 1);
	net.name = duet_network_writer_string(c->w, duet_slice(list->name));
	duet_automaton_init(&a);
	if (c->s->n_mistakes == 0)
		duet_compile_range(c->s, &a, list, net.n_values, net.unit);
	return net_finish(c, &a, &net);
}

/* The values of a wildcard are what a microphone may hear there; what is typed may be anything. */
static uint32_t wildcard_compile(struct compiler *c, const struct duet_list *list,
				 const struct duet_scope *scope)
{
	struct duet_net net = {.kind = DUET_NET_WILDCARD};
	struct duet_automaton a;

	if (list->values)
		net.spoken = values_compile(c, list, scope) + 1;
	net.name = duet_network_writer_string(c->w, duet_slice(list->name));
	duet_automaton_init(&a);
	duet_automaton_final(&a, 0, 0);
	return net_finish(c, &a, &net);
}

static uint32_t list_compile(struct compiler *c, struct duet_list *list, const struct duet_scope *scope,
			     const struct place *place, const struct duet_template *node)
{
	const struct known *known = known_find(c, list, scope);
	uint32_t number = NO_NET;

	if (known && known->net == BUILDING) {
		blame(c, place, node, NULL, "contains itself");
		return NO_NET;
	}
	if (known)
		return known->net;
	known_set(c, list, scope, BUILDING);
	switch (list->kind) {
	case DUET_LIST_VALUES:
		number = values_compile(c, list, scope);
		break;
	case DUET_LIST_RANGE:
		number = range_compile(c, list);
		break;
	case DUET_LIST_WILDCARD:
		number = wildcard_compile(c, list, scope);
		break;
	}
	known_set(c, list, scope, number);
	return number;
}

/* {0..100} needs no definition; it is one from then on. */
static struct duet_list *inline_range(struct compiler *c, const struct duet_template *node)
{
	struct duet_list *list;
	char *name, *end;
	double from, to;

	if (!memmem(node->text.ptr, node->text.len, "..", 2))
		return NULL;
	name = duet_arena_copy(c->s->arena, node->text);
	list = duet_arena_alloc(c->s->arena, sizeof(*list));
	if (!name || !list) {
		c->failed = true;
		return NULL;
	}
	from = (double)strtol(name, &end, 10);
	if (end == name || strncmp(end, "..", 2) != 0)
		return NULL;
	to = (double)strtol(end + 2, &end, 10);
	if (*end || from > to || fabs(from) > 1e9 || fabs(to) > 1e9)
		return NULL;
	*list = (struct duet_list){
		.next = c->s->scope.lists, .name = name, .file = "", .kind = DUET_LIST_RANGE};
	list->from = from;
	list->to = to;
	list->step = list->multiplier = 1;
	c->s->scope.lists = list;
	return list;
}

/* Lists are the same wherever they are used, unless a block has one of its own. */
static uint32_t list_net(struct compiler *c, const struct duet_template *node, const struct place *place)
{
	const struct duet_scope *scope = place->scope;
	struct duet_scope own = {.lists = scope->lists};
	struct duet_list *list = duet_scope_list(scope, node->text);

	if (!list)
		list = inline_range(c, node);
	if (!list) {
		blame(c, place, node, "define it under lists; values: [] when the home fills it",
		      "is not defined");
		return NO_NET;
	}
	if (scope->outer && !duet_scope_list(&own, node->text))
		scope = scope->outer;
	return list_compile(c, list, scope, place, node);
}

static uint32_t build_call(struct compiler *c, struct duet_automaton *a, uint32_t net, struct duet_slice slot,
			   uint32_t from)
{
	uint32_t to = duet_automaton_state(a);

	if (net != NO_NET)
		duet_automaton_arc(a, from, call_label(c, net, slot), to);
	return to;
}

static uint32_t build_choice(struct compiler *c, struct duet_automaton *a, const struct duet_template *node,
			     const struct place *place, uint32_t from)
{
	uint32_t to;

	if (node->first && !node->first->next)
		return build(c, a, node->first, place, from);
	to = duet_automaton_state(a);
	for (const struct duet_template *child = node->first; child; child = child->next)
		duet_automaton_arc(a, build(c, a, child, place, from), DUET_LABEL_EMPTY, to);
	return to;
}

/* One state for each set of items that were said: 2^n instead of n! ways. */
static uint32_t build_permuted(struct compiler *c, struct duet_automaton *a, const struct duet_template *node,
			       const struct place *place, uint32_t from)
{
	const struct duet_template *items[DUET_TEMPLATE_PERMUTATION];
	uint32_t states[1 << DUET_TEMPLATE_PERMUTATION], n = 0;
	const struct duet_slice space = {" ", 1};

	for (const struct duet_template *child = node->first; child; child = child->next)
		items[n++] = child;
	for (uint32_t set = 0; set < 1u << n; set++)
		states[set] = duet_automaton_state(a);
	duet_automaton_arc(a, from, DUET_LABEL_EMPTY, states[0]);
	for (uint32_t set = 0; set < 1u << n; set++)
		for (uint32_t i = 0; i < n; i++) {
			uint32_t at;

			if (set >> i & 1)
				continue;
			at = set ? duet_compile_text(c->s, a, space, states[set]) : states[set];
			duet_automaton_arc(a, build(c, a, items[i], place, at), DUET_LABEL_EMPTY,
					   states[set | 1u << i]);
		}
	return states[(1u << n) - 1];
}

static uint32_t build(struct compiler *c, struct duet_automaton *a, const struct duet_template *node,
		      const struct place *place, uint32_t from)
{
	if (!node || a->n_arcs > MAX_ARCS)
		return from;
	switch (node->kind) {
	case DUET_TEMPLATE_TEXT:
		return duet_compile_text(c->s, a, node->text, from);
	case DUET_TEMPLATE_SEQUENCE:
		for (const struct duet_template *child = node->first; child; child = child->next)
			from = build(c, a, child, place, from);
		return from;
	case DUET_TEMPLATE_CHOICE:
		return build_choice(c, a, node, place, from);
	case DUET_TEMPLATE_PERMUTED:
		return build_permuted(c, a, node, place, from);
	case DUET_TEMPLATE_LIST:
		return build_call(c, a, list_net(c, node, place), node->slot, from);
	case DUET_TEMPLATE_RULE:
		return build_call(c, a, rule_net(c, node, place), (struct duet_slice){0}, from);
	}
	return from;
}

static uint32_t add_block(struct compiler *c, const struct duet_block *block)
{
	struct duet_net_block item = {
		.intent = duet_network_writer_string(c->w, duet_slice(block->intent)),
		.response = duet_network_writer_string(c->w, duet_slice(block->response)),
		.part = duet_network_writer_string(c->w, duet_slice(block->part)),
		.spoken = block->spoken,
	};

	item.n_slots = add_pairs(c, block->slots, &item.slot);
	item.n_needs = add_pairs(c, block->needs, &item.need);
	item.n_excludes = add_pairs(c, block->excludes, &item.exclude);
	return duet_network_writer_add(c->w, DUET_SECTION_BLOCKS, &item);
}

static void add_template(struct compiler *c, struct duet_automaton *a, uint32_t block,
			 const struct duet_scope *scope, const struct duet_phrase *phrase)
{
	struct place place = {scope, phrase};
	struct duet_net_template item = {
		.block = block,
		.file = duet_network_writer_string(c->w, duet_slice(phrase->file)),
		.text = duet_network_writer_string(c->w, phrase->text),
		.line = (uint32_t)phrase->line,
	};
	size_t n_arcs = a->n_arcs;
	uint32_t begin = duet_automaton_state(a), end;

	duet_automaton_arc(a, 0, DUET_LABEL_EMPTY, begin);
	end = build(c, a, phrase->tree, &place, begin);
	end = duet_compile_text(c->s, a, (struct duet_slice){" ", 1}, end);
	duet_automaton_final(a, end, duet_network_writer_add(c->w, DUET_SECTION_TEMPLATES, &item));
	if (a->n_arcs - n_arcs > MAX_ARCS / 16)
		duet_sentences_mistake(c->s, phrase->file, phrase->line, phrase->column,
				       "put the parts of permutations into rules",
				       "the sentence is too large");
}

static void add_blocks(struct compiler *c)
{
	struct duet_net net = {.kind = DUET_NET_SENTENCES};
	struct duet_automaton a;

	duet_automaton_init(&a);
	for (const struct duet_block *block = c->s->blocks; block; block = block->next) {
		uint32_t number = add_block(c, block);

		for (const struct duet_phrase *phrase = block->phrases; phrase; phrase = phrase->next)
			if (phrase->tree && a.n_arcs < MAX_ARCS)
				add_template(c, &a, number, &block->scope, phrase);
	}
	if (a.n_arcs >= MAX_ARCS)
		duet_sentences_mistake(c->s, "", 0, 0, NULL, "there are too many sentences");
	if (c->s->n_mistakes == 0)
		net_finish(c, &a, &net);
	duet_automaton_done(&a);
}

static int compare_responses(const void *a_, const void *b_)
{
	const struct duet_response_text *a = *(struct duet_response_text *const *)a_;
	const struct duet_response_text *b = *(struct duet_response_text *const *)b_;
	int order = strcmp(a->intent, b->intent);

	return order ? order : strcmp(a->key, b->key);
}

static void add_response(struct compiler *c, const struct duet_response_text *response)
{
	struct duet_net_response item = {
		.intent = duet_network_writer_string(c->w, duet_slice(response->intent)),
		.key = duet_network_writer_string(c->w, duet_slice(response->key)),
		.variant = duet_network_writer_count(c->w, DUET_SECTION_VARIANTS),
		.n_variants = (uint32_t)response->n_variants,
	};

	for (size_t i = 0; i < response->n_variants; i++) {
		uint32_t text = duet_network_writer_string(c->w, duet_slice(response->variants[i]));

		duet_network_writer_add(c->w, DUET_SECTION_VARIANTS, &text);
	}
	if (response->n_variants)
		duet_network_writer_add(c->w, DUET_SECTION_RESPONSES, &item);
}

static void add_responses(struct compiler *c)
{
	struct duet_response_text **sorted;
	size_t n = 0;

	for (struct duet_response_text *r = c->s->responses; r; r = r->next)
		n++;
	sorted = duet_calloc(n + 1, sizeof(struct duet_response_text *));
	if (!sorted) {
		c->failed = true;
		return;
	}
	n = 0;
	for (struct duet_response_text *r = c->s->responses; r; r = r->next)
		sorted[n++] = r;
	qsort(sorted, n, sizeof(struct duet_response_text *), compare_responses);
	for (size_t i = 0; i < n; i++)
		add_response(c, sorted[i]);
	duet_free(sorted);
}

static void add_skips(struct compiler *c)
{
	char folded[256];

	for (const struct duet_skip *skip = c->s->skips; skip; skip = skip->next) {
		long len = duet_text_normalise(skip->text, true, folded, sizeof(folded));
		uint32_t text;

		if (len <= 0)
			continue;
		text = duet_network_writer_string(c->w, (struct duet_slice){folded, (size_t)len});
		duet_network_writer_add(c->w, DUET_SECTION_SKIPS, &text);
	}
}

/* The lists of the home exist even when no file speaks of them. */
static void add_home_lists(struct duet_sentences *s)
{
	static const char *const names[] = {"name", "area", "floor"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct duet_list *list;

		if (duet_scope_list(&s->scope, duet_slice(names[i])))
			continue;
		list = duet_arena_alloc(s->arena, sizeof(*list));
		if (!list) {
			s->out_of_memory = true;
			return;
		}
		*list = (struct duet_list){.name = names[i], .file = "", .next = s->scope.lists};
		s->scope.lists = list;
	}
}

static int compiler_done(struct compiler *c)
{
	duet_free(c->known);
	duet_free(c->calls);
	return c->failed || c->w->failed || c->w->strings.failed || c->s->out_of_memory ? -ENOMEM : 0;
}

/* Lists that no sentence uses are compiled too: their mistakes count, and the home may fill them. */
static void add_lists(struct compiler *c)
{
	for (struct duet_list *list = c->s->scope.lists; list; list = list->next) {
		struct duet_phrase nowhere = {.file = list->file, .line = list->line, .column = list->column};
		struct place place = {&c->s->scope, &nowhere};
		struct duet_template node = {
			.kind = DUET_TEMPLATE_LIST, .column = 1, .text = duet_slice(list->name)};

		list_compile(c, list, &c->s->scope, &place, &node);
	}
}

int duet_compile_sentences(struct duet_sentences *s, struct duet_network_writer *w)
{
	struct compiler c = {.s = s, .w = w};

	add_home_lists(s);
	add_lists(&c);
	add_skips(&c);
	add_responses(&c);
	add_blocks(&c); /* last: its net is the highest */
	return compiler_done(&c);
}

int duet_compile_list(struct duet_sentences *s, const struct duet_list *list, struct duet_network_writer *w)
{
	struct compiler c = {.s = s, .w = w};

	values_compile(&c, list, &s->scope);
	return compiler_done(&c);
}
