/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/occurrence.h"

#include "hub/service/service_fixture.h"
#include "hub/value/event_json.h"

/* What happens to devices stands in the log. */

/* The next event of a source, as routes show it. */
static json_t *next_event(struct world *world, enum duet_hub_event_source source)
{
	struct duet_hub_event event;
	uint64_t number;

	for (int i = 0; i < 40; i++) {
		while (duet_hub_reader_next(world->reader, &event, &number) == 1)
			if (event.source == source)
				return duet_hub_event_json(&event, number);
		duet_hub_reader_wait(world->reader, 500);
	}
	fail_msg("no event came");
	return NULL;
}

static const char *text_at(const json_t *event, const char *part, const char *name)
{
	const char *text = json_string_value(json_object_get(json_object_get(event, part), name));

	return text ? text : "";
}

static void assert_event(struct world *world, enum duet_hub_event_source source, const char *target,
			 const char *act)
{
	json_t *event = next_event(world, source);

	assert_string_equal(text_at(event, "properties", "opType"), act);
	assert_string_equal(text_at(event, "properties", "hubName"), "localhost");
	assert_string_equal(text_at(event, "properties", "deviceId"), target);
	assert_string_equal(text_at(event, "systemProperties", "contentType"), "application/json");
	json_decref(event);
}

static void who_comes_and_goes(void **state)
{
	struct client client;
	struct world world;
	json_t *first, *second;

	world_begin(&world, "");
	client_begin(&client, &world, "lamp");
	first = next_event(&world, DUET_HUB_CONNECTION);
	assert_string_equal(text_at(first, "properties", "opType"), "deviceConnected");
	close(client.fd);
	second = next_event(&world, DUET_HUB_CONNECTION);
	assert_string_equal(text_at(second, "properties", "opType"), "deviceDisconnected");
	assert_true(strcmp(text_at(first, "body", "sequenceNumber"),
			   text_at(second, "body", "sequenceNumber")) < 0);
	json_decref(first);
	json_decref(second);
	/* Numbers go on after a restart. */
	world_restart(&world);
	client_begin(&client, &world, "lamp");
	for (int i = 0; i < 2; i++)
		json_decref(next_event(&world, DUET_HUB_CONNECTION));
	first = next_event(&world, DUET_HUB_CONNECTION);
	assert_string_equal(text_at(first, "body", "sequenceNumber"),
			    "0000000000000000000000000000000000000003");
	json_decref(first);
	close(client.fd);
	world_end(&world);
}

static void what_is_made_and_changed_and_removed(void **state)
{
	static struct service service;
	struct client client;
	struct world world;
	json_t *event;

	world_begin(&world, "");
	service_begin(&service, &world, "iothubowner");
	assert_int_equal(service_call(&service, "PUT", "/devices/door", "{\"deviceId\":\"door\"}"), 200);
	event = next_event(&world, DUET_HUB_LIFECYCLE);
	assert_string_equal(text_at(event, "properties", "opType"), "createDeviceIdentity");
	assert_string_equal(text_at(event, "body", "deviceId"), "door");
	json_decref(event);
	assert_int_equal(
		service_call(&service, "PATCH", "/twins/door",
			     "{\"tags\":{\"room\":\"hall\"},\"properties\":{\"desired\":{\"on\":true}}}"),
		200);
	event = next_event(&world, DUET_HUB_TWIN_CHANGE);
	assert_string_equal(text_at(event, "properties", "opType"), "updateTwin");
	assert_string_equal(text_at(json_object_get(event, "body"), "tags", "room"), "hall");
	json_decref(event);
	client_begin(&client, &world, "lamp");
	client_publish(&client, "$iothub/twin/PATCH/properties/reported/?$rid=1", duet_slice("{\"on\":1}"), 0,
		       false);
	assert_event(&world, DUET_HUB_TWIN_CHANGE, "lamp", "updateTwin");
	close(client.fd);
	assert_int_equal(service_call(&service, "POST", "/devices",
				      "[{\"id\":\"a\",\"importMode\":\"create\"},"
				      "{\"id\":\"door\",\"importMode\":\"delete\"}]"),
			 200);
	assert_event(&world, DUET_HUB_LIFECYCLE, "a", "createDeviceIdentity");
	assert_event(&world, DUET_HUB_LIFECYCLE, "door", "deleteDeviceIdentity");
	assert_int_equal(service_call(&service, "DELETE", "/devices/a", ""), 204);
	assert_event(&world, DUET_HUB_LIFECYCLE, "a", "deleteDeviceIdentity");
	/* Who watches telemetry does not see them, unless it asks. */
	assert_int_equal(service_call(&service, "GET", "/messages/events?from=first", ""), 200);
	assert_null(strstr(service.body, "opType"));
	assert_int_equal(
		service_call(&service, "GET", "/messages/events?from=first&source=deviceLifecycleEvents", ""),
		200);
	assert_non_null(strstr(service.body, "createDeviceIdentity"));
	assert_null(strstr(service.body, "updateTwin"));
	assert_int_equal(service_call(&service, "GET", "/messages/events?source=nothing", ""), 400);
	service_end(&service);
	world_end(&world);
}

static void they_can_be_turned_off(void **state)
{
	struct duet_hub_event event;
	struct client client;
	struct world world;
	uint64_t number;

	world_begin(&world, "telemetry: {events: false}\n");
	client_begin(&client, &world, "lamp");
	close(client.fd);
	world_restart(&world);
	assert_int_equal(duet_hub_reader_next(world.reader, &event, &number), 0);
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_comes_and_goes),
		cmocka_unit_test(what_is_made_and_changed_and_removed),
		cmocka_unit_test(they_can_be_turned_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
