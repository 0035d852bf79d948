/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_SESSION_FIXTURE_H
#define DUET_HUB_SESSION_FIXTURE_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "hub/config.h"
#include "hub/hub.h"
#include "hub/key/certificate.h"
#include "hub/log/log.h"
#include "hub/record/policy.h"
#include "hub/record/storage_fixture.h"
#include "net/mqtt.h"
#include "net/sas.h"

/* A whole hub with two loops, and clients that speak MQTT to its plain port. */

#define DEVICE_KEY "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
#define OTHER_KEY  "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="

struct world {
	struct storage_fixture storage;
	struct duet_hub_config *config;
	struct duet_hub_log *log;
	struct duet_hub *hub;
	struct duet_hub_reader *reader; /* of telemetry */
	int port;
};

static inline int free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	close(fd);
	return ntohs(address.sin_port);
}

static inline int add_target(struct duet_hub_view *view, void *user)
{
	const char *target = user, *slash = strchr(target, '/');
	struct duet_arena *arena = duet_arena_new(1 << 16);
	char device[64];
	struct duet_hub_identity identity = {.target = target,
					     .device = device,
					     .module = slash ? slash + 1 : "",
					     .enabled = strcmp(target, "disabled") != 0,
					     .authentication = DUET_HUB_SAS,
					     .keys = {OTHER_KEY, DEVICE_KEY}};
	int code;

	snprintf(device, sizeof(device), "%.*s", (int)(slash ? slash - target : (long)strlen(target)),
		 target);
	code = duet_hub_identity_add(view, arena, &identity);
	duet_arena_free(arena);
	return code;
}

static inline int renew_policies(struct duet_hub_view *view, void *user)
{
	for (int i = 0; i < DUET_HUB_N_POLICIES; i++)
		assert_int_equal(duet_hub_policy_renew(view, duet_hub_policy_name(i), 3), 0);
	return 0;
}

static inline void world_register(struct world *world, const char *target)
{
	char name[64];

	snprintf(name, sizeof(name), "%s", target);
	assert_int_equal(duet_hub_storage_write_now(world->storage.storage, add_target, name), 0);
}

static inline void world_configure(struct world *world, const char *more)
{
	char text[800];
	int len;

	world->port = free_port();
	len = snprintf(text, sizeof(text),
		       "listen: {address: 127.0.0.1, mqtt_port: 0, https_port: 0, plain_mqtt_port: %d, "
		       "threads: 2}\n%s",
		       world->port, more);
	assert_int_equal(
		duet_hub_config_parse(&world->config, world->storage.folder, "test", text, (size_t)len, NULL),
		0);
}

/* The hub on what lies in the folder. */
static inline void world_open(struct world *world)
{
	struct duet_hub_log_setup log = {.segment_bytes = 1 << 20,
					 .retention_bytes = 16 << 20,
					 .retention_ms = 3600000,
					 .lane_bytes = 1 << 20};
	struct duet_hub_setup setup = {.clock = &duet_clock_system};
	char dir[80];
	int code;

	snprintf(dir, sizeof(dir), "%s/telemetry", world->storage.folder);
	log.dir = dir;
	assert_int_equal(duet_hub_log_new(&world->log, &log, NULL), 0);
	assert_int_equal(duet_hub_reader_new(&world->reader, world->log, NULL, DUET_HUB_FROM_FIRST, NULL), 0);
	setup.config = world->config;
	setup.storage = world->storage.storage;
	setup.log = world->log;
	for (;;) {
		assert_int_equal(duet_hub_new(&world->hub, &setup, NULL), 0);
		code = duet_hub_start(world->hub, NULL);
		if (code != -EADDRINUSE)
			break;
		/* Somebody has taken the port since it was free. */
		duet_hub_free(world->hub);
		world->config->listen.plain_mqtt_port = world->port = free_port();
	}
	assert_int_equal(code, 0);
}

/* `more`: further sections of the configuration. */
static inline void world_begin(struct world *world, const char *more)
{
	*world = (struct world){0};
	duet_log_set(getenv("DUET_LOG") ? getenv("DUET_LOG") : "error");
	fixture_begin(&world->storage, false);
	assert_int_equal(duet_hub_certificate_init(world->storage.folder, "localhost", NULL), 0);
	world_configure(world, more);
	assert_int_equal(duet_hub_storage_write_now(world->storage.storage, renew_policies, NULL), 0);
	world_open(world);
	world_register(world, "lamp");
}

static inline void world_close(struct world *world)
{
	duet_hub_drain(world->hub, 3000);
	duet_hub_reader_free(world->reader);
	fixture_close(&world->storage);
	duet_hub_log_free(world->log);
	duet_hub_free(world->hub);
}

/* As after an update: the same folder, other ports. */
static inline void world_restart(struct world *world)
{
	world_close(world);
	fixture_open(&world->storage, false);
	world_open(world);
}
static inline void world_end(struct world *world)
{
	char command[80];

	world_close(world);
	duet_hub_config_free(world->config);
	duet_hub_secret_free(world->storage.secret);
	duet_arena_free(world->storage.arena);
	snprintf(command, sizeof(command), "rm -rf %s", world->storage.folder);
	assert_int_equal(system(command), 0);
}

/* A client that waits for each answer. */
struct client {
	int fd;
	char in[400000];
	size_t n_in;
	size_t n_taken; /* of `in`: the packet that was read last */
};

static inline void client_send(struct client *client, const char *bytes, size_t n_bytes)
{
	/* The hub may have closed already, which is seen when it is read from. */
	if (send(client->fd, bytes, n_bytes, MSG_NOSIGNAL) < 0)
		return;
}

static inline void client_open(struct client *client, int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	client->n_in = client->n_taken = 0;
	client->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(client->fd, (struct sockaddr *)&address, sizeof(address)), 0);
}

/* The next packet within `ms`; 0: none came; -1: the hub closed the connection. */
static inline int client_read_within(struct client *client, struct duet_mqtt_packet *packet, int ms)
{
	struct pollfd watched = {.fd = client->fd, .events = POLLIN};
	const char *why;
	long n;

	client->n_in -= client->n_taken;
	memmove(client->in, client->in + client->n_taken, client->n_in);
	client->n_taken = 0;
	for (;;) {
		n = duet_mqtt_read((struct duet_slice){client->in, client->n_in}, sizeof(client->in), packet,
				   &why);
		assert_true(n >= 0);
		client->n_taken = (size_t)n;
		if (n > 0)
			return 1;
		if (poll(&watched, 1, ms) == 0)
			return 0;
		n = recv(client->fd, client->in + client->n_in, sizeof(client->in) - client->n_in, 0);
		if (n <= 0)
			return -1;
		client->n_in += (size_t)n;
	}
}

static inline void client_read(struct client *client, struct duet_mqtt_packet *packet,
			       enum duet_mqtt_type type)
{
	assert_int_equal(client_read_within(client, packet, 10000), 1);
	assert_int_equal(packet->type, type);
}

/* Whatever still comes, then the end. */
static inline void client_assert_closed(struct client *client)
{
	struct duet_mqtt_packet packet;
	int code;

	while ((code = client_read_within(client, &packet, 10000)) > 0)
		;
	assert_int_equal(code, -1);
	close(client->fd);
}

struct login {
	const char *client_id, *user_name, *key, *policy, *resource;
	bool keeps; /* CleanSession 0 */
	int keep_alive_s, life_s;
	struct duet_mqtt_will will;
};

static inline int client_connect(struct client *client, int port, const struct login *login, bool *is_present)
{
	struct duet_mqtt_connect connect = {.clean_session = !login->keeps,
					    .keep_alive_s = (uint16_t)login->keep_alive_s,
					    .will = login->will};
	char user_name[200], token[500], resource[200], bytes[2000];
	struct duet_mqtt_packet packet;
	const char *slash = strchr(login->client_id, '/');

	snprintf(user_name, sizeof(user_name), "localhost/%s/?api-version=2021-04-12&DeviceClientType=test",
		 login->client_id);
	snprintf(resource, sizeof(resource),
		 slash ? "localhost/devices/%.*s/modules/%s" : "localhost/devices/%.*s",
		 (int)(slash ? slash - login->client_id : (long)strlen(login->client_id)), login->client_id,
		 slash ? slash + 1 : "");
	assert_true(duet_sas_make(login->resource ? login->resource : resource,
				  login->key ? login->key : DEVICE_KEY, login->policy,
				  (int64_t)time(NULL) + (login->life_s ? login->life_s : 3600), token,
				  sizeof(token)) > 0);
	connect.client_id = duet_slice(login->client_id);
	connect.user_name = duet_slice(login->user_name ? login->user_name : user_name);
	connect.password = duet_slice(token);
	client_open(client, port);
	client_send(client, bytes, (size_t)duet_mqtt_write_connect(bytes, sizeof(bytes), &connect));
	client_read(client, &packet, DUET_MQTT_CONNACK);
	if (is_present)
		*is_present = packet.connack.session_present;
	return packet.connack.code;
}

static inline void client_begin(struct client *client, struct world *world, const char *client_id)
{
	assert_int_equal(client_connect(client, world->port, &(struct login){.client_id = client_id}, NULL),
			 0);
}

static inline int client_subscribe(struct client *client, const char *filter, int qos)
{
	struct duet_mqtt_packet packet;
	char bytes[200];

	client_send(client, bytes,
		    (size_t)duet_mqtt_write_subscribe(bytes, sizeof(bytes), 7, duet_slice(filter), qos));
	client_read(client, &packet, DUET_MQTT_SUBACK);
	assert_int_equal(packet.id, 7);
	return (unsigned char)packet.granted.ptr[0];
}

static inline void client_publish(struct client *client, const char *topic, struct duet_slice body, int qos,
				  bool retain)
{
	struct duet_mqtt_publish publish = {
		.topic = duet_slice(topic), .payload = body, .qos = qos, .retain = retain};
	char head[400];
	size_t len = duet_mqtt_write_publish_head(head, &publish, 9);

	client_send(client, head, len);
	client_send(client, body.ptr, body.len);
}

static inline void assert_starts(struct duet_slice text, const char *start)
{
	assert_true(text.len >= strlen(start));
	assert_memory_equal(text.ptr, start, strlen(start));
}

static inline void assert_is(struct duet_slice text, const char *expected)
{
	assert_int_equal(text.len, strlen(expected));
	assert_memory_equal(text.ptr, expected, text.len);
}

/* The next message that the hub took. */
static inline void world_read_event(struct world *world, struct duet_hub_event *event)
{
	uint64_t number;

	for (int i = 0; i < 20; i++) {
		do {
			if (duet_hub_reader_next(world->reader, event, &number) != 1)
				break;
			if (event->source == DUET_HUB_TELEMETRY)
				return;
		} while (true);
		duet_hub_reader_wait(world->reader, 500);
	}
	fail_msg("no message came");
}

/* Who came and went is told too, and a little later. */
static inline void world_assert_no_message(struct world *world)
{
	struct duet_hub_event event;
	uint64_t number;

	while (duet_hub_reader_wait(world->reader, 100))
		if (duet_hub_reader_next(world->reader, &event, &number) == 1)
			assert_int_not_equal(event.source, DUET_HUB_TELEMETRY);
}

#endif
