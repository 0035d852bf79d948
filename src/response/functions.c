/* SPDX-License-Identifier: Apache-2.0 */
#include "response/functions.h"

#include <errno.h>

static struct duet_datum call_dict(struct duet_response_run *run,
				   const struct duet_response_arguments *arguments)
{
	struct duet_datum_map *map = duet_arena_alloc(run->arena, sizeof(*map));
	int rc = map ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < arguments->n; i++) {
		struct duet_datum value = arguments->values[i];

		if (arguments->names[i].len)
			rc = duet_datum_set(run->arena, map, duet_datum_text(arguments->names[i]), value);
		else if (value.type != DUET_DATUM_MAP)
			return duet_response_fail(run, "only a dict can be copied into a dict");
		for (size_t k = 0; !arguments->names[i].len && rc == 0 && k < value.map->n; k++)
			rc = duet_datum_set(run->arena, map, value.map->pairs[k].key,
					    value.map->pairs[k].value);
	}
	return rc < 0 ? duet_response_no_memory(run) : duet_datum_map(map);
}

static struct duet_datum call_range(struct duet_response_run *run,
				    const struct duet_response_arguments *arguments)
{
	struct duet_datum_list *list = duet_response_list_new(run);
	int64_t numbers[3] = {0, 0, 1};

	for (size_t i = 0; i < arguments->n; i++)
		if (i == 3 || arguments->values[i].type != DUET_DATUM_INTEGER)
			return duet_response_fail(run, "range() takes one to three whole numbers");
		else
			numbers[arguments->n == 1 ? 1 : i] = arguments->values[i].integer;
	if (arguments->n == 0 || numbers[2] == 0)
		return duet_response_fail(run, "range() takes one to three whole numbers");
	for (int64_t at = numbers[0]; list && !run->failed;) {
		if (numbers[2] > 0 ? at >= numbers[1] : at <= numbers[1])
			break;
		duet_response_add(run, list, duet_datum_integer(at));
		if (__builtin_add_overflow(at, numbers[2], &at))
			break;
	}
	return list ? duet_datum_list(list) : (struct duet_datum){0};
}

struct duet_datum duet_response_call_builtin(struct duet_response_run *run, struct duet_slice name,
					     const struct duet_response_arguments *arguments)
{
	static const struct {
		const char *name;
		struct duet_datum (*call)(struct duet_response_run *run,
					  const struct duet_response_arguments *arguments);
	} builtins[] = {{"dict", call_dict}, {"namespace", call_dict}, {"range", call_range}};

	for (size_t i = 0; i < sizeof(builtins) / sizeof(*builtins); i++)
		if (duet_slice_equal(name, duet_slice(builtins[i].name)))
			return builtins[i].call(run, arguments);
	return duet_response_fail(run, "there is no function \"%.*s\"", (int)name.len, name.ptr);
}

static struct duet_datum call_given(struct duet_response_run *run, const struct duet_datum_function *function,
				    const struct duet_response_arguments *arguments)
{
	struct duet_datum result = {0};
	int rc = function->call(function->user, run->arena, arguments->values, arguments->n, &result);

	if (rc == -ENOMEM)
		return duet_response_no_memory(run);
	return rc < 0 ? duet_response_fail(run, "a function failed") : result;
}

struct duet_datum duet_response_call(struct duet_response_run *run, struct duet_datum callee,
				     const struct duet_response_arguments *arguments)
{
	if (callee.type == DUET_DATUM_MACRO)
		return duet_response_call_macro(run, callee.macro, arguments);
	if (callee.type != DUET_DATUM_FUNCTION)
		return duet_response_fail(run, "what is called here is no function");
	return call_given(run, callee.function, arguments);
}
