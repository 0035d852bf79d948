/* SPDX-License-Identifier: Apache-2.0 */
#include "response/program.h"

#include "response/filters.h"
#include "response/response.h"
#include "response/tests.h"

struct duet_response_program duet_response_program(struct duet_slice program)
{
	const struct duet_response_header *header = (const void *)program.ptr;
	const struct duet_response_node *nodes = (const void *)(header + 1);

	return (struct duet_response_program){header, nodes, (const char *)(nodes + header->n_nodes)};
}

static unsigned n_operations(unsigned kind)
{
	switch (kind) {
	case DUET_RESPONSE_CONSTANT:
		return 3;
	case DUET_RESPONSE_FILTER:
		return (unsigned)duet_response_n_filters;
	case DUET_RESPONSE_TEST:
		return (unsigned)duet_response_n_tests;
	case DUET_RESPONSE_BINARY:
	case DUET_RESPONSE_OPERAND:
		return DUET_RESPONSE_OPERATIONS;
	default:
		return 1;
	}
}

static bool node_valid(const struct duet_response_header *header, const struct duet_response_node *node,
		       unsigned number)
{
	return node->kind < DUET_RESPONSE_KINDS && node->operation < n_operations(node->kind) &&
	       node->first < number && node->second < number && node->third < number && node->next < number &&
	       node->text <= header->n_bytes && node->text_len <= header->n_bytes - node->text;
}

bool duet_response_valid(struct duet_slice bytes)
{
	struct duet_response_program program;
	size_t size = sizeof(*program.header);

	if (!bytes.ptr || bytes.len < size || (uintptr_t)bytes.ptr % _Alignof(struct duet_response_node))
		return false;
	program = duet_response_program(bytes);
	size += program.header->n_nodes * sizeof(*program.nodes);
	if (program.header->magic != DUET_RESPONSE_MAGIC || bytes.len < size ||
	    program.header->n_bytes != bytes.len - size || program.header->root > program.header->n_nodes)
		return false;
	for (unsigned i = 0; i < program.header->n_nodes; i++)
		if (!node_valid(program.header, &program.nodes[i], i + 1))
			return false;
	return true;
}
