/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "skill/home_job.h"
#include "skill/phrase.h"
#include "skill/request.h"
#include "skill/skills.h"

/* To-do lists of the house. The shopping list is the one of that name, else the first; the list of tasks (the
 * slot `list` says "todo") is the first that is not the shopping list. */

enum { MAX_READ = 12 };

struct lists {
	const struct duet_skill_host *host;
	struct duet_home_jobs jobs;
};

/* What is to be done with a list. */
struct entry {
	const char *service, *item;
};

static const char *service_of(const void *user, const struct duet_home_entity *entity, json_t **take_data)
{
	const struct entry *entry = user;

	if (entry->item)
		*take_data = json_pack("{s:s}", "item", entry->item);
	if (strcmp(entry->service, "update_item") == 0)
		json_object_set_new(*take_data, "status", json_string("completed"));
	return entry->service;
}

static int find_shopping_list(struct duet_targets *targets, const struct duet_skill_host *host,
			      const struct duet_request *request, struct duet_answer *answer)
{
	static const char *const names[] = {"shopping list", "购物清单", NULL};
	struct duet_home_query query = {.domain = "todo"};

	*targets = (struct duet_targets){.area = "", .named = true};
	for (int i = 0; i < 3 && host->home && targets->n == 0; i++) {
		query.name = names[i];
		targets->n = duet_home_find(host->home, &query, targets->list, 1);
	}
	if (targets->n)
		return 0;
	return duet_targets_find(targets, host, request, "todo", answer);
}

/* A house with a single list keeps its tasks there too. */
static int find_tasks(struct duet_targets *targets, const struct duet_skill_host *host,
		      const struct duet_request *request, struct duet_answer *answer)
{
	struct duet_home_query query = {.domain = "todo"};
	const struct duet_home_entity *shopping, *all[2];
	int result = find_shopping_list(targets, host, request, answer);

	if (result < 0)
		return result;
	shopping = targets->list[0];
	if (duet_home_find(host->home, &query, all, 2) == 2)
		targets->list[0] = all[0] == shopping ? all[1] : all[0];
	return 0;
}

static int find_list(struct duet_targets *targets, const struct duet_skill_host *host,
		     const struct duet_request *request, struct duet_answer *answer)
{
	if (duet_request_slot(request, "name"))
		return duet_targets_find(targets, host, request, "todo", answer);
	if (duet_request_slot(request, "list"))
		return find_tasks(targets, host, request, answer);
	return find_shopping_list(targets, host, request, answer);
}

static bool is_open(const json_t *item)
{
	const char *status = json_string_value(json_object_get(item, "status"));

	return !status || strcmp(status, "completed") != 0;
}

/* The open item of that name as the list spells it, or NULL. */
static const char *find_item(const struct duet_home *home, const struct duet_home_entity *list,
			     const char *asked)
{
	const json_t *items = duet_home_attribute(home, list, "items");

	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);
		const char *summary = json_string_value(json_object_get(item, "summary"));

		if (summary && is_open(item) && duet_phrase_same(summary, asked))
			return summary;
	}
	return NULL;
}

static json_t *vars_of(const struct duet_targets *targets, const struct duet_request *request,
		       const char *item)
{
	return json_pack("{s:s, s:s}", "item", item, "list",
			 duet_home_name(targets->list[0], request->language));
}

static void run(struct lists *lists, const struct duet_request *request, const struct duet_targets *targets,
		const struct entry *entry, const char *item, struct duet_answer *answer)
{
	struct duet_home_order order = {.what = entry->service,
					.key = "default",
					.take_vars = vars_of(targets, request, item ? item : ""),
					.service = service_of,
					.user = entry};
	bool adds = strcmp(entry->service, "add_item") == 0;

	if (item)
		order.take_undo =
			duet_undo_one(item, adds ? "HassListCompleteItem" : "HassListAddItem",
				      json_pack("{s:s, s:s}", "name", targets->list[0]->id, "item", item));
	duet_home_run(&lists->jobs, request, targets, &order, answer);
	if (answer->act && item)
		json_object_set_new(answer->act, "item", json_string(item));
}

static void add(struct lists *lists, const struct duet_request *request, const struct duet_targets *targets,
		struct duet_answer *answer)
{
	const char *item = duet_request_value(request, "item");
	struct entry entry = {"add_item", item ? item : ""};

	if (!item) {
		duet_answer_ask(answer, "item", "no_item", vars_of(targets, request, ""), NULL);
		return;
	}
	if (find_item(lists->host->home, targets->list[0], entry.item))
		duet_answer_set(answer, DUET_ANSWER_REPLY, "already", NULL,
				vars_of(targets, request, entry.item));
	else
		run(lists, request, targets, &entry, entry.item, answer);
}

static void complete(struct lists *lists, const struct duet_request *request,
		     const struct duet_targets *targets, struct duet_answer *answer)
{
	const char *asked = duet_request_value(request, "item");
	struct entry entry = {"update_item",
			      find_item(lists->host->home, targets->list[0], asked ? asked : "")};

	if (!asked)
		duet_answer_ask(answer, "item", "no_item", vars_of(targets, request, ""), NULL);
	else if (!entry.item)
		duet_answer_set(answer, DUET_ANSWER_FAILED, "not_on_list", NULL,
				vars_of(targets, request, asked));
	else
		run(lists, request, targets, &entry, asked, answer);
}

/* The names of what is still open; how many there are. */
static size_t read_items(const struct duet_home *home, const struct duet_home_entity *list,
			 const char *language, char *out, size_t size)
{
	const json_t *items = duet_home_attribute(home, list, "items");
	const char *names[MAX_READ];
	size_t n = 0, n_open = 0;

	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);
		const char *summary = json_string_value(json_object_get(item, "summary"));

		if (!summary || !is_open(item))
			continue;
		if (n < MAX_READ)
			names[n++] = summary;
		n_open++;
	}
	duet_phrase_list(language, names, n, out, size);
	return n_open;
}

static json_t *read_act(const struct duet_targets *targets, size_t n)
{
	return json_pack("{s:s, s:s, s:s, s:i}", "skill", "list", "do", "read", "list", targets->list[0]->id,
			 "count", (int)n);
}

/* "Which lists do I have?" */
static void name_lists(struct lists *lists, const struct duet_request *request, struct duet_answer *answer)
{
	struct duet_home_query query = {.domain = "todo"};
	struct duet_targets all = {.area = ""};
	char names[1024];

	all.n = duet_home_find(lists->host->home, &query, all.list, DUET_TARGETS_MAX);
	duet_answer_set(answer, DUET_ANSWER_REPLY, "lists", read_act(&all, all.n),
			json_pack("{s:i, s:s}", "count", (int)all.n, "lists",
				  duet_targets_names(&all, request->language, names, sizeof(names))));
}

/* "Is milk on the list?" */
static void look_for(struct lists *lists, const struct duet_request *request,
		     const struct duet_targets *targets, const char *item, struct duet_answer *answer)
{
	bool is_there = find_item(lists->host->home, targets->list[0], item) != NULL;

	duet_answer_set(answer, DUET_ANSWER_REPLY, is_there ? "has" : "has_not", read_act(targets, is_there),
			vars_of(targets, request, item));
}

static void read_list(struct lists *lists, const struct duet_request *request,
		      const struct duet_targets *targets, struct duet_answer *answer)
{
	const char *item = duet_request_value(request, "item");
	char text[2048];
	size_t n = read_items(lists->host->home, targets->list[0], request->language, text, sizeof(text));
	json_t *vars;

	if (item || (request->response && strcmp(request->response, "lists") == 0)) {
		if (item)
			look_for(lists, request, targets, item, answer);
		else
			name_lists(lists, request, answer);
		return;
	}
	vars = vars_of(targets, request, "");
	json_object_set_new(vars, "count", json_integer((json_int_t)n));
	json_object_set_new(vars, "items", json_string(text));
	duet_answer_set(answer, DUET_ANSWER_REPLY, n ? "default" : "empty", read_act(targets, n), vars);
}

static void clear(struct lists *lists, const struct duet_request *request, const struct duet_targets *targets,
		  struct duet_answer *answer)
{
	struct entry entry = {"remove_all_items", NULL};
	char text[2048];

	if (read_items(lists->host->home, targets->list[0], request->language, text, sizeof(text)) == 0)
		duet_answer_set(answer, DUET_ANSWER_REPLY, "empty", NULL, vars_of(targets, request, ""));
	else if (!request->confirmed)
		duet_answer_set(answer, DUET_ANSWER_QUESTION, "confirm", NULL, vars_of(targets, request, ""));
	else
		run(lists, request, targets, &entry, NULL, answer);
}

static const struct {
	const char *intent;
	void (*handle)(struct lists *lists, const struct duet_request *request,
		       const struct duet_targets *targets, struct duet_answer *answer);
} handlers[] = {{"HassShoppingListAddItem", add},
		{"HassListAddItem", add},
		{"HassShoppingListCompleteItem", complete},
		{"HassListCompleteItem", complete},
		{"DuetReadList", read_list},
		{"DuetClearList", clear}};

static int list_open(void *state, const struct duet_skill_host *host, struct duet_error *error)
{
	struct lists *lists = state;

	lists->host = host;
	lists->jobs.host = host;
	return 0;
}

static void list_handle(void *state, const struct duet_request *request, struct duet_answer *answer)
{
	struct lists *lists = state;
	struct duet_targets targets;

	if (find_list(&targets, lists->host, request, answer) < 0)
		return;
	for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++) {
		if (duet_request_is(request, handlers[i].intent))
			handlers[i].handle(lists, request, &targets, answer);
	}
}

static void list_close(void *state)
{
	duet_home_jobs_done(&((struct lists *)state)->jobs);
}

const struct duet_skill duet_skill_list = {
	.name = "list",
	.intents = (const char *const[]){"HassShoppingListAddItem", "HassListAddItem",
					 "HassShoppingListCompleteItem", "HassListCompleteItem",
					 "DuetReadList", "DuetClearList", NULL},
	.state_size = sizeof(struct lists),
	.open = list_open,
	.handle = list_handle,
	.close = list_close,
};
