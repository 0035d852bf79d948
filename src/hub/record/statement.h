/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_STATEMENT_H
#define DUET_HUB_STATEMENT_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "duet/slice.h"

struct duet_arena;
struct duet_hub_secret;

/* What fills the interface of storage.h today: SQLite. Only the records' files include this. */

enum { DUET_HUB_MAX_STATEMENTS = 160 };

struct duet_hub_view {
	sqlite3 *sqlite;
	const struct duet_hub_secret *secret;
	bool writes; /* it is the writer's: changes may use it */
	struct {
		const char *sql; /* a literal: compared by its address */
		sqlite3_stmt *statement;
	} statements[DUET_HUB_MAX_STATEMENTS];
	size_t n_statements;
};

/* The statement for a literal `sql`, prepared once, with its parameters bound as `types` says, one letter
 * each: t const char * (NULL: null), i int64_t, s struct duet_slice as text, b struct duet_slice as a blob
 * (ptr NULL: null). Text must stay until the statement is done. NULL: *code says why. */
sqlite3_stmt *duet_hub_sql(struct duet_hub_view *view, int *code, const char *sql, const char *types, ...);

/* The next row: 1, 0 at the end (the statement is reset), or a negative errno (reset too). */
int duet_hub_sql_step(struct duet_hub_view *view, sqlite3_stmt *statement);
/* Before the end was seen. */
void duet_hub_sql_end(sqlite3_stmt *statement);
/* All of it, for those without rows: how many rows were changed, or a negative errno. */
int64_t duet_hub_sql_run(struct duet_hub_view *view, const char *sql, const char *types, ...);
/* One number, `otherwise` when there is no row; or a negative errno. */
int64_t duet_hub_sql_number(struct duet_hub_view *view, int64_t otherwise, const char *sql, const char *types,
			    ...);

/* Columns copied into the arena, with a NUL behind; NULL for null; *failed when there is no memory. */
const char *duet_hub_sql_text(sqlite3_stmt *statement, int column, struct duet_arena *arena, bool *failed);
struct duet_slice duet_hub_sql_slice(sqlite3_stmt *statement, int column, struct duet_arena *arena,
				     bool *failed);

int duet_hub_sql_errno(sqlite3 *sqlite, int result);

/* A number as an ETag: base64 of its eight bytes, as Azure's look. */
enum { DUET_HUB_ETAG_BYTES = 13 };
void duet_hub_etag_format(int64_t number, char etag[DUET_HUB_ETAG_BYTES]);
int64_t duet_hub_etag_random(void);

/* Functions that queries use: hub_etag, hub_date, hub_truth, hub_quote. 0 or -ENOMEM. */
int duet_hub_view_add_functions(struct duet_hub_view *view);

/* Opens a connection, upgrades the schema when it may write. */
int duet_hub_view_connect(struct duet_hub_view *view, const char *path, bool writes);
void duet_hub_view_disconnect(struct duet_hub_view *view);
int duet_hub_schema_upgrade(struct duet_hub_view *view);

/* A secret of a row: sealed to be stored, unsealed into the arena. */
int duet_hub_view_seal(struct duet_hub_view *view, struct duet_arena *arena, const char *context,
		       struct duet_slice plain, struct duet_slice *sealed);
int duet_hub_view_unseal(struct duet_hub_view *view, struct duet_arena *arena, const char *context,
			 struct duet_slice sealed, struct duet_slice *plain);

#endif
