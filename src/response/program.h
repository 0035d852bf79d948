/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_RESPONSE_PROGRAM_H
#define DUET_RESPONSE_PROGRAM_H

#include <stdint.h>

#include "duet/slice.h"

/*
 * A compiled response as it lies in the file, read in place: a header, nodes,
 * bytes of text. Private to response/. A node names others by lower numbers
 * only, so what is read cannot run in circles; number 0 is none.
 */
enum duet_response_kind {
	DUET_RESPONSE_ABSENT,
	/* What is written out: siblings by `next`. */
	DUET_RESPONSE_WRITE,      /* text */
	DUET_RESPONSE_OUTPUT,     /* first: the expression */
	DUET_RESPONSE_IF,         /* first: condition, second: then, third: else */
	DUET_RESPONSE_FOR,        /* text: names with commas, first: over what, its next: which of them;
				     second: body, third: when there was nothing */
	DUET_RESPONSE_SET,        /* text: names with commas, first: value */
	DUET_RESPONSE_SET_BLOCK,  /* text: name, first: body */
	DUET_RESPONSE_SET_MEMBER, /* first.text = second */
	DUET_RESPONSE_MACRO,      /* text: name, first: PARAMETERs, second: body */
	DUET_RESPONSE_PARAMETER,  /* text: name, first: what it is when not given */
	/* Expressions. */
	DUET_RESPONSE_INTEGER,  /* text */
	DUET_RESPONSE_REAL,     /* text */
	DUET_RESPONSE_TEXT,     /* text */
	DUET_RESPONSE_CONSTANT, /* operation: 0 false, 1 true, 2 none */
	DUET_RESPONSE_NAME,     /* text */
	DUET_RESPONSE_MEMBER,   /* first.text */
	DUET_RESPONSE_ITEM,     /* first[second] */
	DUET_RESPONSE_SLICE,    /* first[second: …], second: begin, end, step, each may be ABSENT */
	DUET_RESPONSE_LIST,     /* [first …] */
	DUET_RESPONSE_MAP,      /* {first …}: PAIRs */
	DUET_RESPONSE_PAIR,     /* first: second */
	DUET_RESPONSE_FILTER,   /* first | operation(second …) */
	DUET_RESPONSE_TEST,     /* first is operation(second …) */
	DUET_RESPONSE_CALL,     /* first(second …) */
	DUET_RESPONSE_METHOD,   /* first.text(second …) */
	DUET_RESPONSE_KEYWORD,  /* text=first, among the arguments of a call */
	DUET_RESPONSE_CHOOSE,   /* second if first else third */
	DUET_RESPONSE_NOT,      /* not first */
	DUET_RESPONSE_NEGATE,   /* -first */
	DUET_RESPONSE_BINARY,   /* first operation second */
	DUET_RESPONSE_COMPARE,  /* first, second: OPERANDs */
	DUET_RESPONSE_OPERAND,  /* operation first */
	DUET_RESPONSE_KINDS
};

enum duet_response_operation {
	DUET_RESPONSE_OR,
	DUET_RESPONSE_AND,
	DUET_RESPONSE_EQUAL,
	DUET_RESPONSE_UNEQUAL,
	DUET_RESPONSE_LESS,
	DUET_RESPONSE_GREATER,
	DUET_RESPONSE_AT_MOST,
	DUET_RESPONSE_AT_LEAST,
	DUET_RESPONSE_IN,
	DUET_RESPONSE_NOT_IN,
	DUET_RESPONSE_JOIN,
	DUET_RESPONSE_ADD,
	DUET_RESPONSE_SUBTRACT,
	DUET_RESPONSE_MULTIPLY,
	DUET_RESPONSE_DIVIDE,
	DUET_RESPONSE_DIVIDE_DOWN,
	DUET_RESPONSE_MODULO,
	DUET_RESPONSE_POWER,
	DUET_RESPONSE_OPERATIONS
};

struct duet_response_header {
	uint32_t magic;
	uint16_t n_nodes, root;
	uint32_t n_bytes;
};

#define DUET_RESPONSE_MAGIC 0x31707372u /* "rsp1" */

struct duet_response_node {
	uint8_t kind, operation;
	uint16_t first, second, third, next;
	uint16_t text_len;
	uint32_t text; /* among the bytes */
};

/* A program where it lies. */
struct duet_response_program {
	const struct duet_response_header *header;
	const struct duet_response_node *nodes;
	const char *bytes;
};

struct duet_response_program duet_response_program(struct duet_slice program);

static inline struct duet_slice duet_response_text_of(const struct duet_response_program *program,
						      const struct duet_response_node *node)
{
	return (struct duet_slice){program->bytes + node->text, node->text_len};
}

/* A node by its number, NULL for 0. */
static inline const struct duet_response_node *duet_response_node_at(
	const struct duet_response_program *program, uint16_t number)
{
	return number ? &program->nodes[number - 1] : NULL;
}

#endif
