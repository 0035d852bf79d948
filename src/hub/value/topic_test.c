/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/value/topic.h"

#include "torture.h"

static void assert_slice(struct duet_slice slice, const char *expected)
{
	assert_int_equal(slice.ptr != NULL, expected != NULL);
	if (!expected)
		return;
	assert_int_equal(slice.len, strlen(expected));
	assert_memory_equal(slice.ptr, expected, slice.len);
}

static void what_clients_publish(void **state)
{
	static const struct {
		const char *text;
		enum duet_hub_topic_kind kind;
		const char *device, *module, *status, *bag;
	} cases[] = {
		{"devices/d/messages/events/", DUET_HUB_TOPIC_TELEMETRY, "d", NULL, NULL, ""},
		{"devices/d/messages/events", DUET_HUB_TOPIC_TELEMETRY, "d", NULL, NULL, ""},
		{"devices/d/messages/events/a=1&%24.mid=2/3", DUET_HUB_TOPIC_TELEMETRY, "d", NULL, NULL,
		 "a=1&%24.mid=2/3"},
		{"devices/d/modules/m/messages/events/%24.on=out", DUET_HUB_TOPIC_TELEMETRY, "d", "m", NULL,
		 "%24.on=out"},
		{"devices/modules/messages/events/", DUET_HUB_TOPIC_TELEMETRY, "modules", NULL, NULL, ""},
		{"$iothub/twin/GET/?$rid=1", DUET_HUB_TOPIC_TWIN_GET, NULL, NULL, NULL, "$rid=1"},
		{"$iothub/twin/PATCH/properties/reported/?$rid=1&$version=2", DUET_HUB_TOPIC_TWIN_REPORT,
		 NULL, NULL, NULL, "$rid=1&$version=2"},
		{"$iothub/methods/res/200/?$rid=7f", DUET_HUB_TOPIC_METHOD_ANSWER, NULL, NULL, "200",
		 "$rid=7f"},
		{"$dps/registrations/PUT/iotdps-register/?$rid=1", DUET_HUB_TOPIC_REGISTER, NULL, NULL, NULL,
		 "$rid=1"},
		{"$dps/registrations/GET/iotdps-get-operationstatus/?$rid=1&operationId=4",
		 DUET_HUB_TOPIC_REGISTER_STATUS, NULL, NULL, NULL, "$rid=1&operationId=4"},
		{"", DUET_HUB_TOPIC_UNKNOWN, NULL, NULL, NULL, NULL},
		{"devices", DUET_HUB_TOPIC_UNKNOWN, NULL, NULL, NULL, NULL},
		{"devices//messages/events/", DUET_HUB_TOPIC_UNKNOWN, NULL, NULL, NULL, NULL},
		{"devices/d/messages/eventsX/", DUET_HUB_TOPIC_UNKNOWN, NULL, NULL, NULL, NULL},
		{"devices/d/messages/devicebound/", DUET_HUB_TOPIC_UNKNOWN, NULL, NULL, NULL, NULL},
		{"$iothub/twin/GET/", DUET_HUB_TOPIC_UNKNOWN, NULL, NULL, NULL, NULL},
		{"$iothub/twin/get/?$rid=1", DUET_HUB_TOPIC_UNKNOWN, NULL, NULL, NULL, NULL},
		{"$iothub/methods/res//?$rid=1", DUET_HUB_TOPIC_UNKNOWN, NULL, NULL, NULL, NULL},
		{"/devices/d/messages/events/", DUET_HUB_TOPIC_UNKNOWN, NULL, NULL, NULL, NULL},
	};
	struct duet_hub_topic topic;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		duet_hub_topic_parse(duet_slice(cases[i].text), &topic);
		assert_int_equal(topic.kind, cases[i].kind);
		assert_slice(topic.device, cases[i].device);
		assert_slice(topic.module, cases[i].module);
		assert_slice(topic.status, cases[i].status);
		assert_slice(topic.bag, cases[i].bag);
	}
}

static void what_they_subscribe_to(void **state)
{
	static const struct {
		const char *text;
		enum duet_hub_subscription what;
	} cases[] = {
		{"devices/d/messages/devicebound/#", DUET_HUB_SUB_QUEUE},
		{"devices/+/messages/devicebound/#", DUET_HUB_SUB_QUEUE},
		{"devices/d/modules/m/inputs/#", DUET_HUB_SUB_INPUTS},
		{"devices/d/modules/m/#", DUET_HUB_SUB_INPUTS},
		{"$iothub/twin/res/#", DUET_HUB_SUB_TWIN},
		{"$iothub/twin/PATCH/properties/desired/#", DUET_HUB_SUB_DESIRED},
		{"$iothub/methods/POST/#", DUET_HUB_SUB_METHODS},
		{"$dps/registrations/res/#", DUET_HUB_SUB_REGISTRATIONS},
		{"#", DUET_HUB_SUB_UNKNOWN},
		{"devices/#", DUET_HUB_SUB_UNKNOWN},
		{"devices/d/messages/events/#", DUET_HUB_SUB_UNKNOWN},
		{"$iothub/#", DUET_HUB_SUB_UNKNOWN},
		{"$iothub/twin/res/", DUET_HUB_SUB_UNKNOWN},
	};
	struct duet_hub_topic topic;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(duet_hub_filter_parse(duet_slice(cases[i].text), &topic), cases[i].what);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_clients_publish),
		cmocka_unit_test(what_they_subscribe_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
