/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "grammar/sentences.h"

/* What is told of intents beside their sentences: intents.yaml of a checkout, and the lists that all of its
 * languages share. */

/* Read as if each checkout brought it; what a checkout has of its own replaces it. */
static const char shared_lists[] = "lists:\n"
				   "  brightness: {range: {from: 0, to: 100}}\n"
				   "  color_temperature: {range: {from: 1000, to: 10000}}\n"
				   "  fan_speed: {range: {from: 0, to: 100}}\n"
				   "  message: {wildcard: true}\n"
				   "  position: {range: {from: 0, to: 100}}\n"
				   "  search_query: {wildcard: true}\n"
				   "  shopping_list_item: {wildcard: true}\n"
				   "  temperature: {range: {from: 0, to: 100, fractions: halves}}\n"
				   "  timer_command: {wildcard: true}\n"
				   "  timer_hours: {range: {from: 1, to: 100}}\n"
				   "  timer_minutes: {range: {from: 1, to: 100}}\n"
				   "  timer_name: {wildcard: true}\n"
				   "  timer_seconds: {range: {from: 1, to: 100}}\n"
				   "  todo_list_item: {wildcard: true}\n"
				   "  volume: {range: {from: 0, to: 100}}\n"
				   "  volume_step_down: {range: {from: 0, to: 100, multiplier: -1}}\n"
				   "  volume_step_up: {range: {from: 0, to: 100}}\n"
				   "  zone: {wildcard: true}\n";

static const char *copy(struct duet_sentences *s, const char *text)
{
	const char *copied = duet_arena_copy(s->arena, duet_slice(text));

	if (!copied)
		s->out_of_memory = true;
	return copied ? copied : "";
}

static bool is_true(const struct duet_yaml_node *value)
{
	return value && value->kind == DUET_YAML_SCALAR && strcmp(value->text, "true") == 0;
}

static const struct duet_yaml_node *member(const struct duet_yaml_node *map, const char *name)
{
	const struct duet_yaml_node *value = map->kind == DUET_YAML_MAP ? duet_yaml_get(map, name) : NULL;

	return value && value->kind == DUET_YAML_MAP ? value : NULL;
}

static void add_combination(struct duet_sentences *s, const char *file, const char *intent,
			    const struct duet_yaml_node *node)
{
	struct duet_combination *combination = duet_arena_alloc(s->arena, sizeof(*combination));
	const struct duet_yaml_node *groups = member(node, "name_domain_groups");

	if (!combination) {
		s->out_of_memory = true;
		return;
	}
	*combination = (struct duet_combination){.next = s->combinations, .intent = intent};
	combination->name = copy(s, node->key->text);
	combination->context_area =
		node->kind == DUET_YAML_MAP && is_true(duet_yaml_get(node, "context_area"));
	if (groups)
		combination->groups = duet_sentences_read_pairs(s, file, groups);
	s->combinations = combination;
}

int duet_sentences_add_schema(struct duet_sentences *s, const struct duet_yaml *yaml)
{
	const struct duet_yaml_node *root = duet_yaml_root(yaml);
	const char *file = copy(s, duet_yaml_name(yaml));

	s->combinations = NULL;
	if (!root || root->kind != DUET_YAML_MAP)
		return s->out_of_memory ? -ENOMEM : 0;
	for (const struct duet_yaml_node *intent = root->first; intent; intent = intent->next) {
		const struct duet_yaml_node *all = member(intent, "slot_combinations");
		const char *name = copy(s, intent->key->text);

		for (const struct duet_yaml_node *one = all ? all->first : NULL; one; one = one->next)
			add_combination(s, file, name, one);
	}
	return s->out_of_memory ? -ENOMEM : 0;
}

const struct duet_combination *duet_sentences_combination(const struct duet_sentences *s, const char *intent,
							  const char *name)
{
	const struct duet_combination *known = name ? s->combinations : NULL;

	while (known && (strcmp(known->name, name) != 0 || strcmp(known->intent, intent) != 0))
		known = known->next;
	return known;
}

static int by_order(const void *a_, const void *b_)
{
	const struct duet_block *a = *(struct duet_block *const *)a_, *b = *(struct duet_block *const *)b_;

	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

/* Intents as they were first met, each with all of its blocks. */
static void order_by_intent(struct duet_block *first)
{
	for (struct duet_block *block = first; block; block = block->next) {
		struct duet_block *same = first;

		while (same != block && strcmp(same->intent, block->intent) != 0)
			same = same->next;
		block->order = same->number;
	}
}

static int sort_blocks(struct duet_sentences *s, struct duet_block **first)
{
	struct duet_block **sorted;
	size_t n = 0;

	order_by_intent(*first);
	for (struct duet_block *block = *first; block; block = block->next)
		n++;
	sorted = duet_calloc(n + 1, sizeof(struct duet_block *));
	if (!sorted)
		return -ENOMEM;
	n = 0;
	for (struct duet_block *block = *first; block; block = block->next)
		sorted[n++] = block;
	qsort(sorted, n, sizeof(struct duet_block *), by_order);
	for (size_t i = 0; i < n; i++) {
		*first = sorted[i];
		first = &sorted[i]->next;
	}
	*first = NULL;
	s->blocks_end = first;
	duet_free(sorted);
	return 0;
}

/* Only what no file has told so far. */
static int add_shared_lists(struct duet_sentences *s)
{
	struct duet_scope read = {0};
	struct duet_sentences shared = {.arena = s->arena, .language = s->language, .scope = &read};
	struct duet_yaml *yaml = NULL;
	int rc = duet_yaml_parse(&yaml, "lists", shared_lists, sizeof(shared_lists) - 1, NULL);
	struct duet_list *next;

	if (rc == 0)
		rc = duet_sentences_add(&shared, yaml, "", "");
	duet_yaml_free(yaml);
	for (struct duet_list *list = read.lists; rc == 0 && list; list = next) {
		next = list->next;
		if (!duet_names_find(&s->scope->list_names, duet_slice(list->name)))
			rc = duet_scope_add_list(s->scope, s->arena, list);
	}
	return rc;
}

int duet_sentences_close_source(struct duet_sentences *s, struct duet_block **first)
{
	int rc = sort_blocks(s, first);

	s->combinations = NULL;
	return rc == 0 && s->is_checkout ? add_shared_lists(s) : rc;
}
