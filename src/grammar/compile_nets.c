/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/compile_parts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "grammar/vector.h"

enum { MAX_RULE_DEPTH = 100, MAX_VALUES = 200000 };

#define BUILDING (UINT32_MAX - 1)
#define NO_NET   UINT32_MAX

static void blame(struct duet_compiler *c, const struct duet_compile_place *place,
		  const struct duet_template *node, const char *hint, const char *what)
{
	bool is_list = node->kind == DUET_TEMPLATE_LIST;

	duet_sentences_mistake(c->s, place->phrase->file, place->phrase->line,
			       place->phrase->column + node->column - 1, hint, "%c%.*s%c %s",
			       is_list ? '{' : '<', (int)node->text.len, node->text.ptr, is_list ? '}' : '>',
			       what);
}

/* Small structures without gaps are their own names. */
static void *remembered(const struct duet_names *names, const void *key, size_t size)
{
	return duet_names_find(names, (struct duet_slice){key, size});
}

static void remember(struct duet_compiler *c, struct duet_names *names, const void *key, size_t size,
		     void *what)
{
	struct duet_slice name = {duet_arena_copy(c->s->arena, (struct duet_slice){key, size}), size};

	if (!name.ptr || duet_names_add(names, c->s->arena, name, what) < 0)
		c->failed = true;
}

static uint32_t call_label(struct duet_compiler *c, uint32_t net, struct duet_slice slot)
{
	struct duet_net_call call = {.net = net, .slot = duet_network_writer_string(c->w, slot)};
	void *known = remembered(&c->call_names, &call, sizeof(call));

	if (known)
		return DUET_LABEL_CALL + (uint32_t)((uintptr_t)known - 1);
	if (!duet_vector_room(&c->calls, c->n_calls, &c->calls_room, sizeof(*c->calls))) {
		c->failed = true;
		return DUET_LABEL_CALL;
	}
	c->calls[c->n_calls++] = call;
	remember(c, &c->call_names, &call, sizeof(call), (void *)(uintptr_t)c->n_calls);
	return DUET_LABEL_CALL + (uint32_t)c->n_calls - 1;
}

/* A rule or list that becomes a net, seen from one scope. */
struct known_key {
	const void *what;
	const struct duet_scope *scope;
	uint64_t glued;
};

/* Its net, or BUILDING while its own text is compiled; NULL: not met so far. */
static const uint32_t *known_find(struct duet_compiler *c, const void *what, const struct duet_scope *scope,
				  bool glued)
{
	struct known_key key = {what, scope, glued};

	return remembered(&c->known, &key, sizeof(key));
}

static void known_set(struct duet_compiler *c, const void *what, const struct duet_scope *scope, bool glued,
		      uint32_t net)
{
	struct known_key key = {what, scope, glued};
	uint32_t *known = remembered(&c->known, &key, sizeof(key));

	if (!known) {
		known = duet_arena_alloc(c->s->arena, sizeof(*known));
		if (!known) {
			c->failed = true;
			return;
		}
		remember(c, &c->known, &key, sizeof(key), known);
	}
	*known = net;
}

/* With mistakes nothing will be written: only more of them are looked for. */
uint32_t duet_compile_net(struct duet_compiler *c, struct duet_automaton *a, const struct duet_net *net)
{
	uint32_t number = 0;

	c->n_arcs += a->n_arcs;
	if (c->n_arcs > DUET_COMPILE_MAX_ALL && c->s->n_mistakes == 0)
		duet_sentences_mistake(c->s, "", 0, 0, NULL,
				       "there are too many sentences, or they are too large");
	if (c->s->n_mistakes == 0 && duet_automaton_minimise(a, a->n_arcs * 4 + 4096, false) < 0)
		c->failed = true;
	else if (c->s->n_mistakes == 0)
		number = duet_network_writer_net(c->w, net, a, c->calls);
	duet_automaton_done(a);
	return number;
}

/* Does the tree use a name that the scope has of its own? Then the rule means something else there. Each rule
 * is looked at once for a question. */
static bool uses_own(struct duet_compiler *c, const struct duet_scope *scope,
		     const struct duet_template *node, int depth)
{
	struct duet_rule *rule;

	for (; node; node = node->next) {
		if (node->kind == DUET_TEMPLATE_LIST && duet_names_find(&scope->list_names, node->text))
			return true;
		if (node->kind == DUET_TEMPLATE_RULE) {
			rule = duet_scope_rule(scope, node->text);
			if (duet_names_find(&scope->rule_names, node->text))
				return true;
			if (rule && rule->asked != c->n_asked) {
				rule->asked = c->n_asked;
				if (depth < MAX_RULE_DEPTH &&
				    uses_own(c, scope, rule->phrase.tree, depth + 1))
					return true;
			}
		}
		if (uses_own(c, scope, node->first, depth))
			return true;
	}
	return false;
}

/* The outermost scope in which the rule means the same. */
static const struct duet_scope *scope_for(struct duet_compiler *c, const struct duet_scope *scope,
					  const struct duet_rule *rule)
{
	for (; scope->outer; scope = scope->outer) {
		c->n_asked++;
		if ((scope->list_names.n || scope->rule_names.n) &&
		    (duet_names_find(&scope->rule_names, duet_slice(rule->name)) ||
		     uses_own(c, scope, rule->phrase.tree, 0)))
			break;
	}
	return scope;
}

static uint32_t rule_compile(struct duet_compiler *c, struct duet_rule *rule, const struct duet_scope *scope)
{
	struct duet_compile_place place = {scope, &rule->phrase};
	struct duet_net net = {.kind = DUET_NET_RULE};
	struct duet_automaton a;
	bool as_written = c->as_written;
	size_t max_arcs = c->max_arcs;
	uint32_t number;

	c->as_written = false;
	c->max_arcs = DUET_COMPILE_MAX_ONE;
	net.name = duet_network_writer_string(c->w, duet_slice(rule->name));
	known_set(c, rule, scope, false, BUILDING);
	duet_automaton_init(&a);
	c->depth++;
	if (rule->phrase.tree)
		duet_automaton_final(&a, duet_compile_build(c, &a, rule->phrase.tree, &place, 0), 0);
	c->depth--;
	if (a.n_arcs > c->max_arcs)
		duet_sentences_mistake(c->s, rule->phrase.file, rule->phrase.line, rule->phrase.column,
				       "put the parts of permutations into rules", "the rule is too large");
	c->as_written = as_written;
	c->max_arcs = max_arcs;
	number = duet_compile_net(c, &a, &net);
	known_set(c, rule, scope, false, number);
	return number;
}

static uint32_t rule_net(struct duet_compiler *c, const struct duet_template *node,
			 const struct duet_compile_place *place)
{
	struct duet_rule *rule = duet_scope_rule(place->scope, node->text);
	const struct duet_scope *scope;
	const uint32_t *known;

	if (!rule) {
		blame(c, place, node, "define it under expansion_rules", "is not defined");
		return NO_NET;
	}
	scope = scope_for(c, place->scope, rule);
	known = known_find(c, rule, scope, false);
	if (known && *known == BUILDING) {
		blame(c, place, node, "a sentence cannot be endless", "contains itself");
		return NO_NET;
	}
	if (known)
		return *known;
	if (c->depth >= MAX_RULE_DEPTH) {
		blame(c, place, node, NULL, "is nested too deeply");
		return NO_NET;
	}
	return rule_compile(c, rule, scope);
}

static uint32_t add_pair(struct duet_compiler *c, const struct duet_pair *pair)
{
	struct duet_net_pair item = {
		.key = duet_network_writer_string(c->w, duet_slice(pair->key)),
		.value = pair->value ? duet_network_writer_string(c->w, duet_slice(pair->value)) : 0,
		.is_number = pair->is_number,
		.slot = pair->slot ? duet_network_writer_string(c->w, duet_slice(pair->slot)) : 0,
		.number = pair->number,
	};

	return duet_network_writer_add(c->w, DUET_SECTION_PAIRS, &item);
}

uint32_t duet_compile_pairs(struct duet_compiler *c, const struct duet_pair *pair, uint32_t *first)
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
static void add_value(struct duet_compiler *c, const struct duet_list_value *value)
{
	struct duet_net_value item = {0};

	if (value->out && value->out->value) {
		item.text = duet_network_writer_string(c->w, duet_slice(value->out->value));
		item.is_number = value->out->is_number;
		item.number = value->out->number;
		item.n_more = duet_compile_pairs(c, value->out->next, &item.more);
	} else if (value->in.tree && is_plain(value->in.tree)) {
		item.text = duet_network_writer_string(c->w, value->in.text);
	}
	item.n_pairs = duet_compile_pairs(c, value->context, &item.pair);
	duet_network_writer_add(c->w, DUET_SECTION_VALUES, &item);
}

static uint32_t values_compile(struct duet_compiler *c, const struct duet_list *list,
			       const struct duet_scope *scope)
{
	struct duet_net net = {.kind = DUET_NET_VALUES};
	struct duet_automaton a;
	bool as_written = c->as_written;
	size_t max_arcs = c->max_arcs;

	c->as_written = false;
	c->max_arcs = DUET_COMPILE_MAX_NET;
	net.name = duet_network_writer_string(c->w, duet_slice(list->name));
	net.flags = list->values ? 0 : DUET_NET_FILLED;
	duet_automaton_init(&a);
	for (const struct duet_list_value *value = list->values; value; value = value->next) {
		struct duet_compile_place place = {scope, &value->in};

		if (net.n_values++ >= MAX_VALUES || a.n_arcs > c->max_arcs) {
			duet_sentences_mistake(c->s, list->file, list->line, list->column,
					       "use a wildcard, or fill the list from a program",
					       "the list {%s} is too large", list->name);
			break;
		}
		if (value->in.tree)
			duet_automaton_final(&a, duet_compile_build(c, &a, value->in.tree, &place, 0),
					     net.n_values - 1);
	}
	c->as_written = as_written;
	c->max_arcs = max_arcs;
	/* The values of a list stand together, and what they call brings values of its own: so only now. */
	net.value = duet_network_writer_count(c->w, DUET_SECTION_VALUES);
	net.n_values = 0;
	for (const struct duet_list_value *value = list->values; value && net.n_values < MAX_VALUES;
	     value = value->next, net.n_values++)
		add_value(c, value);
	return duet_compile_net(c, &a, &net);
}

static uint32_t range_compile(struct duet_compiler *c, const struct duet_list *list)
{
	struct duet_net net = {.kind = DUET_NET_RANGE, .from = list->from, .factor = list->multiplier};
	struct duet_automaton a;

	net.unit = list->halves ? 0.5 : list->step;
	net.n_values = (uint32_t)fmax(0, fmin(floor((list->to - list->from) / net.unit) + 1, INT32_MAX));
	net.name = duet_network_writer_string(c->w, duet_slice(list->name));
	duet_automaton_init(&a);
	if (c->s->n_mistakes == 0)
		duet_compile_range(c, &a, &net);
	return duet_compile_net(c, &a, &net);
}

/* The values of a wildcard are what a microphone may hear there; what is typed may be anything. */
static uint32_t wildcard_compile(struct duet_compiler *c, const struct duet_list *list,
				 const struct duet_scope *scope, bool glued)
{
	struct duet_net net = {.kind = DUET_NET_WILDCARD, .flags = glued ? DUET_NET_GLUED : 0};
	const uint32_t *spoken = known_find(c, &list->values, scope, false);
	struct duet_automaton a;

	if (spoken) {
		net.spoken = *spoken + 1;
	} else if (list->values) {
		net.spoken = values_compile(c, list, scope) + 1;
		known_set(c, &list->values, scope, false, net.spoken - 1);
	}
	net.name = duet_network_writer_string(c->w, duet_slice(list->name));
	duet_automaton_init(&a);
	duet_automaton_final(&a, 0, 0);
	return duet_compile_net(c, &a, &net);
}

uint32_t duet_compile_list_net(struct duet_compiler *c, struct duet_list *list,
			       const struct duet_scope *scope, const struct duet_compile_place *place,
			       const struct duet_template *node)
{
	bool glued = list->kind == DUET_LIST_WILDCARD && node->glued;
	const uint32_t *known = known_find(c, list, scope, glued);
	uint32_t number = NO_NET;

	if (known && *known == BUILDING) {
		blame(c, place, node, NULL, "contains itself");
		return NO_NET;
	}
	if (known)
		return *known;
	known_set(c, list, scope, glued, BUILDING);
	switch (list->kind) {
	case DUET_LIST_VALUES:
		number = values_compile(c, list, scope);
		break;
	case DUET_LIST_RANGE:
		number = range_compile(c, list);
		break;
	case DUET_LIST_WILDCARD:
		number = wildcard_compile(c, list, scope, glued);
		break;
	}
	known_set(c, list, scope, glued, number);
	return number;
}

/* "from..to" or "from..to,step" */
static bool parse_inline_range(const char *name, struct duet_list *list)
{
	char *end;

	list->from = (double)strtol(name, &end, 10);
	if (end == name || strncmp(end, "..", 2) != 0)
		return false;
	name = end + 2;
	list->to = (double)strtol(name, &end, 10);
	list->step = list->multiplier = 1;
	if (end != name && *end == ',') {
		name = end + 1;
		list->step = (double)strtol(name, &end, 10);
	}
	return end != name && !*end && list->from <= list->to && list->step >= 1 && fabs(list->from) <= 1e9 &&
	       list->to <= 1e9;
}

/* {0..100} needs no definition; it is one from then on. */
static struct duet_list *inline_range(struct duet_compiler *c, const struct duet_template *node)
{
	struct duet_list *list;

	if (!memmem(node->text.ptr, node->text.len, "..", 2))
		return NULL;
	list = duet_arena_alloc(c->s->arena, sizeof(*list));
	if (list)
		list->name = duet_arena_copy(c->s->arena, node->text);
	if (!list || !list->name) {
		c->failed = true;
		return NULL;
	}
	list->kind = DUET_LIST_RANGE;
	list->file = "";
	if (!parse_inline_range(list->name, list))
		return NULL;
	if (duet_scope_add_list(&c->s->outermost, c->s->arena, list) < 0)
		c->failed = true;
	return list;
}

/* Lists are the same wherever they are used, unless a block has one of its own. */
static uint32_t list_net(struct duet_compiler *c, const struct duet_template *node,
			 const struct duet_compile_place *place)
{
	const struct duet_scope *scope = place->scope;
	struct duet_list *list = duet_scope_list(scope, node->text);

	if (!list)
		list = inline_range(c, node);
	if (!list) {
		blame(c, place, node, "define it under lists; values: [] when the home fills it",
		      "is not defined");
		return NO_NET;
	}
	while (scope->outer && duet_names_find(&scope->list_names, node->text) != list)
		scope = scope->outer;
	return duet_compile_list_net(c, list, scope, place, node);
}

static uint32_t build_call(struct duet_compiler *c, struct duet_automaton *a, uint32_t net,
			   struct duet_slice slot, uint32_t from)
{
	uint32_t to = duet_automaton_state(a);

	if (net != NO_NET)
		duet_automaton_arc(a, from, call_label(c, net, slot), to);
	return to;
}

static uint32_t build_choice(struct duet_compiler *c, struct duet_automaton *a,
			     const struct duet_template *node, const struct duet_compile_place *place,
			     uint32_t from)
{
	uint32_t to;

	if (node->first && !node->first->next)
		return duet_compile_build(c, a, node->first, place, from);
	to = duet_automaton_state(a);
	for (const struct duet_template *child = node->first; child; child = child->next)
		duet_automaton_arc(a, duet_compile_build(c, a, child, place, from), DUET_LABEL_EMPTY, to);
	return to;
}

/* One state for each set of items that were said: 2^n instead of n! ways. */
static uint32_t build_permuted(struct duet_compiler *c, struct duet_automaton *a,
			       const struct duet_template *node, const struct duet_compile_place *place,
			       uint32_t from)
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
			at = set ? duet_compile_text(c, a, space, states[set]) : states[set];
			duet_automaton_arc(a, duet_compile_build(c, a, items[i], place, at), DUET_LABEL_EMPTY,
					   states[set | 1u << i]);
		}
	return states[(1u << n) - 1];
}

static uint32_t build_inlined(struct duet_compiler *c, struct duet_automaton *a,
			      const struct duet_template *node, const struct duet_compile_place *place,
			      uint32_t from)
{
	const struct duet_rule *rule = duet_scope_rule(place->scope, node->text);
	struct duet_compile_place inner;

	if (!rule || c->n_inlined++ > DUET_COMPILE_MAX_NET)
		return from;
	inner = (struct duet_compile_place){scope_for(c, place->scope, rule), &rule->phrase};
	return duet_compile_build(c, a, rule->phrase.tree, &inner, from);
}

uint32_t duet_compile_build(struct duet_compiler *c, struct duet_automaton *a,
			    const struct duet_template *node, const struct duet_compile_place *place,
			    uint32_t from)
{
	if (!node || a->n_arcs > c->max_arcs)
		return from;
	switch (node->kind) {
	case DUET_TEMPLATE_TEXT:
		return duet_compile_text(c, a, node->text, from);
	case DUET_TEMPLATE_SEQUENCE:
		for (const struct duet_template *child = node->first; child; child = child->next)
			from = duet_compile_build(c, a, child, place, from);
		return from;
	case DUET_TEMPLATE_CHOICE:
		return build_choice(c, a, node, place, from);
	case DUET_TEMPLATE_PERMUTED:
		return build_permuted(c, a, node, place, from);
	case DUET_TEMPLATE_LIST:
		return build_call(c, a, list_net(c, node, place), node->slot, from);
	case DUET_TEMPLATE_RULE:
		if (c->inlines)
			return build_inlined(c, a, node, place, from);
		return build_call(c, a, rule_net(c, node, place), (struct duet_slice){0}, from);
	}
	return from;
}

void duet_compile_filled(struct duet_compiler *c, const struct duet_list *list)
{
	values_compile(c, list, &c->s->outermost);
}
