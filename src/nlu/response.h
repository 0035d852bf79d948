/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_NLU_RESPONSE_H
#define DUET_NLU_RESPONSE_H

#include <jansson.h>

#include "base/arena.h"
#include "duet/error.h"

/*
 * Responses: templates in a subset of Jinja2 ({{ x }}, {{ x.y }}, filters,
 * {% if %} {% elif %} {% else %} {% for %}) over JSON values. Written so that
 * it can grow to the whole subset of the specification. Numbers, times and dates
 * are left as they are; tts/normalise.h reads them out.
 */

/* Renders `source` with `vars` (an object or NULL) into the arena; NULL and `error` when the template is
 * wrong. White space is folded. */
const char *duet_response_render(const char *source, const json_t *vars, struct duet_arena *arena,
				 struct duet_error *error);

/* Only checks. */
int duet_response_check(const char *source, struct duet_error *error);

#endif
