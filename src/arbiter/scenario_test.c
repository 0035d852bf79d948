/* SPDX-License-Identifier: Apache-2.0 */
#include "arbiter/scenario.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "torture.h"

#define HEAD "assistants: [a, b]\nscenarios:\n- name: one\n  rules: [1]\n  steps:\n"

static int parse(struct duet_scenarios **all, const char *text, struct duet_error *error)
{
	*error = (struct duet_error){0};
	return duet_scenarios_parse(all, "x.yaml", text, strlen(text), error);
}

/* The scenarios that are shipped. */

static void play_all(const char *path, uint32_t *proved)
{
	struct duet_scenarios *all;
	struct duet_error error = {0};

	if (duet_scenarios_load(&all, path, &error) < 0)
		fail_msg("%s:%d: %s", error.file, error.line, error.what);
	for (size_t i = 0; i < all->n; i++) {
		if (duet_scenario_play(all, &all->list[i], NULL, NULL, &error) < 0)
			fail_msg("%s:%d: %s: %s", error.file, error.line, all->list[i].name, error.what);
		*proved |= all->list[i].rules;
	}
	duet_scenarios_free(all);
}

static void every_rule_is_proved(void **state)
{
	const char *source = getenv("DUET_SOURCE");
	char folder[512], path[1024];
	struct dirent *entry;
	uint32_t proved = 0;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/data/arbiter", source ? source : "..");
	dir = opendir(folder);
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (strstr(entry->d_name, ".yaml"))
			play_all(path, &proved);
	}
	closedir(dir);
	assert_int_equal(proved, ((1u << DUET_RULES) - 1) << 1);
}

/* What does not hold is told, with its line. */
static void a_broken_expectation_is_found(void **state)
{
	static const struct {
		const char *step;
		int line;
	} steps[] = {
		{"  - {wake: a, then: nothing}\n", 6},
		{"  - wake: a\n    then:\n    - listen: {assistant: b}\n", 8},
		{"  - wake: a\n    then: [attention: {}, listen: {}]\n", 7},
		{"  - wake: a\n    never:\n    - listen: {turn: 1}\n", 8},
		{"  - {at: 1s, wake: a}\n  - {at: 2s, wake: b, then: [listen: {}]}\n", 7},
	};
	struct duet_scenarios *all;
	struct duet_error error;
	char text[512];

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		snprintf(text, sizeof(text), "%s%s", HEAD, steps[i].step);
		assert_int_equal(parse(&all, text, &error), 0);
		assert_int_equal(duet_scenario_play(all, &all->list[0], NULL, NULL, &error), -EPROTO);
		assert_int_equal(error.line, steps[i].line);
		duet_scenarios_free(all);
	}
}

static void mistakes_say_where(void **state)
{
	static const struct {
		const char *text, *what;
	} mistakes[] = {
		{"[]", "a map with assistants"},
		{"scenarios: []", "assistants are named first"},
		{"assistants: [a]", "no scenarios"},
		{"assistants: [a]\nscenarios:\n- {name: x, rules: [22], steps: []}", "no rule \"22\""},
		{"assistants: [a]\nscenarios:\n- {name: x, rules: [1]}", "a list of steps"},
		{"assistants: [a]\nscenarios:\n- {rules: [1], steps: []}", "a name"},
		{HEAD "  - {}\n", "one event"},
		{HEAD "  - {wake: a, button: a}\n", "one event"},
		{HEAD "  - {wack: a}\n", "nothing is called \"wack\""},
		{HEAD "  - {wake: c}\n", "assistant \"c\""},
		{HEAD "  - {wake: {colour: red}}\n", "wake \"colour\""},
		{HEAD "  - {wake: [a]}\n", "a map of fields"},
		{HEAD "  - {wake: a, then: [lissen: {}]}\n", "nothing is called \"lissen\""},
		{HEAD "  - {wake: a, then: soon}\n", "a list of actions"},
		{HEAD "  - {end: music}\n", "activity \"music\""},
		{HEAD "  - {begin: {assistant: a}}\n", "needs a name"},
		{HEAD "  - {at: 2s, wake: a}\n  - {at: 1s, wake: a}\n", "time goes back"},
		{HEAD "  - {at: soon, wake: a}\n", "at: \"soon\""},
		{HEAD "  - {network: perhaps}\n", "on or off"},
	};
	struct duet_scenarios *all;
	struct duet_error error;

	for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		assert_int_equal(parse(&all, mistakes[i].text, &error), -EINVAL);
		if (!strstr(error.what, mistakes[i].what))
			fail_msg("\"%s\" is not about: %s", error.what, mistakes[i].what);
	}
	parse(&all, HEAD "  - {wack: a}\n", &error);
	assert_string_equal(error.hint, "did you mean \"wake\"?");
	assert_int_equal(error.line, 6);
}

static void add(char *text, const char *piece, const char *end)
{
	size_t length = strlen(text);

	snprintf(text + length, 1024 - length, "%s%s", piece, end);
}

static void note(void *user, const struct duet_step *step, const struct duet_actions *actions)
{
	static const struct duet_labels labels = {
		.assistants = {"a", "b"}, .n_assistants = 2, .activities = {"music"}, .n_activities = 1};
	char one[256];

	duet_event_text(&step->event, &labels, one, sizeof(one));
	add(user, one, ":");
	for (size_t i = 0; i < actions->n; i++) {
		duet_action_text(&actions->list[i], &labels, one, sizeof(one));
		add(user, " ", one);
		add(user, ";", "");
	}
	add(user, "\n", "");
}

static void what_happens_can_be_told(void **state)
{
	struct duet_scenarios *all;
	struct duet_error error;
	char text[1024] = "";

	assert_int_equal(parse(&all,
			       HEAD
			       "  - {begin: {activity: music, assistant: b, kind: content, controls: stop}}\n"
			       "  - {wake: {assistant: a, score: 0.6}}\n"
			       "  - {at: 1s, microphone: off}\n",
			       &error),
			 0);
	assert_int_equal(duet_scenario_play(all, &all->list[0], note, text, &error), 0);
	assert_string_equal(text, "begin music, b, content, controls stop: focus music, foreground; stop_on; "
				  "attention idle, b, music, on;\n"
				  "wake a, score 0.6: listen a, turn 1, controls stop; call_back at 300; "
				  "focus music, background; stop_off; attention listening, a, on;\n"
				  "time: wake_off;\n"
				  "microphone off: abandon turn 1; microphone off; focus music, foreground; "
				  "attention idle, b, music, off;\n");
	duet_scenarios_free(all);
}

static int parse_sample(void *user)
{
	struct duet_scenarios *all = NULL;
	struct duet_error error;
	int code = parse(&all, HEAD "  - {begin: {activity: x}, then: [focus: {}], never: [listen: {}]}\n",
			 &error);

	duet_scenarios_free(all);
	return code;
}

static void survives_failing_memory(void **state)
{
	duet_torture(parse_sample, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_is_proved),    cmocka_unit_test(a_broken_expectation_is_found),
		cmocka_unit_test(mistakes_say_where),      cmocka_unit_test(what_happens_can_be_told),
		cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
