/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "base/yaml.h"
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

/* The meaning that a group's sentences have; negative when it is wrong. */
static int read_meaning(struct reader *reader, const struct duet_yaml_node *group)
{
	const struct duet_yaml_node *intent = duet_yaml_get(group, "intent"),
				    *means = duet_yaml_get(group, "means");
	const char *forms[DUET_QUERY_FORMS];
	size_t n_forms = 0;
	int result;

	if (intent && (intent->kind != DUET_YAML_SCALAR || !intent->text_len))
		return mistake(reader, intent, "an intent must be a name");
	if (means && (means->kind != DUET_YAML_LIST || !intent))
		return mistake(reader, means, "means is a list of forms, beside an intent");
	for (const struct duet_yaml_node *form = means ? means->first : NULL; form; form = form->next) {
		if (form->kind != DUET_YAML_SCALAR || n_forms == DUET_QUERY_FORMS)
			return mistake(reader, form, "a form must be a text, and there may be 64 of them");
		forms[n_forms++] = form->text;
	}
	result = duet_queries_meaning(reader->queries, intent ? intent->text : "", forms, n_forms);
	return result < 0 ? refuse(reader, group, result) : result;
}

static int check_names(struct reader *reader, const struct duet_yaml_node *group)
{
	static const char *const names[] = {"intent", "means", "say", NULL};

	for (const struct duet_yaml_node *one = group->first; one; one = one->next) {
		const char *near;
		bool known = false;

		for (size_t i = 0; names[i]; i++)
			known |= strcmp(one->key->text, names[i]) == 0;
		if (known)
			continue;
		mistake(reader, one->key, "a group has intent, means and say");
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

static int read_root(struct reader *reader, const struct duet_yaml_node *root)
{
	const struct duet_yaml_node *list = root ? duet_yaml_get(root, "queries") : NULL;

	if (!list || list->kind != DUET_YAML_LIST)
		return mistake(reader, root, "a file of queries begins with a list called queries");
	for (const struct duet_yaml_node *group = list->first; group; group = group->next) {
		int result = read_group(reader, group);

		if (result < 0)
			return result;
	}
	return 0;
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
