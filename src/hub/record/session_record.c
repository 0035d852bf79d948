/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/record/session_record.h"

#include <errno.h>

#include "hub/record/statement.h"

int duet_hub_session_load(struct duet_hub_view *view, const char *target, struct duet_arena *arena,
			  struct duet_slice *state)
{
	bool failed = false;
	int code = 0;
	sqlite3_stmt *row =
		duet_hub_sql(view, &code,
			     "SELECT s.state FROM identity i JOIN session s ON s.number = i.number"
			     " WHERE i.target = ?1",
			     "t", target);

	if (!row)
		return code;
	code = duet_hub_sql_step(view, row);
	if (code <= 0)
		return code;
	*state = duet_hub_sql_slice(row, 0, arena, &failed);
	duet_hub_sql_end(row);
	return failed ? -ENOMEM : 1;
}

int duet_hub_session_save(struct duet_hub_view *view, const char *target, struct duet_slice state)
{
	int64_t n = duet_hub_sql_run(view,
				     "INSERT OR REPLACE INTO session SELECT number, ?2 FROM identity"
				     " WHERE target = ?1",
				     "tb", target, state.ptr ? state : duet_slice(""));

	return n == 0 ? -ENOENT : n < 0 ? (int)n : 0;
}

int duet_hub_session_drop(struct duet_hub_view *view, const char *target)
{
	int64_t n = duet_hub_sql_run(
		view, "DELETE FROM session WHERE number = (SELECT number FROM identity WHERE target = ?1)",
		"t", target);

	return n < 0 ? (int)n : 0;
}
