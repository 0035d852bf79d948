/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/session/session_fixture.h"

#include "hub/session/directory.h"

static void who_may_connect(void **state)
{
	struct client client;
	struct world world;
	const struct {
		struct login login;
		int code;
	} cases[] = {
		{{.client_id = "lamp"}, 0},
		{{.client_id = "lamp", .key = OTHER_KEY}, 0}, /* the primary one */
		{{.client_id = "lamp/eye"}, 0},
		{{.client_id = "lamp",
		  .user_name = "LOCALHOST/lamp/?DeviceClientType=x&api-version=2020-09-30&model-id=dtmi:x;1"},
		 0},
		{{.client_id = "lamp", .user_name = "localhost/lamp/api-version=2016-11-14"}, 0},
		{{.client_id = "lamp", .resource = "localhost"}, 0},
		{{.client_id = "lamp", .key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}, 5},
		{{.client_id = "nobody"}, 5},
		{{.client_id = "disabled"}, 5},
		{{.client_id = "lamp", .life_s = -5}, 5},
		{{.client_id = "lamp", .resource = "localhost/devices/lam"}, 5},
		{{.client_id = "lamp", .resource = "elsewhere/devices/lamp"}, 5},
		{{.client_id = "lamp", .user_name = "localhost/other/?api-version=2021-04-12"}, 5},
		{{.client_id = "lamp", .user_name = "elsewhere/lamp/?api-version=2021-04-12"}, 5},
		{{.client_id = "lamp", .user_name = "lamp"}, 5},
		{{.client_id = "lamp", .policy = "device"},
		 5}, /* signed with another key than the policy's */
		{{.client_id = "lamp/foot"}, 5},
		{{.client_id = "lamp",
		  .will = {.topic = {"devices/other/messages/events/", 30}, .payload = {"", 0}}},
		 5},
	};

	world_begin(&world, "limits: {failures: 0}\n");
	world_register(&world, "lamp/eye");
	world_register(&world, "disabled");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(client_connect(&client, world.port, &cases[i].login, NULL), cases[i].code);
		if (cases[i].code == 0)
			close(client.fd);
		else
			client_assert_closed(&client);
	}
	world_end(&world);
}

static void policies_let_devices_in(void **state)
{
	struct duet_hub_policy policy;
	struct client client;
	struct world world;

	world_begin(&world, "");
	assert_int_equal(duet_hub_policy_get(world.storage.view, "device", world.storage.arena, &policy), 0);
	assert_int_equal(
		client_connect(
			&client, world.port,
			&(struct login){.client_id = "lamp", .policy = "device", .key = policy.keys[1]},
			NULL),
		0);
	close(client.fd);
	assert_int_equal(duet_hub_policy_get(world.storage.view, "service", world.storage.arena, &policy), 0);
	assert_int_equal(
		client_connect(
			&client, world.port,
			&(struct login){.client_id = "lamp", .policy = "service", .key = policy.keys[0]},
			NULL),
		5);
	client_assert_closed(&client);
	world_end(&world);
}

/* After so many failures not even the right key is looked at. */
static void failures_are_limited(void **state)
{
	struct client client;
	struct world world;

	world_begin(&world, "limits: {failures: 3}\n");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(client_connect(&client, world.port,
						&(struct login){.client_id = "lamp", .life_s = -1}, NULL),
				 5);
		client_assert_closed(&client);
	}
	assert_int_equal(client_connect(&client, world.port, &(struct login){.client_id = "lamp"}, NULL), 5);
	client_assert_closed(&client);
	/* Who comes from the same address is let in. */
	world_register(&world, "door");
	assert_int_equal(client_connect(&client, world.port, &(struct login){.client_id = "door"}, NULL), 0);
	close(client.fd);
	world_end(&world);
}

/* Two that call themselves the same would end each other for ever. */
static void connects_of_one_identity_are_limited(void **state)
{
	struct client client;
	struct world world;

	world_begin(&world, "limits: {identity_rate: 3}\n");
	for (int i = 0; i < 3; i++) {
		client_begin(&client, &world, "lamp");
		close(client.fd);
	}
	assert_int_equal(client_connect(&client, world.port, &(struct login){.client_id = "lamp"}, NULL), 3);
	client_assert_closed(&client);
	world_register(&world, "door");
	client_begin(&client, &world, "door");
	close(client.fd);
	world_end(&world);
}

static void telemetry_is_kept_and_acknowledged(void **state)
{
	struct duet_mqtt_packet packet;
	struct duet_hub_event event;
	struct client client;
	struct world world;

	world_begin(&world, "");
	client_begin(&client, &world, "lamp");
	client_publish(&client, "devices/lamp/messages/events/%24.mid=m1&a=b", duet_slice("{\"t\":1}"), 1,
		       false);
	client_read(&client, &packet, DUET_MQTT_PUBACK);
	assert_int_equal(packet.id, 9);
	world_read_event(&world, &event);
	assert_is(event.device, "lamp");
	assert_is(event.properties, "%24.mid=m1&a=b");
	assert_is(event.body, "{\"t\":1}");
	assert_int_equal(event.auth, DUET_HUB_AUTH_SAS_DEVICE);
	client_publish(&client, "devices/lamp/messages/events/", duet_slice("x"), 0, true);
	world_read_event(&world, &event);
	assert_is(event.properties, "mqtt-retain=true");
	client_publish(&client, "devices/lamp/messages/events/a=b", duet_slice("x"), 1, true);
	client_read(&client, &packet, DUET_MQTT_PUBACK);
	world_read_event(&world, &event);
	assert_is(event.properties, "a=b&mqtt-retain=true");
	close(client.fd);
	world_end(&world);
}

/* Each ends the connection, and nothing of it arrives. */
static void what_ends_a_connection(void **state)
{
	static char much[(256 << 10) + 1];
	const struct {
		const char *topic;
		struct duet_slice body;
		int qos;
	} cases[] = {
		{"devices/lamp/messages/events/", {"x", 1}, 2},
		{"devices/other/messages/events/", {"x", 1}, 1},
		{"devices/lamp/modules/eye/messages/events/", {"x", 1}, 1},
		{"devices/lamp/messages/devicebound/", {"x", 1}, 0},
		{"anything", {"x", 1}, 0},
		{"devices/lamp/messages/events/%zz=1", {"x", 1}, 1},
		{"devices/lamp/messages/events/", {much, sizeof(much)}, 1},
		{"$iothub/twin/GET/?rid=1", {"", 0}, 0},
		{"$dps/registrations/PUT/iotdps-register/?$rid=1", {"{}", 2}, 0},
	};
	struct client client;
	struct world world;

	world_begin(&world, "");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		client_begin(&client, &world, "lamp");
		client_publish(&client, cases[i].topic, cases[i].body, cases[i].qos, false);
		client_assert_closed(&client);
	}
	client_begin(&client, &world, "lamp");
	client_send(&client, "\xf7\x00", 2);
	client_assert_closed(&client);
	client_open(&client, world.port);
	client_send(&client, "\xc0\x00", 2); /* PINGREQ before CONNECT */
	client_assert_closed(&client);
	world_assert_no_message(&world);
	world_end(&world);
}

static void subscriptions(void **state)
{
	struct duet_mqtt_packet packet;
	struct client client;
	struct world world;

	world_begin(&world, "");
	client_begin(&client, &world, "lamp");
	assert_int_equal(client_subscribe(&client, "devices/lamp/messages/devicebound/#", 2), 1);
	assert_int_equal(client_subscribe(&client, "devices/+/messages/devicebound/#", 0), 0);
	assert_int_equal(client_subscribe(&client, "$iothub/twin/res/#", 0), 0);
	client_send(&client, "\xc0\x00", 2);
	client_read(&client, &packet, DUET_MQTT_PINGRESP);
	client_send(&client, "\x82\x0a\x00\x07\x00\x05other\x00", 12);
	client_assert_closed(&client);
	world_end(&world);
}

static void the_later_connection_wins(void **state)
{
	struct client first, second;
	struct duet_mqtt_packet packet;
	struct world world;

	world_begin(&world, "");
	for (int i = 0; i < 10; i++) { /* on one loop, or on two */
		client_begin(&first, &world, "lamp");
		client_begin(&second, &world, "lamp");
		client_assert_closed(&first);
		client_send(&second, "\xc0\x00", 2);
		client_read(&second, &packet, DUET_MQTT_PINGRESP);
		assert_true(duet_hub_connected(world.hub, "lamp"));
		assert_int_equal(duet_hub_directory_count(duet_hub_directory(world.hub)), 1);
		client_send(&second, "\xe0\x00", 2);
		client_assert_closed(&second);
	}
	for (int i = 0; i < 1000 && duet_hub_connected(world.hub, "lamp"); i++)
		usleep(1000);
	assert_false(duet_hub_connected(world.hub, "lamp"));
	world_end(&world);
}

static void keep_alive_and_expiry(void **state)
{
	struct client silent, expired;
	struct world world;
	int64_t began_ms = duet_clock_mono_ms(&duet_clock_system);

	world_begin(&world, "");
	world_register(&world, "other");
	assert_int_equal(client_connect(&silent, world.port,
					&(struct login){.client_id = "lamp", .keep_alive_s = 1}, NULL),
			 0);
	assert_int_equal(client_connect(&expired, world.port,
					&(struct login){.client_id = "other", .life_s = 2}, NULL),
			 0);
	client_assert_closed(&silent);
	assert_true(duet_clock_mono_ms(&duet_clock_system) - began_ms >= 1500);
	client_assert_closed(&expired);
	world_end(&world);
}

static void wills(void **state)
{
	const struct login login = {.client_id = "lamp",
				    .will = {.topic = {"devices/lamp/messages/events/a=b", 32},
					     .payload = {"gone", 4},
					     .qos = 1}};
	struct duet_hub_event event;
	struct client client;
	struct world world;

	world_begin(&world, "");
	assert_int_equal(client_connect(&client, world.port, &login, NULL), 0);
	close(client.fd);
	world_read_event(&world, &event);
	assert_is(event.body, "gone");
	assert_is(event.properties, "a=b&iothub-MessageType=Will");
	/* Not after a goodbye. */
	assert_int_equal(client_connect(&client, world.port, &login, NULL), 0);
	client_send(&client, "\xe0\x00", 2);
	client_assert_closed(&client);
	world_assert_no_message(&world);
	world_end(&world);
}

/* What comes too fast waits, and arrives. */
static void a_flood_is_slowed_down(void **state)
{
	enum { N = 60, RATE = 50, BURST = 10 };
	struct duet_mqtt_packet packet;
	struct client client;
	struct world world;
	int64_t began_ms;

	world_begin(&world, "limits: {messages_rate: 50, messages_burst: 10}\n");
	client_begin(&client, &world, "lamp");
	began_ms = duet_clock_mono_ms(&duet_clock_system);
	for (int i = 0; i < N; i++)
		client_publish(&client, "devices/lamp/messages/events/", duet_slice("x"), 1, false);
	for (int i = 0; i < N; i++)
		client_read(&client, &packet, DUET_MQTT_PUBACK);
	assert_true(duet_clock_mono_ms(&duet_clock_system) - began_ms >= (N - BURST) * 1000 / RATE - 50);
	close(client.fd);
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_may_connect),
		cmocka_unit_test(policies_let_devices_in),
		cmocka_unit_test(failures_are_limited),
		cmocka_unit_test(connects_of_one_identity_are_limited),
		cmocka_unit_test(telemetry_is_kept_and_acknowledged),
		cmocka_unit_test(what_ends_a_connection),
		cmocka_unit_test(subscriptions),
		cmocka_unit_test(the_later_connection_wins),
		cmocka_unit_test(keep_alive_and_expiry),
		cmocka_unit_test(wills),
		cmocka_unit_test(a_flood_is_slowed_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
