/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "response/filters.h"
#include "response/functions.h"
#include "response/letters.h"
#include "response/run.h"
#include "response/tests.h"

enum { MAX_DEPTH = 400, MAX_NUMBER = 64 };

static const struct duet_datum undefined;

struct duet_datum duet_response_fail(struct duet_response_run *run, const char *format, ...)
{
	char what[200];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	if (!run->failed)
		duet_error_set(run->error, -EINVAL, "%s", what);
	run->failed = true;
	return undefined;
}

struct duet_datum duet_response_no_memory(struct duet_response_run *run)
{
	if (!run->failed)
		duet_error_set(run->error, -ENOMEM, "the response takes too much memory");
	run->failed = true;
	return undefined;
}

bool duet_response_spend(struct duet_response_run *run, size_t steps)
{
	run->budget -= (int64_t)steps;
	if (run->budget < 0)
		duet_response_fail(run, "the response takes too many steps");
	return !run->failed;
}

struct duet_datum_writer duet_response_writer(struct duet_response_run *run)
{
	return (struct duet_datum_writer){.arena = run->arena};
}

struct duet_datum duet_response_written(struct duet_response_run *run, const struct duet_datum_writer *w)
{
	if (w->code == -ENOMEM)
		return duet_response_no_memory(run);
	if (w->code < 0)
		return duet_response_fail(run, "the response is too long");
	duet_response_spend(run, w->len / 16);
	return duet_datum_text((struct duet_slice){w->ptr ? w->ptr : "", w->len});
}

struct duet_slice duet_response_str(struct duet_response_run *run, struct duet_datum datum)
{
	struct duet_datum_writer w = duet_response_writer(run);

	if (datum.type == DUET_DATUM_TEXT)
		return datum.text;
	duet_datum_write(&w, datum);
	datum = duet_response_written(run, &w);
	return datum.type == DUET_DATUM_TEXT ? datum.text : (struct duet_slice){"", 0};
}

struct duet_datum_list *duet_response_list_new(struct duet_response_run *run)
{
	struct duet_datum_list *list = duet_arena_alloc(run->arena, sizeof(*list));

	if (!list)
		duet_response_no_memory(run);
	return list;
}

void duet_response_add(struct duet_response_run *run, struct duet_datum_list *list, struct duet_datum item)
{
	if (duet_response_spend(run, 1) && duet_datum_append(run->arena, list, item) < 0)
		duet_response_no_memory(run);
}

static struct duet_datum_list *characters(struct duet_response_run *run, struct duet_slice text)
{
	struct duet_datum_list *list = duet_response_list_new(run);

	while (list && text.len && !run->failed) {
		size_t len = duet_response_offset(text, 1);

		duet_response_add(run, list, duet_datum_text((struct duet_slice){text.ptr, len}));
		text = (struct duet_slice){text.ptr + len, text.len - len};
	}
	return list;
}

static struct duet_datum_list *keys(struct duet_response_run *run, const struct duet_datum_map *map)
{
	struct duet_datum_list *list = duet_response_list_new(run);

	for (size_t i = 0; list && i < map->n && !run->failed; i++)
		duet_response_add(run, list, map->pairs[i].key);
	return list;
}

struct duet_datum_list *duet_response_items(struct duet_response_run *run, struct duet_datum of)
{
	switch (of.type) {
	case DUET_DATUM_LIST:
		return of.list;
	case DUET_DATUM_MAP:
		return keys(run, of.map);
	case DUET_DATUM_TEXT:
		return characters(run, of.text);
	case DUET_DATUM_UNDEFINED:
	case DUET_DATUM_NONE:
		return duet_response_list_new(run);
	default:
		duet_response_fail(run, "a number has no items");
		return NULL;
	}
}

static struct duet_slice text_of(const struct duet_response_run *run, const struct duet_response_node *n)
{
	return duet_response_text_of(&run->program, n);
}

static const struct duet_response_node *at(const struct duet_response_run *run, uint16_t number)
{
	return duet_response_node_at(&run->program, number);
}

bool duet_response_read_number(struct duet_slice text, struct duet_datum *number)
{
	char copy[MAX_NUMBER], *end;
	size_t len = 0;

	text = duet_response_trim_right(duet_response_trim_left(text, (struct duet_slice){0}),
					(struct duet_slice){0});
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '_')
			continue;
		if (len + 1 >= sizeof(copy) || !strchr("+-0123456789.eE", text.ptr[i]) || !text.ptr[i])
			return false;
		copy[len++] = text.ptr[i];
	}
	copy[len] = '\0';
	errno = 0;
	*number = duet_datum_integer(strtoll(copy, &end, 10));
	if (len && !*end && errno == 0)
		return true;
	*number = duet_datum_real(strtod(copy, &end));
	return len && !*end;
}

static struct duet_datum literal(struct duet_response_run *run, const struct duet_response_node *n)
{
	struct duet_datum number;

	if (!duet_response_read_number(text_of(run, n), &number))
		return duet_response_fail(run, "this is no number");
	return number;
}

static struct duet_datum constant(const struct duet_response_node *n)
{
	static const struct duet_datum none = {.type = DUET_DATUM_NONE};

	return n->operation == 2 ? none : duet_datum_boolean(n->operation);
}

static struct duet_datum name(struct duet_response_run *run, struct duet_slice text)
{
	struct duet_datum key = duet_datum_text(text), found = undefined;

	for (const struct duet_response_scope *scope = run->scope; scope; scope = scope->outer) {
		found = duet_datum_get(&scope->names, key);
		if (found.type != DUET_DATUM_UNDEFINED || !duet_response_spend(run, 1))
			break;
	}
	return found;
}

static struct duet_datum list(struct duet_response_run *run, const struct duet_response_node *n)
{
	struct duet_datum_list *made = duet_response_list_new(run);

	for (n = at(run, n->first); n && made && !run->failed; n = at(run, n->next))
		duet_response_add(run, made, duet_response_evaluate(run, n));
	return made ? duet_datum_list(made) : undefined;
}

static struct duet_datum map(struct duet_response_run *run, const struct duet_response_node *n)
{
	struct duet_datum_map *made = duet_arena_alloc(run->arena, sizeof(*made));

	if (!made)
		return duet_response_no_memory(run);
	for (n = at(run, n->first); n && !run->failed; n = at(run, n->next)) {
		struct duet_datum key = duet_response_evaluate(run, at(run, n->first));
		struct duet_datum value = duet_response_evaluate(run, at(run, n->second));

		if (duet_response_spend(run, 1 + made->n / 8) &&
		    duet_datum_set(run->arena, made, key, value) < 0)
			return duet_response_no_memory(run);
	}
	return duet_datum_map(made);
}

/* The bounds of a slice as Python reads them. */
struct bounds {
	int64_t begin, end, step;
};

static bool read_bound(struct duet_response_run *run, const struct duet_response_node *n, int64_t *bound)
{
	struct duet_datum value;

	if (!n || n->kind == DUET_RESPONSE_ABSENT)
		return false;
	value = duet_response_evaluate(run, n);
	if (value.type == DUET_DATUM_NONE)
		return false;
	if (value.type != DUET_DATUM_INTEGER)
		duet_response_fail(run, "the bounds of a slice are whole numbers");
	*bound = value.integer;
	return true;
}

static int64_t clamp(int64_t bound, int64_t n, int64_t lowest, int64_t highest)
{
	if (bound < 0)
		bound += n;
	return bound < lowest ? lowest : bound > highest ? highest : bound;
}

static struct bounds read_bounds(struct duet_response_run *run, const struct duet_response_node *n,
				 int64_t len)
{
	const struct duet_response_node *begin = at(run, n->second),
					*end = begin ? at(run, begin->next) : NULL;
	struct bounds b = {.step = 1};
	int64_t lowest, highest;

	read_bound(run, end ? at(run, end->next) : NULL, &b.step);
	if (b.step == 0)
		duet_response_fail(run, "the step of a slice is not 0");
	lowest = b.step < 0 ? -1 : 0;
	highest = b.step < 0 ? len - 1 : len;
	b.begin = b.step < 0 ? highest : lowest;
	if (read_bound(run, begin, &b.begin))
		b.begin = clamp(b.begin, len, lowest, highest);
	b.end = b.step < 0 ? lowest : highest;
	if (read_bound(run, end, &b.end))
		b.end = clamp(b.end, len, lowest, highest);
	return b;
}

static struct duet_datum_list *slice_items(struct duet_response_run *run, const struct duet_datum_list *items,
					   struct bounds b)
{
	struct duet_datum_list *made = duet_response_list_new(run);

	for (int64_t i = b.begin; made && !run->failed && (b.step > 0 ? i < b.end : i > b.end);) {
		duet_response_add(run, made, items->items[i]);
		if (__builtin_add_overflow(i, b.step, &i))
			break;
	}
	return made;
}

static struct duet_datum slice(struct duet_response_run *run, const struct duet_response_node *n)
{
	struct duet_datum of = duet_response_evaluate(run, at(run, n->first));
	struct duet_datum_list *items = run->failed ? NULL : duet_response_items(run, of);
	struct duet_datum_writer w = duet_response_writer(run);
	struct bounds b;

	if (!items || of.type == DUET_DATUM_UNDEFINED)
		return undefined;
	b = read_bounds(run, n, (int64_t)items->n);
	items = run->failed ? NULL : slice_items(run, items, b);
	if (!items || of.type != DUET_DATUM_TEXT)
		return items ? duet_datum_list(items) : undefined;
	for (size_t i = 0; i < items->n; i++)
		duet_datum_write(&w, items->items[i]);
	return duet_response_written(run, &w);
}

static bool read_arguments(struct duet_response_run *run, const struct duet_response_node *n,
			   struct duet_response_arguments *arguments)
{
	arguments->n = 0;
	for (; n && !run->failed; n = at(run, n->next)) {
		bool named = n->kind == DUET_RESPONSE_KEYWORD;

		if (arguments->n == DUET_RESPONSE_MAX_ARGUMENTS) {
			duet_response_fail(run, "too many arguments");
			break;
		}
		arguments->names[arguments->n] = named ? text_of(run, n) : (struct duet_slice){0};
		arguments->values[arguments->n] = duet_response_evaluate(run, named ? at(run, n->first) : n);
		arguments->n++;
	}
	return !run->failed;
}

static bool is_name(const struct duet_response_node *n)
{
	return n && n->kind == DUET_RESPONSE_NAME;
}

/* The arguments are large, so that they stand apart from what recurses. */
__attribute__((noinline)) static struct duet_datum apply(struct duet_response_run *run,
							 const struct duet_response_node *n,
							 struct duet_datum value)
{
	struct duet_response_arguments arguments;

	if (!read_arguments(run, at(run, n->second), &arguments))
		return undefined;
	if (n->kind == DUET_RESPONSE_FILTER)
		return duet_response_filter(run, n->operation, value, &arguments);
	if (n->kind == DUET_RESPONSE_TEST)
		return duet_datum_boolean(duet_response_test(run, n->operation, value,
							     arguments.n ? arguments.values[0] : undefined));
	if (n->kind == DUET_RESPONSE_METHOD)
		return duet_response_call_method(run, value, text_of(run, n), &arguments);
	if (value.type == DUET_DATUM_UNDEFINED && is_name(at(run, n->first)))
		return duet_response_call_builtin(run, text_of(run, at(run, n->first)), &arguments);
	return duet_response_call(run, value, &arguments);
}

static struct duet_datum call(struct duet_response_run *run, const struct duet_response_node *n)
{
	struct duet_datum callee = duet_response_evaluate(run, at(run, n->first));

	return run->failed ? undefined : apply(run, n, callee);
}

static struct duet_datum applied(struct duet_response_run *run, const struct duet_response_node *n)
{
	struct duet_datum value = duet_response_evaluate(run, at(run, n->first));

	return run->failed ? undefined : apply(run, n, value);
}

static struct duet_datum item(struct duet_response_run *run, const struct duet_response_node *n)
{
	struct duet_datum of = duet_response_evaluate(run, at(run, n->first));
	struct duet_datum key = duet_response_evaluate(run, at(run, n->second));

	return run->failed ? undefined : duet_response_member(run, of, key);
}

static struct duet_datum member(struct duet_response_run *run, const struct duet_response_node *n)
{
	struct duet_datum of = duet_response_evaluate(run, at(run, n->first));

	return run->failed ? undefined : duet_response_member(run, of, duet_datum_text(text_of(run, n)));
}

static struct duet_datum choose(struct duet_response_run *run, const struct duet_response_node *n)
{
	bool chosen = duet_datum_truth(duet_response_evaluate(run, at(run, n->first)));

	return duet_response_evaluate(run, at(run, chosen ? n->second : n->third));
}

static struct duet_datum negate(struct duet_response_run *run, const struct duet_response_node *n)
{
	struct duet_datum value = duet_response_evaluate(run, at(run, n->first));

	if (run->failed)
		return undefined;
	if (value.type == DUET_DATUM_REAL)
		return duet_datum_real(-value.real);
	return duet_response_operate(run, DUET_RESPONSE_SUBTRACT, duet_datum_integer(0), value);
}

static struct duet_datum binary(struct duet_response_run *run, const struct duet_response_node *n)
{
	struct duet_datum a = duet_response_evaluate(run, at(run, n->first)), b;

	if (run->failed)
		return undefined;
	if (n->operation == DUET_RESPONSE_OR && duet_datum_truth(a))
		return a;
	if (n->operation == DUET_RESPONSE_AND && !duet_datum_truth(a))
		return a;
	b = duet_response_evaluate(run, at(run, n->second));
	if (run->failed || n->operation == DUET_RESPONSE_OR || n->operation == DUET_RESPONSE_AND)
		return b;
	return duet_response_operate(run, n->operation, a, b);
}

/* a < b < c: each with the next, as far as it holds. */
static struct duet_datum compare(struct duet_response_run *run, const struct duet_response_node *n)
{
	struct duet_datum left = duet_response_evaluate(run, at(run, n->first)), right;
	struct duet_datum result = duet_datum_boolean(true);

	for (n = at(run, n->second); n && !run->failed && duet_datum_truth(result); n = at(run, n->next)) {
		right = duet_response_evaluate(run, at(run, n->first));
		if (!run->failed)
			result = duet_response_operate(run, n->operation, left, right);
		left = right;
	}
	return result;
}

static struct duet_datum evaluate(struct duet_response_run *run, const struct duet_response_node *n)
{
	switch ((enum duet_response_kind)n->kind) {
	case DUET_RESPONSE_INTEGER:
	case DUET_RESPONSE_REAL:
		return literal(run, n);
	case DUET_RESPONSE_TEXT:
		return duet_datum_text(text_of(run, n));
	case DUET_RESPONSE_CONSTANT:
		return constant(n);
	case DUET_RESPONSE_NAME:
		return name(run, text_of(run, n));
	case DUET_RESPONSE_MEMBER:
		return member(run, n);
	case DUET_RESPONSE_ITEM:
		return item(run, n);
	case DUET_RESPONSE_SLICE:
		return slice(run, n);
	case DUET_RESPONSE_LIST:
		return list(run, n);
	case DUET_RESPONSE_MAP:
		return map(run, n);
	case DUET_RESPONSE_FILTER:
	case DUET_RESPONSE_TEST:
	case DUET_RESPONSE_METHOD:
		return applied(run, n);
	case DUET_RESPONSE_CALL:
		return call(run, n);
	case DUET_RESPONSE_CHOOSE:
		return choose(run, n);
	case DUET_RESPONSE_NOT:
		return duet_datum_boolean(!duet_datum_truth(duet_response_evaluate(run, at(run, n->first))));
	case DUET_RESPONSE_NEGATE:
		return negate(run, n);
	case DUET_RESPONSE_BINARY:
		return binary(run, n);
	case DUET_RESPONSE_COMPARE:
		return compare(run, n);
	default:
		return duet_response_fail(run, "the response is damaged");
	}
}

/* NULL, and what failed, is UNDEFINED. */
struct duet_datum duet_response_evaluate(struct duet_response_run *run, const struct duet_response_node *node)
{
	struct duet_datum value;

	if (!node || !duet_response_spend(run, 1))
		return undefined;
	if (run->depth >= MAX_DEPTH)
		return duet_response_fail(run, "the response is nested too deeply");
	run->depth++;
	value = evaluate(run, node);
	run->depth--;
	return run->failed ? undefined : value;
}
