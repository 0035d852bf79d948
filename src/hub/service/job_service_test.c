/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/service/service_fixture.h"

/* Jobs and configurations: work on many devices that goes on by itself. */

#define CONDITION "\"queryCondition\":\"tags.room = 'hall'\""

struct working {
	struct world world;
	struct service service;
};

static void working_begin(struct working *working)
{
	world_begin(&working->world, "");
	service_begin(&working->service, &working->world, "iothubowner");
	assert_int_equal(
		service_call(&working->service, "PATCH", "/twins/lamp", "{\"tags\":{\"room\":\"hall\"}}"),
		200);
}

static void working_end(struct working *working)
{
	service_end(&working->service);
	world_end(&working->world);
}

/* Until what `path` shows has `text` in it. */
static void wait_for(struct working *working, const char *path, const char *text)
{
	for (int i = 0; i < 400; i++) {
		assert_int_equal(service_call(&working->service, "GET", path, ""), 200);
		if (strstr(working->service.body, text))
			return;
		usleep(50000);
	}
	fail_msg("%s never came to %s: %s", path, text, working->service.body);
}

static void twins_are_changed_by_a_job(void **state)
{
	static struct working working;

	working_begin(&working);
	assert_int_equal(
		service_call(&working.service, "PUT", "/jobs/v2/one",
			     "{\"type\":\"scheduleUpdateTwin\"," CONDITION
			     ",\"updateTwin\":{\"etag\":\"*\",\"properties\":{\"desired\":{\"on\":1}}}}"),
		200);
	wait_for(&working, "/jobs/v2/one", "\"status\":\"completed\"");
	assert_non_null(strstr(working.service.body, "\"succeededCount\":1"));
	wait_for(&working, "/twins/lamp", "\"on\":1");
	assert_int_equal(service_call(&working.service, "PUT", "/jobs/v2/one",
				      "{\"type\":\"scheduleUpdateTwin\"," CONDITION ",\"updateTwin\":{}}"),
			 409);
	/* What is over stays as it is. */
	assert_int_equal(service_call(&working.service, "POST", "/jobs/v2/one/cancel", ""), 200);
	assert_non_null(strstr(working.service.body, "\"status\":\"completed\""));
	assert_int_equal(service_call(&working.service, "POST", "/devices/query",
				      "{\"query\":\"SELECT * FROM devices.jobs\"}"),
			 200);
	assert_non_null(strstr(working.service.body, "\"deviceId\":\"lamp\""));
	working_end(&working);
}

static void one_for_later_can_be_cancelled(void **state)
{
	static struct working working;

	working_begin(&working);
	assert_int_equal(service_call(&working.service, "PUT", "/jobs/v2/later",
				      "{\"type\":\"scheduleDeviceMethod\"," CONDITION
				      ",\"startTime\":\"2199-01-01T00:00:00Z\",\"cloudToDeviceMethod\":"
				      "{\"methodName\":\"beep\",\"payload\":null}}"),
			 200);
	assert_non_null(strstr(working.service.body, "\"status\":\"scheduled\""));
	/* It waits through a restart. */
	service_disconnect(&working.service);
	world_restart(&working.world);
	service_connect(&working.service);
	wait_for(&working, "/jobs/v2/later", "\"status\":\"scheduled\"");
	assert_int_equal(service_call(&working.service, "POST", "/jobs/v2/later/cancel", ""), 200);
	wait_for(&working, "/jobs/v2/later", "\"status\":\"cancelled\"");
	assert_int_equal(service_call(&working.service, "GET", "/jobs/v2/query?jobStatus=cancelled", ""),
			 200);
	assert_non_null(strstr(working.service.body, "later"));
	assert_int_equal(service_call(&working.service, "GET", "/jobs/v2/query?jobStatus=completed", ""),
			 200);
	assert_string_equal(working.service.body, "[]");
	working_end(&working);
}

static void what_is_no_job(void **state)
{
	static const struct {
		const char *body;
		int status;
	} cases[] = {
		{"{\"type\":\"dance\"," CONDITION "}", 400},
		{"{\"type\":\"scheduleUpdateTwin\"," CONDITION "}", 400},
		{"{\"type\":\"scheduleUpdateTwin\",\"updateTwin\":{}}", 400},
		{"{\"type\":\"scheduleUpdateTwin\",\"queryCondition\":\"tags.room =\",\"updateTwin\":{}}",
		 400},
		{"{\"type\":\"scheduleUpdateTwin\"," CONDITION
		 ",\"updateTwin\":{\"properties\":{\"desired\":{\"a.b\":1}}}}",
		 400},
		{"{\"type\":\"scheduleDeviceMethod\"," CONDITION ",\"cloudToDeviceMethod\":{}}", 400},
		{"{\"type\":\"scheduleUpdateTwin\"," CONDITION ",\"updateTwin\":{},\"startTime\":\"soon\"}",
		 400},
	};
	static struct working working;

	working_begin(&working);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (service_call(&working.service, "PUT", "/jobs/v2/bad", cases[i].body) != cases[i].status)
			fail_msg("%s: %s", cases[i].body, working.service.answer);
	assert_int_equal(service_call(&working.service, "GET", "/jobs/v2/bad", ""), 404);
	working_end(&working);
}

static void configurations_meet_their_twins(void **state)
{
	static struct working working;

	working_begin(&working);
	assert_int_equal(
		service_call(&working.service, "PUT", "/configurations/quiet",
			     "{\"id\":\"quiet\",\"targetCondition\":\"tags.room = 'hall'\",\"priority\":1,"
			     "\"content\":{\"deviceContent\":{\"properties.desired.mode\":\"quiet\"}},"
			     "\"metrics\":{\"queries\":{\"all\":\"SELECT deviceId FROM devices\"}}}"),
		200);
	wait_for(&working, "/twins/lamp", "\"mode\":\"quiet\"");
	wait_for(&working, "/configurations/quiet", "\"appliedCount\":1");
	assert_non_null(strstr(working.service.body, "\"all\":1"));
	assert_int_equal(service_call(&working.service, "GET", "/configurations", ""), 200);
	assert_non_null(strstr(working.service.body, "\"id\":\"quiet\""));
	assert_int_equal(service_call(&working.service, "PUT", "/configurations/quiet",
				      "{\"id\":\"quiet\",\"content\":{\"deviceContent\":{}}}"),
			 409);
	assert_int_equal(service_call(&working.service, "PUT", "/configurations/BAD",
				      "{\"id\":\"BAD\",\"content\":{\"deviceContent\":{}}}"),
			 400);
	assert_int_equal(service_call(&working.service, "DELETE", "/configurations/quiet", ""), 204);
	assert_int_equal(service_call(&working.service, "GET", "/configurations/quiet", ""), 404);
	working_end(&working);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(twins_are_changed_by_a_job),
		cmocka_unit_test(one_for_later_can_be_cancelled),
		cmocka_unit_test(what_is_no_job),
		cmocka_unit_test(configurations_meet_their_twins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
