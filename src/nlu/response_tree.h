/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_NLU_RESPONSE_TREE_H
#define DUET_NLU_RESPONSE_TREE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "duet/error.h"
#include "duet/slice.h"

/* A response as a tree. Private to response*.c. */
enum duet_response_kind {
	/* What is written out: siblings in `next`. */
	DUET_RESPONSE_TEXT,   /* text */
	DUET_RESPONSE_OUTPUT, /* first: the expression */
	DUET_RESPONSE_IF,     /* first: condition, second: then, third: else */
	DUET_RESPONSE_FOR, /* text: variable, first: over what, second: body, third: when there was nothing */
	DUET_RESPONSE_SET, /* text: variable, first: value */
	/* Expressions. */
	DUET_RESPONSE_CONSTANT, /* constant */
	DUET_RESPONSE_NAME,     /* text */
	DUET_RESPONSE_MEMBER,   /* first.text */
	DUET_RESPONSE_ITEM,     /* first[second] */
	DUET_RESPONSE_LIST,     /* [first …] by `next` */
	DUET_RESPONSE_FILTER,   /* first | text(second …) */
	DUET_RESPONSE_TEST,     /* first is text */
	DUET_RESPONSE_CHOOSE,   /* second if first else third */
	DUET_RESPONSE_NOT,      /* not first */
	DUET_RESPONSE_NEGATE,   /* -first */
	DUET_RESPONSE_BINARY,   /* first operation second */
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
};

struct duet_response_node {
	enum duet_response_kind kind;
	enum duet_response_operation operation;
	struct duet_slice text;
	json_t *constant; /* owned by the temporaries */
	const struct duet_response_filter *filter;
	struct duet_response_node *first, *second, *third, *next;
};

/* Values made on the way, freed together. jansson counts; this list holds one reference of each. */
struct duet_response_temporaries {
	json_t *values;
	bool failed;
};

/* Takes a new value (NULL: out of memory) and lends it. */
json_t *duet_response_keep(struct duet_response_temporaries *temporaries, json_t *take_value);

struct duet_response_filter {
	const char *name;
	int min_arguments, max_arguments;
	/* `value` NULL is undefined, and so may the result be. */
	json_t *(*apply)(struct duet_response_temporaries *temporaries, json_t *value,
			 json_t *const *arguments, int n_arguments);
};

const struct duet_response_filter *duet_response_filter_find(struct duet_slice name);

/* How a value is written: numbers as Python does. At most `size` bytes; the length without that bound. */
size_t duet_response_format(const json_t *value, char *text, size_t size);
bool duet_response_truth(const json_t *value);

struct duet_response_node *duet_response_parse(struct duet_slice source, struct duet_arena *arena,
					       struct duet_response_temporaries *temporaries,
					       struct duet_error *error);

#define DUET_RESPONSE_MAX_BYTES 16384 /* of a value's text, and of what is written out */

#endif
