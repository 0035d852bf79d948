/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_RESPONSE_TREE_H
#define DUET_RESPONSE_TREE_H

#include "base/arena.h"
#include "duet/error.h"
#include "response/program.h"

/* A response while it is compiled: a tree of program.h's nodes. Private to response/. */
struct duet_response_tree {
	enum duet_response_kind kind;
	unsigned operation;
	struct duet_slice text;
	struct duet_response_tree *first, *second, *third, *next;
};

enum duet_response_token {
	DUET_TOKEN_END, /* of the source */
	DUET_TOKEN_NAME,
	DUET_TOKEN_INTEGER,
	DUET_TOKEN_REAL,
	DUET_TOKEN_TEXT, /* in quotes, with its escapes */
	DUET_TOKEN_SIGN,
	DUET_TOKEN_CLOSE, /* %} or }} */
};

/* Between {{ and }}, {% and %} the source is tokens; `token` is the one that comes next. */
struct duet_response_parser {
	struct duet_slice source;
	size_t at; /* behind the token */
	struct duet_arena *arena;
	struct duet_error *error;
	enum duet_response_token token;
	struct duet_slice text; /* of the token */
	int braces;             /* { of dicts that are open: }} then closes two of them */
	int depth;
	bool trim; /* what follows a -%} begins behind its white space */
	int code;
};

/* Private to lexer.c, parse*.c: the first mistake counts; they return NULL or false. */
void *duet_response_mistake(struct duet_response_parser *p, size_t at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void *duet_response_unexpected(struct duet_response_parser *p, const char *expected);

void duet_response_advance(struct duet_response_parser *p);
bool duet_response_accept(struct duet_response_parser *p, const char *word_or_sign);
bool duet_response_expect(struct duet_response_parser *p, const char *word_or_sign);
bool duet_response_is(const struct duet_response_parser *p, const char *word_or_sign);
/* Begins or ends tokens. */
void duet_response_open(struct duet_response_parser *p);
bool duet_response_close(struct duet_response_parser *p, const char *close);

struct duet_response_tree *duet_response_tree_new(struct duet_response_parser *p,
						  enum duet_response_kind kind,
						  struct duet_response_tree *first);
/* The name that comes next, which is no word of the language. */
struct duet_slice duet_response_parse_name(struct duet_response_parser *p);
struct duet_response_tree *duet_response_parse_expression(struct duet_response_parser *p);
/* With commas: a tuple. */
struct duet_response_tree *duet_response_parse_tuple(struct duet_response_parser *p);
/* What a loop goes over: without "if", which says which. */
struct duet_response_tree *duet_response_parse_unconditional(struct duet_response_parser *p);
struct duet_response_tree *duet_response_parse_template(struct duet_response_parser *p);

#define DUET_RESPONSE_MAX_NESTING 100

#endif
