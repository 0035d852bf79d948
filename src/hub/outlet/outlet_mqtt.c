/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <mosquitto.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "hub/outlet/outlet_kind.h"

/*
 * Publishes to another MQTT broker with QoS 1, over libmosquitto. A batch counts
 * as given on when the broker has acknowledged all of it. The topic may hold
 * {device}, {module} and {topic}, the one that the device published to.
 */

enum { TOPIC_SIZE = 1024, KEEPALIVE_S = 60, BATCH = 200, WAIT_MS = 100 };

struct options {
	const char *host, *topic, *user, *password, *ca, *client_id;
	int port, timeout_ms;
	bool tls;
};

struct state {
	const struct options *options;
	struct mosquitto *client;
	int mids[BATCH];
	size_t n_waiting; /* of mids */
	bool connected, refused;
};

#define AT(field) offsetof(struct options, field)

static const struct duet_option options[] = {
	{"host", DUET_OPTION_TEXT, AT(host), "", "The broker's name; required", NULL, 0, 0},
	{"port", DUET_OPTION_INT, AT(port), "1883", "Its port", NULL, 1, 65535},
	{"topic", DUET_OPTION_TEXT, AT(topic), "{topic}",
	 "Where to: {device}, {module}, {topic} are filled in", NULL, 0, 0},
	{"user", DUET_OPTION_TEXT, AT(user), "", "The user's name", NULL, 0, 0},
	{"password", DUET_OPTION_TEXT, AT(password), "", "… and password", NULL, 0, 0},
	{"client_id", DUET_OPTION_TEXT, AT(client_id), "", "Empty: made up", NULL, 0, 0},
	{"tls", DUET_OPTION_BOOL, AT(tls), "false", "Over TLS", NULL, 0, 0},
	{"ca", DUET_OPTION_TEXT, AT(ca), "/etc/ssl/certs/ca-certificates.crt", "What to trust then, PEM",
	 NULL, 0, 0},
	{"timeout", DUET_OPTION_DURATION, AT(timeout_ms), "10s", "How long the broker may take", NULL, 100,
	 300000},
	{NULL, DUET_OPTION_TEXT, 0, NULL, NULL, NULL, 0, 0},
};

static const char *const secrets[] = {"password", NULL};

static int check(const void *given, struct duet_error *error)
{
	const struct options *chosen = given;

	if (!chosen->host[0])
		return duet_error_set(error, -EINVAL, "host: the broker's name is expected");
	if (!chosen->topic[0] || strpbrk(chosen->topic, "+#"))
		return duet_error_set(error, -EINVAL, "topic: a topic without + and # is expected");
	return 0;
}

static void connected(struct mosquitto *client, void *user, int code)
{
	struct state *state = user;

	state->connected = code == 0;
	state->refused = code != 0;
}

static void disconnected(struct mosquitto *client, void *user, int code)
{
	((struct state *)user)->connected = false;
}

static void published(struct mosquitto *client, void *user, int mid)
{
	struct state *state = user;

	for (size_t i = 0; i < state->n_waiting; i++)
		if (state->mids[i] == mid) {
			state->mids[i] = state->mids[--state->n_waiting];
			return;
		}
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int fail(struct state *state, struct duet_error *error, int code)
{
	return duet_error_set(error, -EAGAIN, "%s:%d: %s", state->options->host, state->options->port,
			      code == MOSQ_ERR_ERRNO ? strerrordesc_np(errno) : mosquitto_strerror(code));
}

/* Runs the client until `done`, or time is up. */
static int run_until(struct state *state, bool (*done)(const struct state *state), struct duet_error *error)
{
	int64_t end = now_ms() + state->options->timeout_ms;

	while (!done(state)) {
		int code = mosquitto_loop(state->client, WAIT_MS, 1);

		if (code != MOSQ_ERR_SUCCESS)
			return fail(state, error, code);
		if (state->refused)
			return duet_error_set(error, -EAGAIN, "%s:%d lets us not in", state->options->host,
					      state->options->port);
		if (now_ms() > end)
			return duet_error_set(error, -EAGAIN, "%s:%d does not answer", state->options->host,
					      state->options->port);
	}
	return 0;
}

static bool is_connected(const struct state *state)
{
	return state->connected;
}

static bool all_published(const struct state *state)
{
	return state->n_waiting == 0;
}

static void init_library(void)
{
	mosquitto_lib_init();
}

static int set_up(struct state *state)
{
	const struct options *chosen = state->options;
	int code = MOSQ_ERR_SUCCESS;

	mosquitto_connect_callback_set(state->client, connected);
	mosquitto_disconnect_callback_set(state->client, disconnected);
	mosquitto_publish_callback_set(state->client, published);
	mosquitto_max_inflight_messages_set(state->client, BATCH);
	if (chosen->user[0])
		code = mosquitto_username_pw_set(state->client, chosen->user, chosen->password);
	if (code == MOSQ_ERR_SUCCESS && chosen->tls)
		code = mosquitto_tls_set(state->client, chosen->ca, NULL, NULL, NULL, NULL);
	return code;
}

static int open_mqtt(void *user, const void *given, const struct duet_hub_outlet_place *place,
		     struct duet_error *error)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct state *state = user;
	int code;

	pthread_once(&once, init_library);
	state->options = given;
	state->client =
		mosquitto_new(state->options->client_id[0] ? state->options->client_id : NULL, true, state);
	if (!state->client)
		return duet_error_set(error, -ENOMEM, "out of memory");
	code = set_up(state);
	if (code == MOSQ_ERR_SUCCESS)
		code = mosquitto_connect(state->client, state->options->host, state->options->port,
					 KEEPALIVE_S);
	if (code != MOSQ_ERR_SUCCESS)
		return fail(state, error, code);
	return run_until(state, is_connected, error);
}

/* Fills {device}, {module} and {topic} in; false: too long, or a name that no topic can hold. */
static bool make_topic(const char *pattern, const struct duet_hub_parcel *parcel, char *topic)
{
	size_t len = 0;

	while (*pattern && len < TOPIC_SIZE - 1) {
		struct duet_slice with = {pattern, 1};
		size_t n = 1;

		if (strncmp(pattern, "{device}", 8) == 0) {
			with = parcel->device;
			n = 8;
		} else if (strncmp(pattern, "{module}", 8) == 0) {
			with = parcel->module;
			n = 8;
		} else if (strncmp(pattern, "{topic}", 7) == 0) {
			with = duet_slice(parcel->topic);
			n = 7;
		}
		if (with.len >= TOPIC_SIZE - len)
			return false;
		memcpy(topic + len, with.ptr, with.len);
		len += with.len;
		pattern += n;
	}
	topic[len] = '\0';
	return len > 0 && mosquitto_pub_topic_check(topic) == MOSQ_ERR_SUCCESS;
}

static int publish(struct state *state, const struct duet_hub_parcel *parcel, struct duet_error *error)
{
	char topic[TOPIC_SIZE];
	int mid, code;

	if (!make_topic(state->options->topic, parcel, topic))
		return duet_error_set(error, -EBADMSG, "the device's name makes no topic");
	code = mosquitto_publish(state->client, &mid, topic, (int)parcel->json_len, parcel->json, 1, false);
	if (code != MOSQ_ERR_SUCCESS)
		return fail(state, error, code);
	state->mids[state->n_waiting++] = mid;
	return 0;
}

static int send_all(void *user, const struct duet_hub_parcel *parcels, size_t n_parcels,
		    struct duet_error *error)
{
	struct state *state = user;
	int code = state->connected ? 0 : duet_error_set(error, -ENOTCONN, "the connection was lost");

	state->n_waiting = 0;
	for (size_t i = 0; i < n_parcels && code == 0; i++)
		code = publish(state, &parcels[i], error);
	return code == 0 ? run_until(state, all_published, error) : code;
}

static void close_mqtt(void *user)
{
	struct state *state = user;

	if (!state->client)
		return;
	mosquitto_disconnect(state->client);
	mosquitto_destroy(state->client);
}

const struct duet_hub_outlet_kind duet_hub_outlet_mqtt = {
	.name = "mqtt",
	.options = options,
	.options_size = sizeof(struct options),
	.state_size = sizeof(struct state),
	.max_batch = BATCH,
	.secrets = secrets,
	.check = check,
	.open = open_mqtt,
	.send = send_all,
	.close = close_mqtt,
};
