/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nlu/response_tree.h"

enum { MAX_DEPTH = 100 };

struct parser {
	struct duet_slice source;
	size_t at;
	struct duet_arena *arena;
	struct duet_response_temporaries *temporaries;
	struct duet_error *error;
	int depth;
	bool failed;
};

static struct duet_response_node *parse_expression(struct parser *p);
static struct duet_response_node *parse_body(struct parser *p, struct duet_slice *closed_by);

static void *fail(struct parser *p, const char *what)
{
	int line = 1, column = 1;

	if (p->failed)
		return NULL;
	p->failed = true;
	for (size_t i = 0; i < p->at && i < p->source.len; i++) {
		line += p->source.ptr[i] == '\n';
		column = p->source.ptr[i] == '\n' ? 1 : column + ((p->source.ptr[i] & 0xc0) != 0x80);
	}
	duet_error_set(p->error, -EINVAL, "%s", what);
	duet_error_at(p->error, "", line, column);
	return NULL;
}

static bool starts_with(const struct parser *p, const char *text)
{
	size_t len = strlen(text);

	return p->source.len - p->at >= len && memcmp(p->source.ptr + p->at, text, len) == 0;
}

static void *fail_word(struct parser *p, struct duet_slice word, const char *what)
{
	p->at = (size_t)(word.ptr - p->source.ptr);
	return fail(p, what);
}

/* "{{-" and "{%-": white space is folded anyway. */
static void skip_dash(struct parser *p)
{
	if (starts_with(p, "-"))
		p->at++;
}

static struct duet_response_node *node_new(struct parser *p, enum duet_response_kind kind,
					   struct duet_response_node *first)
{
	struct duet_response_node *n = p->failed ? NULL : duet_arena_alloc(p->arena, sizeof(*n));

	if (!n)
		return fail(p, "the response takes too much memory");
	n->kind = kind;
	n->first = first;
	return n;
}

static void skip_space(struct parser *p)
{
	while (p->at < p->source.len && isspace((unsigned char)p->source.ptr[p->at]))
		p->at++;
}

static bool is_name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (c & 0x80);
}

/* A sign or a word of the language, when it comes next. */
static bool accept(struct parser *p, const char *token)
{
	size_t len = strlen(token);

	skip_space(p);
	if (!starts_with(p, token))
		return false;
	if (is_name_byte(token[0]) && p->at + len < p->source.len && is_name_byte(p->source.ptr[p->at + len]))
		return false;
	p->at += len;
	return true;
}

static struct duet_slice parse_name(struct parser *p)
{
	size_t begin;

	skip_space(p);
	begin = p->at;
	while (p->at < p->source.len && is_name_byte(p->source.ptr[p->at]))
		p->at++;
	if (p->at == begin)
		fail(p, "a name is expected here");
	return (struct duet_slice){p->source.ptr + begin, p->at - begin};
}

static struct duet_response_node *constant(struct parser *p, json_t *value)
{
	struct duet_response_node *n = node_new(p, DUET_RESPONSE_CONSTANT, NULL);

	value = duet_response_keep(p->temporaries, value);
	if (n)
		n->constant = value;
	return n;
}

static struct duet_response_node *parse_string(struct parser *p)
{
	char quote = p->source.ptr[p->at++];
	size_t begin = p->at, len = 0;
	char *text;

	while (p->at < p->source.len && p->source.ptr[p->at] != quote)
		p->at += p->source.ptr[p->at] == '\\' && p->at + 1 < p->source.len ? 2 : 1;
	if (p->at >= p->source.len)
		return fail(p, "a text is never closed");
	text = duet_arena_copy(p->arena, (struct duet_slice){p->source.ptr + begin, p->at++ - begin});
	if (!text)
		return fail(p, "the response takes too much memory");
	for (const char *from = text; *from; from++) {
		if (*from == '\\' && from[1])
			from++;
		text[len++] = *from;
	}
	text[len] = '\0';
	return constant(p, json_stringn(text, len));
}

static struct duet_response_node *parse_number(struct parser *p)
{
	char text[32];
	size_t n = 0;
	bool real = false;

	while (p->at < p->source.len && n < sizeof(text) - 1 &&
	       (isdigit((unsigned char)p->source.ptr[p->at]) ||
		(p->source.ptr[p->at] == '.' && !real && p->at + 1 < p->source.len &&
		 isdigit((unsigned char)p->source.ptr[p->at + 1])))) {
		real |= p->source.ptr[p->at] == '.';
		text[n++] = p->source.ptr[p->at++];
	}
	text[n] = '\0';
	return constant(p, real ? json_real(strtod(text, NULL)) : json_integer(strtoll(text, NULL, 10)));
}

/* "a, b)" behind an opening sign */
static struct duet_response_node *parse_arguments(struct parser *p, const char *close, int *n)
{
	struct duet_response_node *first = NULL, **end = &first;

	*n = 0;
	while (!p->failed && !accept(p, close)) {
		if (*n && !accept(p, ","))
			return fail(p, "a comma is expected here");
		*end = parse_expression(p);
		if (!*end)
			return NULL;
		end = &(*end)->next;
		++*n;
	}
	return first;
}

static struct duet_response_node *parse_primary(struct parser *p)
{
	struct duet_response_node *n;
	int count;
	char c;

	skip_space(p);
	c = p->at < p->source.len ? p->source.ptr[p->at] : '\0';
	if (c == '"' || c == '\'')
		return parse_string(p);
	if (isdigit((unsigned char)c))
		return parse_number(p);
	if (accept(p, "(")) {
		n = parse_expression(p);
		return accept(p, ")") ? n : fail(p, "a ) is expected here");
	}
	if (accept(p, "[")) {
		struct duet_response_node *items = parse_arguments(p, "]", &count);

		return node_new(p, DUET_RESPONSE_LIST, items);
	}
	if (accept(p, "true") || accept(p, "True"))
		return constant(p, json_true());
	if (accept(p, "false") || accept(p, "False"))
		return constant(p, json_false());
	if (accept(p, "none") || accept(p, "None"))
		return constant(p, json_null());
	n = node_new(p, DUET_RESPONSE_NAME, NULL);
	if (n)
		n->text = parse_name(p);
	return n;
}

static struct duet_response_node *parse_filter(struct parser *p, struct duet_response_node *value)
{
	struct duet_response_node *n = node_new(p, DUET_RESPONSE_FILTER, value);
	int count = 0;

	if (!n)
		return NULL;
	n->text = parse_name(p);
	if (p->failed)
		return NULL;
	n->filter = duet_response_filter_find(n->text);
	if (!n->filter)
		return fail_word(p, n->text, "there is no such filter");
	if (accept(p, "("))
		n->second = parse_arguments(p, ")", &count);
	if (count < n->filter->min_arguments || count > n->filter->max_arguments)
		return fail(p, "the filter takes another number of arguments");
	return n;
}

static struct duet_response_node *parse_postfix(struct parser *p)
{
	struct duet_response_node *n = parse_primary(p), *outer;

	while (!p->failed) {
		if (accept(p, ".")) {
			outer = node_new(p, DUET_RESPONSE_MEMBER, n);
			if (outer)
				outer->text = parse_name(p);
		} else if (accept(p, "[")) {
			outer = node_new(p, DUET_RESPONSE_ITEM, n);
			if (outer)
				outer->second = parse_expression(p);
			if (!accept(p, "]"))
				return fail(p, "a ] is expected here");
		} else if (accept(p, "|")) {
			outer = parse_filter(p, n);
		} else {
			break;
		}
		n = outer;
	}
	return p->failed ? NULL : n;
}

static struct duet_response_node *parse_unary(struct parser *p)
{
	if (!accept(p, "-"))
		return parse_postfix(p);
	return node_new(p, DUET_RESPONSE_NEGATE, parse_postfix(p));
}

/* Binary operations, the loosest first; those of one level from left to right. */
struct operation {
	const char *token;
	enum duet_response_operation operation;
	int level;
};

static const struct operation operations[] = {
	{"or", DUET_RESPONSE_OR, 0},         {"and", DUET_RESPONSE_AND, 1},
	{"==", DUET_RESPONSE_EQUAL, 2},      {"!=", DUET_RESPONSE_UNEQUAL, 2},
	{"<=", DUET_RESPONSE_AT_MOST, 2},    {">=", DUET_RESPONSE_AT_LEAST, 2},
	{"<", DUET_RESPONSE_LESS, 2},        {">", DUET_RESPONSE_GREATER, 2},
	{"not in", DUET_RESPONSE_NOT_IN, 2}, {"in", DUET_RESPONSE_IN, 2},
	{"~", DUET_RESPONSE_JOIN, 3},        {"+", DUET_RESPONSE_ADD, 4},
	{"-", DUET_RESPONSE_SUBTRACT, 4},    {"//", DUET_RESPONSE_DIVIDE_DOWN, 5},
	{"*", DUET_RESPONSE_MULTIPLY, 5},    {"/", DUET_RESPONSE_DIVIDE, 5},
	{"%", DUET_RESPONSE_MODULO, 5},
};

enum { COMPARISON = 2, TIGHTEST = 5 };

static const struct operation *accept_operation(struct parser *p, int level)
{
	skip_space(p);
	/* "-%}" and "%}" end the statement */
	if (starts_with(p, "%}") || starts_with(p, "-%}") || starts_with(p, "-}}"))
		return NULL;
	for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++)
		if (operations[i].level == level && accept(p, operations[i].token))
			return &operations[i];
	return NULL;
}

static struct duet_response_node *parse_test(struct parser *p, struct duet_response_node *value)
{
	bool negated = accept(p, "not");
	struct duet_response_node *n = node_new(p, DUET_RESPONSE_TEST, value);

	if (!n)
		return NULL;
	n->text = parse_name(p);
	return negated ? node_new(p, DUET_RESPONSE_NOT, n) : n;
}

static struct duet_response_node *parse_level(struct parser *p, int level)
{
	struct duet_response_node *left, *n;
	const struct operation *operation;

	if (level > TIGHTEST)
		return parse_unary(p);
	if (level == COMPARISON && accept(p, "not")) {
		if (++p->depth > MAX_DEPTH)
			return fail(p, "the response is nested too deeply");
		n = node_new(p, DUET_RESPONSE_NOT, parse_level(p, level));
		p->depth--;
		return n;
	}
	left = parse_level(p, level + 1);
	while (!p->failed) {
		if (level == COMPARISON && accept(p, "is")) {
			left = parse_test(p, left);
			continue;
		}
		operation = accept_operation(p, level);
		if (!operation)
			break;
		n = node_new(p, DUET_RESPONSE_BINARY, left);
		if (!n)
			return NULL;
		n->operation = operation->operation;
		n->second = parse_level(p, level + 1);
		left = n;
	}
	return p->failed ? NULL : left;
}

static struct duet_response_node *parse_choice(struct parser *p)
{
	struct duet_response_node *value = parse_level(p, 0), *n;

	if (p->failed || !accept(p, "if"))
		return value;
	n = node_new(p, DUET_RESPONSE_CHOOSE, parse_level(p, 0));
	if (!n)
		return NULL;
	n->second = value;
	if (accept(p, "else"))
		n->third = parse_expression(p);
	return n;
}

static struct duet_response_node *parse_expression(struct parser *p)
{
	struct duet_response_node *n = NULL;

	if (++p->depth > MAX_DEPTH)
		fail(p, "the response is nested too deeply");
	else
		n = parse_choice(p);
	p->depth--;
	return p->failed ? NULL : n;
}

/* `:` before the end of a statement is Python's habit, and many write it. */
static bool end_statement(struct parser *p)
{
	accept(p, ":");
	if (accept(p, "-%}") || accept(p, "%}"))
		return true;
	fail(p, "a %} is expected here");
	return false;
}

static bool is_word(struct duet_slice word, const char *text)
{
	return duet_slice_equal(word, duet_slice(text));
}

/* Behind "if" or "elif". */
static struct duet_response_node *parse_if(struct parser *p)
{
	struct duet_response_node *n = node_new(p, DUET_RESPONSE_IF, parse_expression(p));
	struct duet_slice closed_by = {0};

	if (!n || !end_statement(p))
		return NULL;
	n->second = parse_body(p, &closed_by);
	if (p->failed)
		return NULL;
	if (is_word(closed_by, "elif")) {
		if (++p->depth > MAX_DEPTH)
			return fail(p, "too many elif follow each other");
		n->third = parse_if(p);
		p->depth--;
	} else if (is_word(closed_by, "else")) {
		if (!end_statement(p))
			return NULL;
		n->third = parse_body(p, &closed_by);
		if (!p->failed && !is_word(closed_by, "endif"))
			return fail(p, "endif is missing");
		return p->failed || !end_statement(p) ? NULL : n;
	} else if (is_word(closed_by, "endif")) {
		return end_statement(p) ? n : NULL;
	} else {
		return fail(p, "endif is missing");
	}
	return p->failed ? NULL : n;
}

static struct duet_response_node *parse_for(struct parser *p)
{
	struct duet_response_node *n = node_new(p, DUET_RESPONSE_FOR, NULL);
	struct duet_slice closed_by = {0};

	if (!n)
		return NULL;
	n->text = parse_name(p);
	if (!accept(p, "in"))
		return fail(p, "\"in\" is expected here");
	n->first = parse_expression(p);
	if (p->failed || !end_statement(p))
		return NULL;
	n->second = parse_body(p, &closed_by);
	if (!p->failed && is_word(closed_by, "else") && end_statement(p))
		n->third = parse_body(p, &closed_by);
	if (!p->failed && !is_word(closed_by, "endfor"))
		return fail(p, "endfor is missing");
	return p->failed || !end_statement(p) ? NULL : n;
}

static struct duet_response_node *parse_set(struct parser *p)
{
	struct duet_response_node *n = node_new(p, DUET_RESPONSE_SET, NULL);

	if (!n)
		return NULL;
	n->text = parse_name(p);
	if (!accept(p, "="))
		return fail(p, "a = is expected here");
	n->first = parse_expression(p);
	return p->failed || !end_statement(p) ? NULL : n;
}

static struct duet_response_node *parse_statement(struct parser *p, struct duet_slice *closed_by)
{
	static const struct {
		const char *word;
		struct duet_response_node *(*parse)(struct parser *p);
	} statements[] = {{"if", parse_if}, {"for", parse_for}, {"set", parse_set}};
	static const char *const closing[] = {"elif", "else", "endif", "endfor"};
	struct duet_slice word;

	skip_dash(p);
	word = parse_name(p);
	for (size_t i = 0; !p->failed && i < sizeof(statements) / sizeof(*statements); i++)
		if (is_word(word, statements[i].word))
			return statements[i].parse(p);
	for (size_t i = 0; !p->failed && i < sizeof(closing) / sizeof(*closing); i++)
		if (is_word(word, closing[i])) {
			*closed_by = word;
			return NULL;
		}
	return fail_word(p, word, "this statement is not known (if, for and set are)");
}

static struct duet_response_node *parse_text(struct parser *p)
{
	struct duet_response_node *n = node_new(p, DUET_RESPONSE_TEXT, NULL);
	size_t begin = p->at;

	while (p->at < p->source.len && !starts_with(p, "{{") && !starts_with(p, "{%") &&
	       !starts_with(p, "{#"))
		p->at++;
	if (n)
		n->text = (struct duet_slice){p->source.ptr + begin, p->at - begin};
	return n;
}

static struct duet_response_node *parse_output(struct parser *p)
{
	struct duet_response_node *n;

	p->at += 2;
	skip_dash(p);
	n = node_new(p, DUET_RESPONSE_OUTPUT, parse_expression(p));
	if (!p->failed && !accept(p, "-}}") && !accept(p, "}}"))
		return fail(p, "a }} is expected here");
	return n;
}

static bool skip_comment(struct parser *p)
{
	const char *end = memmem(p->source.ptr + p->at, p->source.len - p->at, "#}", 2);

	if (!end) {
		fail(p, "a comment is never closed");
		return false;
	}
	p->at = (size_t)(end - p->source.ptr) + 2;
	return true;
}

/* Up to a statement that closes; its name goes to *closed_by. */
static struct duet_response_node *parse_body(struct parser *p, struct duet_slice *closed_by)
{
	struct duet_response_node *first = NULL, **end = &first;

	*closed_by = (struct duet_slice){0};
	if (++p->depth > MAX_DEPTH)
		return fail(p, "the response is nested too deeply");
	while (p->at < p->source.len && !p->failed) {
		if (starts_with(p, "{#")) {
			skip_comment(p);
			continue;
		}
		if (starts_with(p, "{%")) {
			p->at += 2;
			*end = parse_statement(p, closed_by);
			if (closed_by->len)
				break;
		} else {
			*end = starts_with(p, "{{") ? parse_output(p) : parse_text(p);
		}
		if (*end)
			end = &(*end)->next;
	}
	p->depth--;
	return p->failed ? NULL : first;
}

struct duet_response_node *duet_response_parse(struct duet_slice source, struct duet_arena *arena,
					       struct duet_response_temporaries *temporaries,
					       struct duet_error *error)
{
	struct parser p = {.source = source, .arena = arena, .temporaries = temporaries, .error = error};
	struct duet_slice closed_by;
	struct duet_response_node *first = parse_body(&p, &closed_by);

	if (!p.failed && closed_by.len)
		fail_word(&p, closed_by, "this closes nothing");
	if (!p.failed && !first) /* nothing is said: not a mistake */
		first = node_new(&p, DUET_RESPONSE_TEXT, NULL);
	return p.failed ? NULL : first;
}
