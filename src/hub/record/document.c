/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/record/document.h"

#include <errno.h>

#include "base/arena.h"
#include "hub/record/statement.h"

#define COLUMNS "number, kind, owner, id, etag, created, updated, due, json, secret"

/* What a document's secret belongs to. */
static const char *context_of(const struct duet_hub_document *document, struct duet_arena *arena)
{
	return duet_arena_printf(arena, "document/%d/%s/%s", (int)document->kind, document->owner,
				 document->id);
}

static int read_row(struct duet_hub_view *view, sqlite3_stmt *row, struct duet_arena *arena,
		    struct duet_hub_document *document)
{
	char *etag = duet_arena_alloc(arena, DUET_HUB_ETAG_BYTES);
	bool failed = !etag;
	struct duet_slice sealed = duet_hub_sql_slice(row, 9, arena, &failed);
	const char *context;

	if (etag)
		duet_hub_etag_format(sqlite3_column_int64(row, 4), etag);
	*document = (struct duet_hub_document){
		.number = sqlite3_column_int64(row, 0),
		.kind = (enum duet_hub_document_kind)sqlite3_column_int(row, 1),
		.owner = duet_hub_sql_text(row, 2, arena, &failed),
		.id = duet_hub_sql_text(row, 3, arena, &failed),
		.etag = etag,
		.created_ms = sqlite3_column_int64(row, 5),
		.updated_ms = sqlite3_column_int64(row, 6),
		.due_ms = sqlite3_column_int64(row, 7),
		.json = duet_hub_sql_slice(row, 8, arena, &failed),
	};
	context = failed ? NULL : context_of(document, arena);
	if (!context)
		return -ENOMEM;
	return duet_hub_view_unseal(view, arena, context, sealed, &document->secret);
}

int duet_hub_document_get(struct duet_hub_view *view, enum duet_hub_document_kind kind, const char *owner,
			  const char *id, struct duet_arena *arena, struct duet_hub_document *document)
{
	int code = 0;
	sqlite3_stmt *row = duet_hub_sql(
		view, &code, "SELECT " COLUMNS " FROM document WHERE kind = ?1 AND owner = ?2 AND id = ?3",
		"itt", (int64_t)kind, owner, id);

	if (!row)
		return code;
	code = duet_hub_sql_step(view, row);
	if (code <= 0)
		return code == 0 ? -ENOENT : code;
	code = read_row(view, row, arena, document);
	duet_hub_sql_end(row);
	return code;
}

int duet_hub_document_find(struct duet_hub_view *view, enum duet_hub_document_kind kind, const char *id,
			   struct duet_arena *arena, struct duet_hub_document *document)
{
	int code = 0;
	sqlite3_stmt *row = duet_hub_sql(view, &code,
					 "SELECT " COLUMNS " FROM document WHERE kind = ?1 AND id = ?2"
					 " ORDER BY updated DESC LIMIT 1",
					 "it", (int64_t)kind, id);

	if (!row)
		return code;
	code = duet_hub_sql_step(view, row);
	if (code <= 0)
		return code == 0 ? -ENOENT : code;
	code = read_row(view, row, arena, document);
	duet_hub_sql_end(row);
	return code;
}

/* Shows all rows of a query. `call` may change documents: what it changed may or may not be shown. */
static int show(struct duet_hub_view *view, sqlite3_stmt *row, struct duet_arena *arena,
		duet_hub_document_call *call, void *user)
{
	struct duet_hub_document document;
	int code = 0, stepped = 0;

	while (code >= 0 && (stepped = duet_hub_sql_step(view, row)) == 1) {
		code = read_row(view, row, arena, &document);
		if (code == 0)
			code = call(user, &document);
		duet_arena_reset(arena);
	}
	if (stepped == 1)
		duet_hub_sql_end(row);
	return code < 0 ? code : stepped;
}

int duet_hub_document_each(struct duet_hub_view *view, enum duet_hub_document_kind kind, const char *owner,
			   int64_t after_number, int max, struct duet_arena *arena,
			   duet_hub_document_call *call, void *user)
{
	static const char all[] = "SELECT " COLUMNS " FROM document WHERE kind = ?1 AND number > ?2"
				  " ORDER BY number LIMIT ?3";
	static const char owned[] = "SELECT " COLUMNS " FROM document WHERE kind = ?1 AND number > ?2"
				    " AND owner = ?4 ORDER BY number LIMIT ?3";
	int code = 0;
	sqlite3_stmt *row =
		owner ? duet_hub_sql(view, &code, owned, "iiit", (int64_t)kind, after_number, (int64_t)max,
				     owner)
		      : duet_hub_sql(view, &code, all, "iii", (int64_t)kind, after_number, (int64_t)max);

	return row ? show(view, row, arena, call, user) : code;
}

int duet_hub_document_due(struct duet_hub_view *view, enum duet_hub_document_kind kind, int64_t now_ms,
			  int max, struct duet_arena *arena, duet_hub_document_call *call, void *user)
{
	int code = 0;
	sqlite3_stmt *row =
		duet_hub_sql(view, &code,
			     "SELECT " COLUMNS " FROM document WHERE kind = ?1 AND due > 0 AND due <= ?2"
			     " ORDER BY due LIMIT ?3",
			     "iii", (int64_t)kind, now_ms, (int64_t)max);

	return row ? show(view, row, arena, call, user) : code;
}

int64_t duet_hub_document_count(struct duet_hub_view *view, enum duet_hub_document_kind kind,
				const char *owner)
{
	return duet_hub_sql_number(
		view, 0, "SELECT count(*) FROM document WHERE kind = ?1 AND owner = coalesce(?2, owner)",
		"it", (int64_t)kind, owner);
}

/* Is what is there what the caller believes? The number of the row, 0: none. */
static int64_t check_etag(struct duet_hub_view *view, enum duet_hub_document_kind kind, const char *owner,
			  const char *id, const char *etag)
{
	char there[DUET_HUB_ETAG_BYTES];
	int64_t number;
	int code = 0;
	sqlite3_stmt *row = duet_hub_sql(
		view, &code, "SELECT number, etag FROM document WHERE kind = ?1 AND owner = ?2 AND id = ?3",
		"itt", (int64_t)kind, owner, id);

	if (!row)
		return code;
	code = duet_hub_sql_step(view, row);
	if (code < 0)
		return code;
	if (code == 0)
		return etag && etag[0] && strcmp(etag, "*") != 0 ? -ENOENT : 0;
	number = sqlite3_column_int64(row, 0);
	duet_hub_etag_format(sqlite3_column_int64(row, 1), there);
	duet_hub_sql_end(row);
	if (!etag || strcmp(etag, "*") == 0 || strcmp(etag, there) == 0)
		return number;
	return etag[0] ? -ESTALE : -EEXIST;
}

static int write_row(struct duet_hub_view *view, struct duet_hub_document *document, int64_t etag,
		     struct duet_slice sealed)
{
	static const char insert[] =
		"INSERT INTO document(kind, owner, id, etag, created, updated, due, json, secret)"
		" VALUES(?1, ?2, ?3, ?4, ?5, ?5, ?6,"
		" json_set(?7, '$.etag', hub_etag(?4)), ?8)";
	static const char update[] = "UPDATE document SET etag = ?2, updated = ?3, due = ?4, json = "
				     "json_set(?5, '$.etag', hub_etag(?2)), secret = ?6"
				     " WHERE number = ?1";
	int64_t n;

	if (document->number > 0) {
		n = duet_hub_sql_run(view, update, "iiiisb", document->number, etag, document->updated_ms,
				     document->due_ms, document->json, sealed);
		return n < 0 ? (int)n : 0;
	}
	n = duet_hub_sql_run(view, insert, "ittiiisb", (int64_t)document->kind, document->owner, document->id,
			     etag, document->updated_ms, document->due_ms, document->json, sealed);
	document->number = n < 0 ? 0 : sqlite3_last_insert_rowid(view->sqlite);
	document->created_ms = document->updated_ms;
	return n < 0 ? (int)n : 0;
}

int duet_hub_document_put(struct duet_hub_view *view, struct duet_arena *arena,
			  struct duet_hub_document *document, const char *etag, int64_t now_ms)
{
	int64_t number = check_etag(view, document->kind, document->owner, document->id, etag);
	int64_t new_etag = duet_hub_etag_random();
	const char *context = context_of(document, arena);
	char *text = duet_arena_alloc(arena, DUET_HUB_ETAG_BYTES);
	struct duet_slice sealed;
	int code;

	if (number < 0)
		return (int)number;
	if (!context || !text)
		return -ENOMEM;
	code = duet_hub_view_seal(view, arena, context, document->secret, &sealed);
	if (code < 0)
		return code;
	duet_hub_etag_format(new_etag, text);
	document->number = number;
	document->etag = text;
	document->updated_ms = now_ms;
	return write_row(view, document, new_etag, sealed);
}

int duet_hub_document_remove(struct duet_hub_view *view, enum duet_hub_document_kind kind, const char *owner,
			     const char *id, const char *etag)
{
	int64_t number = check_etag(view, kind, owner, id, etag);

	if (number <= 0)
		return number == 0 ? -ENOENT : (int)number;
	number = duet_hub_sql_run(view, "DELETE FROM document WHERE number = ?1", "i", number);
	return number < 0 ? (int)number : 0;
}

int duet_hub_document_remove_all(struct duet_hub_view *view, enum duet_hub_document_kind kind,
				 const char *owner)
{
	int64_t n = duet_hub_sql_run(view, "DELETE FROM document WHERE kind = ?1 AND owner = ?2", "it",
				     (int64_t)kind, owner);

	return n < 0 ? (int)n : 0;
}
