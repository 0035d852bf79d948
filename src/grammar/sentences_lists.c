/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "grammar/sentences.h"

/* Lists, rules and pairs: what stands in a file and in a block alike. */

static void *take(struct duet_sentences *s, size_t size)
{
	void *memory = duet_arena_alloc(s->arena, size);

	if (!memory)
		s->out_of_memory = true;
	return memory;
}

static const char *copy(struct duet_sentences *s, const struct duet_yaml_node *scalar)
{
	const char *text = duet_arena_copy(s->arena, (struct duet_slice){scalar->text, scalar->text_len});

	if (!text)
		s->out_of_memory = true;
	return text ? text : "";
}

static void mistake(struct duet_sentences *s, const char *file, const struct duet_yaml_node *node,
		    const char *what)
{
	duet_sentences_mistake(s, file, node->line, node->column, NULL, "%s", what);
}

void duet_sentences_check_names(struct duet_sentences *s, const char *file, const struct duet_yaml_node *map,
				const char *const *names)
{
	for (const struct duet_yaml_node *member = map->first; member; member = member->next) {
		const char *const *name = names, *near;
		char hint[160] = "";

		while (*name && strcmp(*name, member->key->text) != 0)
			name++;
		if (*name)
			continue;
		near = duet_text_nearest(member->key->text, names);
		if (near)
			snprintf(hint, sizeof(hint), "did you mean \"%s\"?", near);
		duet_sentences_mistake(s, file, member->key->line, member->key->column, hint[0] ? hint : NULL,
				       "\"%s\" is not known here", member->key->text);
	}
}

struct duet_phrase *duet_sentences_read_phrase(struct duet_sentences *s, const char *file,
					       const struct duet_yaml_node *scalar, struct duet_phrase *into)
{
	*into = (struct duet_phrase){
		.file = file, .line = scalar->line, .column = scalar->column + scalar->quoted};
	into->text = duet_slice(copy(s, scalar));
	duet_phrase_parse(s, into);
	return into;
}

static bool parse_number(const struct duet_yaml_node *scalar, double *number)
{
	char *end;

	*number = strtod(scalar->text, &end);
	return scalar->kind == DUET_YAML_SCALAR && end != scalar->text && *end == '\0' && isfinite(*number) &&
	       strpbrk(scalar->text, "xXpP") == NULL;
}

static struct duet_pair *pair_new(struct duet_sentences *s, const char *key,
				  const struct duet_yaml_node *value)
{
	struct duet_pair *pair = take(s, sizeof(*pair));

	if (!pair)
		return NULL;
	pair->key = key;
	if (!value->quoted && (value->text_len == 0 || strcmp(value->text, "null") == 0))
		return pair;
	pair->value = copy(s, value);
	pair->is_number = !value->quoted && parse_number(value, &pair->number);
	return pair;
}

/* {value: v, slot: true}, or a list of values, or one value */
static struct duet_pair **add_pairs(struct duet_sentences *s, const char *file, const char *key,
				    const struct duet_yaml_node *value, struct duet_pair **end,
				    const char *slot)
{
	if (value->kind == DUET_YAML_SCALAR) {
		*end = pair_new(s, key, value);
		if (*end) {
			(*end)->slot = slot;
			end = &(*end)->next;
		}
	} else if (value->kind == DUET_YAML_LIST) {
		for (const struct duet_yaml_node *item = value->first; item; item = item->next) {
			if (item->kind == DUET_YAML_SCALAR)
				end = add_pairs(s, file, key, item, end, slot);
			else
				mistake(s, file, item, "a text is expected here");
		}
	}
	return end;
}

static struct duet_pair **add_described_pair(struct duet_sentences *s, const char *file, const char *key,
					     const struct duet_yaml_node *map, struct duet_pair **end)
{
	static const char *const names[] = {"value", "slot", NULL};
	const struct duet_yaml_node *value = duet_yaml_get(map, "value"), *slot = duet_yaml_get(map, "slot");
	const char *name = NULL;

	duet_sentences_check_names(s, file, map, names);
	if (slot && slot->kind == DUET_YAML_SCALAR && strcmp(slot->text, "false") != 0)
		name = strcmp(slot->text, "true") == 0 ? key : copy(s, slot);
	if (value)
		return add_pairs(s, file, key, value, end, name);
	*end = take(s, sizeof(**end));
	if (!*end)
		return end;
	**end = (struct duet_pair){.key = key, .slot = name};
	return &(*end)->next;
}

struct duet_pair *duet_sentences_read_pairs(struct duet_sentences *s, const char *file,
					    const struct duet_yaml_node *map)
{
	struct duet_pair *pairs = NULL, **end = &pairs;

	if (map->kind != DUET_YAML_MAP) {
		mistake(s, file, map, "names with values (key: …) are expected here");
		return NULL;
	}
	for (const struct duet_yaml_node *member = map->first; member; member = member->next) {
		const char *key = copy(s, member->key);

		if (member->kind == DUET_YAML_MAP)
			end = add_described_pair(s, file, key, member, end);
		else
			end = add_pairs(s, file, key, member, end, NULL);
	}
	return pairs;
}

static void add_value(struct duet_sentences *s, const char *file, struct duet_list *list,
		      const struct duet_yaml_node *node)
{
	static const char *const names[] = {"in", "out", "context", "metadata", NULL};
	bool is_map = node->kind == DUET_YAML_MAP;
	const struct duet_yaml_node *in = is_map ? duet_yaml_get(node, "in") : node;
	const struct duet_yaml_node *out = is_map ? duet_yaml_get(node, "out") : NULL;
	const struct duet_yaml_node *context = is_map ? duet_yaml_get(node, "context") : NULL;
	struct duet_list_value *value;

	if (is_map)
		duet_sentences_check_names(s, file, node, names);
	if (!in || in->kind != DUET_YAML_SCALAR || (out && out->kind == DUET_YAML_MAP)) {
		mistake(s, file, node, "a value is a text, or {in: text, out: value}");
		return;
	}
	value = take(s, sizeof(*value));
	if (!value)
		return;
	duet_sentences_read_phrase(s, file, in, &value->in);
	if (out)
		add_pairs(s, file, "out", out, &value->out, NULL);
	value->context = context ? duet_sentences_read_pairs(s, file, context) : NULL;
	*list->values_end = value;
	list->values_end = &value->next;
}

static void read_values(struct duet_sentences *s, const char *file, struct duet_list *list,
			const struct duet_yaml_node *values)
{
	list->kind = DUET_LIST_VALUES;
	if (values->kind != DUET_YAML_LIST) {
		mistake(s, file, values, "a list (- …) of values is expected here");
		return;
	}
	for (const struct duet_yaml_node *node = values->first; node; node = node->next)
		add_value(s, file, list, node);
}

static void read_number(struct duet_sentences *s, const char *file, const struct duet_yaml_node *map,
			const char *name, double *number)
{
	const struct duet_yaml_node *value = duet_yaml_get(map, name);

	if (value && !parse_number(value, number))
		duet_sentences_mistake(s, file, value->line, value->column, NULL, "%s is not a number", name);
}

static void read_range(struct duet_sentences *s, const char *file, struct duet_list *list,
		       const struct duet_yaml_node *range)
{
	static const char *const names[] = {"type", "from", "to", "step", "multiplier", "fractions", NULL};
	const struct duet_yaml_node *fractions;

	list->kind = DUET_LIST_RANGE;
	if (range->kind != DUET_YAML_MAP || !duet_yaml_get(range, "from") || !duet_yaml_get(range, "to")) {
		mistake(s, file, range, "a range needs from: and to:");
		return;
	}
	duet_sentences_check_names(s, file, range, names);
	read_number(s, file, range, "from", &list->from);
	read_number(s, file, range, "to", &list->to);
	read_number(s, file, range, "step", &list->step);
	read_number(s, file, range, "multiplier", &list->multiplier);
	fractions = duet_yaml_get(range, "fractions");
	list->halves = fractions && strcmp(fractions->text, "halves") == 0;
	if (fractions && !list->halves)
		mistake(s, file, fractions, "fractions can be halves only");
	if (!(list->from <= list->to) || !(list->step > 0) || fabs(list->from) > 1e9 ||
	    fabs(list->to) > 1e9 || list->from != floor(list->from) || list->step != floor(list->step))
		mistake(s, file, range, "a range counts upwards in whole steps, within a thousand million");
}

static void read_list(struct duet_sentences *s, const char *file, const struct duet_yaml_node *node,
		      struct duet_list *list)
{
	static const char *const names[] = {"values", "range", "wildcard", "metadata", NULL};
	const struct duet_yaml_node *values, *range, *wildcard;

	if (node->kind != DUET_YAML_MAP) {
		mistake(s, file, node, "a list is {values: […]}, {range: {…}} or {wildcard: true}");
		return;
	}
	duet_sentences_check_names(s, file, node, names);
	values = duet_yaml_get(node, "values");
	range = duet_yaml_get(node, "range");
	wildcard = duet_yaml_get(node, "wildcard");
	if (!values && !range && !wildcard)
		mistake(s, file, node, "a list has values, a range, or wildcard: true");
	if (range && (values || wildcard))
		mistake(s, file, node, "a range can have no values and be no wildcard");
	if (values)
		read_values(s, file, list, values);
	if (range)
		read_range(s, file, list, range);
	if (wildcard)
		list->kind = DUET_LIST_WILDCARD;
}

/* A later file adds to what earlier ones define; blocks and checkouts have names of their own. */
static bool stands_alone(const struct duet_sentences *s, const struct duet_scope *scope)
{
	return scope != s->scope || s->is_checkout;
}

static struct duet_list *list_for(struct duet_sentences *s, const char *file,
				  const struct duet_yaml_node *node, struct duet_scope *scope)
{
	struct duet_slice name = duet_slice(node->key->text);
	struct duet_list *list = stands_alone(s, scope) ? duet_names_find(&scope->list_names, name)
							: duet_scope_list(scope, name);

	if (list)
		return list;
	list = take(s, sizeof(*list));
	if (!list)
		return NULL;
	*list = (struct duet_list){.name = copy(s, node->key), .file = file};
	list->line = node->key->line;
	list->column = node->key->column;
	list->values_end = &list->values;
	list->step = list->multiplier = 1;
	if (duet_scope_add_list(scope, s->arena, list) < 0)
		s->out_of_memory = true;
	return list;
}

void duet_sentences_read_lists(struct duet_sentences *s, const char *file, const struct duet_yaml_node *map,
			       struct duet_scope *scope)
{
	if (map->kind != DUET_YAML_MAP) {
		mistake(s, file, map, "names of lists (name: …) are expected here");
		return;
	}
	for (const struct duet_yaml_node *node = map->first; node; node = node->next) {
		struct duet_list *list = list_for(s, file, node, scope);

		if (list)
			read_list(s, file, node, list);
	}
}

static struct duet_rule *rule_for(struct duet_sentences *s, const struct duet_yaml_node *node,
				  struct duet_scope *scope)
{
	struct duet_slice name = duet_slice(node->key->text);
	struct duet_rule *rule = stands_alone(s, scope) ? duet_names_find(&scope->rule_names, name)
							: duet_scope_rule(scope, name);

	if (rule)
		return rule;
	rule = take(s, sizeof(*rule));
	if (!rule)
		return NULL;
	rule->name = copy(s, node->key);
	if (duet_names_add(&scope->rule_names, s->arena, duet_slice(rule->name), rule) < 0)
		s->out_of_memory = true;
	return rule;
}

void duet_sentences_read_rules(struct duet_sentences *s, const char *file, const struct duet_yaml_node *map,
			       struct duet_scope *scope)
{
	if (map->kind != DUET_YAML_MAP) {
		mistake(s, file, map, "names of rules (name: \"…\") are expected here");
		return;
	}
	for (const struct duet_yaml_node *node = map->first; node; node = node->next) {
		struct duet_rule *rule;

		if (node->kind != DUET_YAML_SCALAR) {
			mistake(s, file, node, "the text of a rule is expected here");
			continue;
		}
		rule = rule_for(s, node, scope);
		if (rule)
			duet_sentences_read_phrase(s, file, node, &rule->phrase);
	}
}
