/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/value/condition.h"

#include <stdlib.h>
#include <string.h>

#include "hub/value/event_json.h"
#include "torture.h"

static const char body[] = "{\"engine\":{\"oil\":95.5,\"on\":true},\"list\":[1,\"b\"],\"n\":null,\"a b\":1}";

static struct duet_hub_event sample(void)
{
	return (struct duet_hub_event){.device = duet_slice("kitchen-1"),
				       .properties =
					       duet_slice("%24.mid=m1&%24.ct=application%2Fjson&alert=true&"
							  "level=21.5&empty=&none"),
				       .body = duet_slice(body)};
}

static bool holds(const char *text)
{
	struct duet_hub_event event = sample();
	struct duet_hub_condition *condition;
	struct duet_error error = {0};
	bool result;

	if (duet_hub_condition_compile(&condition, text, &error) < 0)
		fail_msg("%s: %s at %d", text, error.what, error.column);
	result = duet_hub_condition_holds(condition, &event);
	duet_hub_condition_free(condition);
	return result;
}

static void takes_what_is_true(void **state)
{
	static const char *const rows[] = {
		"alert = 'true'",
		"ALERT = 'x' OR alert = \"true\"",
		"$body.engine.oil > 90",
		"$body.engine.oil >= 95.5 AND $body.engine.on = true",
		"$body.list[1] = 'b'",
		"$body['a b'] = 1",
		"$connectionDeviceId IN ['a', 'kitchen-1']",
		"$connectionDeviceId NIN ['a', 'b']",
		"$messageId = 'm1' AND $contentType = 'application/json'",
		"NOT alert = 'false'",
		"as_number(level) * 2 = 43",
		"-as_number(level) < -20",
		"IS_DEFINED($body.engine) AND NOT IS_DEFINED($body.motor)",
		"IS_NULL($body.n) AND IS_OBJECT($body.engine) AND IS_ARRAY($body.list)",
		"IS_BOOL($body.engine.on) AND IS_NUMBER($body.engine.oil)",
		"STARTSWITH($connectionDeviceId, 'kitchen') AND ENDSWITH($connectionDeviceId, '-1')",
		"CONTAINS(UPPER($connectionDeviceId), 'CHEN')",
		"LENGTH($body.list) = 2 AND LENGTH(alert) = 4",
		"empty = ''",
		"'it''s' = 'it''s'",
		"$source = 'Telemetry'",
		"'a' || 'b' = 'ab'",
		"1 + 2 * 3 = 7 AND (1 + 2) * 3 = 9 AND 7 % 4 = 3",
		"missing = 'x' OR true",
		"{alert} = 'true'",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!holds(rows[i]))
			fail_msg("not true: %s", rows[i]);
}

static void leaves_what_is_not(void **state)
{
	static const char *const rows[] = {
		"alert = true",
		"missing = 'x'",
		"NOT missing = 'x'",
		"$body.engine.oil < 90",
		"$body.motor.oil <> 1",
		"level > 20",
		"missing AND true",
		"1 / 0 = 1",
		"none = ''",
		"$body.list = 'b'",
		"LENGTH(missing) = 0",
		"'a' < 1",
		"as_number(alert) = 1",
		"$body[9] = 1",
		"missing IN [1]",
		"false",
		"$connectionModuleId = ''",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (holds(rows[i]))
			fail_msg("true: %s", rows[i]);
}

static void mistakes_say_where(void **state)
{
	static const struct {
		const char *text;
		int column;
	} rows[] = {{"alert == 1", 8}, {"alert = 'x", 11}, {"(a = 1", 7},        {"", 1},
		    {"a = 1 b", 7},    {"FOO(a)", 4},      {"LENGTH(a, b)", 13}, {"$body[x] = 1", 7}};
	struct duet_hub_condition *condition;
	char deep[400] = "";

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct duet_error error = {0};

		assert_int_equal(duet_hub_condition_compile(&condition, rows[i].text, &error), -EINVAL);
		if (error.column != rows[i].column)
			fail_msg("%s: %s at %d", rows[i].text, error.what, error.column);
	}
	memset(deep, '(', sizeof(deep) - 1);
	assert_int_equal(duet_hub_condition_compile(&condition, deep, NULL), -EINVAL);
}

static void a_body_that_is_no_json_is_not_there(void **state)
{
	struct duet_hub_event event = {.body = duet_slice("no json"), .properties = duet_slice("%zz")};
	struct duet_hub_condition *condition;

	assert_int_equal(duet_hub_condition_compile(&condition, "IS_DEFINED($body) OR IS_DEFINED(zz)", NULL),
			 0);
	assert_false(duet_hub_condition_holds(condition, &event));
	assert_true(duet_hub_condition_holds(NULL, &event));
	duet_hub_condition_free(condition);
}

static void events_become_json(void **state)
{
	struct duet_hub_event event = sample();
	json_t *json = duet_hub_event_json(&event, 7), *part;

	assert_int_equal(json_integer_value(json_object_get(json, "number")), 7);
	part = json_object_get(json, "systemProperties");
	assert_string_equal(json_string_value(json_object_get(part, "contentType")), "application/json");
	part = json_object_get(json, "properties");
	assert_string_equal(json_string_value(json_object_get(part, "alert")), "true");
	assert_true(json_is_null(json_object_get(part, "none")));
	assert_string_equal(json_string_value(json_object_get(json, "bodyType")), "json");
	json_decref(json);
	event.body = duet_slice("hello");
	json = duet_hub_event_json(&event, 0);
	assert_string_equal(json_string_value(json_object_get(json, "bodyType")), "text");
	assert_null(json_object_get(json, "number"));
	json_decref(json);
	event.body = (struct duet_slice){"\xff\0", 2};
	json = duet_hub_event_json(&event, 0);
	assert_string_equal(json_string_value(json_object_get(json, "body")), "/wA=");
	json_decref(json);
}

static int compile_sample(void *user)
{
	struct duet_hub_condition *condition;
	int code = duet_hub_condition_compile(&condition, "a = 'b' AND $body.c IN [1, 2]", NULL);

	if (code == 0)
		duet_hub_condition_free(condition);
	return code;
}

static void survives_failing_memory(void **state)
{
	duet_torture(compile_sample, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_is_true), cmocka_unit_test(leaves_what_is_not),
		cmocka_unit_test(mistakes_say_where), cmocka_unit_test(a_body_that_is_no_json_is_not_there),
		cmocka_unit_test(events_become_json), cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
