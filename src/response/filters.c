/* SPDX-License-Identifier: Apache-2.0 */
#include "response/filters.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "response/letters.h"

static const struct duet_datum undefined;

static struct duet_datum in_case(struct duet_response_run *run, struct duet_datum value,
				 enum duet_response_case wanted)
{
	struct duet_datum_writer w = duet_response_writer(run);

	duet_response_write_case(&w, duet_response_str(run, value), wanted);
	return duet_response_written(run, &w);
}

static struct duet_datum lower(struct duet_response_run *run, struct duet_datum value,
			       const struct duet_datum *arguments)
{
	return in_case(run, value, DUET_CASE_LOWER);
}

static struct duet_datum upper(struct duet_response_run *run, struct duet_datum value,
			       const struct duet_datum *arguments)
{
	return in_case(run, value, DUET_CASE_UPPER);
}

static struct duet_datum title(struct duet_response_run *run, struct duet_datum value,
			       const struct duet_datum *arguments)
{
	return in_case(run, value, DUET_CASE_WORDS);
}

static struct duet_datum capitalize(struct duet_response_run *run, struct duet_datum value,
				    const struct duet_datum *arguments)
{
	return in_case(run, value, DUET_CASE_CAPITALISED);
}

static struct duet_datum string(struct duet_response_run *run, struct duet_datum value,
				const struct duet_datum *arguments)
{
	return duet_datum_text(duet_response_str(run, value));
}

static struct duet_datum trim(struct duet_response_run *run, struct duet_datum value,
			      const struct duet_datum *arguments)
{
	struct duet_slice characters = {0}, text = duet_response_str(run, value);

	if (arguments[0].type == DUET_DATUM_TEXT)
		characters = arguments[0].text;
	return duet_datum_text(
		duet_response_trim_right(duet_response_trim_left(text, characters), characters));
}

/* replace(old, new, count), whatever the three are. */
static struct duet_datum replace(struct duet_response_run *run, struct duet_datum value,
				 const struct duet_datum *arguments)
{
	struct duet_response_arguments all = {.n = 2 + (arguments[2].type == DUET_DATUM_INTEGER)};

	all.values[0] = duet_datum_text(duet_response_str(run, arguments[0]));
	all.values[1] = duet_datum_text(duet_response_str(run, arguments[1]));
	all.values[2] = arguments[2];
	value = duet_datum_text(duet_response_str(run, value));
	return run->failed ? undefined : duet_response_call_method(run, value, duet_slice("replace"), &all);
}

static struct duet_datum length(struct duet_response_run *run, struct duet_datum value,
				const struct duet_datum *arguments)
{
	switch (value.type) {
	case DUET_DATUM_UNDEFINED:
		return duet_datum_integer(0);
	case DUET_DATUM_TEXT:
		return duet_datum_integer((int64_t)duet_response_length(value.text));
	case DUET_DATUM_LIST:
		return duet_datum_integer((int64_t)value.list->n);
	case DUET_DATUM_MAP:
		return duet_datum_integer((int64_t)value.map->n);
	default:
		return duet_response_fail(run, "only text, lists and dicts have a length");
	}
}

static struct duet_datum otherwise(struct duet_response_run *run, struct duet_datum value,
				   const struct duet_datum *arguments)
{
	bool also_empty = duet_datum_truth(arguments[1]);

	if (value.type != DUET_DATUM_UNDEFINED && !(also_empty && !duet_datum_truth(value)))
		return value;
	return arguments[0].type == DUET_DATUM_UNDEFINED ? duet_datum_text(duet_slice("")) : arguments[0];
}

static bool read_number(struct duet_datum value, struct duet_datum *number)
{
	*number = value;
	if (value.type == DUET_DATUM_TEXT)
		return duet_response_read_number(value.text, number);
	return duet_datum_is_number(value);
}

static struct duet_datum integer(struct duet_response_run *run, struct duet_datum value,
				 const struct duet_datum *arguments)
{
	struct duet_datum number;

	if (!read_number(value, &number) || !(fabs(duet_datum_number(number)) < 9.2e18))
		return arguments[0].type == DUET_DATUM_UNDEFINED ? duet_datum_integer(0) : arguments[0];
	if (number.type == DUET_DATUM_INTEGER)
		return number;
	return duet_datum_integer((int64_t)duet_datum_number(number));
}

static struct duet_datum real(struct duet_response_run *run, struct duet_datum value,
			      const struct duet_datum *arguments)
{
	struct duet_datum number;

	if (!read_number(value, &number))
		return arguments[0].type == DUET_DATUM_UNDEFINED ? duet_datum_real(0) : arguments[0];
	return duet_datum_real(duet_datum_number(number));
}

static struct duet_datum absolute(struct duet_response_run *run, struct duet_datum value,
				  const struct duet_datum *arguments)
{
	if (!duet_datum_is_number(value))
		return duet_response_fail(run, "abs takes a number");
	if (value.type == DUET_DATUM_REAL)
		return duet_datum_real(fabs(value.real));
	if (duet_datum_number(value) >= 0)
		return value;
	return duet_response_operate(run, DUET_RESPONSE_SUBTRACT, duet_datum_integer(0), value);
}

/* To the nearest, from the exact decimal digits, as Python does it. */
static double round_common(double number, int precision)
{
	char text[400];

	if (precision >= 0) {
		snprintf(text, sizeof(text), "%.*f", precision > 20 ? 20 : precision, number);
		return strtod(text, NULL);
	}
	number /= pow(10, -precision);
	return rint(number) * pow(10, -precision);
}

static struct duet_datum rounded(struct duet_response_run *run, struct duet_datum value,
				 const struct duet_datum *arguments)
{
	int64_t precision = arguments[0].type == DUET_DATUM_INTEGER ? arguments[0].integer : 0;
	bool up = arguments[1].type == DUET_DATUM_TEXT &&
		  duet_slice_equal(arguments[1].text, duet_slice("ceil"));
	bool down = arguments[1].type == DUET_DATUM_TEXT &&
		    duet_slice_equal(arguments[1].text, duet_slice("floor"));
	double scale;

	if (!duet_datum_is_number(value) || precision < -20 || precision > 20)
		return duet_response_fail(run, "round takes a number");
	if (!up && !down && value.type != DUET_DATUM_REAL && precision >= 0)
		return value;
	scale = pow(10, (double)precision);
	if (up)
		return duet_datum_real(ceil(duet_datum_number(value) * scale) / scale);
	if (down)
		return duet_datum_real(floor(duet_datum_number(value) * scale) / scale);
	return duet_datum_real(round_common(duet_datum_number(value), (int)precision));
}

static struct duet_datum list(struct duet_response_run *run, struct duet_datum value,
			      const struct duet_datum *arguments)
{
	struct duet_datum_list *items = duet_response_items(run, value), *copy;

	if (!items)
		return undefined;
	copy = duet_response_list_new(run);
	for (size_t i = 0; copy && i < items->n && !run->failed; i++)
		duet_response_add(run, copy, items->items[i]);
	return copy ? duet_datum_list(copy) : undefined;
}

static struct duet_datum first(struct duet_response_run *run, struct duet_datum value,
			       const struct duet_datum *arguments)
{
	struct duet_datum_list *items = duet_response_items(run, value);

	return items && items->n ? items->items[0] : undefined;
}

static struct duet_datum last(struct duet_response_run *run, struct duet_datum value,
			      const struct duet_datum *arguments)
{
	struct duet_datum_list *items = duet_response_items(run, value);

	return items && items->n ? items->items[items->n - 1] : undefined;
}

static struct duet_datum reverse(struct duet_response_run *run, struct duet_datum value,
				 const struct duet_datum *arguments)
{
	struct duet_datum_list *items = duet_response_items(run, value), *made = duet_response_list_new(run);
	struct duet_datum_writer w = duet_response_writer(run);

	for (size_t i = items ? items->n : 0; made && i && !run->failed; i--)
		duet_response_add(run, made, items->items[i - 1]);
	if (!made || value.type != DUET_DATUM_TEXT)
		return made ? duet_datum_list(made) : undefined;
	for (size_t i = 0; i < made->n; i++)
		duet_datum_write(&w, made->items[i]);
	return duet_response_written(run, &w);
}

static struct duet_datum items_of(struct duet_response_run *run, struct duet_datum value,
				  const struct duet_datum *arguments)
{
	const struct duet_response_arguments none = {.n = 0};

	if (value.type != DUET_DATUM_MAP)
		return duet_response_fail(run, "only a dict has pairs");
	return duet_response_call_method(run, value, duet_slice("items"), &none);
}

static struct duet_datum attribute(struct duet_response_run *run, struct duet_datum value,
				   const struct duet_datum *arguments)
{
	return duet_response_member(run, value, arguments[0]);
}

static struct duet_datum printed(struct duet_response_run *run, struct duet_datum value,
				 const struct duet_response_arguments *arguments)
{
	return duet_response_printed(run, duet_response_str(run, value), arguments->values, arguments->n);
}

/* Sorted by name. */
static const struct duet_response_filter filters[] = {
	{"abs", "", absolute, NULL},
	{"attr", "name", attribute, NULL},
	{"capitalize", "", capitalize, NULL},
	{"count", "", length, NULL},
	{"d", "default_value boolean", otherwise, NULL},
	{"default", "default_value boolean", otherwise, NULL},
	{"dictsort", "case_sensitive by reverse", duet_response_filter_dictsort, NULL},
	{"first", "", first, NULL},
	{"float", "default", real, NULL},
	{"format", NULL, NULL, printed},
	{"int", "default base", integer, NULL},
	{"items", "", items_of, NULL},
	{"join", "d attribute", duet_response_filter_join, NULL},
	{"last", "", last, NULL},
	{"length", "", length, NULL},
	{"list", "", list, NULL},
	{"lower", "", lower, NULL},
	{"map", NULL, NULL, duet_response_filter_map},
	{"max", "case_sensitive attribute", duet_response_filter_max, NULL},
	{"min", "case_sensitive attribute", duet_response_filter_min, NULL},
	{"reject", NULL, NULL, duet_response_filter_reject},
	{"rejectattr", NULL, NULL, duet_response_filter_rejectattr},
	{"replace", "old new count", replace, NULL},
	{"reverse", "", reverse, NULL},
	{"round", "precision method", rounded, NULL},
	{"select", NULL, NULL, duet_response_filter_select},
	{"selectattr", NULL, NULL, duet_response_filter_selectattr},
	{"sort", "reverse case_sensitive attribute", duet_response_filter_sort, NULL},
	{"string", "", string, NULL},
	{"sum", "attribute start", duet_response_filter_sum, NULL},
	{"title", "", title, NULL},
	{"trim", "chars", trim, NULL},
	{"unique", "case_sensitive attribute", duet_response_filter_unique, NULL},
	{"upper", "", upper, NULL},
};

const int duet_response_n_filters = sizeof(filters) / sizeof(*filters);

int duet_response_filter_find(struct duet_slice name)
{
	for (int i = 0; i < duet_response_n_filters; i++)
		if (duet_slice_equal(name, duet_slice(filters[i].name)))
			return i;
	return -1;
}

enum { MAX_PARAMETERS = 4 };

/* Which of the names it is; negative: none. */
static int place_of(const char *parameters, struct duet_slice name)
{
	for (int place = 0; *parameters; place++) {
		size_t len = strcspn(parameters, " ");

		if (duet_slice_equal(name, (struct duet_slice){parameters, len}))
			return place;
		parameters += len + (parameters[len] == ' ');
	}
	return -1;
}

static int count_of(const char *parameters)
{
	int n = *parameters != '\0';

	for (; *parameters; parameters++)
		n += *parameters == ' ';
	return n;
}

struct duet_datum duet_response_filter(struct duet_response_run *run, unsigned number,
				       struct duet_datum value,
				       const struct duet_response_arguments *arguments)
{
	const struct duet_response_filter *filter = &filters[number];
	struct duet_datum in_order[MAX_PARAMETERS] = {0};

	if (!filter->parameters)
		return filter->apply_all(run, value, arguments);
	for (size_t i = 0; i < arguments->n; i++) {
		int place =
			arguments->names[i].len ? place_of(filter->parameters, arguments->names[i]) : (int)i;

		if (place < 0 || place >= count_of(filter->parameters))
			return duet_response_fail(run, "the filter %s takes no such argument", filter->name);
		in_order[place] = arguments->values[i];
	}
	return filter->apply(run, value, in_order);
}
