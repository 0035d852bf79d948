/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "hub/query/query_compile.h"

/*
 * Functions and what they are in SQL: %0, %1, %2 are the arguments as `argument`
 * says, one letter each: t text, n number, a any, j the type of a JSON property.
 */
static const struct function {
	const char *name, *arguments, *sql;
	enum value_type type;
} functions[] = {
	{"IS_DEFINED", "j", "(%0 IS NOT NULL)", VALUE_BOOLEAN},
	{"IS_NULL", "j", "(ifnull(%0, '') = 'null')", VALUE_BOOLEAN},
	{"IS_BOOL", "j", "(ifnull(%0, '') IN ('true', 'false'))", VALUE_BOOLEAN},
	{"IS_NUMBER", "j", "(ifnull(%0, '') IN ('integer', 'real'))", VALUE_BOOLEAN},
	{"IS_STRING", "j", "(ifnull(%0, '') = 'text')", VALUE_BOOLEAN},
	{"IS_OBJECT", "j", "(ifnull(%0, '') = 'object')", VALUE_BOOLEAN},
	{"IS_ARRAY", "j", "(ifnull(%0, '') = 'array')", VALUE_BOOLEAN},
	{"IS_PRIMITIVE", "j", "(ifnull(%0, '') IN ('true', 'false', 'null', 'integer', 'real', 'text'))",
	 VALUE_BOOLEAN},
	{"STARTSWITH", "tt", "(substr(%0, 1, length(%1)) = %1)", VALUE_BOOLEAN},
	{"STARTS_WITH", "tt", "(substr(%0, 1, length(%1)) = %1)", VALUE_BOOLEAN},
	{"ENDSWITH", "tt", "(length(%1) <= length(%0) AND substr(%0, length(%0) - length(%1) + 1) = %1)",
	 VALUE_BOOLEAN},
	{"ENDS_WITH", "tt", "(length(%1) <= length(%0) AND substr(%0, length(%0) - length(%1) + 1) = %1)",
	 VALUE_BOOLEAN},
	{"CONTAINS", "tt", "(instr(%0, %1) > 0)", VALUE_BOOLEAN},
	{"INDEX_OF", "tt", "(instr(%0, %1) - 1)", VALUE_NUMBER},
	{"LENGTH", "t", "length(%0)", VALUE_NUMBER},
	{"LOWER", "t", "lower(%0)", VALUE_TEXT},
	{"UPPER", "t", "upper(%0)", VALUE_TEXT},
	{"SUBSTRING", "tn", "substr(%0, CAST(%1 AS INTEGER) + 1)", VALUE_TEXT},
	{"SUBSTRING", "tnn", "substr(%0, CAST(%1 AS INTEGER) + 1, CAST(%2 AS INTEGER))", VALUE_TEXT},
	{"CONCAT", "tt", "(%0 || %1)", VALUE_TEXT},
	{"CONCAT", "ttt", "(%0 || %1 || %2)", VALUE_TEXT},
	{"ABS", "n", "abs(%0)", VALUE_NUMBER},
	{"EXP", "n", "exp(%0)", VALUE_NUMBER},
	{"POWER", "nn", "power(%0, %1)", VALUE_NUMBER},
	{"SQUARE", "n", "(%0 * %0)", VALUE_NUMBER},
	{"CEILING", "n", "ceil(%0)", VALUE_NUMBER},
	{"FLOOR", "n", "floor(%0)", VALUE_NUMBER},
	{"SIGN", "n", "sign(%0)", VALUE_NUMBER},
	{"SQRT", "n", "sqrt(%0)", VALUE_NUMBER},
	{"COUNT", "", "count(*)", VALUE_NUMBER},
	{"COUNT", "*", "count(*)", VALUE_NUMBER},
	{"COUNT", "a", "count(%0)", VALUE_NUMBER},
	{"AVG", "n", "avg(%0)", VALUE_NUMBER},
	{"SUM", "n", "sum(%0)", VALUE_NUMBER},
	{"MIN", "a", "min(%0)", VALUE_ANY},
	{"MAX", "a", "max(%0)", VALUE_ANY},
};

static bool fits(const struct function *function, const struct duet_hub_node *call)
{
	if (strcmp(function->name, call->text) != 0)
		return false;
	if (function->arguments[0] == '*')
		return call->n_children == 1 && call->first->kind == DUET_HUB_NODE_STAR;
	if (call->n_children == 1 && call->first->kind == DUET_HUB_NODE_STAR)
		return false;
	return strlen(function->arguments) == (size_t)call->n_children;
}

static const struct function *find(const struct duet_hub_node *call)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (fits(&functions[i], call))
			return &functions[i];
	return NULL;
}

enum value_type duet_hub_query_call_type(const struct duet_hub_node *call)
{
	const struct function *function = find(call);

	return function ? function->type : VALUE_ANY;
}

/* What kind of value a property holds, as SQLite's json_type says it; NULL: none. */
static bool emit_type(struct duet_hub_compiler *compiler, const struct duet_hub_node *argument)
{
	static const char *const names[] = {[VALUE_TEXT] = "text",
					    [VALUE_NUMBER] = "real",
					    [VALUE_BOOLEAN] = "true",
					    [VALUE_TIME] = "text"};
	struct duet_hub_place place;

	if (argument->kind != DUET_HUB_NODE_PATH)
		return false;
	if (!duet_hub_query_place(compiler, argument, &place))
		return false;
	if (place.type == VALUE_ANY)
		duet_text_printf(&compiler->out, "json_type(%s, ?%d)", place.document, place.path);
	else
		duet_text_printf(&compiler->out, "iif((%s) IS NULL, NULL, '%s')", place.column,
				 names[place.type]);
	return true;
}

static bool emit_argument(struct duet_hub_compiler *compiler, const struct function *function,
			  const struct duet_hub_node *call, int index)
{
	const struct duet_hub_node *argument = call->first;

	for (int i = 0; i < index; i++)
		argument = argument->next;
	switch (function->arguments[index]) {
	case 'j':
		return emit_type(compiler, argument);
	case 't':
		return duet_hub_query_emit(compiler, argument, VALUE_TEXT);
	case 'n':
		return duet_hub_query_emit(compiler, argument, VALUE_NUMBER);
	default:
		return duet_hub_query_emit(compiler, argument, VALUE_ANY);
	}
}

static bool fail(struct duet_hub_compiler *compiler, const struct duet_hub_node *call)
{
	return duet_hub_query_fail(compiler, "There is no function %.60s of such arguments", call->text);
}

bool duet_hub_query_emit_call(struct duet_hub_compiler *compiler, const struct duet_hub_node *call)
{
	const struct function *function = find(call);

	if (!function)
		return fail(compiler, call);
	for (const char *c = function->sql; *c; c++) {
		if (*c != '%') {
			duet_text_add(&compiler->out, (struct duet_slice){c, 1});
		} else if (!emit_argument(compiler, function, call, *++c - '0')) {
			return fail(compiler, call);
		}
	}
	return true;
}
