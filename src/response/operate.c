/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "response/run.h"

/* Reckoning as Python does it: whole numbers stay whole, // and % round down, / gives a fraction. */

static const char *const type_names[] = {
	[DUET_DATUM_UNDEFINED] = "nothing",   [DUET_DATUM_NONE] = "none",
	[DUET_DATUM_BOOLEAN] = "a boolean",   [DUET_DATUM_INTEGER] = "a number",
	[DUET_DATUM_REAL] = "a number",       [DUET_DATUM_TEXT] = "a text",
	[DUET_DATUM_LIST] = "a list",         [DUET_DATUM_MAP] = "a dict",
	[DUET_DATUM_DATE] = "a date",         [DUET_DATUM_TIME] = "a time",
	[DUET_DATUM_FUNCTION] = "a function", [DUET_DATUM_MACRO] = "a macro",
};

static const char *const signs[DUET_RESPONSE_OPERATIONS] = {
	[DUET_RESPONSE_ADD] = "+",    [DUET_RESPONSE_SUBTRACT] = "-",     [DUET_RESPONSE_MULTIPLY] = "*",
	[DUET_RESPONSE_DIVIDE] = "/", [DUET_RESPONSE_DIVIDE_DOWN] = "//", [DUET_RESPONSE_MODULO] = "%",
	[DUET_RESPONSE_POWER] = "**",
};

static struct duet_datum fail_types(struct duet_response_run *run, enum duet_response_operation operation,
				    struct duet_datum a, struct duet_datum b)
{
	return duet_response_fail(run, "%s %s %s cannot be reckoned", type_names[a.type], signs[operation],
				  type_names[b.type]);
}

static struct duet_datum join(struct duet_response_run *run, struct duet_datum a, struct duet_datum b)
{
	struct duet_datum_writer w = duet_response_writer(run);

	duet_datum_write(&w, a);
	duet_datum_write(&w, b);
	return duet_response_written(run, &w);
}

static struct duet_datum join_lists(struct duet_response_run *run, const struct duet_datum_list *a,
				    const struct duet_datum_list *b)
{
	struct duet_datum_list *list = duet_response_list_new(run);

	for (size_t i = 0; list && i < a->n && !run->failed; i++)
		duet_response_add(run, list, a->items[i]);
	for (size_t i = 0; list && i < b->n && !run->failed; i++)
		duet_response_add(run, list, b->items[i]);
	return list ? duet_datum_list(list) : (struct duet_datum){0};
}

static struct duet_datum repeat_text(struct duet_response_run *run, struct duet_slice text, int64_t n)
{
	struct duet_datum_writer w = duet_response_writer(run);

	for (; n > 0 && text.len && w.code == 0; n--)
		duet_datum_write_bytes(&w, text);
	return duet_response_written(run, &w);
}

static struct duet_datum repeat_list(struct duet_response_run *run, const struct duet_datum_list *of,
				     int64_t n)
{
	struct duet_datum_list *list = duet_response_list_new(run);

	for (; n > 0 && list && of->n && !run->failed; n--)
		for (size_t i = 0; i < of->n && !run->failed; i++)
			duet_response_add(run, list, of->items[i]);
	return list ? duet_datum_list(list) : (struct duet_datum){0};
}

static int64_t whole(struct duet_datum datum)
{
	return datum.type == DUET_DATUM_BOOLEAN ? datum.boolean : datum.integer;
}

static bool is_whole(struct duet_datum datum)
{
	return datum.type == DUET_DATUM_INTEGER || datum.type == DUET_DATUM_BOOLEAN;
}

static int64_t floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static bool whole_power(int64_t base, int64_t exponent, int64_t *result)
{
	bool overflow = false;

	*result = 1;
	if (base == 1 || base == 0 || base == -1)
		*result = exponent == 0 ? 1 : base == -1 && exponent % 2 == 0 ? 1 : base;
	else
		for (; exponent && !overflow; exponent--)
			overflow = __builtin_mul_overflow(*result, base, result);
	return !overflow;
}

/* False when the result is no whole number that fits. `b` is not 0 where it divides. */
static bool operate_whole(enum duet_response_operation operation, int64_t a, int64_t b, int64_t *result)
{
	switch (operation) {
	case DUET_RESPONSE_ADD:
		return !__builtin_add_overflow(a, b, result);
	case DUET_RESPONSE_SUBTRACT:
		return !__builtin_sub_overflow(a, b, result);
	case DUET_RESPONSE_MULTIPLY:
		return !__builtin_mul_overflow(a, b, result);
	case DUET_RESPONSE_DIVIDE_DOWN:
		*result = b == -1 ? 0 : floor_divide(a, b);
		return b != -1 || !__builtin_sub_overflow(0, a, result);
	case DUET_RESPONSE_MODULO:
		*result = b == -1 ? 0 : a - floor_divide(a, b) * b;
		return true;
	case DUET_RESPONSE_POWER:
		return b >= 0 && whole_power(a, b, result);
	default:
		return false;
	}
}

static double modulo(double a, double b)
{
	double rest = fmod(a, b);

	return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

static struct duet_datum operate_real(struct duet_response_run *run, enum duet_response_operation operation,
				      double a, double b)
{
	double result = 0;

	switch (operation) {
	case DUET_RESPONSE_ADD:
		result = a + b;
		break;
	case DUET_RESPONSE_SUBTRACT:
		result = a - b;
		break;
	case DUET_RESPONSE_MULTIPLY:
		result = a * b;
		break;
	case DUET_RESPONSE_DIVIDE:
		result = a / b;
		break;
	case DUET_RESPONSE_DIVIDE_DOWN:
		result = floor(a / b);
		break;
	case DUET_RESPONSE_MODULO:
		result = modulo(a, b);
		break;
	default:
		result = pow(a, b);
		break;
	}
	return isfinite(result) ? duet_datum_real(result)
				: duet_response_fail(run, "the result of %s is no number", signs[operation]);
}

static struct duet_datum reckon(struct duet_response_run *run, enum duet_response_operation operation,
				struct duet_datum a, struct duet_datum b)
{
	bool divides = operation == DUET_RESPONSE_DIVIDE || operation == DUET_RESPONSE_DIVIDE_DOWN ||
		       operation == DUET_RESPONSE_MODULO;
	int64_t result;

	if (divides && duet_datum_number(b) == 0)
		return duet_response_fail(run, "a division by zero");
	if (!is_whole(a) || !is_whole(b) || operation == DUET_RESPONSE_DIVIDE ||
	    (operation == DUET_RESPONSE_POWER && whole(b) < 0))
		return operate_real(run, operation, duet_datum_number(a), duet_datum_number(b));
	if (!operate_whole(operation, whole(a), whole(b), &result))
		return duet_response_fail(run, "a number is too large");
	return duet_datum_integer(result);
}

/* What text and lists can be taken for. */
static struct duet_datum operate_other(struct duet_response_run *run, enum duet_response_operation operation,
				       struct duet_datum a, struct duet_datum b)
{
	if (operation == DUET_RESPONSE_ADD && a.type == DUET_DATUM_TEXT && b.type == DUET_DATUM_TEXT)
		return join(run, a, b);
	if (operation == DUET_RESPONSE_ADD && a.type == DUET_DATUM_LIST && b.type == DUET_DATUM_LIST)
		return join_lists(run, a.list, b.list);
	if (operation == DUET_RESPONSE_MULTIPLY && is_whole(b) && a.type == DUET_DATUM_TEXT)
		return repeat_text(run, a.text, whole(b));
	if (operation == DUET_RESPONSE_MULTIPLY && is_whole(a) && b.type == DUET_DATUM_TEXT)
		return repeat_text(run, b.text, whole(a));
	if (operation == DUET_RESPONSE_MULTIPLY && is_whole(b) && a.type == DUET_DATUM_LIST)
		return repeat_list(run, a.list, whole(b));
	if (operation == DUET_RESPONSE_MODULO && a.type == DUET_DATUM_TEXT)
		return b.type == DUET_DATUM_LIST
			       ? duet_response_printed(run, a.text, b.list->items, b.list->n)
			       : duet_response_printed(run, a.text, &b, 1);
	return fail_types(run, operation, a, b);
}

bool duet_response_contains(struct duet_response_run *run, struct duet_datum in, struct duet_datum what)
{
	if (in.type == DUET_DATUM_TEXT) {
		struct duet_slice part = duet_response_str(run, what);

		return what.type == DUET_DATUM_TEXT &&
		       (part.len == 0 || memmem(in.text.ptr, in.text.len, part.ptr, part.len));
	}
	if (in.type == DUET_DATUM_MAP) {
		for (size_t i = 0; i < in.map->n && duet_response_spend(run, 1); i++)
			if (duet_datum_equal(in.map->pairs[i].key, what))
				return true;
	} else if (in.type == DUET_DATUM_LIST) {
		for (size_t i = 0; i < in.list->n && duet_response_spend(run, 1); i++)
			if (duet_datum_equal(in.list->items[i], what))
				return true;
	} else if (in.type > DUET_DATUM_NONE) {
		duet_response_fail(run, "%s contains nothing that \"in\" could find", type_names[in.type]);
	}
	return false;
}

/* What has no order is in none: neither less nor more. */
static bool compare(enum duet_response_operation operation, struct duet_datum a, struct duet_datum b)
{
	int order;

	if (!duet_datum_compare(a, b, &order))
		return false;
	switch (operation) {
	case DUET_RESPONSE_LESS:
		return order < 0;
	case DUET_RESPONSE_GREATER:
		return order > 0;
	case DUET_RESPONSE_AT_MOST:
		return order <= 0;
	default:
		return order >= 0;
	}
}

struct duet_datum duet_response_operate(struct duet_response_run *run, enum duet_response_operation operation,
					struct duet_datum a, struct duet_datum b)
{
	switch (operation) {
	case DUET_RESPONSE_EQUAL:
		return duet_datum_boolean(duet_datum_equal(a, b));
	case DUET_RESPONSE_UNEQUAL:
		return duet_datum_boolean(!duet_datum_equal(a, b));
	case DUET_RESPONSE_IN:
		return duet_datum_boolean(duet_response_contains(run, b, a));
	case DUET_RESPONSE_NOT_IN:
		return duet_datum_boolean(!duet_response_contains(run, b, a));
	case DUET_RESPONSE_LESS:
	case DUET_RESPONSE_GREATER:
	case DUET_RESPONSE_AT_MOST:
	case DUET_RESPONSE_AT_LEAST:
		return duet_datum_boolean(compare(operation, a, b));
	case DUET_RESPONSE_JOIN:
		return join(run, a, b);
	default:
		break;
	}
	if (duet_datum_is_number(a) && duet_datum_is_number(b))
		return reckon(run, operation, a, b);
	return operate_other(run, operation, a, b);
}
