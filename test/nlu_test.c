/* SPDX-License-Identifier: Apache-2.0 */
/* `duet nlu`, as a person or a program calls it. */
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "temporary_file.h"

enum { MAX_OUTPUT = 1 << 20 };

static const char *build, *shared;
static char output[MAX_OUTPUT]; /* of the last command */

/* Runs `duet nlu ARGUMENTS` with `input`; its exit code. */
static int run(const char *input, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int run(const char *input, const char *format, ...)
{
	struct temporary_file in = temporary_file(input);
	char arguments[2048], command[4096];
	va_list list;
	size_t n;
	FILE *pipe;
	int status;

	va_start(list, format);
	vsnprintf(arguments, sizeof(arguments), format, list);
	va_end(list);
	snprintf(command, sizeof(command), "%s/duet nlu %s <%s", build, arguments, in.path);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	n = fread(output, 1, sizeof(output) - 1, pipe);
	output[n] = '\0';
	status = pclose(pipe);
	unlink(in.path);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A folder with files in it. */
struct folder {
	char path[32];
};

static struct folder folder_new(void)
{
	struct folder folder = {"/tmp/duet-test-XXXXXX"};

	assert_non_null(mkdtemp(folder.path));
	return folder;
}

static void put(const struct folder *folder, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	for (char *slash = strchr(path + strlen(folder->path) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void folder_done(const struct folder *folder)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", folder->path);
	assert_int_equal(system(command), 0);
}

static const char own_sentences[] = "intents:\n"
				    "  Light: {data: [{sentences: ['turn (on|off) [the] {colour} light']}]}\n"
				    "  Dim: {data: [{sentences: ['dim to {0..100:level}[ percent]']}]}\n"
				    "lists: {colour: {values: [red, {in: (azure|sky blue), out: blue}]}}\n"
				    "responses: {intents: {Light: {default: '{{ slots.colour }} it is'}}}\n";

/* One object for each line, whatever is in it. */
static void lines_in_objects_out(void **state)
{
	static const char lines[] =
		"turn on the sky blue light\n\nno such thing\n\xff\xfe\nDim to fifty!\r\ndim to 7.5";
	static const char *const intents[] = {"Light", NULL, NULL, NULL, "Dim", NULL};
	struct folder folder = folder_new();
	const char *at = output;
	int n = 0;

	put(&folder, "own.yaml", own_sentences);
	assert_int_equal(run(lines, "parse --sentences %s --json", folder.path), 0);
	for (; *at; n++) {
		size_t len = strcspn(at, "\n");
		json_t *one = json_loadb(at, len, 0, NULL), *intent = json_object_get(one, "intent");

		assert_true(n < 6);
		assert_true(json_is_string(json_object_get(one, "text")));
		assert_true(json_is_object(json_object_get(one, "slots")));
		assert_true(json_is_number(json_object_get(one, "us")) &&
			    json_is_number(json_object_get(one, "score")));
		assert_true(intents[n] ? json_is_string(intent) : json_is_null(intent));
		if (intents[n]) {
			assert_string_equal(json_string_value(intent), intents[n]);
			assert_string_equal(json_string_value(json_object_get(one, "source")), "exact");
		}
		if (n == 0)
			assert_string_equal(
				json_string_value(json_object_get(json_object_get(one, "slots"), "colour")),
				"blue");
		if (n == 4)
			assert_int_equal(
				json_integer_value(json_object_get(json_object_get(one, "slots"), "level")),
				50);
		json_decref(one);
		at += len + (at[len] == '\n');
	}
	assert_int_equal(n, 6);
	folder_done(&folder);
}

static void a_very_long_line_is_one(void **state)
{
	static char line[300000];
	struct folder folder = folder_new();

	put(&folder, "own.yaml", own_sentences);
	memset(line, 'a', sizeof(line) - 1);
	assert_int_equal(run(line, "parse --sentences %s --json", folder.path), 0);
	assert_ptr_equal(strchr(output, '\n'), output + strlen(output) - 1);
	folder_done(&folder);
}

/* An answer comes before the next question is asked. */
static void a_pipe_is_answered_at_once(void **state)
{
	struct folder folder = folder_new();
	int to[2], from[2], status;
	char sentences[64], program[1024], answer[4096];
	pid_t child;

	put(&folder, "own.yaml", own_sentences);
	snprintf(sentences, sizeof(sentences), "--sentences=%s", folder.path);
	snprintf(program, sizeof(program), "%s/duet", build);
	assert_true(pipe(to) == 0 && pipe(from) == 0);
	child = fork();
	if (child == 0) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		close(to[1]);
		execl(program, program, "nlu", "parse", sentences, "--json", (char *)NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(write(to[1], "dim to 5\n", 9), 9);
		assert_true(read(from[0], answer, sizeof(answer)) > 0);
		assert_int_equal(answer[0], '{');
	}
	close(to[1]);
	waitpid(child, &status, 0);
	assert_int_equal(WEXITSTATUS(status), 0);
	close(from[0]);
	folder_done(&folder);
}

static void mistakes_have_a_caret(void **state)
{
	struct folder folder = folder_new();

	put(&folder, "own.yaml", "intents: {X: {data: [{sentences: ['a (b', '<c> d']}]}}\n");
	assert_int_equal(run("", "compile %s -o %s/out 2>&1", folder.path, folder.path), 3);
	assert_non_null(strstr(output, "own.yaml:1:38: this ( is never closed"));
	assert_non_null(strstr(output, "\n                                       ^\n"));
	assert_non_null(strstr(output, "<c> is not defined"));
	assert_non_null(strstr(output, "2 mistakes"));
	put(&folder, "own.yaml", own_sentences);
	assert_int_equal(run("", "compile %s -o %s/out", folder.path, folder.path), 0);
	assert_non_null(strstr(output, "2 templates, 1 answers"));
	assert_int_equal(run("dim to 3\n", "parse -s %s/out --json", folder.path), 0);
	assert_non_null(strstr(output, "\"Dim\""));
	folder_done(&folder);
}

static void explained_and_sampled(void **state)
{
	struct folder folder = folder_new();

	put(&folder, "own.yaml",
	    "intents: {Any: {data: [{sentences: ['play {what}']}]}, Jazz: {data: [{sentences: ['play "
	    "jazz']}]}}\n"
	    "lists: {what: {wildcard: true}}\n");
	assert_int_equal(run("", "explain -s %s play jazz", folder.path), 0);
	assert_non_null(strstr(output, "2 ways"));
	assert_non_null(strstr(output, "1. Jazz"));
	assert_non_null(strstr(output, "lost: more wildcards (1 against 0)"));
	assert_int_equal(run("", "explain -s %s stop jazz", folder.path), 1);
	assert_int_equal(run("", "sample -s %s Jazz --n 2", folder.path), 0);
	assert_string_equal(output, "play jazz\nplay jazz\n");
	assert_int_equal(run("", "sample -s %s Blues 2>/dev/null", folder.path), 1);
	folder_done(&folder);
}

static json_int_t number(const json_t *report, const char *key)
{
	return json_integer_value(json_object_get(report, key));
}

/* One that passes, one with the wrong slot, one with the wrong answer, one that is known to fail. */
static void a_suite_of_2025(void **state)
{
	struct folder folder = folder_new();
	json_t *report, *english;

	put(&folder, "sentences/en/_common.yaml", "language: en\nlists: {n: {range: {from: 0, to: 9}}}\n");
	put(&folder, "sentences/en/own.yaml",
	    "language: en\nintents: {Set: {data: [{sentences: ['set {name} to {n}']}, {sentences: "
	    "['never']}]}}\n");
	put(&folder, "responses/en/Set.yaml",
	    "language: en\nresponses: {intents: {Set: {default: '{{ slots.name }} is {{ state.state }}, then "
	    "{{ slots.n "
	    "}}'}}}\n");
	put(&folder, "tests/en/_fixtures.yaml",
	    "language: en\nentities: [{name: 'Bed[side] Lamp', id: light.bed, state: {in: dark, out: "
	    "'off'}}]\n");
	put(&folder, "tests/en/_test_failures.yaml", "language: en\nsentences: [set it]\n");
	put(&folder, "tests/en/own.yaml",
	    "language: en\n"
	    "tests:\n"
	    "  - sentences: [set bedside lamp to 5, set it]\n"
	    "    intent: {name: Set, slots: {name: Bedside Lamp, n: 5}}\n"
	    "    response: bedside lamp is dark, then 5\n"
	    "  - sentences: [set bed lamp to 6]\n"
	    "    intent: {name: Set, slots: {name: Bed Lamp, n: 5}}\n"
	    "  - sentences: [set bed lamp to 7]\n"
	    "    intent: {name: Set, slots: {name: [Bed Lamp, Bedside Lamp], n: 7}}\n"
	    "    response: [no, never]\n");
	assert_int_equal(run("", "test --suite %s --layout 2025 --json", folder.path), 1);
	report = json_loads(output, 0, NULL);
	english = json_object_get(json_object_get(report, "languages"), "en");
	assert_int_equal(number(report, "sentences"), 4);
	assert_int_equal(number(report, "passed"), 1);
	assert_int_equal(number(english, "templates"), 2);
	assert_int_equal(number(english, "templates_won"), 1);
	assert_true(json_is_number(json_object_get(english, "median_us")));
	json_decref(report);
	assert_int_equal(run("", "test --suite %s --layout 2025", folder.path), 1);
	assert_non_null(strstr(output, "own.yaml:6: set bed lamp to 6\n"
				       "  expected Set name='Bed Lamp' n=5\n"
				       "  came     Set name='Bed Lamp' n=6"));
	assert_non_null(strstr(output, "came     the answer \"bed lamp is dark, then 7\""));
	assert_null(strstr(output, ": set it"));
	folder_done(&folder);
}

static void a_suite_of_2026(void **state)
{
	struct folder folder = folder_new();

	put(&folder, "intents.yaml",
	    "Set: {supported: true, domain: light, slot_combinations: {name_only: {description: x, slots: "
	    "[name]}, "
	    "here: {description: x, slots: [domain], context_area: true, inferred_domains: {optional: "
	    "[light]}}}}\n");
	put(&folder, "sentences/en/_common.yaml", "language: en\nskip_words: [please]\n");
	put(&folder, "sentences/en/Set/name_only.yaml",
	    "language: en\ndata: [{sentences: ['set {name}'], response: default}]\n");
	put(&folder, "sentences/en/Set/here.yaml",
	    "language: en\ndata: [{sentences: ['set it here'], inferred_domain: light, response: here}]\n");
	put(&folder, "responses/en/Set.yaml",
	    "language: en\nresponses: {intents: {Set: {default: '{{ state.state_with_unit }}', here: 'in {{ "
	    "slots.area "
	    "}}: {{ query.matched | length }}'}}}\n");
	put(&folder, "tests/en/Set/name_only.yaml",
	    "language: en\nentities: [{name: Lamp, domain: light, state: '5', attributes: "
	    "{unit_of_measurement: W}}]\n"
	    "tests: [{sentences: [please set lamp], slots: {name: Lamp}, response: 5 W}]\n");
	put(&folder, "tests/en/Set/here.yaml",
	    "language: en\nareas: [{name: Hall, context_area: true}]\n"
	    "entities: [{name: L, domain: light, area: Hall}, {name: M, domain: light}]\n"
	    "tests: [{sentences: [set it here], slots: {}, response: 'in Hall: 1'}]\n");
	assert_int_equal(run("", "test --suite %s --layout 2026", folder.path), 0);
	assert_non_null(strstr(output, "en                  2          2        0"));
	/* A name means its template, slots stand beside the intent, and what the schema lacks is no test. */
	put(&folder, "tests/en/Set/name_only.yaml",
	    "language: en\nentities: [{name: 'Lamp(|s|a)', domain: light, state: '5'}]\n"
	    "tests: [{sentences: [set lampa], intent: {name: Set}, slots: {name: 'Lamp(|s|a)'}, response: "
	    "'5'}]\n");
	put(&folder, "tests/en/Set/gone.yaml",
	    "language: en\ntests: [{sentences: [what], slots: {}, response: x}]\n");
	assert_int_equal(run("", "test --suite %s --layout 2026", folder.path), 0);
	assert_non_null(strstr(output, "en                  2          2        0"));
	put(&folder, "tests/en/Set/here.yaml",
	    "language: en\ntests: [{sentences: [please set lamp], slots: {}, response: x}]\n");
	assert_int_equal(run("", "test --suite %s", folder.path), 1);
	assert_non_null(strstr(output, "came     nothing: it is not understood"));
	assert_non_null(strstr(output, "no sentence is understood by set it here"));
	folder_done(&folder);
}

/* Those at hand: all that their own tests say. */
static void the_suites_pass(void **state)
{
	static const char *const layouts[] = {"2025", "2026"};
	char path[512];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/data/nlu/intents-%s", shared ? shared : "", layouts[i]);
		if (access(path, R_OK) < 0) {
			printf("skipped: %s is not there\n", path);
			skip();
		}
		if (run("", "test --suite %s --layout %s", path, layouts[i]) != 0)
			fail_msg("%s", output);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_in_objects_out),
		cmocka_unit_test(a_very_long_line_is_one),
		cmocka_unit_test(a_pipe_is_answered_at_once),
		cmocka_unit_test(mistakes_have_a_caret),
		cmocka_unit_test(explained_and_sampled),
		cmocka_unit_test(a_suite_of_2025),
		cmocka_unit_test(a_suite_of_2026),
		cmocka_unit_test(the_suites_pass),
	};

	build = getenv("DUET_BUILD");
	shared = getenv("DUET_SHARED");
	return build ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
