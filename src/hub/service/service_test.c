/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/service/service_fixture.h"

/* Who may ask, and how often. */

enum { N_MANY = 3000, N_CLIENTS = 4 };

#define QUERY "/devices/query?api-version=2021-04-12"

static const char everything[] = "{\"query\":\"SELECT * FROM devices\"}";

static void each_policy_has_its_own_rate(void **state)
{
	static struct service owner, service;
	struct world world;
	int n = 0;

	world_begin(&world, "limits: {requests_rate: 5}\n");
	service_begin(&owner, &world, "iothubowner");
	service_begin(&service, &world, "service");
	while (service_call(&owner, "POST", QUERY, everything) == 200)
		assert_true(++n < 100);
	assert_int_equal(owner.status, 429);
	assert_non_null(strcasestr(owner.answer, "Retry-After: 1"));
	assert_true(n >= 10);
	assert_int_equal(service_call(&service, "POST", QUERY, everything), 200);
	service_end(&owner);
	service_end(&service);
	world_end(&world);
}

static void who_fails_shuts_nobody_else_out(void **state)
{
	static struct service bad, good;
	struct world world;

	world_begin(&world, "limits: {failures: 3}\n");
	service_begin(&bad, &world, "nobody");
	service_begin(&good, &world, "service");
	for (int i = 0; i < 3; i++)
		assert_int_equal(service_call(&bad, "POST", QUERY, everything), 401);
	assert_int_equal(service_call(&bad, "POST", QUERY, everything), 429);
	assert_int_equal(service_call(&good, "POST", QUERY, everything), 200);
	service_end(&bad);
	service_end(&good);
	world_end(&world);
}

static void a_policy_does_what_it_may(void **state)
{
	static const struct {
		const char *policy, *method, *path, *body;
		int status;
	} cases[] = {
		{"iothubowner", "GET", "/devices/lamp", "", 200},
		{"registryRead", "GET", "/devices/lamp", "", 200},
		{"registryRead", "PUT", "/devices/door", "{\"deviceId\":\"door\"}", 401},
		{"registryReadWrite", "PUT", "/devices/door", "{\"deviceId\":\"door\"}", 200},
		{"registryRead", "POST", QUERY, everything, 401},
		{"device", "GET", "/devices/lamp", "", 401},
		{"service", "GET", "/twins/lamp", "", 200},
		{"service", "GET", "/devices/lamp", "", 401},
		{"service", "GET", "/nothing", "", 404},
		{"service", "DELETE", "/statistics/devices", "", 405},
		{"service", "POST", QUERY, "{", 400},
		{"service", "POST", QUERY, "", 400},
	};
	static struct service service;
	struct world world;

	world_begin(&world, "");
	service_begin(&service, &world, "service");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		service_sign(&service, cases[i].policy);
		if (service_call(&service, cases[i].method, cases[i].path, cases[i].body) != cases[i].status)
			fail_msg("%s %s with %s: %s", cases[i].method, cases[i].path, cases[i].policy,
				 service.answer);
	}
	service_end(&service);
	world_end(&world);
}

static int add_many(struct duet_hub_view *view, void *user)
{
	struct duet_arena *arena = user;
	char name[32];
	int code = 0;

	for (int i = 0; i < N_MANY && code == 0; i++) {
		struct duet_hub_identity identity = {
			.target = name, .device = name, .module = "", .enabled = true, .keys = {"", ""}};

		snprintf(name, sizeof(name), "many-%d", i);
		duet_arena_reset(arena);
		code = duet_hub_identity_add(view, arena, &identity);
	}
	return code;
}

/* Asks much of every device. */
static char *long_question(void)
{
	char *text = duet_alloc(16384);
	int len = snprintf(text, 16384, "{\"query\":\"SELECT COUNT() AS n FROM devices WHERE ");

	for (int i = 0; i < 400; i++)
		len += snprintf(text + len, (size_t)(16384 - len), "%sSTARTSWITH(deviceId, 'x%d')%s",
				i % 20 ? " OR "
				: i    ? " OR ("
				       : "(",
				i, i % 20 == 19 ? ")" : "");
	snprintf(text + len, (size_t)(16384 - len), "\"}");
	return text;
}

static void ping(struct client *client)
{
	struct duet_mqtt_packet packet;
	char bytes[2];

	client_send(client, bytes, duet_mqtt_write_empty(bytes, DUET_MQTT_PINGREQ));
	client_read(client, &packet, DUET_MQTT_PINGRESP);
}

/* Of those whose loop the question came to each would get one answer at most before the question's. */
static void a_long_question_holds_nobody_up(void **state)
{
	static struct service service;
	static struct client clients[N_CLIENTS];
	struct pollfd answer;
	struct world world;
	char *question = long_question(), name[32];
	int n_rounds = 0;

	world_begin(&world, "");
	assert_int_equal(duet_hub_storage_write_now(world.storage.storage, add_many, world.storage.arena), 0);
	service_begin(&service, &world, "service");
	for (int i = 0; i < N_CLIENTS; i++) {
		snprintf(name, sizeof(name), "pinging-%d", i);
		world_register(&world, name);
		client_begin(&clients[i], &world, name);
	}
	/* The session's ticket comes first. */
	assert_int_equal(service_call(&service, "GET", "/twins/lamp", ""), 200);
	service_send(&service, "POST", QUERY, "", duet_slice(question));
	answer = (struct pollfd){.fd = service.fd, .events = POLLIN};
	while (poll(&answer, 1, 0) == 0) {
		for (int i = 0; i < N_CLIENTS; i++)
			ping(&clients[i]);
		n_rounds++;
	}
	service_read(&service);
	assert_string_equal(service.body, "[{\"n\":0}]");
	assert_true(n_rounds > 3);
	for (int i = 0; i < N_CLIENTS; i++)
		close(clients[i].fd);
	duet_free(question);
	service_end(&service);
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_policy_has_its_own_rate),
		cmocka_unit_test(who_fails_shuts_nobody_else_out),
		cmocka_unit_test(a_policy_does_what_it_may),
		cmocka_unit_test(a_long_question_holds_nobody_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
