/* SPDX-License-Identifier: Apache-2.0 */

#include "hub/record/queue.h"
#include "hub/record/twin_record.h"
#include "hub/session/session_fixture.h"
#include "hub/value/fault.h"
#include "loop/loop.h"
#include "loop/wheel.h"

/* What services and sessions have to do with each other: twins, the queue, methods. */

static void a_twin_is_read_and_reported(void **state)
{
	struct duet_mqtt_packet packet;
	struct client client;
	struct world world;

	world_begin(&world, "");
	client_begin(&client, &world, "lamp");
	client_subscribe(&client, "$iothub/twin/res/#", 0);
	client_publish(&client, "$iothub/twin/GET/?$rid=a1", duet_slice(" "), 0, false);
	client_read(&client, &packet, DUET_MQTT_PUBLISH);
	assert_is(packet.publish.topic, "$iothub/twin/res/200/?$rid=a1");
	assert_is(packet.publish.payload, "{\"desired\":{\"$version\":1},\"reported\":{\"$version\":1}}");
	client_publish(&client, "$iothub/twin/PATCH/properties/reported/?$rid=2", duet_slice("{\"on\":true}"),
		       0, false);
	client_read(&client, &packet, DUET_MQTT_PUBLISH);
	assert_is(packet.publish.topic, "$iothub/twin/res/204/?$rid=2&$version=2");
	client_publish(&client, "$iothub/twin/PATCH/properties/reported/?$rid=3", duet_slice("{\"on\":"), 1,
		       false);
	client_read(&client, &packet, DUET_MQTT_PUBLISH);
	assert_is(packet.publish.topic, "$iothub/twin/res/400/?$rid=3");
	assert_non_null(memmem(packet.publish.payload.ptr, packet.publish.payload.len, "errorCode", 9));
	client_read(&client, &packet, DUET_MQTT_PUBACK);
	client_publish(&client, "$iothub/twin/GET/?$rid=4", duet_slice(""), 0, false);
	client_read(&client, &packet, DUET_MQTT_PUBLISH);
	assert_non_null(memmem(packet.publish.payload.ptr, packet.publish.payload.len, "\"on\":true", 9));
	close(client.fd);
	world_end(&world);
}

static void desired_changes_are_told(void **state)
{
	struct duet_mqtt_packet packet;
	struct client client;
	struct world world;

	world_begin(&world, "");
	client_begin(&client, &world, "lamp");
	client_subscribe(&client, "$iothub/twin/PATCH/properties/desired/#", 0);
	duet_hub_desired_changed(world.hub, "lamp", duet_slice("{\"level\":3,\"$version\":4}"), 4);
	client_read(&client, &packet, DUET_MQTT_PUBLISH);
	assert_is(packet.publish.topic, "$iothub/twin/PATCH/properties/desired/?$version=4");
	assert_is(packet.publish.payload, "{\"level\":3,\"$version\":4}");
	close(client.fd);
	world_end(&world);
}

struct queued {
	const char *target, *body;
	int result;
};

static int add_message(struct duet_hub_view *view, void *user)
{
	struct queued *queued = user;
	struct duet_hub_message message = {.message_id = "m 1",
					   .correlation_id = "",
					   .user_id = "",
					   .to = "/devices/lamp/modules/eye/inputs/sight",
					   .content_type = "",
					   .content_encoding = "",
					   .properties = "a=b",
					   .body = duet_slice(queued->body),
					   .ack = 3};
	const struct timespec now = {.tv_sec = time(NULL)};

	return duet_hub_queue_add(view, queued->target, &message, now.tv_sec * 1000LL,
				  &duet_hub_queue_limits_default);
}

static void enqueue(struct world *world, const char *target, const char *body)
{
	struct queued queued = {target, body, 0};

	assert_int_equal(duet_hub_storage_write_now(world->storage.storage, add_message, &queued), 0);
	duet_hub_queue_changed(world->hub, target);
}

static void acknowledge(struct client *client, uint16_t id)
{
	char ack[4];

	client_send(client, ack, duet_mqtt_write_ack(ack, DUET_MQTT_PUBACK, id));
}

static int waiting(struct world *world, const char *target)
{
	struct duet_hub_identity identity;

	duet_arena_reset(world->storage.arena);
	assert_int_equal(duet_hub_identity_get(world->storage.view, target, world->storage.arena, &identity),
			 0);
	return identity.n_queued;
}

static void assert_waiting(struct world *world, const char *target, int n)
{
	for (int i = 0; i < 3000 && waiting(world, target) != n; i++)
		usleep(1000);
	assert_int_equal(waiting(world, target), n);
}

static void messages_wait_and_are_completed(void **state)
{
	const struct login login = {.client_id = "lamp", .keeps = true};
	struct duet_mqtt_packet packet;
	struct client client;
	struct world world;
	bool is_present;

	world_begin(&world, "");
	assert_int_equal(client_connect(&client, world.port, &login, &is_present), 0);
	assert_false(is_present);
	client_subscribe(&client, "devices/lamp/messages/devicebound/#", 1);
	enqueue(&world, "lamp", "first");
	client_read(&client, &packet, DUET_MQTT_PUBLISH);
	assert_starts(packet.publish.topic,
		      "devices/lamp/messages/devicebound/"
		      "%24.mid=m%201&%24.to=%2Fdevices%2Flamp%2Fmessages%2Fdevicebound");
	assert_non_null(memmem(packet.publish.topic.ptr, packet.publish.topic.len, "&a=b", 4));
	assert_is(packet.publish.payload, "first");
	assert_int_equal(packet.publish.qos, 1);
	assert_false(packet.publish.duplicate);
	acknowledge(&client, packet.id);
	assert_waiting(&world, "lamp", 0);
	/* What was not acknowledged comes again after the connection, without subscribing anew, and is
	 * marked. */
	enqueue(&world, "lamp", "second");
	client_read(&client, &packet, DUET_MQTT_PUBLISH);
	close(client.fd);
	assert_int_equal(client_connect(&client, world.port, &login, &is_present), 0);
	assert_true(is_present);
	client_read(&client, &packet, DUET_MQTT_PUBLISH);
	assert_is(packet.publish.payload, "second");
	assert_true(packet.publish.duplicate);
	acknowledge(&client, packet.id);
	assert_waiting(&world, "lamp", 0);
	/* A clean session forgets the subscriptions, not the messages. */
	close(client.fd);
	enqueue(&world, "lamp", "third");
	client_begin(&client, &world, "lamp");
	assert_int_equal(client_read_within(&client, &packet, 100), 0);
	client_subscribe(&client, "devices/lamp/messages/devicebound/#", 0);
	client_read(&client, &packet, DUET_MQTT_PUBLISH);
	assert_is(packet.publish.payload, "third");
	assert_int_equal(packet.publish.qos, 0);
	assert_waiting(&world, "lamp", 0);
	close(client.fd);
	world_end(&world);
}

static void messages_to_a_module(void **state)
{
	struct duet_mqtt_packet packet;
	struct client client;
	struct world world;

	world_begin(&world, "");
	world_register(&world, "lamp/eye");
	client_begin(&client, &world, "lamp/eye");
	client_subscribe(&client, "devices/lamp/modules/eye/inputs/#", 1);
	enqueue(&world, "lamp/eye", "look");
	client_read(&client, &packet, DUET_MQTT_PUBLISH);
	assert_starts(packet.publish.topic, "devices/lamp/modules/eye/inputs/sight/%24.mid=m%201");
	acknowledge(&client, packet.id);
	assert_waiting(&world, "lamp/eye", 0);
	close(client.fd);
	world_end(&world);
}

/* A lock that ran out makes the message wait again, while the device stays connected. */
static void a_lock_runs_out(void **state)
{
	struct duet_mqtt_packet packet;
	struct client client;
	struct world world;

	world_begin(&world, "queue: {lock: 5s}\n");
	client_begin(&client, &world, "lamp");
	client_subscribe(&client, "devices/lamp/messages/devicebound/#", 1);
	enqueue(&world, "lamp", "again");
	client_read(&client, &packet, DUET_MQTT_PUBLISH);
	client_read(&client, &packet, DUET_MQTT_PUBLISH);
	assert_is(packet.publish.payload, "again");
	assert_true(packet.publish.duplicate);
	close(client.fd);
	world_end(&world);
}

/* The caller of a method: a loop of its own, which is no thread of the hub. */
struct caller {
	struct duet_hub_loop loop;
	int n_done, code, status;
	char answer[64];
};

static void called(void *user, int code, int status, struct duet_slice payload)
{
	struct caller *caller = user;

	caller->n_done++;
	caller->code = code;
	caller->status = status;
	snprintf(caller->answer, sizeof(caller->answer), "%.*s", (int)payload.len,
		 payload.ptr ? payload.ptr : "");
}

static void caller_begin(struct caller *caller, struct world *world)
{
	*caller = (struct caller){.loop = {.hub = world->hub}};
	caller->loop.loop = duet_loop_new(&duet_clock_system);
	caller->loop.wheel = duet_wheel_new(caller->loop.loop);
}

static void caller_end(struct caller *caller)
{
	duet_wheel_free(caller->loop.wheel);
	duet_loop_free(caller->loop.loop);
}

static void call(struct caller *caller, int connect_timeout_ms, int response_timeout_ms)
{
	struct duet_hub_method_call wanted = {"lamp", duet_slice("blink"), duet_slice("{\"n\":3}"),
					      connect_timeout_ms, response_timeout_ms};

	caller->n_done = 0;
	assert_int_equal(duet_hub_call_method(&caller->loop, &wanted, called, caller), 0);
}

static void wait_for_answer(struct caller *caller, int code)
{
	for (int i = 0; i < 10000 && caller->n_done == 0; i++) {
		duet_loop_turn(caller->loop.loop);
		usleep(1000);
	}
	assert_int_equal(caller->n_done, 1);
	assert_int_equal(caller->code, code);
}

static void methods(void **state)
{
	struct duet_mqtt_packet packet;
	struct caller caller;
	struct client client;
	struct world world;

	world_begin(&world, "");
	caller_begin(&caller, &world);
	call(&caller, 0, 1000);
	wait_for_answer(&caller, -ENOTCONN);
	client_begin(&client, &world, "lamp");
	call(&caller, 0, 1000);
	wait_for_answer(&caller, -ENOTCONN); /* it did not subscribe */
	client_subscribe(&client, "$iothub/methods/POST/#", 0);
	call(&caller, 0, 5000);
	client_read(&client, &packet, DUET_MQTT_PUBLISH);
	assert_is(packet.publish.topic, "$iothub/methods/POST/blink/?$rid=1");
	assert_is(packet.publish.payload, "{\"n\":3}");
	client_publish(&client, "$iothub/methods/res/207/?$rid=1", duet_slice("{\"ok\":1}"), 0, false);
	wait_for_answer(&caller, 0);
	assert_int_equal(caller.status, 207);
	assert_string_equal(caller.answer, "{\"ok\":1}");
	call(&caller, 0, 100);
	wait_for_answer(&caller, -ETIMEDOUT);
	client_read(&client, &packet, DUET_MQTT_PUBLISH);
	call(&caller, 0, 5000);
	client_read(&client, &packet, DUET_MQTT_PUBLISH);
	close(client.fd);
	wait_for_answer(&caller, -ECONNRESET);
	/* It is waited for, and connects in time. */
	for (int i = 0; i < 1000 && duet_hub_connected(world.hub, "lamp"); i++)
		usleep(1000);
	call(&caller, 200, 100);
	wait_for_answer(&caller, -ENOTCONN);
	caller_end(&caller);
	world_end(&world);
}

static int disable(struct duet_hub_view *view, void *user)
{
	struct duet_arena *arena = duet_arena_new(1 << 16);
	struct duet_hub_identity identity;
	int code = duet_hub_identity_get(view, user, arena, &identity);

	identity.enabled = false;
	code = code == 0 ? duet_hub_identity_put(view, arena, &identity) : code;
	duet_arena_free(arena);
	return code;
}

static void a_disabled_device_is_sent_away(void **state)
{
	struct client client;
	struct world world;
	char name[] = "lamp";

	world_begin(&world, "");
	client_begin(&client, &world, "lamp");
	assert_int_equal(duet_hub_storage_write_now(world.storage.storage, disable, name), 0);
	duet_hub_identity_changed(world.hub, "lamp");
	duet_hub_identity_changed(world.hub, "lamp");
	client_assert_closed(&client);
	assert_int_equal(client_connect(&client, world.port, &(struct login){.client_id = "lamp"}, NULL), 5);
	client_assert_closed(&client);
	world_end(&world);
}

static void draining_acknowledges_what_was_taken(void **state)
{
	struct duet_mqtt_packet packet;
	struct client client;
	struct world world;

	world_begin(&world, "");
	client_begin(&client, &world, "lamp");
	for (int i = 0; i < 20; i++)
		client_publish(&client, "devices/lamp/messages/events/", duet_slice("x"), 1, false);
	client_read(&client, &packet, DUET_MQTT_PUBACK);
	duet_hub_drain(world.hub, 3000);
	client_assert_closed(&client);
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_twin_is_read_and_reported),
		cmocka_unit_test(desired_changes_are_told),
		cmocka_unit_test(messages_wait_and_are_completed),
		cmocka_unit_test(messages_to_a_module),
		cmocka_unit_test(a_lock_runs_out),
		cmocka_unit_test(methods),
		cmocka_unit_test(a_disabled_device_is_sent_away),
		cmocka_unit_test(draining_acknowledges_what_was_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
