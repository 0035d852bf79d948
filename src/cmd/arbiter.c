/* SPDX-License-Identifier: Apache-2.0 */
#include "arbiter/scenario.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assistant/config.h"
#include "cmd/duet.h"

/* The arbiter by itself: scenarios played and judged. */

struct arbiter_flags {
	bool json;
};

static const struct duet_flag flags_table[] = {
	{'j',
	 NULL,
	 {"json", DUET_OPTION_BOOL, offsetof(struct arbiter_flags, json), NULL, "Lines of JSON", NULL, 0, 0}},
	{0},
};

/* Rules and what became of their scenarios. */
struct tally {
	bool json, quiet;
	const struct duet_scenarios *all;
	int n_passed, n_failed;
	int passed[DUET_RULES + 1], failed[DUET_RULES + 1];
};

/* Printing. */

static void add_field(json_t *object, const struct duet_field *field, const struct duet_labels *labels,
		      const void *from)
{
	char text[160];
	json_t *value;

	duet_field_write(field, labels, from, text, sizeof(text));
	if (field->type == DUET_FIELD_FLAG)
		value = json_boolean(*(const bool *)(const void *)((const char *)from + field->offset));
	else if (field->type == DUET_FIELD_NUMBER || field->type == DUET_FIELD_TIME)
		value = json_integer(strtoll(text, NULL, 10));
	else if (field->type == DUET_FIELD_SCORE)
		value = json_real(strtod(text, NULL));
	else
		value = json_string(text);
	json_object_set_new(object, field->name, value);
}

static json_t *object_of(const char *title, const struct duet_verb *verb, const struct duet_field *fields,
			 const struct duet_labels *labels, const void *from)
{
	json_t *object = json_pack("{s:s}", title, verb->name);

	for (size_t i = 0; fields[i].name; i++) {
		if (verb->fields & (1u << i))
			add_field(object, &fields[i], labels, from);
	}
	return object;
}

static json_t *step_object(const struct duet_step *step, const struct duet_labels *labels)
{
	if (step->kind == DUET_STEP_RESTART)
		return json_pack("{s:s}", "event", "restart");
	if (step->kind == DUET_STEP_NETWORK)
		return json_pack("{s:s, s:b}", "event", "network", "on", step->network_on);
	return object_of("event", &duet_event_verbs[step->event.kind], duet_event_fields, labels,
			 &step->event);
}

static void print_json(FILE *out, json_t *take_object)
{
	json_dumpf(take_object, out, JSON_COMPACT | JSON_REAL_PRECISION(4));
	fputc('\n', out);
	json_decref(take_object);
}

static void print_step_json(const struct tally *tally, const struct duet_step *step,
			    const struct duet_actions *actions)
{
	const struct duet_labels *labels = &tally->all->labels;
	json_t *object = step_object(step, labels), *list = json_array();

	json_object_set_new(object, "at_ms", json_integer(step->at_ms));
	for (size_t i = 0; i < actions->n; i++)
		json_array_append_new(list, object_of("action", &duet_action_verbs[actions->list[i].kind],
						      duet_action_fields, labels, &actions->list[i]));
	json_object_set_new(object, "actions", list);
	print_json(stdout, object);
}

static void print_step(void *user, const struct duet_step *step, const struct duet_actions *actions)
{
	const struct tally *tally = user;
	const struct duet_labels *labels = &tally->all->labels;
	char text[256];

	if (tally->quiet)
		return;
	if (tally->json) {
		print_step_json(tally, step, actions);
		return;
	}
	if (step->kind == DUET_STEP_EVENT)
		duet_event_text(&step->event, labels, text, sizeof(text));
	else
		snprintf(text, sizeof(text), "%s",
			 step->kind == DUET_STEP_RESTART ? "restart"
			 : step->network_on              ? "network on"
							 : "network off");
	printf("%8lld ms  %s\n", (long long)step->at_ms, text);
	for (size_t i = 0; i < actions->n; i++) {
		duet_action_text(&actions->list[i], labels, text, sizeof(text));
		printf("%14s→ %s\n", "", text);
	}
}

static void print_name(const struct tally *tally, const struct duet_scenario *scenario)
{
	if (tally->quiet || tally->json)
		return;
	printf("%s  (", scenario->name);
	for (int rule = 1, n = 0; rule <= DUET_RULES; rule++) {
		if (scenario->rules & (1u << rule))
			printf("%s%d", n++ ? ", " : "rule ", rule);
	}
	puts(")");
}

static json_t *rules_json(uint32_t rules)
{
	json_t *list = json_array();

	for (int rule = 1; rule <= DUET_RULES; rule++) {
		if (rules & (1u << rule))
			json_array_append_new(list, json_integer(rule));
	}
	return list;
}

/* Judging. */

static void judge(struct tally *tally, const struct duet_scenario *scenario)
{
	struct duet_error error = {0};
	char text[900] = "";
	bool passed;

	print_name(tally, scenario);
	passed = duet_scenario_play(tally->all, scenario, print_step, tally, &error) == 0;
	tally->n_passed += passed;
	tally->n_failed += !passed;
	for (int rule = 1; rule <= DUET_RULES; rule++) {
		bool proves = scenario->rules & (1u << rule);

		tally->passed[rule] += proves && passed;
		tally->failed[rule] += proves && !passed;
	}
	if (!passed)
		duet_error_format(&error, text, sizeof(text));
	if (tally->json)
		print_json(stdout, json_pack("{s:s, s:s, s:o, s:b, s:s}", "scenario", scenario->name, "file",
					     tally->all->path, "rules", rules_json(scenario->rules), "passed",
					     passed, "why", text));
	else if (!passed)
		fprintf(stderr, "✗ %s\n  %s\n", scenario->name, text);
}

static int play_file(struct tally *tally, const char *path, struct duet_error *error)
{
	struct duet_scenarios *all;
	int result = duet_scenarios_load(&all, path, error);

	if (result < 0)
		return result;
	tally->all = all;
	for (size_t i = 0; i < all->n; i++)
		judge(tally, &all->list[i]);
	tally->all = NULL;
	duet_scenarios_free(all);
	return 0;
}

static int play(const struct duet_invocation *invocation)
{
	struct tally tally = {.json = ((const struct arbiter_flags *)invocation->flags)->json};
	struct duet_error error = {0};

	if (invocation->n_arguments == 0)
		return duet_command_usage(invocation, "say which files of scenarios");
	for (int i = 0; i < invocation->n_arguments; i++) {
		if (play_file(&tally, invocation->arguments[i], &error) < 0)
			return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	}
	return tally.n_failed ? DUET_EXIT_FAILED : DUET_EXIT_DONE;
}

static const struct duet_command duet_arbiter_play = {
	.name = "play",
	.arguments = "FILE…",
	.summary = "Play scenarios and print what the arbiter does",
	.description = "Each event with its time, and below it the actions that it causes. What is expected "
		       "and does not come is told; then the exit code is 1.",
	.flags = flags_table,
	.flags_size = sizeof(struct arbiter_flags),
	.run = play,
};

/* All files. */

static int is_yaml(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && strcmp(dot, ".yaml") == 0;
}

static int play_folder(struct tally *tally, const char *folder, struct duet_error *error)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, is_yaml, alphasort), result = 0;
	char path[1024];

	if (n < 0)
		return duet_error_set(error, -errno, "%.180s cannot be read", folder);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (result == 0)
			result = play_file(tally, path, error);
		free(entries[i]);
	}
	free(entries);
	return result;
}

/* A rule that no scenario proves is as bad as one that is broken. */
static int print_table(const struct tally *tally)
{
	int n_unproved = 0;

	if (!tally->json)
		printf("%4s %8s %8s\n", "rule", "passed", "failed");
	for (int rule = 1; rule <= DUET_RULES; rule++) {
		bool proved = tally->passed[rule] && !tally->failed[rule];

		n_unproved += !proved;
		if (tally->json)
			print_json(stdout, json_pack("{s:i, s:i, s:i}", "rule", rule, "passed",
						     tally->passed[rule], "failed", tally->failed[rule]));
		else
			printf("%4d %8d %8d%s\n", rule, tally->passed[rule], tally->failed[rule],
			       proved ? "" : "  ✗");
	}
	if (!tally->json)
		printf("%d scenarios passed, %d failed; %d of %d rules hold\n", tally->n_passed,
		       tally->n_failed, DUET_RULES - n_unproved, DUET_RULES);
	return n_unproved || tally->n_failed ? DUET_EXIT_FAILED : DUET_EXIT_DONE;
}

static int conformance(const struct duet_invocation *invocation)
{
	struct tally tally = {.json = ((const struct arbiter_flags *)invocation->flags)->json, .quiet = true};
	const char *data = duet_data_dir();
	struct duet_error error = {0};
	char folder[640];

	snprintf(folder, sizeof(folder), "%s/arbiter", data ? data : ".");
	if (play_folder(&tally, invocation->n_arguments ? invocation->arguments[0] : folder, &error) < 0)
		return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	return print_table(&tally);
}

static const struct duet_command duet_arbiter_conformance = {
	.name = "conformance",
	.arguments = "[FOLDER]",
	.summary = "Play all scenarios and print a table by rule",
	.description =
		"Those that are shipped, or all of FOLDER. The exit code is 1 when a scenario fails or "
		"a rule has none. README.md beside them describes their format, for other speakers.",
	.flags = flags_table,
	.flags_size = sizeof(struct arbiter_flags),
	.run = conformance,
};

static const struct duet_command *const commands[] = {&duet_arbiter_play, &duet_arbiter_conformance, NULL};

const struct duet_command duet_arbiter_command = {
	.name = "arbiter",
	.summary = "Play scenarios on the arbiter of two assistants",
	.commands = commands,
};
