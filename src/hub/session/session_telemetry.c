/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "hub/log/log.h"
#include "hub/metrics.h"
#include "hub/session/session_part.h"
#include "hub/value/bag.h"

/* A message that is acknowledged once it is on disk. */
struct pending {
	struct duet_session *session;
	uint16_t id;
};

static int acknowledge(struct duet_session *session, uint16_t id)
{
	char ack[4];

	duet_mqtt_write_ack(ack, DUET_MQTT_PUBACK, id);
	return session_send(session, (struct duet_slice){ack, 4}, (struct duet_slice){0});
}

static void count(struct duet_session *session, size_t n_bytes)
{
	duet_hub_count(session->loop->metrics, DUET_HUB_M_TELEMETRY, 1);
	duet_hub_count(session->loop->metrics, DUET_HUB_M_TELEMETRY_BYTES, n_bytes);
}

static void logged(void *user, int code)
{
	struct pending *pending = user;
	struct duet_session *session = pending->session;

	session->n_pending--;
	if (code < 0) {
		session_end(session, "its message could not be kept: %s", strerror(-code));
	} else if (acknowledge(session, pending->id) < 0) {
		session_end(session, "out of memory");
	}
	session_settle(session);
	duet_session_unref(session);
	duet_free(pending);
}

static void describe(const struct duet_session *session, struct duet_hub_event *event)
{
	*event = (struct duet_hub_event){
		.source = DUET_HUB_TELEMETRY,
		.auth = (enum duet_hub_event_auth)session->auth,
		.enqueued_ms = session_wall_ms(session),
		.device = duet_slice(session->device),
		.module = duet_slice(session->module),
		.generation = duet_slice(session->generation),
	};
}

/* With QoS 1 the event's acknowledgement is promised; with 0 it is not waited for. */
static int append(struct duet_session *session, const struct duet_hub_event *event, int qos, uint16_t id)
{
	struct pending *pending;
	int code;

	if (qos == 0)
		return duet_hub_log_append(session->loop->lane, event, NULL, NULL);
	pending = duet_alloc(sizeof(*pending));
	if (!pending)
		return -ENOMEM;
	*pending = (struct pending){session, id};
	duet_session_ref(session);
	session->n_pending++;
	code = duet_hub_log_append(session->loop->lane, event, logged, pending);
	if (code == 0)
		return 0;
	session->n_pending--;
	duet_session_unref(session);
	duet_free(pending);
	return code == 1 ? acknowledge(session, id) : code;
}

/* Adds `what` to the bag; the new one lies in `text`. */
static int extend(struct duet_slice *bag, const char *what, char *text, size_t size)
{
	size_t len = strlen(what), gap = bag->len > 0;

	if (bag->len + gap + len > size)
		return -EMSGSIZE;
	if (bag->len > 0)
		memcpy(text, bag->ptr, bag->len);
	if (gap)
		text[bag->len] = '&';
	memcpy(text + bag->len + gap, what, len);
	*bag = (struct duet_slice){text, bag->len + gap + len};
	return 0;
}

static bool is_own(const struct duet_slice client_id, const struct duet_hub_topic *topic)
{
	size_t n_device = topic->device.len, n_module = topic->module.len;

	if (topic->kind != DUET_HUB_TOPIC_TELEMETRY ||
	    client_id.len != n_device + (topic->module.ptr ? 1 + n_module : 0) ||
	    memcmp(client_id.ptr, topic->device.ptr, n_device) != 0)
		return false;
	return !topic->module.ptr || (client_id.ptr[n_device] == '/' &&
				      memcmp(client_id.ptr + n_device + 1, topic->module.ptr, n_module) == 0);
}

/* What stands in a bag must be readable, or nothing could be done with the message later. */
static const char *complaint(const struct duet_session *session, const struct duet_hub_topic *topic,
			     size_t n_body)
{
	struct duet_hub_bag bag;

	if (!is_own(duet_slice(session->target), topic))
		return "it published as somebody else";
	if (n_body > SESSION_MAX_BODY)
		return "its message is larger than 256 KB";
	if (topic->bag.len > 0 && duet_hub_bag_parse(&bag, topic->bag) < 0)
		return "its message's properties are no k=v&k=v, or too many";
	return NULL;
}

int session_telemetry(struct duet_session *session, const struct duet_hub_topic *topic,
		      const struct duet_mqtt_packet *packet)
{
	const struct duet_mqtt_publish *publish = &packet->publish;
	const char *why = complaint(session, topic, publish->payload.len);
	char text[DUET_HUB_BAG_BYTES];
	struct duet_hub_event event;
	int code = 0;

	if (why) {
		session_break(session, why);
		return 0;
	}
	describe(session, &event);
	event.body = publish->payload;
	event.properties = topic->bag;
	/* Nothing is retained; who reads it is told that it was asked for. */
	if (publish->retain)
		code = extend(&event.properties, "mqtt-retain=true", text, sizeof(text));
	if (code == 0)
		code = append(session, &event, publish->qos, packet->id);
	if (code == -EAGAIN) {
		session_wait_for_log(session);
		return SESSION_LATER;
	}
	if (code == -EMSGSIZE) {
		session_break(session, "its message is too large");
		return 0;
	}
	if (code >= 0)
		count(session, publish->payload.len);
	return code < 0 ? code : 0;
}

int session_keep_will(struct duet_session *session, const struct duet_mqtt_connect *connect)
{
	const struct duet_mqtt_will *will = &connect->will;
	char text[DUET_HUB_BAG_BYTES];
	struct duet_hub_topic topic;
	struct duet_slice bag;

	duet_hub_topic_parse(will->topic, &topic);
	if (!is_own(connect->client_id, &topic) || will->payload.len > SESSION_MAX_BODY)
		return -EINVAL;
	bag = topic.bag;
	if (extend(&bag,
		   will->retain ? "iothub-MessageType=Will&mqtt-retain=true" : "iothub-MessageType=Will",
		   text, sizeof(text)) < 0)
		return -EINVAL;
	session->will = duet_alloc(sizeof(*session->will) + bag.len + will->payload.len);
	if (!session->will)
		return -ENOMEM;
	*session->will = (struct session_will){bag.len, will->payload.len};
	memcpy(session->will->bytes, bag.ptr, bag.len);
	if (will->payload.len > 0)
		memcpy(session->will->bytes + bag.len, will->payload.ptr, will->payload.len);
	return 0;
}

void session_publish_will(struct duet_session *session)
{
	struct session_will *will = session->will;
	struct duet_hub_event event;
	int code;

	if (!will || session->state != SESSION_OPEN)
		return;
	session->will = NULL;
	describe(session, &event);
	event.properties = (struct duet_slice){will->bytes, will->n_bag};
	event.body = (struct duet_slice){will->bytes + will->n_bag, will->n_body};
	code = duet_hub_log_append(session->loop->lane, &event, NULL, NULL);
	if (code < 0)
		duet_log(DUET_LOG_WARN, "session", "the will of %s is lost: %s", session->target,
			 strerror(-code));
	else
		count(session, will->n_body);
	duet_free(will);
}
