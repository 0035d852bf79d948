/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <strings.h>

#include "base/arena.h"
#include "hub/query/query.h"
#include "hub/query/query_token.h"

struct parser {
	struct duet_hub_lexer lexer;
	struct duet_arena *arena;
	struct duet_hub_fault *fault;
	int depth;
	int code; /* the first failure; everything returns NULL from then on */
};

static struct duet_hub_node *fail(struct parser *parser, const char *expected)
{
	const struct duet_hub_token *token = &parser->lexer.token;

	if (parser->code < 0)
		return NULL;
	if (token->kind == DUET_HUB_TOKEN_END)
		parser->code = duet_hub_fault_set(parser->fault, DUET_HUB_FAULT_QUERY,
						  "%s expected where the query ends", expected);
	else
		parser->code = duet_hub_fault_set(
			parser->fault, DUET_HUB_FAULT_QUERY, "%s expected at character %zu, not '%.*s'",
			expected, token->at + 1, token->text.len < 40 ? (int)token->text.len : 40,
			token->text.ptr);
	return NULL;
}

static void advance(struct parser *parser)
{
	duet_hub_lexer_next(&parser->lexer);
}

static bool at(const struct parser *parser, const char *symbol)
{
	const struct duet_hub_token *token = &parser->lexer.token;

	return token->kind == DUET_HUB_TOKEN_SYMBOL && duet_slice_equal(token->text, duet_slice(symbol));
}

static bool take(struct parser *parser, const char *symbol)
{
	if (!at(parser, symbol))
		return false;
	advance(parser);
	return true;
}

static bool at_word(const struct parser *parser, const char *word)
{
	const struct duet_hub_token *token = &parser->lexer.token;

	return token->kind == DUET_HUB_TOKEN_WORD && token->text.len == strlen(word) &&
	       strncasecmp(token->text.ptr, word, token->text.len) == 0;
}

static bool take_word(struct parser *parser, const char *word)
{
	if (!at_word(parser, word))
		return false;
	advance(parser);
	return true;
}

static struct duet_hub_node *node_new(struct parser *parser, enum duet_hub_node_kind kind, const char *text)
{
	struct duet_hub_node *node = duet_arena_alloc(parser->arena, sizeof(*node));

	if (!node) {
		parser->code = -ENOMEM;
		return NULL;
	}
	node->kind = kind;
	node->text = text;
	return node;
}

static void append(struct duet_hub_node *parent, struct duet_hub_node *child)
{
	struct duet_hub_node **end = &parent->first;

	while (*end)
		end = &(*end)->next;
	*end = child;
	parent->n_children++;
}

static struct duet_hub_node *pair(struct parser *parser, enum duet_hub_node_kind kind, const char *text,
				  struct duet_hub_node *left, struct duet_hub_node *right)
{
	struct duet_hub_node *node = left && right ? node_new(parser, kind, text) : NULL;

	if (!node)
		return NULL;
	append(node, left);
	append(node, right);
	return node;
}

/* The text of the token, copied. */
static const char *text_of(struct parser *parser)
{
	const char *text = duet_arena_copy(parser->arena, parser->lexer.token.text);

	if (!text)
		parser->code = -ENOMEM;
	return text;
}

static struct duet_hub_node *parse_or(struct parser *parser);
static struct duet_hub_node *parse_sum(struct parser *parser);

static struct duet_hub_node *parse_string(struct parser *parser)
{
	struct duet_hub_node *node = node_new(parser, DUET_HUB_NODE_STRING, NULL);
	char *text = duet_arena_alloc(parser->arena, parser->lexer.token.text.len + 1);

	if (!node || !text) {
		parser->code = -ENOMEM;
		return NULL;
	}
	if (duet_hub_token_string(&parser->lexer.token, text) < 0)
		return fail(parser, "A string without broken escapes");
	node->text = text;
	advance(parser);
	return node;
}

static struct duet_hub_node *parse_number(struct parser *parser)
{
	struct duet_hub_node *node = node_new(parser, DUET_HUB_NODE_NUMBER, NULL);
	const char *text = text_of(parser);

	if (!node || !text)
		return NULL;
	node->number = strtod(text, NULL);
	advance(parser);
	return node;
}

/* ( a, b ) or [ a, b ], after its opening bracket. */
static struct duet_hub_node *parse_members(struct parser *parser, struct duet_hub_node *list,
					   const char *closing)
{
	if (!list || take(parser, closing))
		return list;
	do {
		struct duet_hub_node *member =
			at(parser, "*") ? node_new(parser, DUET_HUB_NODE_STAR, NULL) : parse_or(parser);

		if (member && member->kind == DUET_HUB_NODE_STAR)
			advance(parser);
		if (!member)
			return NULL;
		append(list, member);
	} while (take(parser, ","));
	return take(parser, closing) ? list : fail(parser, closing);
}

static struct duet_hub_node *parse_call(struct parser *parser, const char *name)
{
	struct duet_hub_node *call = node_new(parser, DUET_HUB_NODE_CALL, NULL);
	char *capitals = duet_arena_copy(parser->arena, duet_slice(name));

	if (!call || !capitals) {
		parser->code = -ENOMEM;
		return NULL;
	}
	for (char *c = capitals; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	call->text = capitals;
	return parse_members(parser, call, ")");
}

static struct duet_hub_node *add_segment(struct parser *parser, struct duet_hub_node *path, const char *text)
{
	struct duet_hub_node *segment = text ? node_new(parser, DUET_HUB_NODE_STRING, text) : NULL;

	if (!segment)
		return NULL;
	append(path, segment);
	return path;
}

/* a.b['c'].[[d]] */
static struct duet_hub_node *parse_path(struct parser *parser, const char *name)
{
	struct duet_hub_node *path = node_new(parser, DUET_HUB_NODE_PATH, NULL), *inside;

	if (!path || !add_segment(parser, path, name))
		return NULL;
	for (;;) {
		if (take(parser, "[")) {
			inside = parser->lexer.token.kind == DUET_HUB_TOKEN_STRING ? parse_string(parser)
										   : fail(parser, "A string");
			if (!inside || !add_segment(parser, path, inside->text))
				return NULL;
			if (!take(parser, "]"))
				return fail(parser, "]");
		} else if (take(parser, ".")) {
			if (parser->lexer.token.kind != DUET_HUB_TOKEN_WORD &&
			    parser->lexer.token.kind != DUET_HUB_TOKEN_QUOTED)
				return fail(parser, "A name");
			if (!add_segment(parser, path, text_of(parser)))
				return NULL;
			advance(parser);
		} else {
			return path;
		}
	}
}

static struct duet_hub_node *parse_word(struct parser *parser)
{
	static const struct {
		const char *word;
		enum duet_hub_node_kind kind;
	} constants[] = {
		{"true", DUET_HUB_NODE_TRUE},
		{"false", DUET_HUB_NODE_FALSE},
		{"null", DUET_HUB_NODE_NULL},
	};
	const char *name;

	for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++)
		if (take_word(parser, constants[i].word))
			return node_new(parser, constants[i].kind, NULL);
	name = text_of(parser);
	if (!name)
		return NULL;
	advance(parser);
	return take(parser, "(") ? parse_call(parser, name) : parse_path(parser, name);
}

static struct duet_hub_node *parse_primary(struct parser *parser)
{
	struct duet_hub_node *inside;

	if (parser->code < 0)
		return NULL;
	switch (parser->lexer.token.kind) {
	case DUET_HUB_TOKEN_STRING:
		return parse_string(parser);
	case DUET_HUB_TOKEN_NUMBER:
		return parse_number(parser);
	case DUET_HUB_TOKEN_WORD:
		return parse_word(parser);
	default:
		break;
	}
	if (take(parser, "[")) {
		inside = node_new(parser, DUET_HUB_NODE_LIST, NULL);
		return parse_members(parser, inside, "]");
	}
	if (!take(parser, "("))
		return fail(parser, "A value");
	inside = parse_or(parser);
	if (!inside)
		return NULL;
	return take(parser, ")") ? inside : fail(parser, ")");
}

/* Deeper and deeper brackets, signs and NOTs end here. */
static struct duet_hub_node *deeper(struct parser *parser,
				    struct duet_hub_node *(*parse)(struct parser *parser))
{
	struct duet_hub_node *node = NULL;

	if (parser->depth >= DUET_HUB_QUERY_MAX_DEPTH) {
		parser->code =
			duet_hub_fault_set(parser->fault, DUET_HUB_FAULT_QUERY,
					   "The query is nested more than %d deep", DUET_HUB_QUERY_MAX_DEPTH);
		return NULL;
	}
	parser->depth++;
	if (parser->code == 0)
		node = parse(parser);
	parser->depth--;
	return node;
}

static struct duet_hub_node *parse_sign(struct parser *parser)
{
	struct duet_hub_node *node, *operand;

	if (!take(parser, "-"))
		return deeper(parser, parse_primary);
	operand = deeper(parser, parse_sign);
	node = operand ? node_new(parser, DUET_HUB_NODE_ARITHMETIC, "-") : NULL;
	if (node)
		append(node, operand);
	return node;
}

static struct duet_hub_node *parse_chain(struct parser *parser, const char *const *operators, size_t n,
					 struct duet_hub_node *(*parse)(struct parser *parser))
{
	struct duet_hub_node *left = parse(parser);
	bool more = left != NULL;

	while (more) {
		more = false;
		for (size_t i = 0; i < n && !more; i++) {
			if (!take(parser, operators[i]))
				continue;
			left = pair(parser, DUET_HUB_NODE_ARITHMETIC, operators[i], left, parse(parser));
			more = left != NULL;
			break;
		}
	}
	return left;
}

static struct duet_hub_node *parse_product(struct parser *parser)
{
	static const char *const operators[] = {"*", "/", "%"};

	return parse_chain(parser, operators, 3, parse_sign);
}

static struct duet_hub_node *parse_sum(struct parser *parser)
{
	static const char *const operators[] = {"+", "-"};

	return parse_chain(parser, operators, 2, parse_product);
}

/* x IN [a, b], x IN (a, b), x IN a.list */
static struct duet_hub_node *parse_in(struct parser *parser, enum duet_hub_node_kind kind,
				      struct duet_hub_node *left)
{
	struct duet_hub_node *list = node_new(parser, DUET_HUB_NODE_LIST, NULL);

	if (!list)
		return NULL;
	if (take(parser, "["))
		list = parse_members(parser, list, "]");
	else if (take(parser, "("))
		list = parse_members(parser, list, ")");
	else
		list = deeper(parser, parse_primary);
	return pair(parser, kind, NULL, left, list);
}

static struct duet_hub_node *parse_comparison(struct parser *parser)
{
	static const char *const operators[][2] = {{"=", "="},   {"!=", "!="}, {"<>", "!="}, {"<=", "<="},
						   {">=", ">="}, {"<", "<"},   {">", ">"}};
	struct duet_hub_node *left = parse_sum(parser);

	if (!left)
		return NULL;
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (take(parser, operators[i][0]))
			return pair(parser, DUET_HUB_NODE_COMPARE, operators[i][1], left, parse_sum(parser));
	if (take_word(parser, "IN"))
		return parse_in(parser, DUET_HUB_NODE_IN, left);
	if (take_word(parser, "NIN"))
		return parse_in(parser, DUET_HUB_NODE_NOT_IN, left);
	if (take_word(parser, "NOT"))
		return take_word(parser, "IN") ? parse_in(parser, DUET_HUB_NODE_NOT_IN, left)
					       : fail(parser, "IN");
	return left;
}

static struct duet_hub_node *parse_not(struct parser *parser)
{
	struct duet_hub_node *node, *operand;

	if (!take_word(parser, "NOT"))
		return parse_comparison(parser);
	operand = deeper(parser, parse_not);
	node = operand ? node_new(parser, DUET_HUB_NODE_NOT, NULL) : NULL;
	if (node)
		append(node, operand);
	return node;
}

static struct duet_hub_node *parse_and(struct parser *parser)
{
	struct duet_hub_node *left = parse_not(parser);

	while (left && take_word(parser, "AND"))
		left = pair(parser, DUET_HUB_NODE_AND, NULL, left, parse_not(parser));
	return left;
}

static struct duet_hub_node *parse_disjunction(struct parser *parser)
{
	struct duet_hub_node *left = parse_and(parser);

	while (left && take_word(parser, "OR"))
		left = pair(parser, DUET_HUB_NODE_OR, NULL, left, parse_and(parser));
	return left;
}

static struct duet_hub_node *parse_or(struct parser *parser)
{
	return deeper(parser, parse_disjunction);
}

static bool is_aggregate(const struct duet_hub_node *node)
{
	static const char *const names[] = {"COUNT", "AVG", "SUM", "MIN", "MAX"};

	for (size_t i = 0; i < 5 && node->kind == DUET_HUB_NODE_CALL; i++)
		if (strcmp(node->text, names[i]) == 0)
			return true;
	return false;
}

/* Without AS a path is called by its end, anything else by its place. */
static const char *name_of(struct parser *parser, const struct duet_hub_node *value, int place)
{
	const struct duet_hub_node *segment = value->kind == DUET_HUB_NODE_PATH ? value->first : NULL;

	while (segment && segment->next)
		segment = segment->next;
	return segment ? segment->text : duet_arena_printf(parser->arena, "$%d", place);
}

static bool parse_item(struct parser *parser, struct duet_hub_query *query)
{
	struct duet_hub_query_item *item = &query->items[query->n_items];

	if (query->n_items == DUET_HUB_QUERY_MAX_ITEMS)
		return fail(parser, "FROM after so many items");
	item->value = parse_or(parser);
	if (!item->value)
		return false;
	query->n_items++;
	query->aggregates |= is_aggregate(item->value);
	if (take_word(parser, "AS")) {
		if (parser->lexer.token.kind != DUET_HUB_TOKEN_WORD)
			return fail(parser, "A name");
		item->name = text_of(parser);
		advance(parser);
	} else {
		item->name = name_of(parser, item->value, query->n_items);
	}
	return item->name != NULL;
}

static bool parse_items(struct parser *parser, struct duet_hub_query *query)
{
	if (take_word(parser, "TOP")) {
		struct duet_hub_node *n = parser->lexer.token.kind == DUET_HUB_TOKEN_NUMBER
						  ? parse_number(parser)
						  : fail(parser, "A number");

		if (!n || n->number < 1 || n->number > 1e9)
			return fail(parser, "A number from 1 after TOP");
		query->top = (int64_t)n->number;
	}
	if (take(parser, "*")) {
		query->everything = true;
		return true;
	}
	do {
		if (!parse_item(parser, query))
			return false;
	} while (take(parser, ","));
	return true;
}

static bool parse_source(struct parser *parser, struct duet_hub_query *query)
{
	if (take_word(parser, "enrollments"))
		query->source = DUET_HUB_FROM_ENROLLMENTS;
	else if (take_word(parser, "enrollmentGroups"))
		query->source = DUET_HUB_FROM_GROUPS;
	else if (!take_word(parser, "devices"))
		return fail(parser, "devices, devices.modules or devices.jobs");
	else if (!take(parser, "."))
		query->source = DUET_HUB_FROM_DEVICES;
	else if (take_word(parser, "modules"))
		query->source = DUET_HUB_FROM_MODULES;
	else if (take_word(parser, "jobs"))
		query->source = DUET_HUB_FROM_JOBS;
	else
		return fail(parser, "modules or jobs");
	return true;
}

static bool parse_groups(struct parser *parser, struct duet_hub_query *query)
{
	if (!take_word(parser, "GROUP"))
		return true;
	if (!take_word(parser, "BY"))
		return fail(parser, "BY");
	do {
		if (query->n_groups == DUET_HUB_QUERY_MAX_ITEMS)
			return fail(parser, "The end after so many groups");
		query->groups[query->n_groups] = parse_sum(parser);
		if (!query->groups[query->n_groups++])
			return false;
	} while (take(parser, ","));
	return true;
}

/* FROM … [WHERE …] [GROUP BY …] to the end. */
static bool parse_tail(struct parser *parser, struct duet_hub_query *query)
{
	if (!take_word(parser, "FROM"))
		return fail(parser, "FROM");
	if (!parse_source(parser, query))
		return false;
	if (take_word(parser, "WHERE")) {
		query->where = parse_or(parser);
		if (!query->where)
			return false;
	}
	if (!parse_groups(parser, query))
		return false;
	if (query->n_groups > 0 && query->everything)
		return fail(parser, "Items instead of * with GROUP BY");
	return parser->lexer.token.kind == DUET_HUB_TOKEN_END || fail(parser, "The end");
}

static struct duet_hub_query *begin(struct parser *parser, struct duet_slice text, struct duet_arena *arena,
				    struct duet_hub_fault *fault)
{
	struct duet_hub_query *query = duet_arena_alloc(arena, sizeof(*query));

	*parser = (struct parser){.arena = arena, .fault = fault, .code = query ? 0 : -ENOMEM};
	if (text.len > DUET_HUB_QUERY_MAX_BYTES)
		parser->code =
			duet_hub_fault_set(fault, DUET_HUB_FAULT_QUERY, "The query has more than %d bytes",
					   DUET_HUB_QUERY_MAX_BYTES);
	duet_hub_lexer_init(&parser->lexer, text);
	return query;
}

/* What a parser that stopped without a word means. */
static int end(const struct parser *parser, bool parsed)
{
	if (parser->code < 0)
		return parser->code;
	return parsed ? 0 : -ENOMEM;
}

int duet_hub_query_parse(struct duet_slice text, struct duet_arena *arena, struct duet_hub_query **query,
			 struct duet_hub_fault *fault)
{
	struct parser parser;
	bool parsed;

	*query = begin(&parser, text, arena, fault);
	if (!*query || parser.code < 0)
		return parser.code;
	parsed = take_word(&parser, "SELECT") || fail(&parser, "SELECT");
	parsed = parsed && parse_items(&parser, *query) && parse_tail(&parser, *query);
	return end(&parser, parsed);
}

int duet_hub_condition_parse(struct duet_slice text, struct duet_arena *arena, struct duet_hub_query **query,
			     struct duet_hub_fault *fault)
{
	struct parser parser;
	bool parsed;

	*query = begin(&parser, text, arena, fault);
	if (!*query || parser.code < 0)
		return parser.code;
	(*query)->everything = true;
	if (take(&parser, "*"))
		parsed = parser.lexer.token.kind == DUET_HUB_TOKEN_END || fail(&parser, "The end");
	else if (at_word(&parser, "FROM"))
		parsed = parse_tail(&parser, *query);
	else {
		(*query)->where = parse_or(&parser);
		parsed = (*query)->where &&
			 (parser.lexer.token.kind == DUET_HUB_TOKEN_END || fail(&parser, "The end"));
	}
	return end(&parser, parsed);
}
