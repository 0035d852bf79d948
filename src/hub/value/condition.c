/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/value/condition.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "hub/value/condition_tree.h"

/* The reader of conditions: recursive descent, one level a precedence, bounded in depth and size. */

enum { MAX_TEXT = 4096, MAX_DEPTH = 64, ARENA_MAX = 1 << 20, MAX_TOKEN = 512 };

struct reader {
	struct duet_hub_condition *condition;
	const char *text, *at;
	int depth;
	struct duet_error *error;
};

static struct duet_hub_node *read_any(struct reader *reader);

static struct duet_hub_node *fail(struct reader *reader, const char *what)
{
	if (reader->error && reader->error->code == 0) {
		duet_error_set(reader->error, -EINVAL, "condition: %s", what);
		duet_error_at(reader->error, "", 1, (int)(reader->at - reader->text) + 1);
	}
	return NULL;
}

static struct duet_hub_node *make(struct reader *reader, enum duet_hub_node_kind kind)
{
	struct duet_hub_node *node = duet_arena_alloc(reader->condition->arena, sizeof(*node));

	if (!node) { /* the text is bounded: the arena is not full */
		duet_error_set(reader->error, -ENOMEM, "out of memory");
		return NULL;
	}
	node->kind = kind;
	return node;
}

static void skip(struct reader *reader)
{
	while (isspace((unsigned char)*reader->at))
		reader->at++;
}

/* A sign such as "<=", longest first in the callers' tables. */
static bool take_sign(struct reader *reader, const char *sign)
{
	skip(reader);
	if (strncmp(reader->at, sign, strlen(sign)) != 0)
		return false;
	reader->at += strlen(sign);
	return true;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

static bool take_word(struct reader *reader, const char *word)
{
	size_t n = strlen(word);

	skip(reader);
	if (strncasecmp(reader->at, word, n) != 0 || is_word(reader->at[n]))
		return false;
	reader->at += n;
	return true;
}

static bool keep(struct reader *reader, struct duet_hub_node *node, const char *text, size_t len)
{
	char *copy = duet_arena_copy(reader->condition->arena, (struct duet_slice){text, len});

	node->text = (struct duet_slice){copy, len};
	if (!copy)
		duet_error_set(reader->error, -ENOMEM, "out of memory");
	return copy != NULL;
}

/* 'text' or "text"; the sign twice stands for itself. */
static struct duet_hub_node *read_text(struct reader *reader, enum duet_hub_node_kind kind, char end)
{
	struct duet_hub_node *node = make(reader, kind);
	char text[MAX_TEXT];
	size_t n = 0;

	for (reader->at++; *reader->at && n < sizeof(text); reader->at++) {
		if (*reader->at == end && reader->at[1] != end) {
			reader->at++;
			return node && keep(reader, node, text, n) ? node : NULL;
		}
		if (*reader->at == end)
			reader->at++;
		text[n++] = *reader->at;
	}
	return fail(reader, "a text has no end");
}

static struct duet_hub_node *read_number(struct reader *reader)
{
	struct duet_hub_node *node = make(reader, DUET_HUB_NODE_NUMBER);
	double scale = 1;
	bool point = false;

	for (; node && (isdigit((unsigned char)*reader->at) || (*reader->at == '.' && !point));
	     reader->at++) {
		if (*reader->at == '.') {
			point = true;
			continue;
		}
		node->number = node->number * 10 + (*reader->at - '0');
		scale *= point ? 10 : 1;
	}
	if (node)
		node->number /= scale;
	return node;
}

static struct duet_hub_node *read_name(struct reader *reader, enum duet_hub_node_kind kind)
{
	struct duet_hub_node *node = make(reader, kind);
	const char *begin = reader->at;

	while (is_word(*reader->at))
		reader->at++;
	if (reader->at == begin)
		return fail(reader, "a name or a value is expected");
	return node && keep(reader, node, begin, (size_t)(reader->at - begin)) ? node : NULL;
}

/* ".engine", "[0]", "['a name']" behind $body. */
static struct duet_hub_node *read_step(struct reader *reader)
{
	struct duet_hub_node *step;

	if (*reader->at == '.') {
		reader->at++;
		return read_name(reader, DUET_HUB_NODE_STEP);
	}
	reader->at++;
	if (*reader->at == '\'' || *reader->at == '"')
		step = read_text(reader, DUET_HUB_NODE_STEP, *reader->at);
	else if (isdigit((unsigned char)*reader->at))
		step = read_number(reader);
	else
		return fail(reader, "a number or a text is expected in [ ]");
	if (step)
		step->kind = DUET_HUB_NODE_STEP;
	return step && *reader->at++ == ']' ? step : fail(reader, "] is missing");
}

static struct duet_hub_node *read_body(struct reader *reader)
{
	struct duet_hub_node *body = make(reader, DUET_HUB_NODE_BODY), *last = NULL;

	reader->condition->reads_body = true;
	while (body && (*reader->at == '.' || *reader->at == '[')) {
		struct duet_hub_node *step = read_step(reader);

		if (!step)
			return NULL;
		if (last)
			last->next = step;
		else
			body->first = step;
		last = step;
	}
	return body;
}

/* Values between commas up to `end`. */
static bool read_list(struct reader *reader, struct duet_hub_node *parent, const char *end)
{
	struct duet_hub_node *last = NULL;

	if (take_sign(reader, end))
		return true;
	do {
		struct duet_hub_node *one = read_any(reader);

		if (!one)
			return false;
		if (last)
			last->next = one;
		else
			parent->first = one;
		last = one;
	} while (take_sign(reader, ","));
	return take_sign(reader, end) || fail(reader, "a list has no end");
}

static const struct {
	const char *name;
	int n_arguments;
} functions[DUET_HUB_N_FUNCTIONS] = {
	[DUET_HUB_FN_IS_DEFINED] = {"IS_DEFINED", 1}, [DUET_HUB_FN_IS_NULL] = {"IS_NULL", 1},
	[DUET_HUB_FN_IS_NUMBER] = {"IS_NUMBER", 1},   [DUET_HUB_FN_IS_STRING] = {"IS_STRING", 1},
	[DUET_HUB_FN_IS_BOOL] = {"IS_BOOL", 1},       [DUET_HUB_FN_IS_ARRAY] = {"IS_ARRAY", 1},
	[DUET_HUB_FN_IS_OBJECT] = {"IS_OBJECT", 1},   [DUET_HUB_FN_STARTSWITH] = {"STARTSWITH", 2},
	[DUET_HUB_FN_ENDSWITH] = {"ENDSWITH", 2},     [DUET_HUB_FN_CONTAINS] = {"CONTAINS", 2},
	[DUET_HUB_FN_LENGTH] = {"LENGTH", 1},         [DUET_HUB_FN_LOWER] = {"LOWER", 1},
	[DUET_HUB_FN_UPPER] = {"UPPER", 1},           [DUET_HUB_FN_ABS] = {"ABS", 1},
	[DUET_HUB_FN_AS_NUMBER] = {"AS_NUMBER", 1},
};

static struct duet_hub_node *read_call(struct reader *reader, struct duet_hub_node *name)
{
	int n = 0;

	for (int i = 0; i < DUET_HUB_N_FUNCTIONS; i++) {
		if (strcasecmp(name->text.ptr, functions[i].name) != 0)
			continue;
		name->kind = DUET_HUB_NODE_CALL;
		name->function = (enum duet_hub_function)i;
		reader->at++;
		if (!read_list(reader, name, ")"))
			return NULL;
		for (const struct duet_hub_node *one = name->first; one; one = one->next)
			n++;
		return n == functions[i].n_arguments ? name : fail(reader, "a function has other arguments");
	}
	return fail(reader, "there is no such function");
}

static struct duet_hub_node *read_sub(struct reader *reader)
{
	struct duet_hub_node *inner;

	reader->at++;
	inner = read_any(reader);
	return inner && !take_sign(reader, ")") ? fail(reader, ") is missing") : inner;
}

static struct duet_hub_node *read_dollar(struct reader *reader)
{
	reader->at++;
	if (take_word(reader, "body"))
		return read_body(reader);
	return read_name(reader, DUET_HUB_NODE_SYSTEM);
}

static struct duet_hub_node *read_array(struct reader *reader)
{
	struct duet_hub_node *list = make(reader, DUET_HUB_NODE_LIST);

	reader->at++;
	return list && read_list(reader, list, "]") ? list : NULL;
}

static struct duet_hub_node *read_value(struct reader *reader)
{
	static const struct {
		const char *word;
		enum duet_hub_node_kind kind;
	} words[] = {
		{"true", DUET_HUB_NODE_TRUE}, {"false", DUET_HUB_NODE_FALSE}, {"null", DUET_HUB_NODE_NULL}};
	struct duet_hub_node *node;

	skip(reader);
	if (*reader->at == '(')
		return read_sub(reader);
	if (*reader->at == '[')
		return read_array(reader);
	if (*reader->at == '\'' || *reader->at == '"')
		return read_text(reader, DUET_HUB_NODE_TEXT, *reader->at);
	if (isdigit((unsigned char)*reader->at) ||
	    (*reader->at == '.' && isdigit((unsigned char)reader->at[1])))
		return read_number(reader);
	if (*reader->at == '$')
		return read_dollar(reader);
	if (*reader->at == '{') /* a property whose name is no word */
		return read_text(reader, DUET_HUB_NODE_PROPERTY, '}');
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (take_word(reader, words[i].word))
			return make(reader, words[i].kind);
	node = read_name(reader, DUET_HUB_NODE_PROPERTY);
	return node && *reader->at == '(' ? read_call(reader, node) : node;
}

static struct duet_hub_node *join(struct reader *reader, enum duet_hub_operation operation,
				  struct duet_hub_node *left, struct duet_hub_node *right)
{
	struct duet_hub_node *node = right ? make(reader, DUET_HUB_NODE_OPERATE) : NULL;

	if (!node)
		return NULL;
	node->operation = operation;
	node->first = left ? left : right;
	if (left)
		left->next = right;
	return node;
}

/* Levels of binary operators, the loosest first; words need a boundary, signs do not. */
static const struct sign {
	const char *sign;
	enum duet_hub_operation operation;
	bool is_word;
} levels[][9] = {
	{{"OR", DUET_HUB_OP_OR, true}},
	{{"AND", DUET_HUB_OP_AND, true}},
	{{"NOT", DUET_HUB_OP_NOT, true}}, /* a prefix */
	{{"<>", DUET_HUB_OP_UNEQUAL, false},
	 {"!=", DUET_HUB_OP_UNEQUAL, false},
	 {"<=", DUET_HUB_OP_LESS_EQUAL, false},
	 {">=", DUET_HUB_OP_MORE_EQUAL, false},
	 {"=", DUET_HUB_OP_EQUAL, false},
	 {"<", DUET_HUB_OP_LESS, false},
	 {">", DUET_HUB_OP_MORE, false},
	 {"IN", DUET_HUB_OP_IN, true},
	 {"NIN", DUET_HUB_OP_NOT_IN, true}},
	{{"||", DUET_HUB_OP_JOIN, false}, {"+", DUET_HUB_OP_ADD, false}, {"-", DUET_HUB_OP_SUBTRACT, false}},
	{{"*", DUET_HUB_OP_MULTIPLY, false},
	 {"/", DUET_HUB_OP_DIVIDE, false},
	 {"%", DUET_HUB_OP_REMAINDER, false}},
	{{"-", DUET_HUB_OP_NEGATE, false}}, /* a prefix */
};

enum { LEVEL_NOT = 2, LEVEL_NEGATE = 6, N_LEVELS = 7 };

static const struct sign *take_operator(struct reader *reader, int level)
{
	for (size_t i = 0; i < sizeof(levels[0]) / sizeof(*levels[0]) && levels[level][i].sign; i++) {
		const struct sign *sign = &levels[level][i];

		if (sign->is_word ? take_word(reader, sign->sign) : take_sign(reader, sign->sign))
			return sign;
	}
	return NULL;
}

static struct duet_hub_node *read_level(struct reader *reader, int level)
{
	const struct sign *sign;
	struct duet_hub_node *left;

	if (level == N_LEVELS)
		return read_value(reader);
	if (level == LEVEL_NOT || level == LEVEL_NEGATE) {
		sign = take_operator(reader, level);
		if (!sign)
			return read_level(reader, level + 1);
		if (++reader->depth > MAX_DEPTH)
			return fail(reader, "too deep");
		left = join(reader, sign->operation, NULL, read_level(reader, level));
		reader->depth--;
		return left;
	}
	left = read_level(reader, level + 1);
	while (left && (sign = take_operator(reader, level)))
		left = join(reader, sign->operation, left, read_level(reader, level + 1));
	return left;
}

static struct duet_hub_node *read_any(struct reader *reader)
{
	struct duet_hub_node *node;

	if (++reader->depth > MAX_DEPTH)
		return fail(reader, "too deep");
	node = read_level(reader, 0);
	reader->depth--;
	return node;
}

int duet_hub_condition_compile(struct duet_hub_condition **condition, const char *text,
			       struct duet_error *error)
{
	struct duet_error own = {0};
	struct duet_hub_condition *made = duet_calloc(1, sizeof(*made));
	struct reader reader = {.condition = made, .text = text, .at = text, .error = error ? error : &own};

	reader.error->code = 0;
	if (made)
		made->arena = duet_arena_new(ARENA_MAX);
	if (!made || !made->arena) {
		duet_hub_condition_free(made);
		return duet_error_set(error, -ENOMEM, "out of memory");
	}
	if (strlen(text) <= MAX_TEXT)
		made->root = read_any(&reader);
	else
		fail(&reader, "too long");
	skip(&reader);
	if (made->root && *reader.at)
		made->root = fail(&reader, "an operator is expected here");
	if (made->root) {
		*condition = made;
		return 0;
	}
	duet_hub_condition_free(made);
	return reader.error->code ? reader.error->code
				  : duet_error_set(reader.error, -ENOMEM, "out of memory");
}

void duet_hub_condition_free(struct duet_hub_condition *condition)
{
	if (!condition)
		return;
	duet_arena_free(condition->arena);
	duet_free(condition);
}
