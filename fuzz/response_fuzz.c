/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/alloc.h"
#include "fuzz.h"
#include "response/response.h"

static int answer(void *user, struct duet_arena *arena, const struct duet_datum *arguments,
		  size_t n_arguments, struct duet_datum *result)
{
	if (n_arguments)
		*result = arguments[n_arguments - 1];
	return n_arguments > 2 ? -1 : 0;
}

static void put_more(struct duet_arena *arena, struct duet_datum_map *vars)
{
	static const struct duet_datum_moment moment = {2013, 9, 17, 1, 2, 3};
	static const struct duet_datum_function function = {answer, NULL};

	duet_datum_put(arena, vars, "date", (struct duet_datum){.type = DUET_DATUM_DATE, .moment = &moment});
	duet_datum_put(arena, vars, "time", (struct duet_datum){.type = DUET_DATUM_TIME, .moment = &moment});
	duet_datum_put(arena, vars, "call",
		       (struct duet_datum){.type = DUET_DATUM_FUNCTION, .function = &function});
}

static void render(struct duet_slice program, struct duet_arena *arena)
{
	json_t *json =
		json_loads("{\"name\": \"Bed Light\", \"n\": 3, \"x\": 2.5, \"none\": null, \"yes\": true,"
			   "\"list\": [\"a\", \"b\", 3], \"map\": {\"key\": \"value\"}}",
			   0, NULL);
	struct duet_error error = {0};
	struct duet_datum vars;
	const char *text;

	FUZZ_ASSERT(duet_datum_from_json(arena, json, &vars) == 0);
	put_more(arena, vars.map);
	text = duet_response_render(program, vars.map, arena, &error);
	FUZZ_ASSERT(text || (error.code < 0 && error.what[0]));
	json_decref(json);
}

/* Any template is a mistake or a program that is rendered, in bounded steps. */
static void compile(struct duet_slice source, struct duet_arena *arena)
{
	struct duet_error error = {0};
	struct duet_slice program;

	if (duet_response_compile(source, arena, &program, &error) < 0) {
		FUZZ_ASSERT(error.code < 0 && error.what[0]);
		return;
	}
	FUZZ_ASSERT(duet_response_valid(program));
	render(program, arena);
}

/* Any bytes are refused or can be rendered; so is a program with some of its bytes changed. */
static void damage(const uint8_t *bytes, size_t n_bytes, struct duet_arena *arena)
{
	static const char source[] =
		"{% macro m(a, b=2) %}{{ a ~ b }}{% endmacro %}{% for k, v in map.items() if v %}"
		"{{ m(k) | upper }}{% else %}-{% endfor %}{% set t = [1, x, name[1:]] %}"
		"{% if n in list and not yes is none %}{{ t | join(',') }}{% elif 1 < n < 3 %}"
		"{{ date.weekday() if yes else call(1) }}{% endif %}";
	struct duet_slice program;
	char *copy;

	FUZZ_ASSERT(duet_response_compile(duet_slice(source), arena, &program, NULL) == 0);
	copy = (char *)(uintptr_t)program.ptr;
	for (size_t i = 0; i + 2 < n_bytes; i += 3)
		copy[((size_t)bytes[i] << 8 | bytes[i + 1]) % program.len] += (char)bytes[i + 2];
	if (duet_response_valid(program))
		render(program, arena);
	program = (struct duet_slice){
		duet_arena_copy(arena, (struct duet_slice){(const char *)bytes, n_bytes}), n_bytes};
	if (duet_response_valid(program))
		render(program, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct duet_arena *arena = duet_arena_new(8 << 20);

	compile((struct duet_slice){(const char *)bytes, n_bytes}, arena);
	duet_arena_reset(arena);
	damage(bytes, n_bytes, arena);
	duet_arena_free(arena);
	return 0;
}
