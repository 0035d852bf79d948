/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "response/filters.h"
#include "response/letters.h"
#include "response/tests.h"

static const struct duet_datum undefined;

/* What the items are looked at by: themselves, or `attribute` of each. */
static struct duet_datum looked_at(struct duet_response_run *run, struct duet_datum item,
				   struct duet_datum attribute)
{
	if (attribute.type == DUET_DATUM_TEXT)
		return duet_response_path(run, item, attribute.text);
	if (attribute.type == DUET_DATUM_INTEGER)
		return duet_response_member(run, item, attribute);
	return item;
}

static struct duet_datum argument_named(const struct duet_response_arguments *arguments, const char *name)
{
	for (size_t i = 0; i < arguments->n; i++)
		if (duet_slice_equal(arguments->names[i], duet_slice(name)))
			return arguments->values[i];
	return undefined;
}

/* map(attribute="x"), or map("filter", its arguments …). */
static struct duet_datum map_one(struct duet_response_run *run, struct duet_datum item,
				 const struct duet_response_arguments *arguments, int filter)
{
	struct duet_datum attribute = argument_named(arguments, "attribute"), found;
	struct duet_response_arguments rest = {.n = arguments->n ? arguments->n - 1 : 0};

	if (filter < 0) {
		found = looked_at(run, item, attribute);
		return found.type == DUET_DATUM_UNDEFINED ? argument_named(arguments, "default") : found;
	}
	for (size_t i = 0; i < rest.n; i++) {
		rest.values[i] = arguments->values[i + 1];
		rest.names[i] = arguments->names[i + 1];
	}
	return duet_response_filter(run, (unsigned)filter, item, &rest);
}

struct duet_datum duet_response_filter_map(struct duet_response_run *run, struct duet_datum value,
					   const struct duet_response_arguments *arguments)
{
	struct duet_datum_list *items = duet_response_items(run, value), *made = duet_response_list_new(run);
	bool by_filter =
		arguments->n > 0 && !arguments->names[0].len && arguments->values[0].type == DUET_DATUM_TEXT;
	int filter = by_filter ? duet_response_filter_find(arguments->values[0].text) : -1;

	if (by_filter && filter < 0)
		return duet_response_fail(run, "map() is given a filter that does not exist");
	if (!by_filter && argument_named(arguments, "attribute").type == DUET_DATUM_UNDEFINED)
		return duet_response_fail(run, "map() takes a filter or an attribute");
	for (size_t i = 0; items && made && i < items->n && !run->failed; i++)
		duet_response_add(run, made, map_one(run, items->items[i], arguments, filter));
	return made ? duet_datum_list(made) : undefined;
}

/* select(test, argument), selectattr(attribute, test, argument): those for which it holds, or does not. */
static struct duet_datum choose(struct duet_response_run *run, struct duet_datum value,
				const struct duet_response_arguments *arguments, bool by_attribute,
				bool wanted)
{
	struct duet_datum_list *items = duet_response_items(run, value), *made = duet_response_list_new(run);
	struct duet_datum attribute = by_attribute && arguments->n ? arguments->values[0] : undefined;
	size_t at = by_attribute;
	bool by_test = arguments->n > at;
	struct duet_datum argument = arguments->n > at + 1 ? arguments->values[at + 1] : undefined;
	int test = by_test && arguments->values[at].type == DUET_DATUM_TEXT
			   ? duet_response_test_find(arguments->values[at].text)
			   : -1;

	if (by_test && test < 0)
		return duet_response_fail(run, "select() is given a test that does not exist");
	for (size_t i = 0; items && made && i < items->n && !run->failed; i++) {
		struct duet_datum seen = looked_at(run, items->items[i], attribute);
		bool holds = by_test ? duet_response_test(run, (unsigned)test, seen, argument)
				     : duet_datum_truth(seen);

		if (holds == wanted)
			duet_response_add(run, made, items->items[i]);
	}
	return made ? duet_datum_list(made) : undefined;
}

struct duet_datum duet_response_filter_select(struct duet_response_run *run, struct duet_datum value,
					      const struct duet_response_arguments *arguments)
{
	return choose(run, value, arguments, false, true);
}

struct duet_datum duet_response_filter_reject(struct duet_response_run *run, struct duet_datum value,
					      const struct duet_response_arguments *arguments)
{
	return choose(run, value, arguments, false, false);
}

struct duet_datum duet_response_filter_selectattr(struct duet_response_run *run, struct duet_datum value,
						  const struct duet_response_arguments *arguments)
{
	return choose(run, value, arguments, true, true);
}

struct duet_datum duet_response_filter_rejectattr(struct duet_response_run *run, struct duet_datum value,
						  const struct duet_response_arguments *arguments)
{
	return choose(run, value, arguments, true, false);
}

struct duet_datum duet_response_filter_join(struct duet_response_run *run, struct duet_datum value,
					    const struct duet_datum *arguments)
{
	struct duet_datum_list *items = duet_response_items(run, value);
	struct duet_datum_writer w = duet_response_writer(run);

	for (size_t i = 0; items && i < items->n && duet_response_spend(run, 1) && w.code == 0; i++) {
		if (i)
			duet_datum_write(&w, arguments[0]);
		duet_datum_write(&w, looked_at(run, items->items[i], arguments[1]));
	}
	return duet_response_written(run, &w);
}

/* Text is compared without its case unless that is asked for. */
static struct duet_datum sort_key(struct duet_response_run *run, struct duet_datum item,
				  struct duet_datum case_sensitive, struct duet_datum attribute)
{
	struct duet_datum_writer w = duet_response_writer(run);

	item = looked_at(run, item, attribute);
	if (item.type != DUET_DATUM_TEXT || duet_datum_truth(case_sensitive))
		return item;
	duet_response_write_case(&w, item.text, DUET_CASE_LOWER);
	return duet_response_written(run, &w);
}

struct keyed {
	struct duet_datum key, item;
};

static struct keyed *keyed_items(struct duet_response_run *run, const struct duet_datum_list *items,
				 struct duet_datum case_sensitive, struct duet_datum attribute)
{
	struct keyed *keyed = duet_arena_alloc(run->arena, (items->n + 1) * sizeof(*keyed));

	if (!keyed)
		duet_response_no_memory(run);
	for (size_t i = 0; keyed && i < items->n && duet_response_spend(run, 1); i++)
		keyed[i] = (struct keyed){sort_key(run, items->items[i], case_sensitive, attribute),
					  items->items[i]};
	return run->failed ? NULL : keyed;
}

static bool comes_after(const struct keyed *a, const struct keyed *b, bool backwards)
{
	int order;

	return duet_datum_compare(a->key, b->key, &order) && (backwards ? order < 0 : order > 0);
}

/* Items of equal keys stay in their order. */
static void merge(struct keyed *to, const struct keyed *a, size_t n_a, const struct keyed *b, size_t n_b,
		  bool backwards)
{
	while (n_a || n_b) {
		bool take_b = n_b && (!n_a || comes_after(a, b, backwards));

		*to++ = take_b ? *b : *a;
		a += !take_b;
		n_a -= !take_b;
		b += take_b;
		n_b -= take_b;
	}
}

static struct duet_datum sorted(struct duet_response_run *run, const struct duet_datum_list *items,
				struct keyed *keyed, bool backwards)
{
	struct keyed *other = duet_arena_alloc(run->arena, (items->n + 1) * sizeof(*other)), *swap;
	struct duet_datum_list *made = duet_response_list_new(run);

	if (!other)
		return duet_response_no_memory(run);
	for (size_t run_length = 1; run_length < items->n; run_length *= 2) {
		for (size_t i = 0; i < items->n && duet_response_spend(run, 1); i += 2 * run_length) {
			size_t n_a = items->n - i < run_length ? items->n - i : run_length;
			size_t left = items->n - i - n_a, n_b = left < run_length ? left : run_length;

			duet_response_spend(run, n_a + n_b);
			merge(other + i, keyed + i, n_a, keyed + i + n_a, n_b, backwards);
		}
		swap = keyed;
		keyed = other;
		other = swap;
	}
	for (size_t i = 0; made && i < items->n && !run->failed; i++)
		duet_response_add(run, made, keyed[i].item);
	return made ? duet_datum_list(made) : undefined;
}

struct duet_datum duet_response_filter_sort(struct duet_response_run *run, struct duet_datum value,
					    const struct duet_datum *arguments)
{
	const struct duet_datum_list *items = duet_response_items(run, value);
	struct keyed *keyed = items ? keyed_items(run, items, arguments[1], arguments[2]) : NULL;

	return keyed ? sorted(run, items, keyed, duet_datum_truth(arguments[0])) : undefined;
}

struct duet_datum duet_response_filter_dictsort(struct duet_response_run *run, struct duet_datum value,
						const struct duet_datum *arguments)
{
	const struct duet_response_arguments none = {.n = 0};
	bool by_value = arguments[1].type == DUET_DATUM_TEXT &&
			duet_slice_equal(arguments[1].text, duet_slice("value"));
	const struct duet_datum order[] = {arguments[2], arguments[0], duet_datum_integer(by_value)};

	if (value.type != DUET_DATUM_MAP)
		return duet_response_fail(run, "dictsort takes a dict");
	value = duet_response_call_method(run, value, duet_slice("items"), &none);
	return run->failed ? undefined : duet_response_filter_sort(run, value, order);
}

struct duet_datum duet_response_filter_unique(struct duet_response_run *run, struct duet_datum value,
					      const struct duet_datum *arguments)
{
	const struct duet_datum_list *items = duet_response_items(run, value);
	struct keyed *keyed = items ? keyed_items(run, items, arguments[0], arguments[1]) : NULL;
	struct duet_datum_list *made = duet_response_list_new(run);

	for (size_t i = 0; keyed && made && i < items->n && !run->failed; i++) {
		size_t k = 0;

		while (k < i && duet_response_spend(run, 1) && !duet_datum_equal(keyed[k].key, keyed[i].key))
			k++;
		if (k == i)
			duet_response_add(run, made, keyed[i].item);
	}
	return made ? duet_datum_list(made) : undefined;
}

struct duet_datum duet_response_filter_sum(struct duet_response_run *run, struct duet_datum value,
					   const struct duet_datum *arguments)
{
	const struct duet_datum_list *items = duet_response_items(run, value);
	struct duet_datum sum = duet_datum_is_number(arguments[1]) ? arguments[1] : duet_datum_integer(0);

	for (size_t i = 0; items && i < items->n && duet_response_spend(run, 1); i++)
		sum = duet_response_operate(run, DUET_RESPONSE_ADD, sum,
					    looked_at(run, items->items[i], arguments[0]));
	return run->failed ? undefined : sum;
}

static struct duet_datum extreme(struct duet_response_run *run, struct duet_datum value,
				 const struct duet_datum *arguments, bool largest)
{
	const struct duet_datum_list *items = duet_response_items(run, value);
	struct keyed *keyed = items ? keyed_items(run, items, arguments[0], arguments[1]) : NULL;
	size_t best = 0;

	for (size_t i = 1; keyed && i < items->n; i++)
		if (comes_after(&keyed[best], &keyed[i], largest))
			best = i;
	return keyed && items->n ? keyed[best].item : undefined;
}

struct duet_datum duet_response_filter_min(struct duet_response_run *run, struct duet_datum value,
					   const struct duet_datum *arguments)
{
	return extreme(run, value, arguments, false);
}

struct duet_datum duet_response_filter_max(struct duet_response_run *run, struct duet_datum value,
					   const struct duet_datum *arguments)
{
	return extreme(run, value, arguments, true);
}
