/* SPDX-License-Identifier: Apache-2.0 */
#include "arbiter/scenario.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/option.h"
#include "base/text.h"
#include "base/yaml.h"

enum { MAX_BYTES = 4 << 20, MAX_NAMES = 64 };

/* A file on its way into memory. */
struct reader {
	struct duet_scenarios *all;
	const struct duet_yaml *yaml;
	struct duet_error *error;
};

static int fail(const struct reader *reader, const struct duet_yaml_node *node, const char *what,
		const char *which)
{
	duet_error_set(reader->error, -EINVAL, "%s%s%.80s%s", what, which ? " \"" : "", which ? which : "",
		       which ? "\"" : "");
	if (node)
		duet_error_at(reader->error, duet_yaml_name(reader->yaml), node->line, node->column);
	return -EINVAL;
}

static int fail_memory(const struct reader *reader)
{
	return duet_error_set(reader->error, -ENOMEM, "out of memory");
}

static void *array(const struct reader *reader, size_t n, size_t size)
{
	return duet_arena_alloc(reader->all->arena, n * size + 1);
}

static bool is_list(const struct duet_yaml_node *node)
{
	return node && node->kind == DUET_YAML_LIST;
}

/* Verbs and their fields. */

static int find_verb(const struct duet_verb *verbs, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return (int)i;
	}
	return -ENOENT;
}

static int fail_verb(const struct reader *reader, const struct duet_yaml_node *node,
		     const struct duet_verb *verbs, size_t n, const char *name)
{
	const char *names[MAX_NAMES + 1] = {NULL}, *near;

	for (size_t i = 0; i < n && i < MAX_NAMES; i++)
		names[i] = verbs[i].name;
	fail(reader, node, "nothing is called", name);
	near = duet_text_nearest(name, names);
	if (near)
		duet_error_hint(reader->error, "did you mean \"%s\"?", near);
	return -EINVAL;
}

static int read_field(const struct reader *reader, const struct duet_field *field,
		      const struct duet_yaml_node *node, void *into)
{
	if (node->kind != DUET_YAML_SCALAR ||
	    duet_field_read(field, &reader->all->labels, node->text, into) < 0)
		return fail(reader, node, field->name,
			    node->kind == DUET_YAML_SCALAR ? node->text : "a list or map");
	return 0;
}

static int find_field(const struct duet_field *fields, unsigned allowed, const char *name)
{
	for (int i = 0; fields[i].name; i++) {
		if ((allowed & (1u << i)) && (!name || strcmp(fields[i].name, name) == 0))
			return i;
	}
	return -ENOENT;
}

/* `node` is a map of fields, one value for the verb's first field, or empty; the fields that were given. */
static int read_fields(const struct reader *reader, const struct duet_verb *verb,
		       const struct duet_field *fields, const struct duet_yaml_node *node, void *into,
		       unsigned *given)
{
	const struct duet_yaml_node *one = node->kind == DUET_YAML_MAP ? node->first : node;

	*given = 0;
	if (node->kind == DUET_YAML_LIST)
		return fail(reader, node, "a map of fields is expected here", NULL);
	if (node->kind == DUET_YAML_SCALAR && node->text_len == 0)
		return 0;
	for (; one; one = node->kind == DUET_YAML_MAP ? one->next : NULL) {
		const char *name = node->kind == DUET_YAML_MAP ? one->key->text : NULL;
		int place = find_field(fields, verb->fields, name), result;

		if (place < 0)
			return fail(reader, one, verb->name, name ? name : one->text);
		result = read_field(reader, &fields[place], one, into);
		if (result < 0)
			return result;
		*given |= 1u << place;
	}
	return 0;
}

/* Expectations. */

static int read_expectation(const struct reader *reader, const struct duet_yaml_node *node,
			    struct duet_expectation *into)
{
	const struct duet_yaml_node *member = node->kind == DUET_YAML_MAP ? node->first : NULL;
	const char *name = member ? member->key->text : node->text;
	int verb = name ? find_verb(duet_action_verbs, DUET_N_ACTIONS, name) : -ENOENT;

	if (!name || (member && member->next))
		return fail(reader, node, "an action is its name, or a map of its name to its fields", NULL);
	if (verb < 0)
		return fail_verb(reader, node, duet_action_verbs, DUET_N_ACTIONS, name);
	into->line = node->line;
	into->action.kind = (enum duet_action_kind)verb;
	return member ? read_fields(reader, &duet_action_verbs[verb], duet_action_fields, member,
				    &into->action, &into->fields)
		      : 0;
}

static int read_expectations(const struct reader *reader, const struct duet_yaml_node *list,
			     const struct duet_expectation **into, size_t *n)
{
	struct duet_expectation *made;

	if (!is_list(list))
		return fail(reader, list, "a list of actions is expected here", NULL);
	made = array(reader, list->n_children, sizeof(*made));
	if (!made)
		return fail_memory(reader);
	*into = made;
	for (const struct duet_yaml_node *node = list->first; node; node = node->next) {
		int result = read_expectation(reader, node, &made[(*n)++]);

		if (result < 0)
			return result;
	}
	return 0;
}

/* Steps. */

static int read_at(const struct reader *reader, const struct duet_yaml_node *node, struct duet_step *step)
{
	static const struct duet_option at = {"at", DUET_OPTION_DURATION, 0, NULL, NULL, NULL, 0, 0};
	int ms = 0, result;

	if (node->kind != DUET_YAML_SCALAR)
		return fail(reader, node, "a time is expected here, as 300ms or 2s", NULL);
	result = duet_option_set(&at, &ms, node->text, ".", reader->all->arena, reader->error);
	if (result < 0) {
		duet_error_at(reader->error, duet_yaml_name(reader->yaml), node->line, node->column);
		return result;
	}
	if (ms < step->at_ms)
		return fail(reader, node, "time goes back", node->text);
	step->at_ms = ms;
	return 0;
}

static int read_then(const struct reader *reader, const struct duet_yaml_node *node, struct duet_step *step)
{
	step->nothing = node->kind == DUET_YAML_SCALAR && strcmp(node->text, "nothing") == 0;
	return step->nothing ? 0 : read_expectations(reader, node, &step->then, &step->n_then);
}

static int read_never(const struct reader *reader, const struct duet_yaml_node *node, struct duet_step *step)
{
	return read_expectations(reader, node, &step->never, &step->n_never);
}

static int read_restart(const struct reader *reader, const struct duet_yaml_node *node,
			struct duet_step *step)
{
	step->kind = DUET_STEP_RESTART;
	return 0;
}

static int read_network(const struct reader *reader, const struct duet_yaml_node *node,
			struct duet_step *step)
{
	step->kind = DUET_STEP_NETWORK;
	step->network_on = node->kind == DUET_YAML_SCALAR && strcmp(node->text, "on") == 0;
	if (node->kind == DUET_YAML_SCALAR && (step->network_on || strcmp(node->text, "off") == 0))
		return 0;
	return fail(reader, node, "a network is on or off", NULL);
}

static const struct {
	const char *name;
	int (*read)(const struct reader *reader, const struct duet_yaml_node *node, struct duet_step *step);
} members[] = {{"at", read_at},
	       {"then", read_then},
	       {"never", read_never},
	       {"restart", read_restart},
	       {"network", read_network}};

/* Whoever begins an activity gives it its name. */
static int name_activity(const struct reader *reader, const struct duet_yaml_node *event)
{
	struct duet_labels *labels = &reader->all->labels;
	const struct duet_yaml_node *name =
		event->kind == DUET_YAML_MAP ? duet_yaml_get(event, "activity") : NULL;

	if (!name || name->kind != DUET_YAML_SCALAR || name->text_len == 0)
		return fail(reader, event, "an activity needs a name: activity", NULL);
	for (size_t i = 0; i < labels->n_activities; i++) {
		if (strcmp(labels->activities[i], name->text) == 0)
			return 0;
	}
	if (labels->n_activities == DUET_ACTIVITIES_MAX)
		return fail(reader, name, "too many names of activities", NULL);
	labels->activities[labels->n_activities] =
		duet_arena_copy(reader->all->arena, (struct duet_slice){name->text, name->text_len});
	return labels->activities[labels->n_activities++] ? 0 : fail_memory(reader);
}

static int read_event(const struct reader *reader, const struct duet_yaml_node *node, struct duet_step *step)
{
	int verb = find_verb(duet_event_verbs, DUET_N_EVENTS, node->key->text), result = 0;
	unsigned given;

	if (verb < 0)
		return fail_verb(reader, node->key, duet_event_verbs, DUET_N_EVENTS, node->key->text);
	step->event.kind = (enum duet_event_kind)verb;
	if (step->event.kind == DUET_EVENT_BEGIN)
		result = name_activity(reader, node);
	if (result == 0)
		result = read_fields(reader, &duet_event_verbs[verb], duet_event_fields, node, &step->event,
				     &given);
	if (result == 0)
		step->turn_given = find_field(duet_event_fields, given, "turn") >= 0;
	return result;
}

static int read_member(const struct reader *reader, const struct duet_yaml_node *node, struct duet_step *step,
		       int *n_events)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		if (strcmp(members[i].name, node->key->text) != 0)
			continue;
		*n_events += members[i].read == read_restart || members[i].read == read_network;
		return members[i].read(reader, node, step);
	}
	*n_events += 1;
	return read_event(reader, node, step);
}

static int read_step(const struct reader *reader, const struct duet_yaml_node *node, struct duet_step *step)
{
	int n_events = 0;

	step->line = node->line;
	if (node->kind != DUET_YAML_MAP)
		return fail(reader, node, "a step is a map with an event", NULL);
	for (const struct duet_yaml_node *one = node->first; one; one = one->next) {
		int result = read_member(reader, one, step, &n_events);

		if (result < 0)
			return result;
	}
	return n_events == 1 ? 0 : fail(reader, node, "a step has one event", NULL);
}

static int read_steps(const struct reader *reader, const struct duet_yaml_node *list,
		      struct duet_scenario *scenario)
{
	struct duet_step *steps = is_list(list) ? array(reader, list->n_children, sizeof(*steps)) : NULL;
	int64_t now_ms = 0;

	if (!is_list(list))
		return fail(reader, list, "a scenario needs a list of steps", NULL);
	if (!steps)
		return fail_memory(reader);
	scenario->steps = steps;
	for (const struct duet_yaml_node *node = list->first; node; node = node->next) {
		struct duet_step *step = &steps[scenario->n_steps++];
		int result;

		step->at_ms = now_ms;
		result = read_step(reader, node, step);
		if (result < 0)
			return result;
		now_ms = step->at_ms;
	}
	return 0;
}

/* Scenarios. */

static int read_rules(const struct reader *reader, const struct duet_yaml_node *list,
		      struct duet_scenario *scenario)
{
	for (const struct duet_yaml_node *node = is_list(list) ? list->first : NULL; node;
	     node = node->next) {
		long rule = node->kind == DUET_YAML_SCALAR ? strtol(node->text, NULL, 10) : 0;

		if (rule < 1 || rule > DUET_RULES)
			return fail(reader, node, "there is no rule", node->text);
		scenario->rules |= 1u << rule;
	}
	return scenario->rules ? 0 : fail(reader, list, "a scenario names the rules that it proves", NULL);
}

static int read_scenario(const struct reader *reader, const struct duet_yaml_node *node,
			 struct duet_scenario *scenario)
{
	const struct duet_yaml_node *name = node->kind == DUET_YAML_MAP ? duet_yaml_get(node, "name") : NULL;
	int result;

	if (!name || name->kind != DUET_YAML_SCALAR || name->text_len == 0)
		return fail(reader, node, "a scenario has a name, rules and steps", NULL);
	scenario->line = node->line;
	scenario->name = duet_arena_copy(reader->all->arena, (struct duet_slice){name->text, name->text_len});
	if (!scenario->name)
		return fail_memory(reader);
	result = read_rules(reader, duet_yaml_get(node, "rules"), scenario);
	return result < 0 ? result : read_steps(reader, duet_yaml_get(node, "steps"), scenario);
}

static int read_assistants(const struct reader *reader, const struct duet_yaml_node *list)
{
	struct duet_labels *labels = &reader->all->labels;

	for (const struct duet_yaml_node *node = is_list(list) ? list->first : NULL; node;
	     node = node->next) {
		if (node->kind != DUET_YAML_SCALAR || node->text_len == 0 ||
		    labels->n_assistants == DUET_ASSISTANTS_MAX)
			return fail(reader, node, "assistants are names, not more than 16", NULL);
		labels->assistants[labels->n_assistants] =
			duet_arena_copy(reader->all->arena, (struct duet_slice){node->text, node->text_len});
		if (!labels->assistants[labels->n_assistants++])
			return fail_memory(reader);
	}
	return labels->n_assistants ? 0 : fail(reader, list, "assistants are named first", NULL);
}

static int read_all(const struct reader *reader)
{
	const struct duet_yaml_node *root = duet_yaml_root(reader->yaml), *list;
	int result;

	if (!root || root->kind != DUET_YAML_MAP)
		return fail(reader, root, "a map with assistants and scenarios is expected", NULL);
	result = read_assistants(reader, duet_yaml_get(root, "assistants"));
	list = duet_yaml_get(root, "scenarios");
	if (result < 0 || !is_list(list))
		return result < 0 ? result : fail(reader, root, "there are no scenarios", NULL);
	reader->all->list = array(reader, list->n_children, sizeof(*reader->all->list));
	if (!reader->all->list)
		return fail_memory(reader);
	for (const struct duet_yaml_node *node = list->first; node && result == 0; node = node->next)
		result = read_scenario(reader, node, &reader->all->list[reader->all->n++]);
	return result;
}

static int take(struct duet_scenarios **scenarios, struct duet_yaml *take_yaml, struct duet_error *error)
{
	struct duet_arena *arena = duet_arena_new(MAX_BYTES);
	struct reader reader = {.yaml = take_yaml, .error = error};
	int result;

	reader.all = arena ? duet_arena_alloc(arena, sizeof(*reader.all)) : NULL;
	if (reader.all) {
		reader.all->arena = arena;
		reader.all->path = duet_arena_copy(arena, duet_slice(duet_yaml_name(take_yaml)));
	}
	result = reader.all && reader.all->path ? read_all(&reader) : fail_memory(&reader);
	duet_yaml_free(take_yaml);
	if (result < 0)
		duet_arena_free(arena);
	else
		*scenarios = reader.all;
	return result;
}

int duet_scenarios_load(struct duet_scenarios **scenarios, const char *path, struct duet_error *error)
{
	struct duet_yaml *yaml;
	int result = duet_yaml_load(&yaml, path, error);

	return result < 0 ? result : take(scenarios, yaml, error);
}

int duet_scenarios_parse(struct duet_scenarios **scenarios, const char *name, const char *bytes,
			 size_t n_bytes, struct duet_error *error)
{
	struct duet_yaml *yaml;
	int result = duet_yaml_parse(&yaml, name, bytes, n_bytes, error);

	return result < 0 ? result : take(scenarios, yaml, error);
}

void duet_scenarios_free(struct duet_scenarios *scenarios)
{
	if (scenarios)
		duet_arena_free(scenarios->arena);
}
