/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "response/functions.h"
#include "response/letters.h"
#include "response/run.h"

/* value.name(arguments), and the members that dates have. */

static const struct duet_datum undefined;

static struct duet_datum part_of_moment(struct duet_datum of, struct duet_slice name)
{
	const struct duet_datum_moment *m = of.moment;
	const struct {
		const char *name;
		enum duet_datum_type of;
		int value;
	} parts[] = {
		{"year", DUET_DATUM_DATE, m->year},     {"month", DUET_DATUM_DATE, m->month},
		{"day", DUET_DATUM_DATE, m->day},       {"hour", DUET_DATUM_TIME, m->hour},
		{"minute", DUET_DATUM_TIME, m->minute}, {"second", DUET_DATUM_TIME, m->second},
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (of.type == parts[i].of && duet_slice_equal(name, duet_slice(parts[i].name)))
			return duet_datum_integer(parts[i].value);
	return undefined;
}

static struct duet_datum character_at(struct duet_slice text, int64_t index)
{
	int64_t n = (int64_t)duet_response_length(text);
	size_t begin;

	if (index < 0)
		index += n;
	if (index < 0 || index >= n)
		return undefined;
	begin = duet_response_offset(text, (size_t)index);
	text = (struct duet_slice){text.ptr + begin, text.len - begin};
	return duet_datum_text((struct duet_slice){text.ptr, duet_response_offset(text, 1)});
}

static struct duet_datum item_at(const struct duet_datum_list *list, int64_t index)
{
	if (index < 0)
		index += (int64_t)list->n;
	return index < 0 || (uint64_t)index >= list->n ? undefined : list->items[index];
}

struct duet_datum duet_response_member(struct duet_response_run *run, struct duet_datum of,
				       struct duet_datum key)
{
	switch (of.type) {
	case DUET_DATUM_MAP:
		duet_response_spend(run, of.map->n / 8);
		return duet_datum_get(of.map, key);
	case DUET_DATUM_LIST:
		return key.type == DUET_DATUM_INTEGER ? item_at(of.list, key.integer) : undefined;
	case DUET_DATUM_TEXT:
		duet_response_spend(run, of.text.len / 16);
		return key.type == DUET_DATUM_INTEGER ? character_at(of.text, key.integer) : undefined;
	case DUET_DATUM_DATE:
	case DUET_DATUM_TIME:
		return key.type == DUET_DATUM_TEXT ? part_of_moment(of, key.text) : undefined;
	default:
		return undefined;
	}
}

struct duet_datum duet_response_path(struct duet_response_run *run, struct duet_datum of,
				     struct duet_slice path)
{
	while (path.len && !run->failed) {
		const char *dot = memchr(path.ptr, '.', path.len);
		struct duet_slice name = {path.ptr, dot ? (size_t)(dot - path.ptr) : path.len};
		struct duet_datum key = duet_datum_text(name), number;
		size_t used = name.len + (dot != NULL);

		if (duet_response_read_number(name, &number) && number.type == DUET_DATUM_INTEGER)
			key = number;
		of = duet_response_member(run, of, key);
		path = (struct duet_slice){path.ptr + used, path.len - used};
	}
	return of;
}

/* What a method works on: itself, its arguments by their place, UNDEFINED where none was given. */
struct call {
	struct duet_response_run *run;
	struct duet_datum of;
	const struct duet_datum *arguments;
	size_t n;
	const struct duet_response_arguments *all;
};

static struct duet_slice text_argument(const struct call *c, size_t i)
{
	if (i < c->n && c->arguments[i].type != DUET_DATUM_TEXT &&
	    c->arguments[i].type != DUET_DATUM_UNDEFINED)
		duet_response_fail(c->run, "this method takes text");
	return i < c->n && c->arguments[i].type == DUET_DATUM_TEXT ? c->arguments[i].text
								   : (struct duet_slice){0};
}

static int64_t number_argument(const struct call *c, size_t i, int64_t otherwise)
{
	return i < c->n && c->arguments[i].type == DUET_DATUM_INTEGER ? c->arguments[i].integer : otherwise;
}

static struct duet_datum in_case(const struct call *c, enum duet_response_case wanted)
{
	struct duet_datum_writer w = duet_response_writer(c->run);

	duet_response_write_case(&w, c->of.text, wanted);
	return duet_response_written(c->run, &w);
}

static struct duet_datum text_lower(const struct call *c)
{
	return in_case(c, DUET_CASE_LOWER);
}

static struct duet_datum text_upper(const struct call *c)
{
	return in_case(c, DUET_CASE_UPPER);
}

static struct duet_datum text_title(const struct call *c)
{
	return in_case(c, DUET_CASE_TITLE);
}

static struct duet_datum text_capitalize(const struct call *c)
{
	return in_case(c, DUET_CASE_CAPITALISED);
}

static struct duet_datum text_lstrip(const struct call *c)
{
	return duet_datum_text(duet_response_trim_left(c->of.text, text_argument(c, 0)));
}

static struct duet_datum text_rstrip(const struct call *c)
{
	return duet_datum_text(duet_response_trim_right(c->of.text, text_argument(c, 0)));
}

static struct duet_datum text_strip(const struct call *c)
{
	struct duet_slice characters = text_argument(c, 0);

	return duet_datum_text(
		duet_response_trim_right(duet_response_trim_left(c->of.text, characters), characters));
}

static struct duet_datum text_replace(const struct call *c)
{
	struct duet_slice old = text_argument(c, 0), with = text_argument(c, 1), rest = c->of.text;
	struct duet_datum_writer w = duet_response_writer(c->run);
	int64_t n = number_argument(c, 2, -1);
	const char *found;

	while (old.len && n != 0 && w.code == 0 && rest.len &&
	       (found = memmem(rest.ptr, rest.len, old.ptr, old.len))) {
		duet_datum_write_bytes(&w, (struct duet_slice){rest.ptr, (size_t)(found - rest.ptr)});
		duet_datum_write_bytes(&w, with);
		rest.len -= (size_t)(found - rest.ptr) + old.len;
		rest.ptr = found + old.len;
		n--;
	}
	duet_datum_write_bytes(&w, rest);
	return duet_response_written(c->run, &w);
}

/* Between runs of white space, none of it at the ends. */
static void split_words(struct duet_response_run *run, struct duet_slice text, int64_t n,
			struct duet_datum_list *list)
{
	struct duet_slice rest = duet_response_trim_left(text, (struct duet_slice){0});

	while (rest.len && !run->failed) {
		size_t len = n == 0 ? duet_response_trim_right(rest, (struct duet_slice){0}).len : 0;

		while (n != 0 && len < rest.len) {
			struct duet_slice from = {rest.ptr + len, rest.len - len};

			if (duet_response_trim_left(from, (struct duet_slice){0}).len < from.len)
				break;
			len += duet_response_offset(from, 1);
		}
		duet_response_add(run, list, duet_datum_text((struct duet_slice){rest.ptr, len}));
		rest = duet_response_trim_left((struct duet_slice){rest.ptr + len, rest.len - len},
					       (struct duet_slice){0});
		n--;
	}
}

static void split_at(struct duet_response_run *run, struct duet_slice text, struct duet_slice separator,
		     int64_t n, struct duet_datum_list *list)
{
	const char *found;

	while (n != 0 && text.len && !run->failed &&
	       (found = memmem(text.ptr, text.len, separator.ptr, separator.len))) {
		size_t len = (size_t)(found - text.ptr);

		duet_response_add(run, list, duet_datum_text((struct duet_slice){text.ptr, len}));
		len += separator.len;
		text = (struct duet_slice){text.ptr + len, text.len - len};
		n--;
	}
	duet_response_add(run, list, duet_datum_text(text));
}

static struct duet_datum text_split(const struct call *c)
{
	struct duet_datum_list *list = duet_response_list_new(c->run);
	bool words = c->n == 0 || c->arguments[0].type == DUET_DATUM_NONE;
	struct duet_slice separator = {0};

	if (!words)
		separator = text_argument(c, 0);
	if (!list || c->run->failed)
		return undefined;
	if (!words && !separator.len)
		return duet_response_fail(c->run, "text cannot be split at nothing");
	if (words)
		split_words(c->run, c->of.text, number_argument(c, 1, -1), list);
	else
		split_at(c->run, c->of.text, separator, number_argument(c, 1, -1), list);
	return duet_datum_list(list);
}

/* One text, or any of several. */
static bool any_argument(const struct call *c, bool (*holds)(struct duet_slice text, struct duet_slice part))
{
	const struct duet_datum argument = c->n ? c->arguments[0] : undefined;

	for (size_t i = 0; argument.type == DUET_DATUM_LIST && i < argument.list->n; i++)
		if (argument.list->items[i].type == DUET_DATUM_TEXT &&
		    holds(c->of.text, argument.list->items[i].text))
			return true;
	return argument.type != DUET_DATUM_LIST && holds(c->of.text, text_argument(c, 0));
}

static bool starts_with(struct duet_slice text, struct duet_slice part)
{
	return part.len <= text.len && duet_slice_equal((struct duet_slice){text.ptr, part.len}, part);
}

static bool ends_with(struct duet_slice text, struct duet_slice part)
{
	return part.len <= text.len &&
	       duet_slice_equal((struct duet_slice){text.ptr + text.len - part.len, part.len}, part);
}

static struct duet_datum text_startswith(const struct call *c)
{
	return duet_datum_boolean(any_argument(c, starts_with));
}

static struct duet_datum text_endswith(const struct call *c)
{
	return duet_datum_boolean(any_argument(c, ends_with));
}

static struct duet_datum text_find(const struct call *c)
{
	struct duet_slice part = text_argument(c, 0), text = c->of.text;
	const char *found = part.len && text.len ? memmem(text.ptr, text.len, part.ptr, part.len) : text.ptr;

	if (part.len && (!text.len || !found))
		return duet_datum_integer(-1);
	return duet_datum_integer((int64_t)duet_response_length(
		(struct duet_slice){text.ptr, part.len ? (size_t)(found - text.ptr) : 0}));
}

static struct duet_datum text_count(const struct call *c)
{
	struct duet_slice part = text_argument(c, 0), text = c->of.text;
	int64_t n = 0;
	const char *found;

	while (part.len && text.len && (found = memmem(text.ptr, text.len, part.ptr, part.len))) {
		text.len -= (size_t)(found - text.ptr) + part.len;
		text.ptr = found + part.len;
		n++;
	}
	return duet_datum_integer(n);
}

static struct duet_datum text_join(const struct call *c)
{
	struct duet_datum_writer w = duet_response_writer(c->run);
	struct duet_datum_list *items = c->n ? duet_response_items(c->run, c->arguments[0]) : NULL;

	for (size_t i = 0; items && i < items->n && w.code == 0; i++) {
		if (i)
			duet_datum_write_bytes(&w, c->of.text);
		duet_datum_write(&w, items->items[i]);
	}
	return duet_response_written(c->run, &w);
}

static struct duet_datum text_format(const struct call *c)
{
	return duet_response_formatted(c->run, c->of.text, c->all);
}

static struct duet_datum text_isdigit(const struct call *c)
{
	size_t at = 0, len;

	for (; at < c->of.text.len; at += len) {
		struct duet_slice rest = {c->of.text.ptr + at, c->of.text.len - at};

		len = duet_response_offset(rest, 1);
		if (len != 1 || rest.ptr[0] < '0' || rest.ptr[0] > '9')
			return duet_datum_boolean(false);
	}
	return duet_datum_boolean(at > 0);
}

static struct duet_datum text_zfill(const struct call *c)
{
	int64_t width = number_argument(c, 0, 0), n = (int64_t)duet_response_length(c->of.text);
	struct duet_datum_writer w = duet_response_writer(c->run);
	struct duet_slice rest = c->of.text;

	if (rest.len && (rest.ptr[0] == '-' || rest.ptr[0] == '+')) {
		duet_datum_write_bytes(&w, (struct duet_slice){rest.ptr, 1});
		rest = (struct duet_slice){rest.ptr + 1, rest.len - 1};
	}
	for (; n < width && w.code == 0; n++)
		duet_datum_write_bytes(&w, duet_slice("0"));
	duet_datum_write_bytes(&w, rest);
	return duet_response_written(c->run, &w);
}

static struct duet_datum text_removeprefix(const struct call *c)
{
	struct duet_slice part = text_argument(c, 0), text = c->of.text;

	if (starts_with(text, part))
		text = (struct duet_slice){text.ptr + part.len, text.len - part.len};
	return duet_datum_text(text);
}

static struct duet_datum text_removesuffix(const struct call *c)
{
	struct duet_slice part = text_argument(c, 0), text = c->of.text;

	return duet_datum_text(
		(struct duet_slice){text.ptr, text.len - (ends_with(text, part) ? part.len : 0)});
}

static struct duet_datum map_get(const struct call *c)
{
	struct duet_datum found = c->n ? duet_response_member(c->run, c->of, c->arguments[0]) : undefined;

	if (found.type != DUET_DATUM_UNDEFINED)
		return found;
	return c->n > 1 ? c->arguments[1] : (struct duet_datum){.type = DUET_DATUM_NONE};
}

/* Keys, values, or pairs of both. */
static struct duet_datum parts_of_map(const struct call *c, bool keys, bool values)
{
	struct duet_datum_list *list = duet_response_list_new(c->run), *pair = list;

	for (size_t i = 0; list && i < c->of.map->n && !c->run->failed; i++) {
		const struct duet_datum_pair *one = &c->of.map->pairs[i];

		if (keys && values)
			pair = duet_response_list_new(c->run);
		if (pair && keys)
			duet_response_add(c->run, pair, one->key);
		if (pair && values)
			duet_response_add(c->run, pair, one->value);
		if (pair && pair != list)
			duet_response_add(c->run, list, duet_datum_list(pair));
	}
	return list ? duet_datum_list(list) : undefined;
}

static struct duet_datum map_items(const struct call *c)
{
	return parts_of_map(c, true, true);
}

static struct duet_datum map_keys(const struct call *c)
{
	return parts_of_map(c, true, false);
}

static struct duet_datum map_values(const struct call *c)
{
	return parts_of_map(c, false, true);
}

static struct duet_datum map_update(const struct call *c)
{
	const struct duet_datum other = c->n ? c->arguments[0] : undefined;

	if (other.type != DUET_DATUM_MAP)
		return duet_response_fail(c->run, "a dict is updated with a dict");
	for (size_t i = 0; i < other.map->n && duet_response_spend(c->run, 1 + c->of.map->n / 8); i++)
		if (duet_datum_set(c->run->arena, c->of.map, other.map->pairs[i].key,
				   other.map->pairs[i].value) < 0)
			return duet_response_no_memory(c->run);
	return (struct duet_datum){.type = DUET_DATUM_NONE};
}

static struct duet_datum list_append(const struct call *c)
{
	if (c->n != 1)
		return duet_response_fail(c->run, "append() takes one value");
	duet_response_add(c->run, c->of.list, c->arguments[0]);
	return (struct duet_datum){.type = DUET_DATUM_NONE};
}

static struct duet_datum list_extend(const struct call *c)
{
	struct duet_datum_list *items = c->n ? duet_response_items(c->run, c->arguments[0]) : NULL;
	size_t n = items ? items->n : 0;

	for (size_t i = 0; i < n && !c->run->failed; i++)
		duet_response_add(c->run, c->of.list, items->items[i]);
	return (struct duet_datum){.type = DUET_DATUM_NONE};
}

static struct duet_datum list_index(const struct call *c)
{
	for (size_t i = 0; c->n && i < c->of.list->n && duet_response_spend(c->run, 1); i++)
		if (duet_datum_equal(c->of.list->items[i], c->arguments[0]))
			return duet_datum_integer((int64_t)i);
	return duet_response_fail(c->run, "what index() looks for is not in the list");
}

static struct duet_datum list_count(const struct call *c)
{
	int64_t n = 0;

	for (size_t i = 0; c->n && i < c->of.list->n && duet_response_spend(c->run, 1); i++)
		n += duet_datum_equal(c->of.list->items[i], c->arguments[0]);
	return duet_datum_integer(n);
}

static struct duet_datum real_is_integer(const struct call *c)
{
	return duet_datum_boolean(duet_datum_number(c->of) == floor(duet_datum_number(c->of)));
}

/* Monday is 0. Sakamoto's method. */
static int weekday(const struct duet_datum_moment *m)
{
	static const int shift[] = {0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};
	int year = m->year - (m->month < 3);
	int sunday = (year + year / 4 - year / 100 + year / 400 + shift[(m->month + 11) % 12] + m->day) % 7;

	return (sunday + 6) % 7;
}

static struct duet_datum date_weekday(const struct call *c)
{
	return duet_datum_integer(weekday(c->of.moment));
}

static struct duet_datum date_isoweekday(const struct call *c)
{
	return duet_datum_integer(weekday(c->of.moment) + 1);
}

static struct duet_datum moment_isoformat(const struct call *c)
{
	return duet_datum_text(duet_response_str(c->run, c->of));
}

static int twelve(int hour)
{
	return hour % 12 ? hour % 12 : 12;
}

static void write_part(struct duet_datum_writer *w, const struct duet_datum_moment *m, char part)
{
	const struct {
		char letter;
		int width, value;
	} parts[] = {
		{'Y', 4, m->year},       {'m', 2, m->month},        {'d', 2, m->day},
		{'H', 2, m->hour},       {'M', 2, m->minute},       {'S', 2, m->second},
		{'y', 2, m->year % 100}, {'I', 2, twelve(m->hour)}, {'w', 1, (weekday(m) + 1) % 7},
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (parts[i].letter == part)
			duet_datum_printf(w, "%0*d", parts[i].width, parts[i].value);
	if (part == 'p')
		duet_datum_printf(w, "%s", m->hour < 12 ? "AM" : "PM");
	if (part == '%')
		duet_datum_printf(w, "%%");
}

static struct duet_datum moment_strftime(const struct call *c)
{
	struct duet_slice format = text_argument(c, 0);
	struct duet_datum_writer w = duet_response_writer(c->run);

	for (size_t i = 0; i < format.len && w.code == 0; i++) {
		if (format.ptr[i] == '%' && i + 1 < format.len)
			write_part(&w, c->of.moment, format.ptr[++i]);
		else
			duet_datum_write_bytes(&w, (struct duet_slice){format.ptr + i, 1});
	}
	return duet_response_written(c->run, &w);
}

static const struct method {
	enum duet_datum_type of;
	const char *name;
	struct duet_datum (*call)(const struct call *c);
} methods[] = {
	{DUET_DATUM_TEXT, "lower", text_lower},
	{DUET_DATUM_TEXT, "casefold", text_lower},
	{DUET_DATUM_TEXT, "upper", text_upper},
	{DUET_DATUM_TEXT, "title", text_title},
	{DUET_DATUM_TEXT, "capitalize", text_capitalize},
	{DUET_DATUM_TEXT, "strip", text_strip},
	{DUET_DATUM_TEXT, "lstrip", text_lstrip},
	{DUET_DATUM_TEXT, "rstrip", text_rstrip},
	{DUET_DATUM_TEXT, "replace", text_replace},
	{DUET_DATUM_TEXT, "split", text_split},
	{DUET_DATUM_TEXT, "startswith", text_startswith},
	{DUET_DATUM_TEXT, "endswith", text_endswith},
	{DUET_DATUM_TEXT, "find", text_find},
	{DUET_DATUM_TEXT, "count", text_count},
	{DUET_DATUM_TEXT, "join", text_join},
	{DUET_DATUM_TEXT, "format", text_format},
	{DUET_DATUM_TEXT, "isdigit", text_isdigit},
	{DUET_DATUM_TEXT, "isnumeric", text_isdigit},
	{DUET_DATUM_TEXT, "isdecimal", text_isdigit},
	{DUET_DATUM_TEXT, "zfill", text_zfill},
	{DUET_DATUM_TEXT, "removeprefix", text_removeprefix},
	{DUET_DATUM_TEXT, "removesuffix", text_removesuffix},
	{DUET_DATUM_MAP, "get", map_get},
	{DUET_DATUM_MAP, "items", map_items},
	{DUET_DATUM_MAP, "keys", map_keys},
	{DUET_DATUM_MAP, "values", map_values},
	{DUET_DATUM_MAP, "update", map_update},
	{DUET_DATUM_LIST, "append", list_append},
	{DUET_DATUM_LIST, "extend", list_extend},
	{DUET_DATUM_LIST, "index", list_index},
	{DUET_DATUM_LIST, "count", list_count},
	{DUET_DATUM_REAL, "is_integer", real_is_integer},
	{DUET_DATUM_INTEGER, "is_integer", real_is_integer},
	{DUET_DATUM_DATE, "weekday", date_weekday},
	{DUET_DATUM_DATE, "isoweekday", date_isoweekday},
	{DUET_DATUM_DATE, "isoformat", moment_isoformat},
	{DUET_DATUM_DATE, "strftime", moment_strftime},
	{DUET_DATUM_TIME, "isoformat", moment_isoformat},
	{DUET_DATUM_TIME, "strftime", moment_strftime},
};

/* dict.fromkeys(list, value): of the function, not of a dict. */
static struct duet_datum from_keys(struct duet_response_run *run,
				   const struct duet_response_arguments *arguments)
{
	struct duet_datum_map *map = duet_arena_alloc(run->arena, sizeof(*map));
	struct duet_datum_list *keys = arguments->n ? duet_response_items(run, arguments->values[0]) : NULL;
	struct duet_datum value = {.type = DUET_DATUM_NONE};

	if (!map)
		return duet_response_no_memory(run);
	if (arguments->n > 1)
		value = arguments->values[1];
	for (size_t i = 0; keys && i < keys->n && duet_response_spend(run, 1 + map->n / 8); i++)
		if (duet_datum_set(run->arena, map, keys->items[i], value) < 0)
			return duet_response_no_memory(run);
	return duet_datum_map(map);
}

/* A member that is a function comes before a method: a namespace may hold macros. */
struct duet_datum duet_response_call_method(struct duet_response_run *run, struct duet_datum of,
					    struct duet_slice name,
					    const struct duet_response_arguments *arguments)
{
	struct call c = {run, of, arguments->values, arguments->n, arguments};
	struct duet_datum own =
		of.type == DUET_DATUM_MAP ? duet_datum_get(of.map, duet_datum_text(name)) : undefined;

	if (own.type == DUET_DATUM_MACRO || own.type == DUET_DATUM_FUNCTION)
		return duet_response_call(run, own, arguments);
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (methods[i].of == of.type && duet_slice_equal(name, duet_slice(methods[i].name)))
			/* cppcheck-suppress returnDanglingLifetime */
			return methods[i].call(&c); /* what it returns lies in the arena */
	if (of.type == DUET_DATUM_UNDEFINED)
		return duet_slice_equal(name, duet_slice("fromkeys")) ? from_keys(run, arguments) : undefined;
	return duet_response_fail(run, "there is no method %.*s() here", (int)name.len, name.ptr);
}
