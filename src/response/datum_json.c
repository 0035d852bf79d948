/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "response/datum.h"

enum { MAX_DEPTH = 32 };

static int copy(struct duet_arena *arena, const json_t *json, struct duet_datum *datum, int depth);

static int copy_list(struct duet_arena *arena, const json_t *json, struct duet_datum *datum, int depth)
{
	struct duet_datum_list *list = duet_arena_alloc(arena, sizeof(*list));
	struct duet_datum item;
	size_t i;
	json_t *value;
	int rc = list ? 0 : -ENOMEM;

	json_array_foreach(json, i, value)
	{
		if (rc == 0)
			rc = copy(arena, value, &item, depth);
		if (rc == 0)
			rc = duet_datum_append(arena, list, item);
	}
	*datum = duet_datum_list(list);
	return rc;
}

static int copy_map(struct duet_arena *arena, const json_t *json, struct duet_datum *datum, int depth)
{
	struct duet_datum_map *map = duet_arena_alloc(arena, sizeof(*map));
	const char *key, *name;
	struct duet_datum member;
	json_t *value;
	int rc = map ? 0 : -ENOMEM;

	json_object_foreach((json_t *)(uintptr_t)json, key, value)
	{
		name = rc == 0 ? duet_arena_copy(arena, duet_slice(key)) : NULL;
		if (!name)
			return -ENOMEM;
		rc = copy(arena, value, &member, depth);
		if (rc == 0)
			rc = duet_datum_put(arena, map, name, member);
	}
	*datum = duet_datum_map(map);
	return rc;
}

static int copy(struct duet_arena *arena, const json_t *json, struct duet_datum *datum, int depth)
{
	const char *text;

	*datum = (struct duet_datum){.type = DUET_DATUM_NONE};
	switch (json && depth < MAX_DEPTH ? json_typeof(json) : JSON_NULL) {
	case JSON_NULL:
		return 0;
	case JSON_TRUE:
	case JSON_FALSE:
		*datum = duet_datum_boolean(json_is_true(json));
		return 0;
	case JSON_INTEGER:
		*datum = duet_datum_integer(json_integer_value(json));
		return 0;
	case JSON_REAL:
		*datum = duet_datum_real(json_real_value(json));
		return 0;
	case JSON_STRING:
		text = duet_arena_copy(
			arena, (struct duet_slice){json_string_value(json), json_string_length(json)});
		*datum = duet_datum_text((struct duet_slice){text, text ? json_string_length(json) : 0});
		return text ? 0 : -ENOMEM;
	case JSON_ARRAY:
		return copy_list(arena, json, datum, depth + 1);
	case JSON_OBJECT:
		return copy_map(arena, json, datum, depth + 1);
	}
	return 0;
}

int duet_datum_from_json(struct duet_arena *arena, const json_t *json, struct duet_datum *datum)
{
	return copy(arena, json, datum, 0);
}
