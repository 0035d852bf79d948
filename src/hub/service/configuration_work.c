/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "hub/hub.h"
#include "hub/query/query.h"
#include "hub/record/statement.h"
#include "hub/record/storage.h"
#include "hub/record/twin_record.h"
#include "hub/service/configuration.h"
#include "hub/service/twin_service.h"
#include "loop/wheel.h"

/*
 * A round goes through all configurations, the highest priority first, in
 * changes of so many twins: first those whose condition holds and that do not
 * have it as it is now, then those that have it although it does not hold.
 */
enum { TWINS_A_STEP = 50, ARENA_BYTES = 32 * 1024 * 1024, MAX_CONFIGURATIONS = 100, ROUND_MS = 5000 };

/* One configuration, as far as a round needs it. */
struct rule {
	const char *id, *etag, *condition;
	json_t *content; /* {"properties.desired.a": value} */
	int64_t priority, created_ms;
};

struct round {
	struct duet_hub_loop *loop;
	struct duet_arena *arena;
	struct rule rules[MAX_CONFIGURATIONS];
	int n_rules, at;
	bool removes;  /* looks for those that have it and should not */
	int64_t after; /* the twin's number */
	struct duet_hub_twin_told told[TWINS_A_STEP];
	const char *targets[TWINS_A_STEP];
	int n_told, n_targets;
	int64_t now_ms;
	json_t *parsed; /* what the rules' contents belong to */
};

static void round_free(struct round *round)
{
	for (int i = 0; i < round->n_told; i++)
		json_decref(round->told[i].patch);
	json_decref(round->parsed);
	duet_arena_free(round->arena);
	round->loop->configures = false;
	duet_free(round);
}

static int keep_rule(void *user, const struct duet_hub_document *document)
{
	struct round *round = user;
	struct rule *rule = &round->rules[round->n_rules];
	json_t *json = json_loadb(document->json.ptr, document->json.len, 0, NULL);
	json_t *content = json_object_get(json, "content"), *part = json_object_get(content, "deviceContent");
	const char *condition = json_string_value(json_object_get(json, "targetCondition"));

	if (round->n_rules == MAX_CONFIGURATIONS || !json || json_array_append_new(round->parsed, json) < 0)
		return -ENOMEM;
	*rule = (struct rule){
		.id = duet_arena_copy(round->arena, duet_slice(document->id)),
		.etag = duet_arena_copy(round->arena, duet_slice(document->etag)),
		.condition = condition ? condition : "",
		.content = part ? part : json_object_get(content, "moduleContent"),
		.priority = json_integer_value(json_object_get(json, "priority")),
		.created_ms = document->created_ms,
	};
	round->n_rules++;
	return rule->id && rule->etag ? 0 : -ENOMEM;
}

/* Of two with the same priority the newer one wins. */
static int compare_rules(const void *a, const void *b)
{
	const struct rule *left = a, *right = b;

	if (left->priority != right->priority)
		return left->priority < right->priority ? 1 : -1;
	return left->created_ms < right->created_ms ? 1 : -1;
}

static int load(struct duet_hub_view *view, struct round *round)
{
	struct duet_arena *scratch = duet_arena_new(ARENA_BYTES);
	int code;

	round->parsed = json_array();
	code = scratch && round->parsed
		       ? duet_hub_document_each(view, DUET_HUB_CONFIGURATION, "", 0, MAX_CONFIGURATIONS,
						scratch, keep_rule, round)
		       : -ENOMEM;
	duet_arena_free(scratch);
	qsort(round->rules, (size_t)round->n_rules, sizeof(*round->rules), compare_rules);
	return code;
}

static int keep_target(void *user, const char *target)
{
	struct round *round = user;
	const char *copy = duet_arena_copy(round->arena, duet_slice(target));

	if (!copy)
		return -ENOMEM;
	round->targets[round->n_targets++] = copy;
	return 0;
}

/* Which twins are to be looked at, in the query language itself. */
static const char *condition_of(struct round *round, const struct rule *rule)
{
	const char *from = strncasecmp(rule->condition, "FROM", 4) == 0 ? "devices.modules" : "devices";
	const char *own = strcmp(rule->condition, "*") == 0 ? "true" : rule->condition;
	const char *where;

	if (round->removes)
		return duet_arena_printf(round->arena,
					 "FROM %s WHERE IS_DEFINED(configurations.[[%s]].status)", from,
					 rule->id);
	where = strcmp(from, "devices.modules") == 0 ? strcasestr(own, "WHERE") : NULL;
	if (where)
		own = where + 5;
	else if (strcmp(from, "devices.modules") == 0)
		own = "true";
	return duet_arena_printf(round->arena,
				 "FROM %s WHERE (%s) AND (NOT IS_DEFINED(configurations.[[%s]].etag) OR"
				 " configurations.[[%s]].etag != '%s')",
				 from, own, rule->id, rule->id, rule->etag);
}

static int find_targets(struct duet_hub_view *view, struct round *round, const struct rule *rule)
{
	const char *condition = condition_of(round, rule);
	struct duet_hub_fault fault = {0};
	struct duet_hub_query *query;
	int code = condition ? duet_hub_condition_parse(duet_slice(condition), round->arena, &query, &fault)
			     : -ENOMEM;

	round->n_targets = 0;
	if (code == 0)
		code = duet_hub_query_targets(view, query, round->arena, &round->after, TWINS_A_STEP,
					      keep_target, round, &fault);
	if (fault.kind) {
		duet_warn("hub", "configuration %s: %s", rule->id, fault.what);
		return 0;
	}
	return code;
}

static bool overlap(const char *a, const char *b)
{
	size_t n = strlen(a) < strlen(b) ? strlen(a) : strlen(b);

	return strncmp(a, b, n) == 0 && (a[n] == '\0' || a[n] == '.') && (b[n] == '\0' || b[n] == '.');
}

/* Does a rule with a higher priority, which the twin has, say something of this path? */
static bool is_overruled(const struct round *round, const json_t *marks, const char *path)
{
	for (int i = 0; i < round->at; i++) {
		const struct rule *rule = &round->rules[i];

		if (!json_object_get(marks, rule->id))
			continue;
		for (void *at = json_object_iter(rule->content); at;
		     at = json_object_iter_next(rule->content, at))
			if (overlap(path, json_object_iter_key(at)))
				return true;
	}
	return false;
}

/* Those of lower priority that say something of the same are looked at again. */
static void unmark_overruled(const struct round *round, json_t *marks, const json_t *content)
{
	json_t *object = (json_t *)(uintptr_t)content;

	for (int i = round->at + 1; i < round->n_rules; i++) {
		const struct rule *rule = &round->rules[i];
		json_t *mark = json_object_get(marks, rule->id);

		for (void *at = json_object_iter(rule->content); mark && at;
		     at = json_object_iter_next(rule->content, at))
			for (void *own = json_object_iter(object); own;
			     own = json_object_iter_next(object, own))
				if (overlap(json_object_iter_key(own), json_object_iter_key(at)))
					json_object_del(mark, "etag");
	}
}

static int store_marks(struct duet_hub_view *view, const char *target, const json_t *marks)
{
	char *text = json_dumps(marks, JSON_COMPACT);
	json_free_t release = NULL;
	int64_t n = -ENOMEM;

	if (text)
		n = duet_hub_sql_run(view,
				     "UPDATE twin SET configurations = ?2 WHERE number ="
				     " (SELECT number FROM identity WHERE target = ?1)",
				     "tt", target, text);
	json_get_alloc_funcs(NULL, &release);
	release(text);
	return n < 0 ? (int)n : 0;
}

static int apply(struct duet_hub_view *view, struct round *round, const struct rule *rule, const char *target,
		 json_t *marks)
{
	json_t *content = json_object();
	struct duet_hub_fault fault = {0};
	bool whole = true;
	int code = content ? 0 : -ENOMEM;

	for (void *at = json_object_iter(rule->content); at; at = json_object_iter_next(rule->content, at)) {
		const char *path = json_object_iter_key(at);

		if (is_overruled(round, marks, path))
			whole = false;
		else
			json_object_set(content, path, json_object_iter_value(at));
	}
	if (code == 0 && json_object_size(content) > 0) {
		code = duet_hub_configuration_apply(view, target, content, round->now_ms,
						    &round->told[round->n_told], &fault);
		round->n_told += code == 0;
	}
	if (fault.kind) {
		duet_warn("hub", "configuration %s cannot be applied to %s: %s", rule->id, target,
			  fault.what);
		whole = false;
		code = 0;
	}
	unmark_overruled(round, marks, content);
	json_decref(content);
	if (code == 0)
		code = json_object_set_new(marks, rule->id,
					   json_pack("{s:s, s:s}", "status", whole ? "Applied" : "Targeted",
						     "etag", rule->etag));
	return code < 0 ? code : store_marks(view, target, marks);
}

/* It has it no more; those that it overruled have their turn. */
static int take_away(struct duet_hub_view *view, struct round *round, const struct rule *rule,
		     const char *target, json_t *marks)
{
	struct duet_hub_query *query;
	struct duet_hub_fault fault = {0};
	int holds = 0;

	if (rule->condition[0] &&
	    duet_hub_condition_parse(duet_slice(rule->condition), round->arena, &query, &fault) == 0)
		holds = duet_hub_query_holds(view, query, round->arena, target, &fault);
	if (holds != 0)
		return holds < 0 ? holds : 0;
	json_object_del(marks, rule->id);
	unmark_overruled(round, marks, rule->content);
	return store_marks(view, target, marks);
}

static int treat(struct duet_hub_view *view, struct round *round, const struct rule *rule, const char *target)
{
	struct duet_hub_twin_record record = {0};
	int code = duet_hub_twin_get(view, target, round->arena, &record);
	json_t *marks =
		code == 0 ? json_loadb(record.configurations.ptr, record.configurations.len, 0, NULL) : NULL;

	if (!marks)
		return code == -ENOENT ? 0 : code < 0 ? code : -ENOMEM;
	code = round->removes ? take_away(view, round, rule, target, marks)
			      : apply(view, round, rule, target, marks);
	json_decref(marks);
	return code;
}

static int step_change(struct duet_hub_view *view, void *user)
{
	struct round *round = user;
	const struct rule *rule;
	int code = round->parsed ? 0 : load(view, round);

	if (code < 0 || round->at >= round->n_rules)
		return code;
	rule = &round->rules[round->at];
	if (!rule->condition[0] && !round->removes)
		return 0;
	code = find_targets(view, round, rule);
	for (int i = 0; i < round->n_targets && code >= 0; i++)
		code = treat(view, round, rule, round->targets[i]);
	return code;
}

static int64_t wall_ms(struct duet_hub_loop *loop)
{
	const struct duet_clock *clock = duet_hub_clock(loop->hub);

	return clock->wall_ns(clock) / 1000000;
}

static void step_done(void *user, int code);

static void step(struct round *round)
{
	round->now_ms = wall_ms(round->loop);
	if (duet_hub_storage_write(duet_hub_storage(round->loop->hub), round->loop->loop, step_change,
				   step_done, round) < 0)
		round_free(round);
}

/* On to the next twins, the other question, or the next rule. */
static void advance(struct round *round)
{
	if (round->n_targets == TWINS_A_STEP)
		return;
	round->after = 0;
	if (!round->removes) {
		round->removes = true;
		return;
	}
	round->removes = false;
	round->at++;
}

static void step_done(void *user, int code)
{
	struct round *round = user;

	for (int i = 0; i < round->n_told; i++) {
		if (code >= 0)
			duet_hub_twin_tell(round->loop, &round->told[i]);
		json_decref(round->told[i].patch);
	}
	round->n_told = 0;
	if (code < 0)
		duet_error_log("hub", "configurations were not applied: %s", strerror(-code));
	advance(round);
	round->n_targets = 0;
	if (code < 0 || round->at >= round->n_rules || duet_hub_draining(round->loop->hub))
		round_free(round);
	else
		step(round);
}

void duet_hub_configuration_work(struct duet_hub_loop *loop)
{
	int64_t now_ms = duet_wheel_now_ms(loop->wheel);
	struct round *round;

	if (loop->configures || now_ms < loop->configure_ms + ROUND_MS)
		return;
	if (duet_hub_document_count(loop->view, DUET_HUB_CONFIGURATION, "") <= 0)
		return;
	round = duet_calloc(1, sizeof(*round));
	if (!round)
		return;
	loop->configures = true;
	loop->configure_ms = now_ms;
	round->loop = loop;
	round->arena = duet_arena_new(ARENA_BYTES);
	if (round->arena)
		step(round);
	else
		round_free(round);
}
