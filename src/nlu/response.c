/* SPDX-License-Identifier: Apache-2.0 */
#include "nlu/response.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "nlu/response_tree.h"

enum { MAX_SOURCE = 65536, MAX_STEPS = 20000, MAX_ARGUMENTS = 4, MAX_DEPTH = 500, CHECK_BYTES = 4 << 20 };

struct rendering {
	struct duet_arena *arena;
	struct duet_response_temporaries temporaries;
	struct duet_text out;
	json_t *vars; /* what is given and what `set` and `for` add */
	struct duet_error *error;
	int steps, depth;
	bool failed;
};

static json_t *evaluate(struct rendering *r, const struct duet_response_node *n);

json_t *duet_response_keep(struct duet_response_temporaries *temporaries, json_t *take_value)
{
	if (!take_value || json_array_append_new(temporaries->values, take_value) < 0) {
		temporaries->failed = true;
		return NULL;
	}
	return take_value;
}

bool duet_response_truth(const json_t *value)
{
	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_TRUE:
		return true;
	case JSON_FALSE:
	case JSON_NULL:
		return false;
	case JSON_INTEGER:
	case JSON_REAL:
		return json_number_value(value) != 0;
	case JSON_STRING:
		return json_string_length(value) > 0;
	case JSON_ARRAY:
		return json_array_size(value) > 0;
	case JSON_OBJECT:
		return json_object_size(value) > 0;
	}
	return false;
}

static size_t format_real(double number, char *text, size_t size)
{
	bool whole = number == floor(number) && fabs(number) < 1e15;

	return (size_t)snprintf(text, size, whole ? "%.1f" : "%.12g", number);
}

size_t duet_response_format(const json_t *value, char *text, size_t size)
{
	char *dumped;
	int len;

	switch (value ? json_typeof(value) : JSON_STRING) {
	case JSON_STRING:
		return (size_t)snprintf(text, size, "%s", value ? json_string_value(value) : "");
	case JSON_NULL:
		return (size_t)snprintf(text, size, "None");
	case JSON_TRUE:
		return (size_t)snprintf(text, size, "True");
	case JSON_FALSE:
		return (size_t)snprintf(text, size, "False");
	case JSON_INTEGER:
		return (size_t)snprintf(text, size, "%lld", (long long)json_integer_value(value));
	case JSON_REAL:
		return format_real(json_real_value(value), text, size);
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	dumped = json_dumps(value, JSON_ENCODE_ANY);
	len = snprintf(text, size, "%s", dumped ? dumped : "");
	free(dumped);
	return (size_t)len;
}

static void *fail(struct rendering *r, const char *what)
{
	if (!r->failed)
		duet_error_set(r->error, -EINVAL, "%s", what);
	r->failed = true;
	return NULL;
}

static const char *name_of(struct rendering *r, struct duet_slice text)
{
	const char *name = duet_arena_copy(r->arena, text);

	return name ? name : fail(r, "the response takes too much memory");
}

static json_t *keep_boolean(struct rendering *r, bool value)
{
	return duet_response_keep(&r->temporaries, json_boolean(value));
}

static json_t *item_of(json_t *list, const json_t *index)
{
	json_int_t at = json_integer_value(index);

	if (json_is_object(list))
		return json_object_get(list, json_string_value(index));
	if (!json_is_array(list) || !json_is_integer(index))
		return NULL;
	if (at < 0)
		at += (json_int_t)json_array_size(list);
	return at < 0 ? NULL : json_array_get(list, (size_t)at);
}

static json_t *make_list(struct rendering *r, const struct duet_response_node *items)
{
	json_t *list = duet_response_keep(&r->temporaries, json_array()), *item;

	for (; items && list && !r->failed; items = items->next) {
		item = evaluate(r, items);
		if (!r->failed && json_array_append(list, item ? item : json_null()) < 0)
			return fail(r, "the response takes too much memory");
	}
	return list;
}

static json_t *apply_filter(struct rendering *r, const struct duet_response_node *n)
{
	json_t *arguments[MAX_ARGUMENTS] = {0}, *value = evaluate(r, n->first);
	int count = 0;

	for (const struct duet_response_node *argument = n->second; argument && count < MAX_ARGUMENTS;
	     argument = argument->next)
		arguments[count++] = evaluate(r, argument);
	return r->failed ? NULL : n->filter->apply(&r->temporaries, value, arguments, count);
}

static json_t *apply_test(struct rendering *r, const struct duet_response_node *n)
{
	json_t *value = evaluate(r, n->first);
	const struct {
		const char *name;
		bool holds;
	} tests[] = {
		{"defined", value != NULL},
		{"undefined", value == NULL},
		{"none", value && json_is_null(value)},
		{"number", json_is_number(value)},
		{"string", json_is_string(value)},
		{"true", json_is_true(value)},
		{"false", json_is_false(value)},
	};

	for (size_t i = 0; !r->failed && i < sizeof(tests) / sizeof(*tests); i++)
		if (duet_slice_equal(duet_slice(tests[i].name), n->text))
			return keep_boolean(r, tests[i].holds);
	return fail(r, "there is no such test");
}

static bool is_equal(const json_t *a, const json_t *b)
{
	if (json_is_number(a) && json_is_number(b))
		return json_number_value(a) == json_number_value(b);
	return a && b ? json_equal(a, b) : a == b;
}

static bool contains(const json_t *in, const json_t *what)
{
	size_t i;
	json_t *item;

	if (json_is_string(in) && json_is_string(what))
		return strstr(json_string_value(in), json_string_value(what)) != NULL;
	if (json_is_object(in))
		return json_object_get(in, json_string_value(what)) != NULL;
	json_array_foreach(in, i, item) if (is_equal(item, what)) return true;
	return false;
}

/* Less than, equal to or more than 0; what cannot be compared is not less and not more. */
static int order_of(const json_t *a, const json_t *b)
{
	if (json_is_number(a) && json_is_number(b)) {
		double x = json_number_value(a), y = json_number_value(b);

		return x < y ? -1 : x > y;
	}
	if (json_is_string(a) && json_is_string(b))
		return strcmp(json_string_value(a), json_string_value(b));
	return 0;
}

static bool comparable(const json_t *a, const json_t *b)
{
	return (json_is_number(a) && json_is_number(b)) || (json_is_string(a) && json_is_string(b));
}

/* Its buffer must not become a part of every frame of the recursion. */
__attribute__((noinline)) static json_t *join_texts(struct rendering *r, const json_t *a, const json_t *b)
{
	char text[2 * DUET_RESPONSE_MAX_BYTES];
	size_t len = duet_response_format(a, text, DUET_RESPONSE_MAX_BYTES);

	if (len >= DUET_RESPONSE_MAX_BYTES)
		return fail(r, "the response is too long");
	len += duet_response_format(b, text + len, DUET_RESPONSE_MAX_BYTES);
	if (len >= DUET_RESPONSE_MAX_BYTES)
		return fail(r, "the response is too long");
	return duet_response_keep(&r->temporaries, json_stringn_nocheck(text, len));
}

static json_t *calculate(struct rendering *r, enum duet_response_operation operation, const json_t *a,
			 const json_t *b)
{
	double x = json_number_value(a), y = json_number_value(b), result = 0;
	bool whole = json_is_integer(a) && json_is_integer(b) && operation != DUET_RESPONSE_DIVIDE;

	if (operation == DUET_RESPONSE_ADD && json_is_string(a) && json_is_string(b))
		return join_texts(r, a, b);
	if (!json_is_number(a) || !json_is_number(b))
		return fail(r, "only numbers can be calculated with");
	if (y == 0 && operation >= DUET_RESPONSE_DIVIDE)
		return fail(r, "a division by zero");
	switch (operation) {
	case DUET_RESPONSE_ADD:
		result = x + y;
		break;
	case DUET_RESPONSE_SUBTRACT:
		result = x - y;
		break;
	case DUET_RESPONSE_MULTIPLY:
		result = x * y;
		break;
	case DUET_RESPONSE_DIVIDE:
		result = x / y;
		break;
	case DUET_RESPONSE_DIVIDE_DOWN:
		result = floor(x / y);
		break;
	default:
		result = x - y * floor(x / y);
		break;
	}
	if (!isfinite(result) || (whole && fabs(result) > 9e15))
		return fail(r, "a number is too large");
	return duet_response_keep(&r->temporaries,
				  whole ? json_integer((json_int_t)result) : json_real(result));
}

static json_t *apply_binary(struct rendering *r, const struct duet_response_node *n)
{
	json_t *a = evaluate(r, n->first), *b;

	if (r->failed)
		return NULL;
	if (n->operation == DUET_RESPONSE_OR && duet_response_truth(a))
		return a;
	if (n->operation == DUET_RESPONSE_AND && !duet_response_truth(a))
		return a;
	b = evaluate(r, n->second);
	if (r->failed)
		return NULL;
	switch (n->operation) {
	case DUET_RESPONSE_OR:
	case DUET_RESPONSE_AND:
		return b;
	case DUET_RESPONSE_EQUAL:
		return keep_boolean(r, is_equal(a, b));
	case DUET_RESPONSE_UNEQUAL:
		return keep_boolean(r, !is_equal(a, b));
	case DUET_RESPONSE_LESS:
		return keep_boolean(r, order_of(a, b) < 0);
	case DUET_RESPONSE_GREATER:
		return keep_boolean(r, order_of(a, b) > 0);
	case DUET_RESPONSE_AT_MOST:
		return keep_boolean(r, comparable(a, b) && order_of(a, b) <= 0);
	case DUET_RESPONSE_AT_LEAST:
		return keep_boolean(r, comparable(a, b) && order_of(a, b) >= 0);
	case DUET_RESPONSE_IN:
		return keep_boolean(r, contains(b, a));
	case DUET_RESPONSE_NOT_IN:
		return keep_boolean(r, !contains(b, a));
	case DUET_RESPONSE_JOIN:
		return join_texts(r, a, b);
	default:
		return calculate(r, n->operation, a, b);
	}
}

static json_t *negate(struct rendering *r, const json_t *value)
{
	json_t *zero = duet_response_keep(&r->temporaries, json_integer(0));

	return r->failed ? NULL : calculate(r, DUET_RESPONSE_SUBTRACT, zero, value);
}

static json_t *evaluate_kind(struct rendering *r, const struct duet_response_node *n)
{
	switch (n->kind) {
	case DUET_RESPONSE_CONSTANT:
		return n->constant;
	case DUET_RESPONSE_NAME:
		return json_object_get(r->vars, name_of(r, n->text));
	case DUET_RESPONSE_MEMBER:
		return json_object_get(evaluate(r, n->first), name_of(r, n->text));
	case DUET_RESPONSE_ITEM:
		return item_of(evaluate(r, n->first), evaluate(r, n->second));
	case DUET_RESPONSE_LIST:
		return make_list(r, n->first);
	case DUET_RESPONSE_FILTER:
		return apply_filter(r, n);
	case DUET_RESPONSE_TEST:
		return apply_test(r, n);
	case DUET_RESPONSE_CHOOSE:
		return evaluate(r, duet_response_truth(evaluate(r, n->first)) ? n->second : n->third);
	case DUET_RESPONSE_NOT:
		return keep_boolean(r, !duet_response_truth(evaluate(r, n->first)));
	case DUET_RESPONSE_NEGATE:
		return negate(r, evaluate(r, n->first));
	case DUET_RESPONSE_BINARY:
		return apply_binary(r, n);
	default:
		return NULL;
	}
}

/* NULL is undefined (or a failure). */
static json_t *evaluate(struct rendering *r, const struct duet_response_node *n)
{
	json_t *value;

	if (r->failed || !n)
		return NULL;
	if (++r->steps > MAX_STEPS || ++r->depth > MAX_DEPTH)
		return fail(r, "the response takes too many steps");
	value = evaluate_kind(r, n);
	r->depth--;
	return r->failed ? NULL : value;
}

static void render(struct rendering *r, const struct duet_response_node *n);

static void assign(struct rendering *r, const char *name, json_t *value)
{
	if (r->failed)
		return;
	if (json_object_set(r->vars, name, value ? value : json_null()) < 0)
		fail(r, "the response takes too much memory");
}

static void render_round(struct rendering *r, const struct duet_response_node *n, const char *name,
			 json_t *list, size_t i)
{
	size_t size = json_array_size(list);
	json_t *loop = json_pack("{s:i, s:i, s:i, s:b, s:b}", "index", (int)i + 1, "index0", (int)i, "length",
				 (int)size, "first", i == 0, "last", i + 1 == size);

	assign(r, "loop", duet_response_keep(&r->temporaries, loop));
	assign(r, name, json_array_get(list, i));
	render(r, n->second);
}

static void render_for(struct rendering *r, const struct duet_response_node *n)
{
	json_t *list = evaluate(r, n->first), *outer;
	const char *name = r->failed ? NULL : name_of(r, n->text);
	size_t size = json_array_size(list);

	if (!name)
		return;
	if (size == 0)
		render(r, n->third);
	outer = json_incref(json_object_get(r->vars, "loop"));
	for (size_t i = 0; i < size && !r->failed; i++)
		render_round(r, n, name, list, i);
	assign(r, "loop", outer);
	json_decref(outer);
}

static void render_value(struct rendering *r, const json_t *value)
{
	char text[DUET_RESPONSE_MAX_BYTES];

	if (!r->failed && value)
		duet_text_add(&r->out,
			      (struct duet_slice){
				      text, strnlen(text, duet_response_format(value, text, sizeof(text)))});
}

static void render(struct rendering *r, const struct duet_response_node *n)
{
	for (; n && !r->failed; n = n->next) {
		if (++r->steps > MAX_STEPS)
			fail(r, "the response takes too many steps");
		else if (n->kind == DUET_RESPONSE_TEXT)
			duet_text_add(&r->out, n->text);
		else if (n->kind == DUET_RESPONSE_OUTPUT)
			render_value(r, evaluate(r, n->first));
		else if (n->kind == DUET_RESPONSE_IF)
			render(r, duet_response_truth(evaluate(r, n->first)) ? n->second : n->third);
		else if (n->kind == DUET_RESPONSE_FOR)
			render_for(r, n);
		else
			assign(r, name_of(r, n->text), evaluate(r, n->first));
		if (r->out.failed)
			fail(r, "the response is too long");
	}
}

/* Runs of white space become one space; none at the ends. */
static void fold_space(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		bool space = isspace((unsigned char)*from);

		if (!space)
			*to++ = *from;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	}
	if (to > text && to[-1] == ' ')
		to--;
	*to = '\0';
}

static const struct duet_response_node *begin(struct rendering *r, const char *source, const json_t *vars)
{
	struct duet_slice text = duet_slice(source);

	r->temporaries.values = json_array();
	r->vars = json_object();
	if (!r->temporaries.values || !r->vars ||
	    (vars && json_object_update(r->vars, (json_t *)(uintptr_t)vars) < 0))
		return fail(r, "the response takes too much memory");
	if (text.len > MAX_SOURCE)
		return fail(r, "the response is too long");
	return duet_response_parse(text, r->arena, &r->temporaries, r->error);
}

static void end(struct rendering *r)
{
	json_decref(r->vars);
	json_decref(r->temporaries.values);
	duet_text_done(&r->out);
}

const char *duet_response_render(const char *source, const json_t *vars, struct duet_arena *arena,
				 struct duet_error *error)
{
	struct rendering r = {.arena = arena, .error = error};
	const struct duet_response_node *first;
	char *text = NULL;

	duet_text_init(&r.out, DUET_RESPONSE_MAX_BYTES);
	first = begin(&r, source, vars);
	if (first) {
		render(&r, first);
		if (r.temporaries.failed)
			fail(&r, "the response takes too much memory");
		if (!r.failed)
			text = duet_arena_copy(arena,
					       (struct duet_slice){r.out.ptr ? r.out.ptr : "", r.out.len});
		if (text)
			fold_space(text);
		else
			fail(&r, "the response takes too much memory");
	}
	end(&r);
	return text;
}

int duet_response_check(const char *source, struct duet_error *error)
{
	struct rendering r = {.arena = duet_arena_new(CHECK_BYTES), .error = error};
	bool good = r.arena && begin(&r, source, NULL) && !r.temporaries.failed;

	end(&r);
	duet_arena_free(r.arena);
	return good ? 0 : -EINVAL;
}
