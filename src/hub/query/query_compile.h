/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_QUERY_COMPILE_H
#define DUET_HUB_QUERY_COMPILE_H

#include "base/text.h"
#include "hub/query/query.h"
#include "hub/record/leaf.h"

/* What the parts of the compiler share. */

/* Types as far as they are known before it runs; ANY: what JSON says. */
enum value_type { VALUE_ANY, VALUE_TEXT, VALUE_NUMBER, VALUE_BOOLEAN, VALUE_TIME, VALUE_NULL };

struct duet_hub_compiler {
	const struct duet_hub_query *query;
	struct duet_arena *arena;
	struct duet_hub_sql *sql;
	struct duet_hub_fault *fault;
	struct duet_text out;
	int code;
};

/* Where a property is: a column in SQL, or (type ANY) a path in a JSON document. */
struct duet_hub_place {
	enum value_type type;
	const char *column;
	const char *document;
	int path; /* the number of the parameter that holds the JSON path */
};

/* Notes the first fault; false. */
bool duet_hub_query_fail(struct duet_hub_compiler *compiler, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* False with the fault: there is no such property. */
bool duet_hub_query_place(struct duet_hub_compiler *compiler, const struct duet_hub_node *path,
			  struct duet_hub_place *place);
/* How the index calls it; NULL: it is not in it. */
const char *duet_hub_query_leaf_path(struct duet_hub_compiler *compiler, const struct duet_hub_node *path);

/* The number of a new parameter. */
int duet_hub_query_bind(struct duet_hub_compiler *compiler, struct duet_slice text, double number,
			bool is_blob);
bool duet_hub_query_emit(struct duet_hub_compiler *compiler, const struct duet_hub_node *node,
			 enum value_type type);

/* Functions (query_function.c). */
enum value_type duet_hub_query_call_type(const struct duet_hub_node *call);
bool duet_hub_query_emit_call(struct duet_hub_compiler *compiler, const struct duet_hub_node *call);

#endif
