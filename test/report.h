/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_TEST_REPORT_H
#define DUET_TEST_REPORT_H

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/wait.h>

#include <cmocka.h>

/* What a command prints for programs: one JSON object. */

/* The command's exit status, -1 when it has none; `*report` NULL when it printed something else. */
static inline int report_of(json_t **report, const char *command)
{
	FILE *output = popen(command, "r");
	int status;

	assert_non_null(output);
	*report = json_loadf(output, 0, NULL);
	status = pclose(output);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline double report_number(const json_t *report, const char *name)
{
	const json_t *value = json_object_get(report, name);

	assert_true(json_is_number(value));
	return json_number_value(value);
}

static inline json_int_t report_whole(const json_t *report, const char *name)
{
	const json_t *value = json_object_get(report, name);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

#endif
