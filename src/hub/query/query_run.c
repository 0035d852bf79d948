/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sqlite3.h>

#include "base/arena.h"
#include "hub/query/query.h"
#include "hub/record/identity.h"
#include "hub/record/statement.h"
#include "hub/record/twin_json.h"
#include "hub/record/twin_record.h"
#include "hub/value/date.h"

/* A page may take so many steps of SQLite's machine: about half a second. */
enum { STEPS_AT_ONCE = 10000, MAX_STEPS = 30 * 1000 * 1000, SCRATCH_BYTES = 8 * 1024 * 1024 };

static void etag_function(sqlite3_context *context, int n, sqlite3_value **values)
{
	char etag[DUET_HUB_ETAG_BYTES];

	duet_hub_etag_format(sqlite3_value_int64(values[0]), etag);
	sqlite3_result_text(context, etag, -1, SQLITE_TRANSIENT);
}

static void date_function(sqlite3_context *context, int n, sqlite3_value **values)
{
	char date[DUET_HUB_DATE_BYTES], quoted[DUET_HUB_DATE_BYTES + 2];

	snprintf(quoted, sizeof(quoted), "\"%s\"",
		 duet_hub_date_format(sqlite3_value_int64(values[0]), date));
	sqlite3_result_text(context, quoted, -1, SQLITE_TRANSIENT);
}

static void truth_function(sqlite3_context *context, int n, sqlite3_value **values)
{
	if (sqlite3_value_type(values[0]) != SQLITE_NULL)
		sqlite3_result_text(context, sqlite3_value_int(values[0]) ? "true" : "false", -1,
				    SQLITE_STATIC);
}

/* A value as JSON text; what is undefined stays NULL. */
static void quote_function(sqlite3_context *context, int n, sqlite3_value **values)
{
	json_t *value = NULL;
	char *text;

	switch (sqlite3_value_type(values[0])) {
	case SQLITE_INTEGER:
		value = json_integer(sqlite3_value_int64(values[0]));
		break;
	case SQLITE_FLOAT:
		value = json_real(sqlite3_value_double(values[0]));
		break;
	case SQLITE_TEXT:
		value = json_string((const char *)sqlite3_value_text(values[0]));
		break;
	default:
		break;
	}
	text = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
	json_decref(value);
	if (text) {
		json_free_t release = NULL;

		sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
		json_get_alloc_funcs(NULL, &release);
		release(text);
	}
}

int duet_hub_view_add_functions(struct duet_hub_view *view)
{
	static const struct {
		const char *name;
		void (*call)(sqlite3_context *context, int n, sqlite3_value **values);
	} functions[] = {{"hub_etag", etag_function},
			 {"hub_date", date_function},
			 {"hub_truth", truth_function},
			 {"hub_quote", quote_function}};

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (sqlite3_create_function(view->sqlite, functions[i].name, 1,
					    SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, functions[i].call, NULL,
					    NULL) != SQLITE_OK)
			return -ENOMEM;
	return 0;
}

/* A page under way. */
struct run {
	struct duet_hub_view *view;
	const struct duet_hub_query *query;
	struct duet_arena *arena, *scratch;
	struct duet_hub_fault *fault;
	struct duet_hub_sql sql;
	int64_t n_steps;
	int64_t after, limit; /* the row after which it begins, or the offset; how many rows */
	int64_t last;
};

static int count_steps(void *user)
{
	struct run *run = user;

	run->n_steps += STEPS_AT_ONCE;
	return run->n_steps > MAX_STEPS;
}

static int bind_parameter(sqlite3_stmt *statement, int at, const struct duet_hub_parameter *parameter)
{
	int64_t whole = (int64_t)parameter->number;

	if (!parameter->text.ptr && parameter->number == (double)whole)
		return sqlite3_bind_int64(statement, at, whole);
	if (!parameter->text.ptr)
		return sqlite3_bind_double(statement, at, parameter->number);
	if (parameter->is_blob)
		return sqlite3_bind_blob(statement, at, parameter->text.ptr, (int)parameter->text.len,
					 SQLITE_STATIC);
	return sqlite3_bind_text(statement, at, parameter->text.ptr, (int)parameter->text.len, SQLITE_STATIC);
}

static int bind_all(const struct run *run, sqlite3_stmt *statement)
{
	int result = SQLITE_OK, n = run->sql.n_parameters;

	for (int i = 0; i < n && result == SQLITE_OK; i++)
		result = bind_parameter(statement, i + 1, &run->sql.parameters[i]);
	if (result == SQLITE_OK)
		result = sqlite3_bind_int64(statement, n + 1, run->after);
	if (result == SQLITE_OK)
		result = sqlite3_bind_int64(statement, n + 2, run->limit);
	return result;
}

static int explain(struct run *run, int result)
{
	int code = duet_hub_sql_errno(run->view->sqlite, result);

	if (result == SQLITE_INTERRUPT)
		return duet_hub_fault_set(
			run->fault, DUET_HUB_FAULT_QUERY,
			"The query takes too much work: narrow its condition by equality on a tag or "
			"property");
	if ((result & 0xff) == SQLITE_ERROR)
		return duet_hub_fault_set(run->fault, DUET_HUB_FAULT_QUERY, "The query cannot be run: %s",
					  sqlite3_errmsg(run->view->sqlite));
	return code;
}

/* Shows each row; how many, or a negative errno. */
static int run_rows(struct run *run, int (*show)(struct run *run, sqlite3_stmt *row, void *user), void *user)
{
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(run->view->sqlite, run->sql.text, -1, &statement, NULL), code = 0,
	    n = 0;

	if (result == SQLITE_OK)
		result = bind_all(run, statement);
	sqlite3_progress_handler(run->view->sqlite, STEPS_AT_ONCE, count_steps, run);
	while (code >= 0 && result == SQLITE_OK) {
		int step = sqlite3_step(statement);

		if (step != SQLITE_ROW) {
			result = step == SQLITE_DONE ? SQLITE_DONE : step;
			break;
		}
		run->last = sqlite3_column_int64(statement, 0);
		code = show(run, statement, user);
		duet_arena_reset(run->scratch);
		n++;
	}
	sqlite3_progress_handler(run->view->sqlite, 0, NULL, NULL);
	if (code >= 0 && result != SQLITE_OK && result != SQLITE_DONE)
		code = explain(run, result);
	sqlite3_finalize(statement);
	return code < 0 ? code : n;
}

static int begin(struct run *run, struct duet_hub_view *view, const struct duet_hub_query *query,
		 struct duet_arena *arena, struct duet_hub_fault *fault)
{
	*run = (struct run){.view = view, .query = query, .arena = arena, .fault = fault};
	run->scratch = duet_arena_new(SCRATCH_BYTES);
	if (!run->scratch)
		return -ENOMEM;
	return duet_hub_query_compile(query, arena, &run->sql, fault);
}

static json_t *twin_row(struct run *run, sqlite3_stmt *row)
{
	const char *target = (const char *)sqlite3_column_text(row, 1);
	struct duet_hub_identity identity = {0};
	struct duet_hub_twin_record record;
	int code = duet_hub_identity_get(run->view, target, run->scratch, &identity);

	if (code == 0)
		code = duet_hub_twin_get(run->view, target, run->scratch, &record);
	return code == 0 ? duet_hub_twin_json(&identity, &record) : NULL;
}

static json_t *document_row(const struct run *run, sqlite3_stmt *row)
{
	const char *text = (const char *)sqlite3_column_text(row, 1);

	return text ? json_loads(text, 0, NULL) : NULL;
}

static json_t *item_row(const struct run *run, sqlite3_stmt *row)
{
	json_t *json = json_object();

	for (int i = 0; i < run->query->n_items; i++) {
		const char *text = (const char *)sqlite3_column_text(row, i + 2);
		json_t *value = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;

		if (value)
			json_object_set_new(json, run->query->items[i].name, value);
	}
	return json;
}

static int show_json(struct run *run, sqlite3_stmt *row, void *user)
{
	json_t *json;

	if (!run->query->everything)
		json = item_row(run, row);
	else if (run->query->source <= DUET_HUB_FROM_MODULES)
		json = twin_row(run, row);
	else
		json = document_row(run, row);
	return json_array_append_new(user, json) < 0 ? -ENOMEM : 0;
}

/* A token says where the next page begins and how many rows TOP leaves. */
static int read_token(const struct duet_hub_page *page, struct run *run)
{
	long long after, left;
	char end;

	run->after = 0;
	run->last = run->query->top > 0 ? run->query->top : INT64_MAX;
	if (!page->token || !page->token[0])
		return 0;
	if (sscanf(page->token, "%lld-%lld%c", &after, &left, &end) != 2 || after < 0 || left < 1)
		return duet_hub_fault_set(run->fault, DUET_HUB_FAULT_QUERY,
					  "The continuation token is broken");
	run->after = after;
	run->last = left;
	return 0;
}

static int run_page(struct run *run, struct duet_hub_page *page, json_t *rows)
{
	int64_t left;
	int code = read_token(page, run);

	if (code < 0)
		return code;
	left = run->last;
	run->limit = left < page->max ? left : page->max;
	code = run_rows(run, show_json, rows);
	if (code < run->limit || code >= left)
		return code < 0 ? code : 0;
	/* A full page: there may be more. */
	page->next = duet_arena_printf(run->arena, "%lld-%lld",
				       (long long)(run->sql.by_offset ? run->after + code : run->last),
				       (long long)(left == INT64_MAX ? left : left - code));
	return page->next ? 0 : -ENOMEM;
}

static int show_nothing(struct run *run, sqlite3_stmt *row, void *user)
{
	return 0;
}

/* Is there a row behind the last one of this page? */
static int trim_token(struct run *run, struct duet_hub_page *page)
{
	int code;

	if (!page->next)
		return 0;
	run->after = run->sql.by_offset ? run->after + run->limit : run->last;
	run->limit = 1;
	code = run_rows(run, show_nothing, NULL);
	if (code == 0)
		page->next = NULL;
	return code < 0 ? code : 0;
}

int duet_hub_query_run(struct duet_hub_view *view, const struct duet_hub_query *query,
		       struct duet_arena *arena, struct duet_hub_page *page, json_t *rows,
		       struct duet_hub_fault *fault)
{
	struct run run;
	int code = begin(&run, view, query, arena, fault);

	page->next = NULL;
	if (code == 0)
		code = run_page(&run, page, rows);
	if (code == 0)
		code = trim_token(&run, page);
	duet_arena_free(run.scratch);
	return code;
}

struct showing {
	int (*call)(void *user, const char *target);
	void *user;
};

static int show_target(struct run *run, sqlite3_stmt *row, void *user)
{
	const struct showing *showing = user;

	return showing->call(showing->user, (const char *)sqlite3_column_text(row, 1));
}

int duet_hub_query_targets(struct duet_hub_view *view, const struct duet_hub_query *query,
			   struct duet_arena *arena, int64_t *after, int max,
			   int (*call)(void *user, const char *target), void *user,
			   struct duet_hub_fault *fault)
{
	struct showing showing = {call, user};
	struct run run;
	int code = begin(&run, view, query, arena, fault);

	run.after = *after;
	run.limit = max;
	if (code == 0)
		code = run_rows(&run, show_target, &showing);
	if (code > 0)
		*after = run.last;
	duet_arena_free(run.scratch);
	return code;
}

int duet_hub_query_holds(struct duet_hub_view *view, const struct duet_hub_query *query,
			 struct duet_arena *arena, const char *target, struct duet_hub_fault *fault)
{
	int64_t number =
		duet_hub_sql_number(view, 0, "SELECT number FROM identity WHERE target = ?1", "t", target);
	struct run run;
	int code;

	if (number <= 0)
		return (int)number;
	code = begin(&run, view, query, arena, fault);
	/* The first row from this one on: is it this one? */
	run.after = number - 1;
	run.limit = 1;
	if (code == 0)
		code = run_rows(&run, show_nothing, NULL);
	duet_arena_free(run.scratch);
	return code < 0 ? code : code == 1 && run.last == number;
}

int64_t duet_hub_query_count(struct duet_hub_view *view, const struct duet_hub_query *query,
			     struct duet_arena *arena, struct duet_hub_fault *fault)
{
	struct run run;
	int code = begin(&run, view, query, arena, fault);

	run.limit = INT64_MAX;
	if (code == 0)
		code = run_rows(&run, show_nothing, NULL);
	duet_arena_free(run.scratch);
	return code;
}
