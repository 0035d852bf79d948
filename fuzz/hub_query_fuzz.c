/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sqlite3.h>

#include "base/arena.h"
#include "fuzz.h"
#include "hub/query/query.h"
#include "hub/record/statement.h"
#include "hub/record/storage.h"

/* Whatever compiles is one statement that SQLite takes, and reads only. */
static void prepare(struct duet_hub_view *view, const struct duet_hub_sql *sql)
{
	sqlite3_stmt *statement = NULL;
	const char *rest = "";
	int result = sqlite3_prepare_v2(view->sqlite, sql->text, -1, &statement, &rest);

	/* Too deep or too long for it, or an aggregate where none can be: said so when it is run. */
	if (result == SQLITE_OK) {
		FUZZ_ASSERT(*rest == '\0' && sqlite3_stmt_readonly(statement));
		FUZZ_ASSERT(sqlite3_bind_parameter_count(statement) <= sql->n_parameters + 2);
	}
	sqlite3_finalize(statement);
}

static struct duet_hub_view view;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct duet_slice text = {(const char *)bytes, n_bytes};
	struct duet_arena *arena = duet_arena_new(8 << 20);
	struct duet_hub_fault fault = {0};
	struct duet_hub_query *query;
	struct duet_hub_sql sql;
	int code;

	if (!view.sqlite)
		FUZZ_ASSERT(duet_hub_view_connect(&view, ":memory:", true) == 0);
	code = duet_hub_query_parse(text, arena, &query, &fault);
	if (code < 0)
		code = duet_hub_condition_parse(text, arena, &query, &fault);
	if (code == 0)
		code = duet_hub_query_compile(query, arena, &sql, &fault);
	FUZZ_ASSERT(code == 0 || code == -ENOMEM || (code == -EDOM && fault.what[0]));
	if (code == 0)
		prepare(&view, &sql);
	duet_arena_free(arena);
	return 0;
}
