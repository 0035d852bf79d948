/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recordings that lie beside the project, when they do: what `duet bench
 * speech` must reach at least. Well below what it does reach, so that only a
 * real loss fails.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

static const char *shared, *source, *build;

/* What the command prints, one JSON object. */
static json_t *run(const char *arguments)
{
	char command[4096];
	json_t *report;

	snprintf(command, sizeof(command), "%s/duet bench speech --json %s", build, arguments);
	assert_int_equal(report_of(&report, command), 0);
	assert_non_null(report);
	return report;
}

static double acceptance(const json_t *report)
{
	const json_t *clean = json_array_get(json_object_get(report, "conditions"), 0);

	return json_number_value(json_object_get(clean, "acceptance"));
}

static void orders_are_heard(void **state)
{
	char arguments[2048];
	json_t *report;

	snprintf(arguments, sizeof(arguments),
		 "--sentences %s/data/speech/commands/coffee.yaml --audio %s/data/speech/commands/audio "
		 "--labels %s/data/speech/commands/labels.json",
		 shared, shared, shared);
	report = run(arguments);
	assert_true(acceptance(report) > 0.92);
	assert_true(report_number(report, "cpu_xrt") < 0.2);
	json_decref(report);
}

static void the_home_is_heard_and_the_rest_refused(void **state)
{
	char arguments[2048];
	json_t *report;

	snprintf(arguments, sizeof(arguments),
		 "--sentences %s/data/sentences/en --home %s/data/speech/home/fixtures.yaml "
		 "--audio %s/data/speech/home/recorded",
		 source, shared, shared);
	report = run(arguments);
	assert_true(acceptance(report) > 0.5);
	assert_true(report_number(report, "rejected") >= report_number(report, "reject_n") - 1);
	json_decref(report);
}

static void mandarin_words_are_heard(void **state)
{
	char arguments[2048];
	json_t *report;

	snprintf(arguments, sizeof(arguments),
		 "--sentences %s/data/speech/mandarin/sixty.yaml --audio %s/data/speech/mandarin/words "
		 "--only-known",
		 shared, shared);
	report = run(arguments);
	assert_true(acceptance(report) > 0.85);
	json_decref(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_are_heard),
		cmocka_unit_test(the_home_is_heard_and_the_rest_refused),
		cmocka_unit_test(mandarin_words_are_heard),
	};
	char path[1024];

	shared = getenv("DUET_SHARED");
	source = getenv("DUET_SOURCE");
	build = getenv("DUET_BUILD");
	if (!shared || !source || !build)
		return 77;
	snprintf(path, sizeof(path), "%s/data/speech/commands/labels.json", shared);
	if (access(path, R_OK) < 0) {
		fprintf(stderr, "skipped: no recordings in %s\n", shared);
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
