/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_RESPONSE_RESPONSE_H
#define DUET_RESPONSE_RESPONSE_H

#include "duet/error.h"
#include "response/datum.h"

/*
 * Responses: templates in a subset of Jinja2, compiled where the sentences are,
 * rendered on the device.
 *
 *	{{ expression }}   {# comment #}   {% raw %} … {% endraw %}
 *	{% if %} {% elif %} {% else %}, {% for a, b in list if … %} {% else %} with loop.first, last, index …
 *	{% set x = … %}, {% set x %} … {% endset %}, {% set ns.x = … %}, {% macro name(a, b=1) %}
 *	or and not, in, is, < <= == …, ~ + - * / // % **, a if b else c, [1, 2], {'a': 1}, x[1:3], x.y, x['y']
 *	filters and tests (their tables: filters.c, tests.c), methods of text, lists, dicts, numbers and dates
 *	(methods.c), namespace(), dict(), range()
 *
 * What they mean is Jinja's, but for three things that a person who listens is
 * better served with: a name that nobody gave reads as "" however far it is
 * followed, runs of white space become one space, and a template that would not end ends with an error.
 */

/* Compiles into the arena; `*program` is what duet_response_render takes, to be kept where it is aligned
 * to 4. 0, -EINVAL and the place in `source` (line and column), -E2BIG or -ENOMEM. */
int duet_response_compile(struct duet_slice source, struct duet_arena *arena, struct duet_slice *program,
			  struct duet_error *error);

/* Whether these bytes are a program, so that rendering it needs no more checks. */
bool duet_response_valid(struct duet_slice program);

/* Renders a valid program with `vars` (a map or NULL) into the arena, NUL-terminated, and allocates nothing
 * else. NULL and `error` when it goes wrong or too far. Any thread, one arena each. */
const char *duet_response_render(struct duet_slice program, const struct duet_datum_map *vars,
				 struct duet_arena *arena, struct duet_error *error);

/* The same with the members of a JSON object (or NULL), which are copied into the arena. */
const char *duet_response_render_json(struct duet_slice program, const json_t *vars, struct duet_arena *arena,
				      struct duet_error *error);

#endif
