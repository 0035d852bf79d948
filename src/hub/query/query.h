/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_QUERY_H
#define DUET_HUB_QUERY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "duet/slice.h"
#include "hub/value/fault.h"

struct duet_arena;
struct duet_hub_view;

/*
 * The query language of Azure IoT Hub (a subset of SQL over twins, modules and
 * the results of jobs):
 *
 *   SELECT [TOP n] * | item [AS name], …  FROM devices | devices.modules | devices.jobs
 *   [WHERE condition] [GROUP BY path, …]
 *
 * A query is parsed into a tree in an arena (pure, no storage), compiled to one
 * statement of SQLite, and run in pages with a limit on its work. Whatever is
 * undefined makes a comparison neither true nor false. Conditions on what twins
 * hold use the index of leaves (leaf.h).
 */
enum {
	DUET_HUB_QUERY_MAX_BYTES = 16 * 1024,
	DUET_HUB_QUERY_MAX_DEPTH = 48,
	DUET_HUB_QUERY_MAX_ITEMS = 64,
	DUET_HUB_QUERY_MAX_PAGE = 1000,
};

enum duet_hub_source {
	DUET_HUB_FROM_DEVICES,
	DUET_HUB_FROM_MODULES,
	DUET_HUB_FROM_JOBS,
	DUET_HUB_FROM_ENROLLMENTS,
	DUET_HUB_FROM_GROUPS,
};

enum duet_hub_node_kind {
	DUET_HUB_NODE_STRING,
	DUET_HUB_NODE_NUMBER,
	DUET_HUB_NODE_TRUE,
	DUET_HUB_NODE_FALSE,
	DUET_HUB_NODE_NULL,
	DUET_HUB_NODE_PATH,    /* children: its segments, as strings */
	DUET_HUB_NODE_CALL,    /* text: the function's name in capitals; children: arguments */
	DUET_HUB_NODE_LIST,    /* […] */
	DUET_HUB_NODE_STAR,    /* COUNT(*) */
	DUET_HUB_NODE_COMPARE, /* text: = != < > <= >= */
	DUET_HUB_NODE_IN,      /* second child: a list */
	DUET_HUB_NODE_NOT_IN,
	DUET_HUB_NODE_AND,
	DUET_HUB_NODE_OR,
	DUET_HUB_NODE_NOT,
	DUET_HUB_NODE_ARITHMETIC, /* text: + - * / %; one child: a sign */
};

struct duet_hub_node {
	enum duet_hub_node_kind kind;
	const char *text;
	double number;
	struct duet_hub_node *first, *next; /* children; the next one of the same parent */
	int n_children;
};

struct duet_hub_query_item {
	const struct duet_hub_node *value;
	const char *name; /* what it is called in the result */
};

struct duet_hub_query {
	enum duet_hub_source source;
	bool everything; /* SELECT * */
	int64_t top;     /* 0: all */
	struct duet_hub_query_item items[DUET_HUB_QUERY_MAX_ITEMS];
	int n_items;
	const struct duet_hub_node *where; /* NULL: no condition */
	const struct duet_hub_node *groups[DUET_HUB_QUERY_MAX_ITEMS];
	int n_groups;
	bool aggregates;
};

/* -EDOM with the fault (InvalidQuery) that says where; -ENOMEM. */
int duet_hub_query_parse(struct duet_slice text, struct duet_arena *arena, struct duet_hub_query **query,
			 struct duet_hub_fault *fault);
/* A condition alone, as jobs and configurations have it; also "*", or "FROM devices.modules WHERE …". */
int duet_hub_condition_parse(struct duet_slice text, struct duet_arena *arena, struct duet_hub_query **query,
			     struct duet_hub_fault *fault);

/* What SQLite is asked: parameters are bound in the order of their numbers. */
struct duet_hub_parameter {
	struct duet_slice text; /* ptr NULL: `number` */
	double number;
	bool is_blob;
};
struct duet_hub_sql {
	const char *text; /* yields the row's number, then the target (or id), then the items as JSON */
	struct duet_hub_parameter *parameters;
	int n_parameters;
	bool by_offset; /* pages go by offset, not by the row's number */
};
int duet_hub_query_compile(const struct duet_hub_query *query, struct duet_arena *arena,
			   struct duet_hub_sql *sql, struct duet_hub_fault *fault);

/* One page. `token` NULL: the first one; *next (in the arena) NULL: that was the last one. Rows are appended
 * to `rows`. -EDOM: too much work, or a token of another query. */
struct duet_hub_page {
	const char *token;
	int max; /* 1 … DUET_HUB_QUERY_MAX_PAGE */
	const char *next;
};
int duet_hub_query_run(struct duet_hub_view *view, const struct duet_hub_query *query,
		       struct duet_arena *arena, struct duet_hub_page *page, json_t *rows,
		       struct duet_hub_fault *fault);

/* The targets that a condition holds for, in pages from after the identity `*after`; how many were shown. A
 * negative answer of `call` stops. */
int duet_hub_query_targets(struct duet_hub_view *view, const struct duet_hub_query *query,
			   struct duet_arena *arena, int64_t *after, int max,
			   int (*call)(void *user, const char *target), void *user,
			   struct duet_hub_fault *fault);
/* Does it hold for this one? 1, 0. */
int duet_hub_query_holds(struct duet_hub_view *view, const struct duet_hub_query *query,
			 struct duet_arena *arena, const char *target, struct duet_hub_fault *fault);
/* How many rows there are. */
int64_t duet_hub_query_count(struct duet_hub_view *view, const struct duet_hub_query *query,
			     struct duet_arena *arena, struct duet_hub_fault *fault);

#endif
