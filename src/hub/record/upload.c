/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/record/upload.h"

#include <errno.h>

#include "hub/record/statement.h"

#define COLUMNS "correlation_id, device, blob, token, begun, expires"

static int read_one(struct duet_hub_view *view, const char *sql, const char *key, struct duet_arena *arena,
		    struct duet_hub_upload *upload)
{
	bool failed = false;
	int code = 0;
	sqlite3_stmt *row = duet_hub_sql(view, &code, sql, "t", key);

	if (!row)
		return code;
	code = duet_hub_sql_step(view, row);
	if (code <= 0)
		return code == 0 ? -ENOENT : code;
	*upload = (struct duet_hub_upload){
		.correlation_id = duet_hub_sql_text(row, 0, arena, &failed),
		.device = duet_hub_sql_text(row, 1, arena, &failed),
		.blob = duet_hub_sql_text(row, 2, arena, &failed),
		.token = duet_hub_sql_text(row, 3, arena, &failed),
		.begun_ms = sqlite3_column_int64(row, 4),
		.expires_ms = sqlite3_column_int64(row, 5),
	};
	duet_hub_sql_end(row);
	return failed ? -ENOMEM : 0;
}

int duet_hub_upload_get(struct duet_hub_view *view, const char *correlation_id, struct duet_arena *arena,
			struct duet_hub_upload *upload)
{
	return read_one(view, "SELECT " COLUMNS " FROM upload WHERE correlation_id = ?1", correlation_id,
			arena, upload);
}

int duet_hub_upload_find(struct duet_hub_view *view, const char *token, struct duet_arena *arena,
			 struct duet_hub_upload *upload)
{
	return read_one(view, "SELECT " COLUMNS " FROM upload WHERE token = ?1", token, arena, upload);
}

int duet_hub_upload_begin(struct duet_hub_view *view, const struct duet_hub_upload *upload, int most,
			  int64_t now_ms)
{
	int64_t n = duet_hub_sql_run(view, "DELETE FROM upload WHERE device = ?1 AND expires <= ?2", "ti",
				     upload->device, now_ms);

	if (n >= 0)
		n = duet_hub_sql_number(view, 0, "SELECT count(*) FROM upload WHERE device = ?1", "t",
					upload->device);
	if (n >= most)
		return -EUSERS;
	if (n >= 0)
		n = duet_hub_sql_run(view, "INSERT INTO upload VALUES(?1, ?2, ?3, ?4, ?5, ?6)", "ttttii",
				     upload->correlation_id, upload->device, upload->blob, upload->token,
				     upload->begun_ms, upload->expires_ms);
	return n < 0 ? (int)n : 0;
}

int duet_hub_upload_end(struct duet_hub_view *view, const char *correlation_id, const char *device)
{
	int64_t n = duet_hub_sql_run(view, "DELETE FROM upload WHERE correlation_id = ?1 AND device = ?2",
				     "tt", correlation_id, device);

	return n == 0 ? -ENOENT : n < 0 ? (int)n : 0;
}
