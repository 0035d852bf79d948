/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_RESPONSE_RUN_H
#define DUET_RESPONSE_RUN_H

#include "duet/error.h"
#include "response/datum.h"
#include "response/program.h"

/* A response while it is rendered. Private to response/. */

/* Names that `set`, `for` and macros add, over those around them. */
struct duet_response_scope {
	struct duet_response_scope *outer;
	struct duet_datum_map names;
};

struct duet_response_macro {
	const struct duet_response_node *node;
	struct duet_response_scope *scope; /* where it was defined */
};

struct duet_response_run {
	struct duet_response_program program;
	struct duet_arena *arena;
	struct duet_error *error;
	struct duet_response_scope *scope;
	struct duet_datum_writer *out;
	int depth;
	int64_t budget; /* steps that are left, an item or a few bytes each */
	bool failed;
};

/* What is between the brackets of a call; values first, then what has a name. */
#define DUET_RESPONSE_MAX_ARGUMENTS 16

struct duet_response_arguments {
	struct duet_datum values[DUET_RESPONSE_MAX_ARGUMENTS];
	struct duet_slice names[DUET_RESPONSE_MAX_ARGUMENTS]; /* "": by its place */
	size_t n;
};

/* The first failure counts; UNDEFINED. */
struct duet_datum duet_response_fail(struct duet_response_run *run, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
struct duet_datum duet_response_no_memory(struct duet_response_run *run);
/* False when too much work has been done. */
bool duet_response_spend(struct duet_response_run *run, size_t steps);

struct duet_datum duet_response_evaluate(struct duet_response_run *run,
					 const struct duet_response_node *node);
void duet_response_render_nodes(struct duet_response_run *run, const struct duet_response_node *node);
struct duet_datum duet_response_call_macro(struct duet_response_run *run,
					   const struct duet_response_macro *macro,
					   const struct duet_response_arguments *arguments);

/* `a operation b` for what reckons and compares, not for `and` and `or`. */
struct duet_datum duet_response_operate(struct duet_response_run *run, enum duet_response_operation operation,
					struct duet_datum a, struct duet_datum b);
bool duet_response_contains(struct duet_response_run *run, struct duet_datum in, struct duet_datum what);

/* x.name and x['name'] of any value: UNDEFINED when there is no such thing. */
struct duet_datum duet_response_member(struct duet_response_run *run, struct duet_datum of,
				       struct duet_datum key);
/* "a.b.0": as filters name an attribute. */
struct duet_datum duet_response_path(struct duet_response_run *run, struct duet_datum of,
				     struct duet_slice path);
struct duet_datum duet_response_call_method(struct duet_response_run *run, struct duet_datum of,
					    struct duet_slice name,
					    const struct duet_response_arguments *arguments);

/* What a loop goes over: a list, a map's keys, a text's characters. NULL when it cannot be gone over. */
struct duet_datum_list *duet_response_items(struct duet_response_run *run, struct duet_datum of);
struct duet_datum_list *duet_response_list_new(struct duet_response_run *run);
void duet_response_add(struct duet_response_run *run, struct duet_datum_list *list, struct duet_datum item);

/* Values as text. */
struct duet_slice duet_response_str(struct duet_response_run *run, struct duet_datum datum);
struct duet_datum_writer duet_response_writer(struct duet_response_run *run);
struct duet_datum duet_response_written(struct duet_response_run *run,
					const struct duet_datum_writer *writer);
struct duet_datum duet_response_formatted(struct duet_response_run *run, struct duet_slice format,
					  const struct duet_response_arguments *arguments);
struct duet_datum duet_response_printed(struct duet_response_run *run, struct duet_slice format,
					const struct duet_datum *values, size_t n);
/* The number that a text writes; false when it is none. */
bool duet_response_read_number(struct duet_slice text, struct duet_datum *number);

#endif
