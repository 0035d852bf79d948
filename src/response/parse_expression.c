/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/text.h"
#include "response/filters.h"
#include "response/tests.h"
#include "response/tree.h"

/* Expressions, with the precedence that Jinja gives them: `~` binds closer than `+`, filters and tests closer
 * than any operation. */

enum { MAX_CHAIN = 200 };

static struct duet_response_tree *parse_unary(struct duet_response_parser *p);

struct duet_response_tree *duet_response_tree_new(struct duet_response_parser *p,
						  enum duet_response_kind kind,
						  struct duet_response_tree *first)
{
	struct duet_response_tree *tree = p->code < 0 ? NULL : duet_arena_alloc(p->arena, sizeof(*tree));

	if (!tree) {
		if (p->code == 0)
			p->code = duet_error_set(p->error, -ENOMEM, "out of memory");
		return NULL;
	}
	tree->kind = kind;
	tree->first = first;
	return tree;
}

static struct duet_response_tree *leaf(struct duet_response_parser *p, enum duet_response_kind kind)
{
	struct duet_response_tree *tree = duet_response_tree_new(p, kind, NULL);

	if (tree)
		tree->text = p->text;
	duet_response_advance(p);
	return tree;
}

/* True when the recursion may go on; then `leave` must follow. */
static bool enter(struct duet_response_parser *p)
{
	if (p->depth >= DUET_RESPONSE_MAX_NESTING)
		duet_response_mistake(p, p->at, "the response is nested too deeply");
	else if (p->code == 0)
		p->depth++;
	return p->code == 0;
}

static void *leave(struct duet_response_parser *p, void *result)
{
	p->depth--;
	return p->code < 0 ? NULL : result;
}

struct duet_slice duet_response_parse_name(struct duet_response_parser *p)
{
	static const char *const words[] = {"and",  "or",    "not",  "in",   "is",    "if",  "else",
					    "true", "false", "none", "True", "False", "None"};
	struct duet_slice name = p->text;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (duet_response_is(p, words[i]))
			duet_response_unexpected(p, "a name");
	if (p->token != DUET_TOKEN_NAME)
		duet_response_unexpected(p, "a name");
	duet_response_advance(p);
	return name;
}

/* What stands between commas, up to `close`. */
static struct duet_response_tree *parse_items(
	struct duet_response_parser *p, const char *close,
	struct duet_response_tree *(*parse)(struct duet_response_parser *))
{
	struct duet_response_tree *first = NULL, **end = &first;

	while (p->code == 0 && !duet_response_is(p, close)) {
		*end = parse(p);
		if (*end)
			end = &(*end)->next;
		if (!duet_response_accept(p, ","))
			break;
	}
	duet_response_expect(p, close);
	return p->code < 0 ? NULL : first;
}

static int32_t hexadecimal(struct duet_slice *text, int n_digits)
{
	int32_t value = 0;

	for (; n_digits && text->len; n_digits--, text->ptr++, text->len--) {
		const char *digits = "0123456789abcdef", *digit = strchr(digits, *text->ptr | 0x20);

		if (!*text->ptr || !digit)
			return -1;
		value = value * 16 + (int32_t)(digit - digits);
	}
	return n_digits == 0 && value < 0x110000 && (value & ~0x7ff) != 0xd800 && value > 0 ? value : -1;
}

/* Behind a backslash; what is not known stands for itself, with the backslash. */
static size_t unescape(struct duet_slice *rest, char *out)
{
	static const char letters[] = "nrt\\'\"\n", meaning[] = "\n\r\t\\'\"";
	char letter = *rest->ptr++;
	const char *found = strchr(letters, letter);
	struct duet_slice digits = *rest;
	int32_t character = -1;

	digits.len = --rest->len;
	if (letter == '\n')
		return 0;
	if (letter && found) {
		*out = meaning[found - letters];
		return 1;
	}
	if (letter == 'x' || letter == 'u')
		character = hexadecimal(&digits, letter == 'x' ? 2 : 4);
	if (character > 0) {
		*rest = digits;
		return duet_text_encode(character, out);
	}
	out[0] = '\\';
	out[1] = letter;
	return 2;
}

static struct duet_slice without_escapes(struct duet_response_parser *p, struct duet_slice text)
{
	struct duet_slice rest = text;
	char *copy;
	size_t len = 0;

	if (!text.len || !memchr(text.ptr, '\\', text.len))
		return text;
	copy = duet_arena_alloc(p->arena, text.len + 4);
	if (!copy) {
		p->code = duet_error_set(p->error, -ENOMEM, "out of memory");
		return text;
	}
	while (rest.len) {
		char byte = *rest.ptr++;

		rest.len--;
		if (byte == '\\' && rest.len)
			len += unescape(&rest, copy + len);
		else
			copy[len++] = byte;
	}
	return (struct duet_slice){copy, len};
}

/* Texts that stand side by side are one. */
static struct duet_response_tree *parse_text(struct duet_response_parser *p)
{
	struct duet_response_tree *text = leaf(p, DUET_RESPONSE_TEXT), *more, *join;

	if (text)
		text->text = without_escapes(p, text->text);
	while (text && p->token == DUET_TOKEN_TEXT && enter(p)) {
		more = parse_text(p);
		join = duet_response_tree_new(p, DUET_RESPONSE_BINARY, text);
		if (join) {
			join->operation = DUET_RESPONSE_JOIN;
			join->second = more;
		}
		text = leave(p, join);
	}
	return text;
}

static struct duet_response_tree *parse_word(struct duet_response_parser *p)
{
	static const char *const constants[][2] = {{"false", "False"}, {"true", "True"}, {"none", "None"}};
	struct duet_response_tree *tree;

	for (unsigned i = 0; i < 3; i++)
		if (duet_response_is(p, constants[i][0]) || duet_response_is(p, constants[i][1])) {
			tree = leaf(p, DUET_RESPONSE_CONSTANT);
			if (tree) {
				tree->operation = i;
				tree->text = (struct duet_slice){0};
			}
			return tree;
		}
	tree = duet_response_tree_new(p, DUET_RESPONSE_NAME, NULL);
	if (tree)
		tree->text = duet_response_parse_name(p);
	return tree;
}

static struct duet_response_tree *parse_pair(struct duet_response_parser *p)
{
	struct duet_response_tree *pair = duet_response_parse_expression(p);

	pair = duet_response_tree_new(p, DUET_RESPONSE_PAIR, pair);
	if (pair && duet_response_expect(p, ":"))
		pair->second = duet_response_parse_expression(p);
	return pair;
}

static struct duet_response_tree *parse_brackets(struct duet_response_parser *p)
{
	struct duet_response_tree *items;

	if (duet_response_accept(p, "[")) {
		items = parse_items(p, "]", duet_response_parse_expression);
		return duet_response_tree_new(p, DUET_RESPONSE_LIST, items);
	}
	if (duet_response_accept(p, "{")) {
		items = parse_items(p, "}", parse_pair);
		return duet_response_tree_new(p, DUET_RESPONSE_MAP, items);
	}
	if (!duet_response_accept(p, "("))
		return duet_response_unexpected(p, "a value");
	if (duet_response_accept(p, ")"))
		return duet_response_tree_new(p, DUET_RESPONSE_LIST, NULL);
	items = duet_response_parse_tuple(p);
	duet_response_expect(p, ")");
	return p->code < 0 ? NULL : items;
}

static struct duet_response_tree *parse_primary(struct duet_response_parser *p)
{
	switch (p->token) {
	case DUET_TOKEN_NAME:
		return parse_word(p);
	case DUET_TOKEN_INTEGER:
		return leaf(p, DUET_RESPONSE_INTEGER);
	case DUET_TOKEN_REAL:
		return leaf(p, DUET_RESPONSE_REAL);
	case DUET_TOKEN_TEXT:
		return parse_text(p);
	default:
		return parse_brackets(p);
	}
}

static struct duet_response_tree *parse_argument(struct duet_response_parser *p)
{
	struct duet_response_tree *value = duet_response_parse_expression(p), *keyword;

	if (!value || value->kind != DUET_RESPONSE_NAME || !duet_response_accept(p, "="))
		return value;
	keyword = duet_response_tree_new(p, DUET_RESPONSE_KEYWORD, duet_response_parse_expression(p));
	if (keyword)
		keyword->text = value->text;
	return keyword;
}

static struct duet_response_tree *parse_arguments(struct duet_response_parser *p)
{
	return duet_response_accept(p, "(") ? parse_items(p, ")", parse_argument) : NULL;
}

static struct duet_response_tree *parse_bound(struct duet_response_parser *p)
{
	if (duet_response_is(p, ":") || duet_response_is(p, "]"))
		return duet_response_tree_new(p, DUET_RESPONSE_ABSENT, NULL);
	return duet_response_parse_expression(p);
}

/* Behind "[": an index, or up to three bounds. */
static struct duet_response_tree *parse_index(struct duet_response_parser *p, struct duet_response_tree *of)
{
	struct duet_response_tree *item = duet_response_tree_new(p, DUET_RESPONSE_ITEM, of), **end;

	if (!item)
		return NULL;
	end = &item->second;
	*end = parse_bound(p);
	if (*end && (*end)->kind == DUET_RESPONSE_ABSENT && duet_response_is(p, "]"))
		return duet_response_unexpected(p, "an index");
	while (*end && duet_response_accept(p, ":")) {
		item->kind = DUET_RESPONSE_SLICE;
		end = &(*end)->next;
		*end = parse_bound(p);
	}
	duet_response_expect(p, "]");
	return item;
}

static struct duet_response_tree *parse_member(struct duet_response_parser *p, struct duet_response_tree *of)
{
	struct duet_response_tree *member = duet_response_tree_new(p, DUET_RESPONSE_MEMBER, of);

	if (!member)
		return NULL;
	member->text = p->text;
	if (p->token == DUET_TOKEN_INTEGER) { /* list.0 */
		member->kind = DUET_RESPONSE_ITEM;
		member->second = leaf(p, DUET_RESPONSE_INTEGER);
		return member;
	}
	if (p->token != DUET_TOKEN_NAME)
		return duet_response_unexpected(p, "a name");
	duet_response_advance(p);
	if (duet_response_is(p, "(")) {
		member->kind = DUET_RESPONSE_METHOD;
		member->second = parse_arguments(p);
	}
	return member;
}

static struct duet_response_tree *parse_call(struct duet_response_parser *p, struct duet_response_tree *of)
{
	struct duet_response_tree *call = duet_response_tree_new(p, DUET_RESPONSE_CALL, of);

	if (call)
		call->second = parse_arguments(p);
	return call;
}

static struct duet_response_tree *parse_postfix(struct duet_response_parser *p,
						struct duet_response_tree *tree)
{
	for (;;) {
		if (p->code < 0)
			return NULL;
		if (duet_response_accept(p, "."))
			tree = parse_member(p, tree);
		else if (duet_response_accept(p, "["))
			tree = parse_index(p, tree);
		else if (duet_response_is(p, "("))
			tree = parse_call(p, tree);
		else
			return tree;
	}
}

static struct duet_response_tree *parse_filter(struct duet_response_parser *p, struct duet_response_tree *of)
{
	struct duet_response_tree *filter = duet_response_tree_new(p, DUET_RESPONSE_FILTER, of);
	size_t at = p->at - p->text.len;
	struct duet_slice name = p->text;
	int number;

	if (!filter)
		return NULL;
	number = duet_response_filter_find(name);
	if (p->token != DUET_TOKEN_NAME)
		return duet_response_unexpected(p, "a filter");
	if (number < 0)
		return duet_response_mistake(p, at, "there is no filter \"%.*s\"", (int)name.len, name.ptr);
	duet_response_advance(p);
	filter->operation = (unsigned)number;
	filter->second = parse_arguments(p);
	return filter;
}

/* "is divisibleby 3" needs no brackets. */
static bool argument_follows(const struct duet_response_parser *p)
{
	static const char *const others[] = {"else", "or", "and", "is", "in", "not", "if"};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (duet_response_is(p, others[i]))
			return false;
	return p->token == DUET_TOKEN_NAME || p->token == DUET_TOKEN_INTEGER || p->token == DUET_TOKEN_REAL ||
	       p->token == DUET_TOKEN_TEXT || duet_response_is(p, "[") || duet_response_is(p, "{");
}

static struct duet_response_tree *parse_test(struct duet_response_parser *p, struct duet_response_tree *of)
{
	bool negated = duet_response_accept(p, "not");
	struct duet_response_tree *test = duet_response_tree_new(p, DUET_RESPONSE_TEST, of);
	struct duet_slice name = p->text;
	size_t at = p->at - name.len;
	int number = duet_response_test_find(name);

	if (!test)
		return NULL;
	if (p->token != DUET_TOKEN_NAME)
		return duet_response_unexpected(p, "a test");
	if (number < 0)
		return duet_response_mistake(p, at, "there is no test \"%.*s\"", (int)name.len, name.ptr);
	duet_response_advance(p);
	test->operation = (unsigned)number;
	if (duet_response_is(p, "("))
		test->second = parse_arguments(p);
	else if (argument_follows(p))
		test->second = parse_postfix(p, parse_primary(p));
	return negated ? duet_response_tree_new(p, DUET_RESPONSE_NOT, test) : test;
}

static struct duet_response_tree *parse_filters(struct duet_response_parser *p,
						struct duet_response_tree *tree)
{
	for (;;) {
		if (p->code < 0)
			return NULL;
		if (duet_response_accept(p, "|"))
			tree = parse_filter(p, tree);
		else if (duet_response_accept(p, "is"))
			tree = parse_test(p, tree);
		else if (duet_response_is(p, "("))
			tree = parse_call(p, tree);
		else
			return tree;
	}
}

/* The minus belongs to the number before its filters do: -3|abs is 3. */
static struct duet_response_tree *parse_signed(struct duet_response_parser *p)
{
	struct duet_response_tree *tree;
	bool minus = duet_response_is(p, "-");

	if (!minus && !duet_response_is(p, "+"))
		return parse_postfix(p, parse_primary(p));
	if (!enter(p))
		return NULL;
	duet_response_advance(p);
	tree = parse_signed(p);
	return leave(p, minus ? duet_response_tree_new(p, DUET_RESPONSE_NEGATE, tree) : tree);
}

static struct duet_response_tree *parse_unary(struct duet_response_parser *p)
{
	return parse_filters(p, parse_signed(p));
}

/* Operations between two values, the loosest first; those of one level from left to right. */
static const struct operation {
	const char *sign;
	enum duet_response_operation operation;
	int level;
} operations[] =
	{
		{"+", DUET_RESPONSE_ADD, 0},          {"-", DUET_RESPONSE_SUBTRACT, 0},
		{"~", DUET_RESPONSE_JOIN, 1},         {"*", DUET_RESPONSE_MULTIPLY, 2},
		{"//", DUET_RESPONSE_DIVIDE_DOWN, 2}, {"/", DUET_RESPONSE_DIVIDE, 2},
		{"%", DUET_RESPONSE_MODULO, 2},       {"**", DUET_RESPONSE_POWER, 3},
},
  comparisons[] = {
	  {"==", DUET_RESPONSE_EQUAL, 0},   {"!=", DUET_RESPONSE_UNEQUAL, 0},
	  {"<=", DUET_RESPONSE_AT_MOST, 0}, {">=", DUET_RESPONSE_AT_LEAST, 0},
	  {"<", DUET_RESPONSE_LESS, 0},     {">", DUET_RESPONSE_GREATER, 0},
	  {"in", DUET_RESPONSE_IN, 0},
};

enum { TIGHTEST = 3 };

static const struct operation *accept_one(struct duet_response_parser *p, const struct operation *rows,
					  size_t n_rows, int level)
{
	for (size_t i = 0; i < n_rows; i++)
		if (rows[i].level == level && duet_response_accept(p, rows[i].sign))
			return &rows[i];
	return NULL;
}

static struct duet_response_tree *binary(struct duet_response_parser *p,
					 enum duet_response_operation operation,
					 struct duet_response_tree *first, struct duet_response_tree *second)
{
	struct duet_response_tree *tree = duet_response_tree_new(p, DUET_RESPONSE_BINARY, first);

	if (tree) {
		tree->operation = operation;
		tree->second = second;
	}
	return tree;
}

static struct duet_response_tree *parse_operations(struct duet_response_parser *p, int level)
{
	struct duet_response_tree *left = level < TIGHTEST ? parse_operations(p, level + 1) : parse_unary(p);
	const struct operation *operation;

	for (int n = 0; left && p->code == 0; n++) {
		operation = accept_one(p, operations, sizeof(operations) / sizeof(*operations), level);
		if (!operation)
			return left;
		if (n == MAX_CHAIN)
			return duet_response_mistake(p, p->at, "too many operations follow each other");
		left = binary(p, operation->operation, left,
			      level < TIGHTEST ? parse_operations(p, level + 1) : parse_unary(p));
	}
	return NULL;
}

/* "not" before "in" only; a "not" that something else follows would belong to nobody. */
static bool accept_comparison(struct duet_response_parser *p, enum duet_response_operation *operation)
{
	const struct operation *found;

	if (duet_response_accept(p, "not")) {
		duet_response_expect(p, "in");
		*operation = DUET_RESPONSE_NOT_IN;
		return p->code == 0;
	}
	found = accept_one(p, comparisons, sizeof(comparisons) / sizeof(*comparisons), 0);
	*operation = found ? found->operation : DUET_RESPONSE_EQUAL;
	return found != NULL;
}

static struct duet_response_tree *parse_comparison(struct duet_response_parser *p)
{
	struct duet_response_tree *left = parse_operations(p, 0), *operands = NULL, **end = &operands;
	enum duet_response_operation operation;

	while (p->code == 0 && accept_comparison(p, &operation)) {
		*end = duet_response_tree_new(p, DUET_RESPONSE_OPERAND, parse_operations(p, 0));
		if (!*end)
			return NULL;
		(*end)->operation = operation;
		end = &(*end)->next;
	}
	if (!operands)
		return left;
	left = duet_response_tree_new(p, DUET_RESPONSE_COMPARE, left);
	if (left)
		left->second = operands;
	return left;
}

static struct duet_response_tree *parse_not(struct duet_response_parser *p)
{
	if (!duet_response_is(p, "not"))
		return parse_comparison(p);
	if (!enter(p))
		return NULL;
	duet_response_advance(p);
	return leave(p, duet_response_tree_new(p, DUET_RESPONSE_NOT, parse_not(p)));
}

static struct duet_response_tree *parse_and(struct duet_response_parser *p)
{
	struct duet_response_tree *left = parse_not(p);

	for (int n = 0; left && n < MAX_CHAIN && duet_response_accept(p, "and"); n++)
		left = binary(p, DUET_RESPONSE_AND, left, parse_not(p));
	return p->code < 0 ? NULL : left;
}

static struct duet_response_tree *parse_or(struct duet_response_parser *p)
{
	struct duet_response_tree *left = parse_and(p);

	for (int n = 0; left && n < MAX_CHAIN && duet_response_accept(p, "or"); n++)
		left = binary(p, DUET_RESPONSE_OR, left, parse_and(p));
	return p->code < 0 ? NULL : left;
}

static struct duet_response_tree *parse_choice(struct duet_response_parser *p)
{
	struct duet_response_tree *value = parse_or(p), *choice;

	if (p->code < 0 || !duet_response_accept(p, "if"))
		return value;
	choice = duet_response_tree_new(p, DUET_RESPONSE_CHOOSE, parse_or(p));
	if (!choice)
		return NULL;
	choice->second = value;
	if (duet_response_accept(p, "else"))
		choice->third = duet_response_parse_expression(p);
	return choice;
}

struct duet_response_tree *duet_response_parse_expression(struct duet_response_parser *p)
{
	return enter(p) ? leave(p, parse_choice(p)) : NULL;
}

struct duet_response_tree *duet_response_parse_unconditional(struct duet_response_parser *p)
{
	return enter(p) ? leave(p, parse_or(p)) : NULL;
}

static bool ends_tuple(const struct duet_response_parser *p)
{
	return p->token == DUET_TOKEN_CLOSE || duet_response_is(p, ")");
}

struct duet_response_tree *duet_response_parse_tuple(struct duet_response_parser *p)
{
	struct duet_response_tree *first = duet_response_parse_expression(p), **end;

	if (!first || !duet_response_is(p, ","))
		return first;
	end = &first->next;
	while (p->code == 0 && duet_response_accept(p, ",") && !ends_tuple(p)) {
		*end = duet_response_parse_expression(p);
		if (*end)
			end = &(*end)->next;
	}
	return duet_response_tree_new(p, DUET_RESPONSE_LIST, first);
}
