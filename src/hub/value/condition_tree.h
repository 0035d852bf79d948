/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_CONDITION_TREE_H
#define DUET_HUB_CONDITION_TREE_H

#include <stddef.h>

#include "duet/slice.h"
#include "hub/value/condition.h"

/* What a condition is compiled to: a tree in one arena. */
struct duet_arena;

enum duet_hub_node_kind {
	DUET_HUB_NODE_TEXT,
	DUET_HUB_NODE_NUMBER,
	DUET_HUB_NODE_TRUE,
	DUET_HUB_NODE_FALSE,
	DUET_HUB_NODE_NULL,
	DUET_HUB_NODE_PROPERTY, /* text: of the application */
	DUET_HUB_NODE_SYSTEM,   /* text: without the dollar */
	DUET_HUB_NODE_BODY,     /* first: the steps into it */
	DUET_HUB_NODE_STEP,     /* of a path: text, or number when text.ptr is NULL */
	DUET_HUB_NODE_LIST,     /* first: its items */
	DUET_HUB_NODE_CALL,     /* function and first: its arguments */
	DUET_HUB_NODE_OPERATE,  /* operation; first: its one or two operands */
};

enum duet_hub_operation {
	DUET_HUB_OP_OR,
	DUET_HUB_OP_AND,
	DUET_HUB_OP_NOT,
	DUET_HUB_OP_EQUAL,
	DUET_HUB_OP_UNEQUAL,
	DUET_HUB_OP_LESS,
	DUET_HUB_OP_LESS_EQUAL,
	DUET_HUB_OP_MORE,
	DUET_HUB_OP_MORE_EQUAL,
	DUET_HUB_OP_IN,
	DUET_HUB_OP_NOT_IN,
	DUET_HUB_OP_ADD,
	DUET_HUB_OP_SUBTRACT,
	DUET_HUB_OP_MULTIPLY,
	DUET_HUB_OP_DIVIDE,
	DUET_HUB_OP_REMAINDER,
	DUET_HUB_OP_JOIN,
	DUET_HUB_OP_NEGATE,
};

enum duet_hub_function {
	DUET_HUB_FN_IS_DEFINED,
	DUET_HUB_FN_IS_NULL,
	DUET_HUB_FN_IS_NUMBER,
	DUET_HUB_FN_IS_STRING,
	DUET_HUB_FN_IS_BOOL,
	DUET_HUB_FN_IS_ARRAY,
	DUET_HUB_FN_IS_OBJECT,
	DUET_HUB_FN_STARTSWITH,
	DUET_HUB_FN_ENDSWITH,
	DUET_HUB_FN_CONTAINS,
	DUET_HUB_FN_LENGTH,
	DUET_HUB_FN_LOWER,
	DUET_HUB_FN_UPPER,
	DUET_HUB_FN_ABS,
	DUET_HUB_FN_AS_NUMBER,
	DUET_HUB_N_FUNCTIONS,
};

struct duet_hub_node {
	enum duet_hub_node_kind kind;
	enum duet_hub_operation operation;
	enum duet_hub_function function;
	struct duet_slice text; /* NUL behind its end */
	double number;
	const struct duet_hub_node *first, *next; /* child, sibling */
};

struct duet_hub_condition {
	struct duet_arena *arena;
	const struct duet_hub_node *root;
	bool reads_body;
};

#endif
