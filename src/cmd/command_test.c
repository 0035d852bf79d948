/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct flags {
	bool json;
	int jobs;
	const char *output;
	struct duet_texts data;
};

static const struct duet_flag flags[] = {
	{'j',
	 NULL,
	 {"json", DUET_OPTION_BOOL, offsetof(struct flags, json), NULL, "JSON for scripts", NULL, 0, 0}},
	{0, "N", {"jobs", DUET_OPTION_INT, offsetof(struct flags, jobs), "2", "At once", NULL, 1, 64}},
	{'o',
	 "FILE",
	 {"output", DUET_OPTION_TEXT, offsetof(struct flags, output), NULL, "Where to", NULL, 0, 0}},
	{0, "FILE", {"data", DUET_OPTION_TEXTS, offsetof(struct flags, data), NULL, "What from", NULL, 0, 0}},
	{0},
};

static struct flags got;
static char words[256], program[64];

static int run(const struct duet_invocation *invocation)
{
	memcpy(&got, invocation->flags, sizeof(got));
	words[0] = '\0';
	for (int i = 0; i < invocation->n_arguments; i++)
		snprintf(words + strlen(words), sizeof(words) - strlen(words), "%s,",
			 invocation->arguments[i]);
	snprintf(program, sizeof(program), "%s", invocation->program);
	return DUET_EXIT_DONE;
}

static const struct duet_command speech = {"speech", "FILE…", "Inner", NULL, flags, sizeof(struct flags),
					   NULL,     run,     NULL};
static const struct duet_command hear = {"hear", "FILE…", "Hears", NULL, flags, sizeof(struct flags),
					 NULL,   run,     NULL};
static const struct duet_command doctor = {"doctor", NULL, "Looks", NULL, NULL, 0, NULL, run, NULL};
static const struct duet_command *const inner[] = {&speech, NULL};
static const struct duet_command bench = {"bench", NULL, "Measures", NULL, NULL, 0, inner, NULL, NULL};
static const struct duet_command *const outer[] = {&hear, &doctor, &bench, NULL};
static const struct duet_command root = {.name = "duet", .summary = "root", .commands = outer};

static int call(const char *first, ...)
{
	char *argv[16] = {strdup("x")};
	const char *word = first;
	int argc = 1, result;
	va_list args;

	memset(&got, 0, sizeof(got));
	va_start(args, first);
	for (; word; word = va_arg(args, const char *))
		argv[argc++] = strdup(word);
	va_end(args);
	result = duet_command_main(&root, argc, argv);
	for (int i = 0; i < argc; i++)
		free(argv[i]);
	return result;
}

static void test_flags_in_every_spelling(void **state)
{
	assert_int_equal(call("hear", "--json", "a.wav", "--jobs=3", "-o", "out", "b.wav", NULL),
			 DUET_EXIT_DONE);
	assert_true(got.json);
	assert_int_equal(got.jobs, 3);
	assert_string_equal(words, "a.wav,b.wav,");
	assert_string_equal(program, "duet hear");
	assert_int_equal(call("hear", "-jofile", "--", "--json", "-", NULL), DUET_EXIT_DONE);
	assert_true(got.json);
	assert_string_equal(words, "--json,-,");
	assert_int_equal(got.jobs, 2);
}

static void test_repeated_flags_gather(void **state)
{
	assert_int_equal(call("bench", "speech", "--data", "a", "--data=b", NULL), DUET_EXIT_DONE);
	assert_int_equal(got.data.n_items, 2);
	assert_string_equal(program, "duet bench speech");
}

static void test_mistakes_are_usage_errors(void **state)
{
	assert_int_equal(call(NULL), DUET_EXIT_USAGE);
	assert_int_equal(call("haer", NULL), DUET_EXIT_USAGE);
	assert_int_equal(call("bench", NULL), DUET_EXIT_USAGE);
	assert_int_equal(call("hear", "--jsno", NULL), DUET_EXIT_USAGE);
	assert_int_equal(call("hear", "-x", NULL), DUET_EXIT_USAGE);
	assert_int_equal(call("hear", "--jobs", "0", NULL), DUET_EXIT_USAGE);
	assert_int_equal(call("hear", "--jobs", "many", NULL), DUET_EXIT_USAGE);
	assert_int_equal(call("hear", "--output", NULL), DUET_EXIT_USAGE);
	assert_int_equal(call("hear", "--json=yes", NULL), DUET_EXIT_USAGE);
	assert_int_equal(call("doctor", "who", NULL), DUET_EXIT_USAGE);
}

static void test_help_and_manual_name_everything(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(call("hear", "--help", NULL), DUET_EXIT_DONE);
	duet_command_help(out, &hear, "duet hear");
	duet_command_manual(out, &root);
	assert_int_equal(duet_command_completion(out, &root, "bash"), 0);
	assert_int_equal(duet_command_completion(out, &root, "zsh"), 0);
	assert_true(duet_command_completion(out, &root, "fish") < 0);
	fclose(out);
	assert_non_null(strstr(text, "-o, --output FILE"));
	assert_non_null(strstr(text, "(default 2)"));
	assert_non_null(strstr(text, ".Ss bench speech FILE…"));
	assert_non_null(strstr(text, "'duet bench speech') words='--json --jobs --output --data --help'"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags_in_every_spelling),
		cmocka_unit_test(test_repeated_flags_gather),
		cmocka_unit_test(test_mistakes_are_usage_errors),
		cmocka_unit_test(test_help_and_manual_name_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
