/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "response/response.h"
#include "response/tree.h"

/* A tree is laid out from its leaves, so that a node names only nodes before it. */

enum { MAX_SOURCE = 65000, MAX_DEPTH = 250 };

struct layout {
	struct duet_response_node *nodes;
	char *bytes;
	size_t n_nodes, n_bytes;
};

static struct duet_response_tree *reversed(struct duet_response_tree *tree)
{
	struct duet_response_tree *before = NULL, *next;

	for (; tree; tree = next) {
		next = tree->next;
		tree->next = before;
		before = tree;
	}
	return before;
}

/* How many nodes there are; too deep is a mistake. A chain of elif is as long as it is, and goes not deeper.
 */
static size_t count(struct duet_response_parser *p, const struct duet_response_tree *tree, size_t *n_bytes,
		    int depth)
{
	size_t n = 0;

	if (tree && depth > MAX_DEPTH)
		duet_response_mistake(p, 0, "the response is nested too deeply");
	for (; tree && p->code == 0; tree = tree->next) {
		*n_bytes += tree->text.len;
		n += 1 + count(p, tree->first, n_bytes, depth + 1) +
		     count(p, tree->second, n_bytes, depth + 1) +
		     count(p, tree->third, n_bytes, depth + (tree->kind != DUET_RESPONSE_IF));
	}
	return n;
}

static uint16_t put_list(struct layout *l, struct duet_response_tree *first);

static void put(struct layout *l, const struct duet_response_tree *tree, uint16_t next)
{
	struct duet_response_node node = {
		.kind = (uint8_t)tree->kind,
		.operation = (uint8_t)tree->operation,
		.first = put_list(l, tree->first),
		.second = put_list(l, tree->second),
		.third = put_list(l, tree->third),
		.next = next,
		.text_len = (uint16_t)tree->text.len,
		.text = (uint32_t)l->n_bytes,
	};

	if (tree->text.len)
		memcpy(l->bytes + l->n_bytes, tree->text.ptr, tree->text.len);
	l->n_bytes += tree->text.len;
	l->nodes[l->n_nodes++] = node;
}

/* The number of the first, 0 for none. */
static uint16_t put_list(struct layout *l, struct duet_response_tree *first)
{
	uint16_t next = 0;

	for (struct duet_response_tree *tree = reversed(first); tree; tree = tree->next) {
		put(l, tree, next);
		next = (uint16_t)l->n_nodes;
	}
	return next;
}

static int lay_out(struct duet_response_parser *p, struct duet_response_tree *tree,
		   struct duet_slice *program)
{
	struct layout l = {0};
	struct duet_response_header *header;
	size_t n_bytes = 0, n_nodes = count(p, tree, &n_bytes, 0), size;

	if (p->code < 0)
		return p->code;
	if (n_nodes > UINT16_MAX)
		return duet_error_set(p->error, -E2BIG, "the response is too long");
	size = sizeof(*header) + n_nodes * sizeof(*l.nodes) + n_bytes;
	header = duet_arena_alloc(p->arena, size);
	if (!header)
		return duet_error_set(p->error, -ENOMEM, "out of memory");
	l.nodes = (void *)(header + 1);
	l.bytes = (char *)(l.nodes + n_nodes);
	*header = (struct duet_response_header){DUET_RESPONSE_MAGIC, (uint16_t)n_nodes, 0, (uint32_t)n_bytes};
	header->root = put_list(&l, tree);
	*program = (struct duet_slice){(const char *)header, size};
	return 0;
}

int duet_response_compile(struct duet_slice source, struct duet_arena *arena, struct duet_slice *program,
			  struct duet_error *error)
{
	struct duet_response_parser p = {.source = source, .arena = arena, .error = error};
	struct duet_response_tree *tree;

	*program = (struct duet_slice){0};
	if (source.len > MAX_SOURCE)
		return duet_error_set(error, -E2BIG, "the response is too long");
	tree = duet_response_parse_template(&p);
	return p.code < 0 ? p.code : lay_out(&p, tree, program);
}
