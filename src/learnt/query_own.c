/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "base/yaml.h"
#include "grammar/vector.h"
#include "learnt/query_reader.h"

struct reader {
	struct duet_queries *queries;
	const char *name;
	struct duet_error *error;
};

struct draft {
	char text[DUET_QUERY_MAX];
	size_t len;
	struct duet_query_span spans[DUET_QUERY_SPANS];
	size_t n_spans;
};

static int mistake(struct reader *reader, const struct duet_yaml_node *node, const char *what)
{
	int code = duet_error_set(reader->error, -EINVAL, "%s", what);

	duet_error_at(reader->error, reader->name, node ? node->line : 1, node ? node->column : 0);
	return code;
}

static int refuse(struct reader *reader, const struct duet_yaml_node *node, int code)
{
	if (code == -E2BIG)
		return mistake(reader, node, "there are too many queries, meanings or slots");
	return duet_error_set(reader->error, code, "out of memory");
}

static int add_text(struct reader *reader, const struct duet_yaml_node *node, struct draft *draft,
		    struct duet_slice piece)
{
	if (draft->len + piece.len > sizeof(draft->text))
		return mistake(reader, node, "the sentence is too long");
	memcpy(draft->text + draft->len, piece.ptr, piece.len);
	draft->len += piece.len;
	return 0;
}

/* "[what was said](slot)"; `*at` stands on its bracket and is moved behind it. */
static int add_slot(struct reader *reader, const struct duet_yaml_node *node, struct draft *draft,
		    const char **at)
{
	const char *middle = strstr(*at, "]("), *end = middle ? strchr(middle, ')') : NULL;
	struct duet_query_span span = {.begin = (uint32_t)draft->len};
	int slot, result;

	if (!end || middle == *at + 1 || end == middle + 2)
		return mistake(reader, node, "a slot is written [what was said](slot)");
	if (draft->n_spans == DUET_QUERY_SPANS)
		return mistake(reader, node, "the sentence has too many slots");
	result = add_text(reader, node, draft, (struct duet_slice){*at + 1, (size_t)(middle - *at - 1)});
	if (result < 0)
		return result;
	slot = duet_queries_slot(reader->queries,
				 (struct duet_slice){middle + 2, (size_t)(end - middle - 2)});
	if (slot < 0)
		return refuse(reader, node, slot);
	span.end = (uint32_t)draft->len;
	span.slot = (uint32_t)slot;
	draft->spans[draft->n_spans++] = span;
	*at = end + 1;
	return 0;
}

static int add_sentence(struct reader *reader, uint32_t meaning, const struct duet_yaml_node *node)
{
	struct draft draft = {.len = 0};
	const char *at = node->text;
	int result = 0;

	if (node->kind != DUET_YAML_SCALAR)
		return mistake(reader, node, "a sentence must be a text");
	while (*at && result == 0) {
		size_t n = strcspn(at, "[");

		result = add_text(reader, node, &draft, (struct duet_slice){at, n});
		at += n;
		if (*at && result == 0)
			result = add_slot(reader, node, &draft, &at);
	}
	if (result < 0)
		return result;
	result = duet_queries_add(reader->queries, meaning, (struct duet_slice){draft.text, draft.len},
				  draft.spans, draft.n_spans);
	return result < 0 ? refuse(reader, node, result) : 0;
}

/* "lights|domain=light", as the sampler calls a block. */
static const char *key_of(struct reader *reader, const struct duet_yaml_node *group)
{
	const struct duet_yaml_node *response = duet_yaml_get(group, "response"),
				    *slots = duet_yaml_get(group, "slots");
	const struct duet_yaml_node *means = duet_yaml_get(group, "means");
	struct duet_arena *arena = reader->queries->arena;
	const char *key = means ? means->first->text : response ? response->text : "";

	for (const struct duet_yaml_node *slot = slots ? slots->first : NULL; slot && key; slot = slot->next)
		key = duet_arena_printf(arena, "%s|%s=%s", key, slot->key->text, slot->text);
	return key;
}

static int check_texts(struct reader *reader, const struct duet_yaml_node *list, const char *what)
{
	for (const struct duet_yaml_node *one = list ? list->first : NULL; one; one = one->next) {
		if (one->kind != DUET_YAML_SCALAR || !one->text_len)
			return mistake(reader, one, what);
	}
	return 0;
}

static int check_meaning(struct reader *reader, const struct duet_yaml_node *group)
{
	const struct duet_yaml_node *intent = duet_yaml_get(group, "intent"),
				    *means = duet_yaml_get(group, "means");
	const struct duet_yaml_node *response = duet_yaml_get(group, "response"),
				    *slots = duet_yaml_get(group, "slots");

	if (intent && (intent->kind != DUET_YAML_SCALAR || !intent->text_len))
		return mistake(reader, intent, "an intent must be a name");
	if (means && (means->kind != DUET_YAML_LIST || !means->first || !intent))
		return mistake(reader, means, "means is a list of forms, beside an intent");
	if (response && response->kind != DUET_YAML_SCALAR)
		return mistake(reader, response, "a response must be a name");
	if (slots && slots->kind != DUET_YAML_MAP)
		return mistake(reader, slots, "slots are names and their values");
	if (check_texts(reader, means, "a form must be a text") < 0 ||
	    check_texts(reader, slots, "a slot's value must be a text") < 0)
		return -EINVAL;
	return 0;
}

/* The meaning that a group's sentences have; negative when it is wrong. */
static int read_meaning(struct reader *reader, const struct duet_yaml_node *group)
{
	const struct duet_yaml_node *intent = duet_yaml_get(group, "intent"),
				    *means = duet_yaml_get(group, "means");
	int result = check_meaning(reader, group), meaning;
	const char *key;

	if (result < 0)
		return result;
	key = key_of(reader, group);
	meaning = key ? duet_queries_meaning(reader->queries, intent ? intent->text : "", key) : -ENOMEM;
	if (meaning < 0)
		return refuse(reader, group, meaning);
	for (const struct duet_yaml_node *form = means ? means->first : NULL; form; form = form->next) {
		result = duet_queries_form(reader->queries, (uint32_t)meaning,
					   (struct duet_slice){form->text, form->text_len});
		if (result < 0)
			return refuse(reader, form, result);
	}
	return meaning;
}

static int check_names(struct reader *reader, const struct duet_yaml_node *group)
{
	static const char *const names[] = {"intent", "means", "response", "say", "slots", NULL};

	for (const struct duet_yaml_node *one = group->first; one; one = one->next) {
		const char *near;
		bool known = false;

		for (size_t i = 0; names[i]; i++)
			known |= strcmp(one->key->text, names[i]) == 0;
		if (known)
			continue;
		mistake(reader, one->key, "a group has intent, means, response, slots and say");
		near = duet_text_nearest(one->key->text, names);
		if (near)
			duet_error_hint(reader->error, "did you mean %s?", near);
		return -EINVAL;
	}
	return 0;
}

static int read_group(struct reader *reader, const struct duet_yaml_node *group)
{
	const struct duet_yaml_node *say = duet_yaml_get(group, "say");
	int meaning, result;

	if (group->kind != DUET_YAML_MAP || !say || say->kind != DUET_YAML_LIST)
		return mistake(reader, group, "a group needs a list of sentences called say");
	result = check_names(reader, group);
	if (result < 0)
		return result;
	meaning = read_meaning(reader, group);
	if (meaning < 0)
		return meaning;
	for (const struct duet_yaml_node *one = say->first; one; one = one->next) {
		result = add_sentence(reader, (uint32_t)meaning, one);
		if (result < 0)
			return result;
	}
	return 0;
}

/* rules: {slot: [rule …]} */
static int read_rules(struct reader *reader, const struct duet_yaml_node *map)
{
	struct duet_queries *queries = reader->queries;

	for (const struct duet_yaml_node *slot = map ? map->first : NULL; slot; slot = slot->next) {
		if (map->kind != DUET_YAML_MAP || slot->kind != DUET_YAML_LIST)
			return mistake(reader, slot, "rules are slots and for each a list of rules");
		if (check_texts(reader, slot, "a rule must be a name") < 0)
			return -EINVAL;
		for (const struct duet_yaml_node *rule = slot->first; rule; rule = rule->next) {
			struct duet_query_rule made = {
				duet_arena_copy(queries->arena, duet_slice(rule->text)),
				duet_arena_copy(queries->arena, duet_slice(slot->key->text)),
			};

			if (!made.rule || !made.slot ||
			    !duet_vector_room(&queries->rules, queries->n_rules, &queries->rules_room,
					      sizeof(made)))
				return refuse(reader, rule, -ENOMEM);
			queries->rules[queries->n_rules++] = made;
		}
	}
	return 0;
}

static int read_names_of(struct reader *reader, const char *list, const char *domain,
			 const struct duet_yaml_node *texts)
{
	struct duet_queries *queries = reader->queries;
	struct duet_query_name made = {.domain = NULL};

	if (texts->kind != DUET_YAML_LIST || check_texts(reader, texts, "a name must be a text") < 0)
		return mistake(reader, texts, "names are lists of texts, perhaps by domain");
	made.list = duet_arena_copy(queries->arena, duet_slice(list));
	if (domain)
		made.domain = duet_arena_copy(queries->arena, duet_slice(domain));
	for (const struct duet_yaml_node *one = texts->first; one; one = one->next) {
		made.text = duet_arena_copy(queries->arena, duet_slice(one->text));
		if (!made.list || !made.text || (domain && !made.domain) ||
		    !duet_vector_room(&queries->names, queries->n_names, &queries->names_room, sizeof(made)))
			return refuse(reader, one, -ENOMEM);
		queries->names[queries->n_names++] = made;
	}
	return 0;
}

/* names: {list: [text …]} or {list: {domain: [text …]}} */
static int read_names(struct reader *reader, const struct duet_yaml_node *map)
{
	int result = 0;

	for (const struct duet_yaml_node *list = map ? map->first : NULL; list && result == 0;
	     list = list->next) {
		if (map->kind != DUET_YAML_MAP)
			return mistake(reader, map, "names are lists of texts, perhaps by domain");
		if (list->kind != DUET_YAML_MAP) {
			result = read_names_of(reader, list->key->text, NULL, list);
			continue;
		}
		for (const struct duet_yaml_node *one = list->first; one && result == 0; one = one->next)
			result = read_names_of(reader, list->key->text, one->key->text, one);
	}
	return result;
}

static int read_root(struct reader *reader, const struct duet_yaml_node *root)
{
	const struct duet_yaml_node *list = root ? duet_yaml_get(root, "queries") : NULL;
	int result;

	if (!list || list->kind != DUET_YAML_LIST)
		return mistake(reader, root, "a file of queries has a list called queries");
	result = read_rules(reader, duet_yaml_get(root, "rules"));
	if (result == 0)
		result = read_names(reader, duet_yaml_get(root, "names"));
	for (const struct duet_yaml_node *group = list->first; group && result == 0; group = group->next)
		result = read_group(reader, group);
	return result;
}

int duet_queries_parse_own(struct duet_queries *queries, const char *name, struct duet_slice bytes,
			   struct duet_error *error)
{
	struct reader reader = {.queries = queries, .name = name, .error = error};
	struct duet_yaml *yaml;
	int result = duet_yaml_parse(&yaml, name, bytes.ptr, bytes.len, error);

	if (result < 0)
		return result;
	result = read_root(&reader, duet_yaml_root(yaml));
	duet_yaml_free(yaml);
	return result;
}
