/* SPDX-License-Identifier: Apache-2.0 */
#include "response/datum.h"

#include <errno.h>
#include <string.h>

/* A nesting that no response needs; a list may hold itself. */
enum { MAX_DEPTH = 32 };

/* Makes room for one more of `size` bytes. */
static void *grow(struct duet_arena *arena, void *items, size_t n, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 4;
	void *grown;

	if (n < *room)
		return items;
	grown = duet_arena_alloc(arena, more * size);
	if (!grown)
		return NULL;
	if (n)
		memcpy(grown, items, n * size);
	*room = more;
	return grown;
}

int duet_datum_append(struct duet_arena *arena, struct duet_datum_list *list, struct duet_datum item)
{
	struct duet_datum *items = grow(arena, list->items, list->n, &list->room, sizeof(*items));

	if (!items)
		return -ENOMEM;
	list->items = items;
	list->items[list->n++] = item;
	return 0;
}

static struct duet_datum_pair *find(const struct duet_datum_map *map, struct duet_datum key)
{
	for (size_t i = 0; i < map->n; i++)
		if (duet_datum_equal(map->pairs[i].key, key))
			return &map->pairs[i];
	return NULL;
}

int duet_datum_set(struct duet_arena *arena, struct duet_datum_map *map, struct duet_datum key,
		   struct duet_datum value)
{
	struct duet_datum_pair *pair = find(map, key), *pairs;

	if (pair) {
		pair->value = value;
		return 0;
	}
	pairs = grow(arena, map->pairs, map->n, &map->room, sizeof(*pairs));
	if (!pairs)
		return -ENOMEM;
	map->pairs = pairs;
	map->pairs[map->n++] = (struct duet_datum_pair){key, value};
	return 0;
}

int duet_datum_put(struct duet_arena *arena, struct duet_datum_map *map, const char *key,
		   struct duet_datum value)
{
	return duet_datum_set(arena, map, duet_datum_text(duet_slice(key)), value);
}

struct duet_datum duet_datum_get(const struct duet_datum_map *map, struct duet_datum key)
{
	const struct duet_datum_pair *pair = find(map, key);

	return pair ? pair->value : (struct duet_datum){0};
}

bool duet_datum_is_number(struct duet_datum datum)
{
	return datum.type == DUET_DATUM_INTEGER || datum.type == DUET_DATUM_REAL ||
	       datum.type == DUET_DATUM_BOOLEAN;
}

double duet_datum_number(struct duet_datum datum)
{
	switch (datum.type) {
	case DUET_DATUM_BOOLEAN:
		return datum.boolean;
	case DUET_DATUM_INTEGER:
		return (double)datum.integer;
	case DUET_DATUM_REAL:
		return datum.real;
	default:
		return 0;
	}
}

bool duet_datum_truth(struct duet_datum datum)
{
	switch (datum.type) {
	case DUET_DATUM_UNDEFINED:
	case DUET_DATUM_NONE:
		return false;
	case DUET_DATUM_TEXT:
		return datum.text.len > 0;
	case DUET_DATUM_LIST:
		return datum.list->n > 0;
	case DUET_DATUM_MAP:
		return datum.map->n > 0;
	case DUET_DATUM_BOOLEAN:
	case DUET_DATUM_INTEGER:
	case DUET_DATUM_REAL:
		return duet_datum_number(datum) != 0;
	default:
		return true;
	}
}

static bool equal_at(struct duet_datum a, struct duet_datum b, int depth);

static bool lists_equal(const struct duet_datum_list *a, const struct duet_datum_list *b, int depth)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!equal_at(a->items[i], b->items[i], depth))
			return false;
	return true;
}

static bool maps_equal(const struct duet_datum_map *a, const struct duet_datum_map *b, int depth)
{
	const struct duet_datum_pair *other;

	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		other = find(b, a->pairs[i].key);
		if (!other || !equal_at(a->pairs[i].value, other->value, depth))
			return false;
	}
	return true;
}

static bool equal_at(struct duet_datum a, struct duet_datum b, int depth)
{
	if (duet_datum_is_number(a) && duet_datum_is_number(b)) {
		if (a.type == DUET_DATUM_INTEGER && b.type == DUET_DATUM_INTEGER)
			return a.integer == b.integer;
		return duet_datum_number(a) == duet_datum_number(b);
	}
	if (a.type != b.type || depth > MAX_DEPTH)
		return false;
	switch (a.type) {
	case DUET_DATUM_TEXT:
		return duet_slice_equal(a.text, b.text);
	case DUET_DATUM_LIST:
		return a.list == b.list || lists_equal(a.list, b.list, depth + 1);
	case DUET_DATUM_MAP:
		return a.map == b.map || maps_equal(a.map, b.map, depth + 1);
	case DUET_DATUM_DATE:
	case DUET_DATUM_TIME:
		return memcmp(a.moment, b.moment, sizeof(*a.moment)) == 0;
	default:
		return a.type < DUET_DATUM_BOOLEAN;
	}
}

bool duet_datum_equal(struct duet_datum a, struct duet_datum b)
{
	return equal_at(a, b, 0);
}

/* UTF-8 sorts as its code points do. */
static int compare_text(struct duet_slice a, struct duet_slice b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n ? memcmp(a.ptr, b.ptr, n) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int64_t moment_order(const struct duet_datum_moment *m)
{
	int64_t days = ((int64_t)m->year * 12 + m->month) * 31 + m->day;

	return ((days * 24 + m->hour) * 60 + m->minute) * 60 + m->second;
}

static bool compare_at(struct duet_datum a, struct duet_datum b, int *order, int depth);

static bool compare_lists(const struct duet_datum_list *a, const struct duet_datum_list *b, int *order,
			  int depth)
{
	for (size_t i = 0; i < a->n && i < b->n; i++)
		if (!equal_at(a->items[i], b->items[i], depth))
			return compare_at(a->items[i], b->items[i], order, depth);
	*order = (a->n > b->n) - (a->n < b->n);
	return true;
}

static bool compare_at(struct duet_datum a, struct duet_datum b, int *order, int depth)
{
	double x = duet_datum_number(a), y = duet_datum_number(b);
	int64_t s, t;

	*order = 0;
	if (duet_datum_is_number(a) && duet_datum_is_number(b)) {
		*order = (x > y) - (x < y);
		return x == x && y == y;
	}
	if (a.type != b.type || depth > MAX_DEPTH)
		return false;
	switch (a.type) {
	case DUET_DATUM_TEXT:
		*order = compare_text(a.text, b.text);
		return true;
	case DUET_DATUM_LIST:
		return compare_lists(a.list, b.list, order, depth + 1);
	case DUET_DATUM_DATE:
	case DUET_DATUM_TIME:
		s = moment_order(a.moment);
		t = moment_order(b.moment);
		*order = (s > t) - (s < t);
		return true;
	default:
		return false;
	}
}

bool duet_datum_compare(struct duet_datum a, struct duet_datum b, int *order)
{
	return compare_at(a, b, order, 0);
}
