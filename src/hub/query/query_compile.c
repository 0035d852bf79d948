/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/query/query_compile.h"

#include <errno.h>
#include <stdarg.h>
#include <strings.h>

#include "base/arena.h"
#include "hub/value/date.h"

enum { MAX_SQL_BYTES = 512 * 1024, MAX_PARAMETERS = 4000, MAX_FUNCTION_ARGUMENTS = 3 };

bool duet_hub_query_fail(struct duet_hub_compiler *compiler, const char *format, ...)
{
	char what[sizeof(compiler->fault->what)];
	va_list args;

	if (compiler->code < 0)
		return false;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	compiler->code = duet_hub_fault_set(compiler->fault, DUET_HUB_FAULT_QUERY, "%s", what);
	return false;
}

int duet_hub_query_bind(struct duet_hub_compiler *compiler, struct duet_slice text, double number,
			bool is_blob)
{
	struct duet_hub_sql *sql = compiler->sql;

	if (sql->n_parameters == MAX_PARAMETERS) {
		duet_hub_query_fail(compiler, "The query holds too many constants");
		return 1;
	}
	sql->parameters[sql->n_parameters] = (struct duet_hub_parameter){text, number, is_blob};
	return ++sql->n_parameters;
}

static int bind_text(struct duet_hub_compiler *compiler, const char *text)
{
	return duet_hub_query_bind(compiler, duet_slice(text), 0, false);
}

static int bind_number(struct duet_hub_compiler *compiler, double number)
{
	return duet_hub_query_bind(compiler, (struct duet_slice){NULL, 0}, number, false);
}

/* A value in SQL: NULL where it is undefined. */
static void add(struct duet_hub_compiler *compiler, const char *text)
{
	duet_text_add(&compiler->out, duet_slice(text));
}

/* Where a JSON path lies: json_extract(doc, ?n). */
static void add_json(struct duet_hub_compiler *compiler, const char *function,
		     const struct duet_hub_place *place)
{
	duet_text_printf(&compiler->out, "%s(%s, ?%d)", function, place->document, place->path);
}

/* The value if it is of that type, otherwise NULL. */
static void add_json_as(struct duet_hub_compiler *compiler, const struct duet_hub_place *place,
			enum value_type type)
{
	static const char *const tests[] = {
		[VALUE_TEXT] = "= 'text'",
		[VALUE_NUMBER] = "IN ('integer', 'real')",
		[VALUE_BOOLEAN] = "IN ('true', 'false')",
	};

	add(compiler, "CASE WHEN ");
	add_json(compiler, "json_type", place);
	duet_text_printf(&compiler->out, " %s THEN ", tests[type]);
	add_json(compiler, "json_extract", place);
	add(compiler, " END");
}

static bool is_constant(const struct duet_hub_node *node)
{
	return node->kind == DUET_HUB_NODE_STRING || node->kind == DUET_HUB_NODE_NUMBER ||
	       node->kind == DUET_HUB_NODE_TRUE || node->kind == DUET_HUB_NODE_FALSE;
}

static enum value_type type_of(struct duet_hub_compiler *compiler, const struct duet_hub_node *node)
{
	struct duet_hub_place place;

	switch (node->kind) {
	case DUET_HUB_NODE_STRING:
		return VALUE_TEXT;
	case DUET_HUB_NODE_NUMBER:
	case DUET_HUB_NODE_ARITHMETIC:
		return VALUE_NUMBER;
	case DUET_HUB_NODE_NULL:
		return VALUE_NULL;
	case DUET_HUB_NODE_PATH:
		return duet_hub_query_place(compiler, node, &place) ? place.type : VALUE_ANY;
	case DUET_HUB_NODE_CALL:
		return duet_hub_query_call_type(node);
	default:
		return VALUE_BOOLEAN;
	}
}

static bool emit_as(struct duet_hub_compiler *compiler, const struct duet_hub_node *node,
		    enum value_type type);
static bool emit_condition(struct duet_hub_compiler *compiler, const struct duet_hub_node *node);

static bool emit_path_as(struct duet_hub_compiler *compiler, const struct duet_hub_node *node,
			 enum value_type type)
{
	struct duet_hub_place place;

	if (!duet_hub_query_place(compiler, node, &place))
		return false;
	if (place.type == VALUE_ANY && type != VALUE_ANY)
		add_json_as(compiler, &place, type);
	else if (place.type == VALUE_ANY)
		add_json(compiler, "json_extract", &place);
	else if (place.type == type || type == VALUE_ANY)
		duet_text_printf(&compiler->out, "(%s)", place.column);
	else
		add(compiler, "NULL");
	return true;
}

static bool emit_arithmetic(struct duet_hub_compiler *compiler, const struct duet_hub_node *node)
{
	add(compiler, "(");
	if (node->n_children == 1)
		add(compiler, node->text);
	/* Division is not that of whole numbers. */
	else if (node->text[0] == '/')
		add(compiler, "1.0 * ");
	if (!emit_as(compiler, node->first, VALUE_NUMBER))
		return false;
	if (node->n_children == 2) {
		duet_text_printf(&compiler->out, " %s ", node->text);
		if (!emit_as(compiler, node->first->next, VALUE_NUMBER))
			return false;
	}
	add(compiler, ")");
	return true;
}

/* A value as one type: what is of another one is undefined. */
static bool emit_as(struct duet_hub_compiler *compiler, const struct duet_hub_node *node,
		    enum value_type type)
{
	enum value_type own;

	if (node->kind == DUET_HUB_NODE_PATH)
		return emit_path_as(compiler, node, type);
	own = type_of(compiler, node);
	if (own != type && type != VALUE_ANY && own != VALUE_ANY) {
		add(compiler, "NULL");
		return true;
	}
	switch (node->kind) {
	case DUET_HUB_NODE_STRING:
		duet_text_printf(&compiler->out, "?%d", bind_text(compiler, node->text));
		return true;
	case DUET_HUB_NODE_NUMBER:
		duet_text_printf(&compiler->out, "?%d", bind_number(compiler, node->number));
		return true;
	case DUET_HUB_NODE_NULL:
		add(compiler, "NULL");
		return true;
	case DUET_HUB_NODE_ARITHMETIC:
		return emit_arithmetic(compiler, node);
	case DUET_HUB_NODE_CALL:
		return duet_hub_query_emit_call(compiler, node);
	case DUET_HUB_NODE_LIST:
	case DUET_HUB_NODE_STAR:
		return duet_hub_query_fail(compiler, "%s cannot stand here",
					   node->kind == DUET_HUB_NODE_LIST ? "A list" : "*");
	default:
		return emit_condition(compiler, node);
	}
}

bool duet_hub_query_emit(struct duet_hub_compiler *compiler, const struct duet_hub_node *node,
			 enum value_type type)
{
	return compiler->code == 0 && !compiler->out.failed && emit_as(compiler, node, type);
}

/* x = null */
static bool emit_null_test(struct duet_hub_compiler *compiler, const struct duet_hub_node *node,
			   const char *operator)
{
	struct duet_hub_place place;
	bool equal = operator[0] == '=';

	if (node->kind != DUET_HUB_NODE_PATH || (!equal && operator[0] != '!'))
		return duet_hub_query_fail(compiler, "null can only be compared with a property, by = or !=");
	if (!duet_hub_query_place(compiler, node, &place))
		return false;
	if (place.type != VALUE_ANY) {
		duet_text_printf(&compiler->out, "((%s) IS %sNULL)", place.column, equal ? "" : "NOT ");
		return true;
	}
	add(compiler, "(");
	add_json(compiler, "json_type", &place);
	duet_text_printf(&compiler->out, " %s 'null')", operator);
	return true;
}

/* What a value is, so that only likes are compared. */
static bool emit_class(struct duet_hub_compiler *compiler, const struct duet_hub_node *node)
{
	struct duet_hub_place place;

	if (node->kind != DUET_HUB_NODE_PATH || !duet_hub_query_place(compiler, node, &place))
		return duet_hub_query_fail(compiler, "Only properties can be compared with each other");
	add(compiler, "replace(replace(");
	add_json(compiler, "json_type", &place);
	add(compiler, ", 'integer', 'real'), 'false', 'true')");
	return true;
}

static bool emit_pair(struct duet_hub_compiler *compiler, const struct duet_hub_node *left,
		      const char *operator, const struct duet_hub_node * right, enum value_type type)
{
	add(compiler, "(");
	if (!emit_as(compiler, left, type))
		return false;
	duet_text_printf(&compiler->out, " %s ", operator);
	if (!emit_as(compiler, right, type))
		return false;
	add(compiler, ")");
	return true;
}

static bool emit_time_pair(struct duet_hub_compiler *compiler, const struct duet_hub_node *left,
			   const char *operator, const struct duet_hub_node * right)
{
	const struct duet_hub_node *sides[] = {left, right};
	int64_t ms;

	add(compiler, "(");
	for (int i = 0; i < 2; i++) {
		if (i == 1)
			duet_text_printf(&compiler->out, " %s ", operator);
		if (sides[i]->kind == DUET_HUB_NODE_STRING) {
			if (duet_hub_date_parse(duet_slice(sides[i]->text), &ms) < 0)
				return duet_hub_query_fail(compiler, "'%s' is no date", sides[i]->text);
			duet_text_printf(&compiler->out, "?%d", bind_number(compiler, (double)ms));
		} else if (!emit_as(compiler, sides[i], VALUE_TIME)) {
			return false;
		}
	}
	add(compiler, ")");
	return true;
}

static bool emit_comparison(struct duet_hub_compiler *compiler, const struct duet_hub_node *left,
			    const char *operator, const struct duet_hub_node * right)
{
	enum value_type left_type = type_of(compiler, left), right_type = type_of(compiler, right);

	if (compiler->code < 0)
		return false;
	if (right_type == VALUE_NULL)
		return emit_null_test(compiler, left, operator);
	if (left_type == VALUE_NULL)
		return emit_null_test(compiler, right, operator);
	if (left_type == VALUE_TIME || right_type == VALUE_TIME)
		return emit_time_pair(compiler, left, operator, right);
	if (left_type != VALUE_ANY || right_type != VALUE_ANY)
		return emit_pair(compiler, left, operator, right,
				 left_type != VALUE_ANY ? left_type : right_type);
	if (left->kind == DUET_HUB_NODE_CALL || right->kind == DUET_HUB_NODE_CALL)
		return emit_pair(compiler, left, operator, right, VALUE_ANY);
	add(compiler, "CASE WHEN ");
	if (!emit_class(compiler, left))
		return false;
	add(compiler, " = ");
	if (!emit_class(compiler, right))
		return false;
	add(compiler, " THEN ");
	if (!emit_pair(compiler, left, operator, right, VALUE_ANY))
		return false;
	add(compiler, " END");
	return true;
}

/* x IN [a, b]: of constants of one type a list in SQL, otherwise one comparison after the other. */
static bool emit_in(struct duet_hub_compiler *compiler, const struct duet_hub_node *node)
{
	const struct duet_hub_node *value = node->first, *list = value->next, *member = list->first;
	bool negated = node->kind == DUET_HUB_NODE_NOT_IN;

	if (list->kind != DUET_HUB_NODE_LIST)
		return duet_hub_query_fail(compiler, "IN needs a list");
	if (!member) {
		add(compiler, negated ? "1" : "0");
		return true;
	}
	add(compiler, negated ? "NOT (" : "(");
	if (type_of(compiler, value) == VALUE_TEXT && member->kind == DUET_HUB_NODE_STRING) {
		if (!emit_as(compiler, value, VALUE_TEXT))
			return false;
		add(compiler, " IN (");
		for (; member; member = member->next) {
			if (!emit_as(compiler, member, VALUE_TEXT))
				return false;
			add(compiler, member->next ? ", " : ")");
		}
	}
	for (; member; member = member->next) {
		if (!emit_comparison(compiler, value, "=", member))
			return false;
		if (member->next)
			add(compiler, " OR ");
	}
	add(compiler, ")");
	return true;
}

static bool emit_logic(struct duet_hub_compiler *compiler, const struct duet_hub_node *node, const char *word)
{
	add(compiler, "(");
	if (!emit_condition(compiler, node->first))
		return false;
	duet_text_printf(&compiler->out, " %s ", word);
	if (!emit_condition(compiler, node->first->next))
		return false;
	add(compiler, ")");
	return true;
}

static bool emit_condition(struct duet_hub_compiler *compiler, const struct duet_hub_node *node)
{
	switch (node->kind) {
	case DUET_HUB_NODE_AND:
		return emit_logic(compiler, node, "AND");
	case DUET_HUB_NODE_OR:
		return emit_logic(compiler, node, "OR");
	case DUET_HUB_NODE_NOT:
		add(compiler, "(NOT ");
		if (!emit_condition(compiler, node->first))
			return false;
		add(compiler, ")");
		return true;
	case DUET_HUB_NODE_COMPARE:
		return emit_comparison(compiler, node->first, node->text, node->first->next);
	case DUET_HUB_NODE_IN:
	case DUET_HUB_NODE_NOT_IN:
		return emit_in(compiler, node);
	case DUET_HUB_NODE_TRUE:
		add(compiler, "1");
		return true;
	case DUET_HUB_NODE_FALSE:
		add(compiler, "0");
		return true;
	case DUET_HUB_NODE_PATH:
	case DUET_HUB_NODE_CALL:
		return emit_as(compiler, node, VALUE_BOOLEAN);
	default:
		return duet_hub_query_fail(compiler, "A condition expected");
	}
}

static bool add_leaf_test(struct duet_hub_compiler *compiler, const char *path, const char *operator,
			  const struct duet_hub_node * constant)
{
	struct duet_slice text = duet_slice(constant->text);
	char truth = constant->kind == DUET_HUB_NODE_TRUE ? 1 : 0;
	const char *byte;
	int parameter;

	if (constant->kind == DUET_HUB_NODE_STRING) {
		if (text.len > DUET_HUB_LEAF_STRING_BYTES && operator[0] != '=')
			return true;
		if (text.len > DUET_HUB_LEAF_STRING_BYTES)
			text.len = DUET_HUB_LEAF_STRING_BYTES;
		parameter = duet_hub_query_bind(compiler, text, 0, false);
	} else if (constant->kind == DUET_HUB_NODE_NUMBER) {
		parameter = bind_number(compiler, constant->number);
	} else {
		byte = duet_arena_copy(compiler->arena, (struct duet_slice){&truth, 1});
		if (!byte)
			return false;
		parameter = duet_hub_query_bind(compiler, (struct duet_slice){byte, 1}, 0, true);
	}
	duet_text_printf(&compiler->out,
			 " AND i.number IN (SELECT number FROM leaf WHERE path = ?%d AND value %s ?%d)",
			 bind_text(compiler, path), operator, parameter);
	return true;
}

/* What must hold for the whole condition to hold, as far as the index of leaves knows it. The condition
 * itself is still tested. */
static bool emit_hints(struct duet_hub_compiler *compiler, const struct duet_hub_node *node, int *n_left)
{
	const char *path;

	if (node->kind == DUET_HUB_NODE_AND)
		return emit_hints(compiler, node->first, n_left) &&
		       emit_hints(compiler, node->first->next, n_left);
	if (node->kind != DUET_HUB_NODE_COMPARE || *n_left == 0 || !is_constant(node->first->next) ||
	    node->text[0] == '!' || node->first->kind != DUET_HUB_NODE_PATH)
		return true;
	path = duet_hub_query_leaf_path(compiler, node->first);
	if (!path)
		return compiler->code == 0;
	--*n_left;
	return add_leaf_test(compiler, path, node->text, node->first->next);
}

static bool emit_where(struct duet_hub_compiler *compiler)
{
	static const char *const sources[] = {
		[DUET_HUB_FROM_DEVICES] =
			" FROM identity i CROSS JOIN twin t ON t.number = i.number WHERE i.module = ''",
		[DUET_HUB_FROM_MODULES] =
			" FROM identity i CROSS JOIN twin t ON t.number = i.number WHERE i.module <> ''",
		[DUET_HUB_FROM_JOBS] = " FROM document i WHERE i.kind = 4",
		[DUET_HUB_FROM_ENROLLMENTS] = " FROM document i WHERE i.kind = 0",
		[DUET_HUB_FROM_GROUPS] = " FROM document i WHERE i.kind = 1",
	};
	int n_hints = 2;

	add(compiler, sources[compiler->query->source]);
	if (!compiler->query->where)
		return true;
	if (compiler->query->source <= DUET_HUB_FROM_MODULES &&
	    !emit_hints(compiler, compiler->query->where, &n_hints))
		return false;
	add(compiler, " AND ");
	return emit_condition(compiler, compiler->query->where);
}

/* An item of the result as JSON text; NULL: it is undefined. */
static bool emit_item(struct duet_hub_compiler *compiler, const struct duet_hub_node *node)
{
	struct duet_hub_place place = {0};

	if (node->kind == DUET_HUB_NODE_PATH) {
		if (!duet_hub_query_place(compiler, node, &place))
			return false;
		if (place.type == VALUE_ANY) {
			duet_text_printf(&compiler->out, "%s -> ?%d", place.document, place.path);
			return true;
		}
		if (place.type == VALUE_TIME || place.type == VALUE_BOOLEAN) {
			duet_text_printf(&compiler->out, "%s(%s)",
					 place.type == VALUE_TIME ? "hub_date" : "hub_truth", place.column);
			return true;
		}
	}
	if (type_of(compiler, node) == VALUE_BOOLEAN) {
		add(compiler, "hub_truth(");
		if (!emit_condition(compiler, node))
			return false;
	} else {
		add(compiler, "hub_quote(");
		if (!emit_as(compiler, node, VALUE_ANY))
			return false;
	}
	add(compiler, ")");
	return true;
}

static bool emit_groups(struct duet_hub_compiler *compiler)
{
	for (int i = 0; i < compiler->query->n_groups; i++) {
		add(compiler, i == 0 ? " GROUP BY " : ", ");
		if (!emit_item(compiler, compiler->query->groups[i]))
			return false;
	}
	return true;
}

static bool emit_query(struct duet_hub_compiler *compiler)
{
	const struct duet_hub_query *query = compiler->query;
	bool grouped = query->aggregates || query->n_groups > 0;
	const char *identity =
		query->source <= DUET_HUB_FROM_MODULES ? "i.number, i.target" : "i.number, i.json";

	add(compiler, "SELECT ");
	add(compiler, grouped ? "0, ''" : identity);
	for (int i = 0; i < query->n_items; i++) {
		add(compiler, ", ");
		if (!emit_item(compiler, query->items[i].value))
			return false;
	}
	if (!emit_where(compiler))
		return false;
	compiler->sql->by_offset = grouped;
	/* The two numbers of a page come last. */
	if (grouped) {
		if (!emit_groups(compiler))
			return false;
		duet_text_printf(&compiler->out, " LIMIT ?%d OFFSET ?%d", compiler->sql->n_parameters + 2,
				 compiler->sql->n_parameters + 1);
	} else {
		duet_text_printf(&compiler->out, " AND i.number > ?%d ORDER BY i.number LIMIT ?%d",
				 compiler->sql->n_parameters + 1, compiler->sql->n_parameters + 2);
	}
	return true;
}

int duet_hub_query_compile(const struct duet_hub_query *query, struct duet_arena *arena,
			   struct duet_hub_sql *sql, struct duet_hub_fault *fault)
{
	struct duet_hub_compiler compiler = {.query = query, .arena = arena, .sql = sql, .fault = fault};
	bool done;

	*sql = (struct duet_hub_sql){0};
	sql->parameters = duet_arena_alloc(arena, MAX_PARAMETERS * sizeof(*sql->parameters));
	if (!sql->parameters)
		return -ENOMEM;
	duet_text_init(&compiler.out, MAX_SQL_BYTES);
	done = emit_query(&compiler);
	if (done && !compiler.out.failed)
		sql->text = duet_arena_copy(arena, (struct duet_slice){compiler.out.ptr, compiler.out.len});
	duet_text_done(&compiler.out);
	if (compiler.code < 0)
		return compiler.code;
	return sql->text ? 0 : -ENOMEM;
}
