/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/compile_parts.h"

/* Slots that collide: two lists that every way to say a sentence fills into the same slot. A skill sees both,
 * and takes one. What may be said in one place or in another is no collision. */
enum { MAX_SLOTS = 32, MAX_NODES = 20000, MAX_DEPTH = 100 };

struct slots {
	int n;
	struct duet_slice names[MAX_SLOTS];
};

struct search {
	struct duet_compiler *c;
	const struct duet_phrase *phrase;
	int n_nodes;
	bool told; /* once for a sentence is enough */
};

/* Where one is filled already, or NULL. */
static const struct duet_slice *find(const struct slots *slots, struct duet_slice name)
{
	for (int i = 0; i < slots->n; i++)
		if (duet_slice_equal(slots->names[i], name))
			return &slots->names[i];
	return NULL;
}

static void put(struct slots *slots, struct duet_slice name)
{
	if (slots->n < MAX_SLOTS && !find(slots, name))
		slots->names[slots->n++] = name;
}

static void tell(struct search *s, const struct duet_template *node, struct duet_slice name)
{
	if (s->told)
		return;
	s->told = true;
	duet_sentences_warn(s->c->s, s->phrase->file, s->phrase->line,
			    s->phrase->column + (node ? node->column - 1 : 0), /* NULL: within a rule */
			    "call one of them {list:other}", "the slot \"%.*s\" is filled twice",
			    (int)name.len, name.ptr);
}

static void collect(struct search *s, const struct duet_template *node, const struct duet_scope *scope,
		    int depth, struct slots *slots);

/* All of the children are said. */
static void collect_all(struct search *s, const struct duet_template *node, const struct duet_scope *scope,
			int depth, struct slots *slots)
{
	for (const struct duet_template *child = node->first; child; child = child->next) {
		struct slots own = {0};

		collect(s, child, scope, depth, &own);
		for (int i = 0; i < own.n; i++) {
			if (find(slots, own.names[i]))
				tell(s, depth ? NULL : child, own.names[i]);
			put(slots, own.names[i]);
		}
	}
}

/* One of them is: only what each fills is filled for sure. */
static void collect_common(struct search *s, const struct duet_template *node, const struct duet_scope *scope,
			   int depth, struct slots *slots)
{
	const struct duet_template *child = node->first;

	if (child)
		collect(s, child, scope, depth, slots);
	for (child = child ? child->next : NULL; child; child = child->next) {
		struct slots own = {0}, common = {0};

		collect(s, child, scope, depth, &own);
		for (int i = 0; i < slots->n; i++)
			if (find(&own, slots->names[i]))
				put(&common, slots->names[i]);
		*slots = common;
	}
}

static void collect(struct search *s, const struct duet_template *node, const struct duet_scope *scope,
		    int depth, struct slots *slots)
{
	const struct duet_rule *rule;

	if (s->n_nodes++ > MAX_NODES || depth > MAX_DEPTH)
		return;
	switch (node->kind) {
	case DUET_TEMPLATE_TEXT:
		break;
	case DUET_TEMPLATE_LIST:
		if (node->slot.ptr[0] != '@')
			put(slots, node->slot);
		break;
	case DUET_TEMPLATE_RULE:
		rule = duet_scope_rule(scope, node->text);
		if (rule && rule->phrase.tree)
			collect(s, rule->phrase.tree, scope, depth + 1, slots);
		break;
	case DUET_TEMPLATE_SEQUENCE:
	case DUET_TEMPLATE_PERMUTED:
		collect_all(s, node, scope, depth, slots);
		break;
	case DUET_TEMPLATE_CHOICE:
		collect_common(s, node, scope, depth, slots);
		break;
	}
}

void duet_compile_check_slots(struct duet_compiler *c, const struct duet_phrase *phrase)
{
	struct search s = {.c = c, .phrase = phrase};
	struct slots slots = {0};

	collect(&s, phrase->tree, phrase->scope, 0, &slots);
}
