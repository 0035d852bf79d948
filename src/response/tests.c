/* SPDX-License-Identifier: Apache-2.0 */
#include "response/tests.h"

#include <math.h>

#include "base/text.h"
#include "response/letters.h"

static bool is_text(struct duet_datum v)
{
	return v.type == DUET_DATUM_TEXT;
}

static bool is_defined(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return v.type != DUET_DATUM_UNDEFINED;
}

static bool is_undefined(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return v.type == DUET_DATUM_UNDEFINED;
}

static bool is_none(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return v.type == DUET_DATUM_NONE;
}

static bool is_number(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return duet_datum_is_number(v);
}

static bool is_integer(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return v.type == DUET_DATUM_INTEGER;
}

static bool is_float(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return v.type == DUET_DATUM_REAL;
}

static bool is_string(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return is_text(v);
}

static bool is_boolean(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return v.type == DUET_DATUM_BOOLEAN;
}

static bool is_true(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return v.type == DUET_DATUM_BOOLEAN && v.boolean;
}

static bool is_false(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return v.type == DUET_DATUM_BOOLEAN && !v.boolean;
}

static bool is_mapping(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return v.type == DUET_DATUM_MAP;
}

static bool is_sequence(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return v.type == DUET_DATUM_LIST || v.type == DUET_DATUM_MAP || is_text(v) ||
	       v.type == DUET_DATUM_UNDEFINED;
}

static bool is_callable(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return v.type == DUET_DATUM_FUNCTION || v.type == DUET_DATUM_MACRO;
}

static bool is_divisible(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	struct duet_datum rest = duet_response_operate(run, DUET_RESPONSE_MODULO, v, a);

	return !run->failed && duet_datum_is_number(rest) && duet_datum_number(rest) == 0;
}

static bool is_even(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return is_divisible(run, v, duet_datum_integer(2));
}

static bool is_odd(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return !is_divisible(run, v, duet_datum_integer(2));
}

static bool is_in(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return duet_response_contains(run, a, v);
}

static bool is_equal(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return duet_datum_equal(v, a);
}

static bool is_unequal(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return !duet_datum_equal(v, a);
}

static bool holds(struct duet_response_run *run, enum duet_response_operation operation, struct duet_datum v,
		  struct duet_datum a)
{
	return duet_datum_truth(duet_response_operate(run, operation, v, a));
}

static bool is_less(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return holds(run, DUET_RESPONSE_LESS, v, a);
}

static bool is_greater(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return holds(run, DUET_RESPONSE_GREATER, v, a);
}

static bool is_at_most(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return holds(run, DUET_RESPONSE_AT_MOST, v, a);
}

static bool is_at_least(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return holds(run, DUET_RESPONSE_AT_LEAST, v, a);
}

static bool is_case(struct duet_response_run *run, struct duet_datum v, enum duet_response_case wanted)
{
	struct duet_datum_writer w = duet_response_writer(run);
	struct duet_slice text = duet_response_str(run, v);
	bool letters = false;

	duet_response_write_case(&w, text, wanted);
	for (struct duet_slice rest = text; rest.len;)
		letters |= duet_response_is_letter(duet_text_next(&rest));
	return letters && duet_slice_equal(text, (struct duet_slice){w.ptr, w.len});
}

static bool is_lower(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return is_case(run, v, DUET_CASE_LOWER);
}

static bool is_upper(struct duet_response_run *run, struct duet_datum v, struct duet_datum a)
{
	return is_case(run, v, DUET_CASE_UPPER);
}

static const struct {
	const char *name;
	bool (*holds)(struct duet_response_run *run, struct duet_datum value, struct duet_datum argument);
} tests[] = {
	{"defined", is_defined},
	{"undefined", is_undefined},
	{"none", is_none},
	{"number", is_number},
	{"integer", is_integer},
	{"float", is_float},
	{"string", is_string},
	{"boolean", is_boolean},
	{"true", is_true},
	{"false", is_false},
	{"mapping", is_mapping},
	{"sequence", is_sequence},
	{"iterable", is_sequence},
	{"callable", is_callable},
	{"divisibleby", is_divisible},
	{"even", is_even},
	{"odd", is_odd},
	{"in", is_in},
	{"eq", is_equal},
	{"equalto", is_equal},
	{"==", is_equal},
	{"sameas", is_equal},
	{"ne", is_unequal},
	{"!=", is_unequal},
	{"lt", is_less},
	{"lessthan", is_less},
	{"<", is_less},
	{"gt", is_greater},
	{"greaterthan", is_greater},
	{">", is_greater},
	{"le", is_at_most},
	{"<=", is_at_most},
	{"ge", is_at_least},
	{">=", is_at_least},
	{"lower", is_lower},
	{"upper", is_upper},
};

const int duet_response_n_tests = sizeof(tests) / sizeof(*tests);

int duet_response_test_find(struct duet_slice name)
{
	for (int i = 0; i < duet_response_n_tests; i++)
		if (duet_slice_equal(name, duet_slice(tests[i].name)))
			return i;
	return -1;
}

bool duet_response_test(struct duet_response_run *run, unsigned number, struct duet_datum value,
			struct duet_datum argument)
{
	return tests[number].holds(run, value, argument);
}
