/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/session/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "hub/config.h"
#include "hub/metrics.h"
#include "hub/presence.h"
#include "hub/session/directory.h"
#include "hub/session/session_part.h"
#include "net/stream.h"
#include "net/websocket.h"

enum { WHY_SIZE = 160, END_MS = 5000 };

const char *duet_session_target(const struct duet_session *session)
{
	return session->target;
}

struct duet_hub_loop *duet_session_loop(const struct duet_session *session)
{
	return session->loop;
}

void duet_session_ref(struct duet_session *session)
{
	atomic_fetch_add_explicit(&session->n_refs, 1, memory_order_relaxed);
}

void duet_session_unref(struct duet_session *session)
{
	if (atomic_fetch_sub_explicit(&session->n_refs, 1, memory_order_acq_rel) > 1)
		return;
	atomic_fetch_sub(&session->loop->n_sessions, 1);
	duet_free(session->will);
	/* "" before CONNECT was accepted. */
	if (*session->target)
		duet_free((void *)(uintptr_t)session->target);
	duet_free(session);
}

int64_t session_wall_ms(const struct duet_session *session)
{
	const struct duet_clock *clock = duet_hub_clock(session->loop->hub);

	return clock->wall_ns(clock) / 1000000;
}

static const char *name_of(const struct duet_session *session)
{
	return *session->target ? session->target : "a client";
}

static void stop_spokes(struct duet_session *session)
{
	duet_wheel_stop(session->loop->wheel, &session->deadline);
	duet_wheel_stop(session->loop->wheel, &session->expiry);
	duet_wheel_stop(session->loop->wheel, &session->again);
}

/* Nobody can send to it any more. */
static void leave(struct duet_session *session)
{
	struct duet_hub *hub = session->loop->hub;

	if (session->state == SESSION_NEW || session->is_registration)
		return;
	duet_hub_count(session->loop->metrics, DUET_HUB_M_DEVICES, (uint64_t)-1);
	if (duet_hub_directory_release(duet_hub_directory(hub), session)) {
		session_unlock(session);
		duet_hub_presence_note(session->loop, session->target, false, NULL);
	}
	session_drop_calls(session);
}

/* The stream is over, or has just been freed. */
static void gone(struct duet_session *session)
{
	struct session_delivery *delivery;

	if (session->state == SESSION_GONE)
		return;
	stop_spokes(session);
	leave(session);
	session->state = SESSION_GONE;
	while ((delivery = session->deliveries)) {
		session->deliveries = delivery->next;
		duet_free(delivery);
	}
	duet_websocket_free(session->websocket);
	session->websocket = NULL;
	session->stream = NULL;
	*session->link = session->next;
	if (session->next)
		session->next->link = session->link;
	duet_session_unref(session);
}

static void note_why(struct duet_session *session, enum duet_log_level level, const char *why)
{
	char peer[46];

	duet_log(level, "session", "%s at %s: %s", name_of(session), duet_stream_peer(session->stream, peer),
		 why);
}

/* Nothing is read any more; what was taken is still acknowledged. */
static void begin_end(struct duet_session *session, const char *why)
{
	if (session->state >= SESSION_ENDING)
		return;
	note_why(session, session->state == SESSION_NEW ? DUET_LOG_WARN : DUET_LOG_INFO, why);
	session_publish_will(session);
	session->state = SESSION_ENDING;
	duet_stream_pause(session->stream, true);
	stop_spokes(session);
	duet_wheel_set(session->loop->wheel, &session->deadline, END_MS);
	session_settle(session);
}

void session_end(struct duet_session *session, const char *format, ...)
{
	char why[WHY_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	begin_end(session, why);
}

void session_break(struct duet_session *session, const char *what)
{
	if (session->state >= SESSION_ENDING)
		return;
	duet_hub_count(session->loop->metrics, DUET_HUB_M_CLOSED_PROTOCOL, 1);
	note_why(session, DUET_LOG_WARN, what);
	session_publish_will(session);
	session->state = SESSION_ENDING;
	duet_stream_pause(session->stream, true);
	duet_stream_finish(session->stream);
}

void duet_session_end(struct duet_session *session, const char *why)
{
	if (session->state < SESSION_ENDING)
		begin_end(session, why);
}

void duet_session_kill(struct duet_session *session)
{
	duet_stream_free(session->stream);
	gone(session);
}

struct duet_session *duet_session_next(const struct duet_session *session)
{
	return session->next;
}

void duet_session_note_active(struct duet_hub_loop *loop)
{
	for (const struct duet_session *session = loop->sessions; session; session = session->next)
		if (session->state == SESSION_OPEN && !session->is_registration &&
		    session->active_ms >= loop->active_noted_ms)
			duet_hub_presence_active(loop, session->target);
	loop->active_noted_ms = duet_wheel_now_ms(loop->wheel);
}

void duet_session_clock_set(struct duet_hub_loop *loop)
{
	for (struct duet_session *session = loop->sessions; session; session = session->next)
		if (session->state == SESSION_OPEN && session->expiry.link)
			duet_wheel_set(loop->wheel, &session->expiry, 0);
}

void session_settle(struct duet_session *session)
{
	if (session->state == SESSION_ENDING && session->n_pending == 0 && session->stream)
		duet_stream_finish(session->stream);
	else if (session->state == SESSION_OPEN && session->waits_for_log &&
		 session->n_pending < SESSION_MAX_PENDING / 2) {
		session->waits_for_log = false;
		session_read_on(session);
	}
}

int session_send(struct duet_session *session, struct duet_slice head, struct duet_slice body)
{
	int code = 0;

	if (!session->stream)
		return 0;
	if (session->websocket)
		code = duet_websocket_write_head(session->websocket, head.len + body.len);
	if (code == 0)
		code = duet_stream_write(session->stream, head);
	if (code == 0 && body.len > 0)
		code = duet_stream_write(session->stream, body);
	return code;
}

uint16_t session_next_id(struct duet_session *session)
{
	if (++session->next_id == 0)
		session->next_id = 1;
	return session->next_id;
}

int session_publish(struct duet_session *session, struct duet_slice topic, struct duet_slice body, int qos,
		    bool duplicate, uint16_t id)
{
	struct duet_mqtt_publish publish = {
		.topic = topic, .payload = body, .qos = qos, .duplicate = duplicate};
	size_t limit = (size_t)duet_hub_config(session->loop->hub)->limits.pending_kb << 10;
	char *head;
	size_t len;
	int code;

	if (!session->stream || session->state != SESSION_OPEN)
		return -ENOTCONN;
	if (duet_stream_unsent(session->stream) + body.len > 2 * limit + SESSION_MAX_PACKET) {
		session_end(session, "does not read what it is sent");
		return -ENOBUFS;
	}
	head = duet_alloc(topic.len + DUET_MQTT_MAX_HEAD);
	if (!head)
		return -ENOMEM;
	len = duet_mqtt_write_publish_head(head, &publish, id);
	code = session_send(session, (struct duet_slice){head, len}, body);
	duet_free(head);
	return code;
}

static int handle_publish(struct duet_session *session, const struct duet_mqtt_packet *packet)
{
	static int (*const handlers[])(struct duet_session *, const struct duet_hub_topic *,
				       const struct duet_mqtt_packet *) = {
		[DUET_HUB_TOPIC_TELEMETRY] = session_telemetry,
		[DUET_HUB_TOPIC_TWIN_GET] = session_twin_get,
		[DUET_HUB_TOPIC_TWIN_REPORT] = session_twin_report,
		[DUET_HUB_TOPIC_METHOD_ANSWER] = session_method_answer,
		[DUET_HUB_TOPIC_REGISTER] = session_register,
		[DUET_HUB_TOPIC_REGISTER_STATUS] = session_register_status,
	};
	struct duet_hub_topic topic;
	bool for_registrations;
	char ack[4];
	int code;

	if (packet->publish.qos > 1) {
		session_break(session, "it published with QoS 2, which there is not");
		return 0;
	}
	duet_hub_topic_parse(packet->publish.topic, &topic);
	for_registrations = topic.kind >= DUET_HUB_TOPIC_REGISTER;
	if (topic.kind == DUET_HUB_TOPIC_UNKNOWN || for_registrations != session->is_registration) {
		session_end(session, "it published to %.*s, which is no topic of its own",
			    (int)(packet->publish.topic.len < 100 ? packet->publish.topic.len : 100),
			    packet->publish.topic.ptr);
		duet_hub_count(session->loop->metrics, DUET_HUB_M_CLOSED_PROTOCOL, 1);
		return 0;
	}
	code = handlers[topic.kind](session, &topic, packet);
	/* Telemetry is acknowledged when it is durable; of others the answer is what counts. */
	if (code == 0 && packet->publish.qos == 1 && topic.kind != DUET_HUB_TOPIC_TELEMETRY) {
		duet_mqtt_write_ack(ack, DUET_MQTT_PUBACK, packet->id);
		return session_send(session, (struct duet_slice){ack, 4}, (struct duet_slice){0});
	}
	return code;
}

static int answer_ping(struct duet_session *session)
{
	char pong[2];
	size_t len = duet_mqtt_write_empty(pong, DUET_MQTT_PINGRESP);

	return session_send(session, (struct duet_slice){pong, len}, (struct duet_slice){0});
}

static int say_goodbye(struct duet_session *session)
{
	duet_free(session->will);
	session->will = NULL;
	begin_end(session, "it disconnected");
	return 0;
}

static int handle_open(struct duet_session *session, const struct duet_mqtt_packet *packet)
{
	switch (packet->type) {
	case DUET_MQTT_PUBLISH:
		return handle_publish(session, packet);
	case DUET_MQTT_PUBACK:
		return session_complete(session, packet->id);
	case DUET_MQTT_SUBSCRIBE:
		return session_subscribe(session, packet);
	case DUET_MQTT_UNSUBSCRIBE:
		return session_unsubscribe(session, packet);
	case DUET_MQTT_PINGREQ:
		return answer_ping(session);
	case DUET_MQTT_DISCONNECT:
		return say_goodbye(session);
	case DUET_MQTT_CONNECT:
		session_break(session, "it sent CONNECT twice");
		return 0;
	default:
		session_break(session, "it sent a packet that only servers send, or one of QoS 2");
		return 0;
	}
}

static int handle(struct duet_session *session, const struct duet_mqtt_packet *packet)
{
	if (session->state == SESSION_OPEN)
		return handle_open(session, packet);
	if (packet->type == DUET_MQTT_CONNECT)
		return session_connect(session, &packet->connect);
	session_break(session, "its first packet is not CONNECT");
	return 0;
}

/* The rate of one device: what comes too fast waits. */
static bool must_wait(struct duet_session *session, const struct duet_mqtt_packet *packet)
{
	const struct duet_hub_config *config = duet_hub_config(session->loop->hub);
	int64_t wait_ms;

	if (config->limits.messages_rate == 0 || packet->type != DUET_MQTT_PUBLISH)
		return false;
	wait_ms = duet_hub_bucket_take(&session->bucket, config->limits.messages_rate,
				       config->limits.messages_burst, session->active_ms);
	if (wait_ms == 0)
		return false;
	duet_hub_count(session->loop->metrics, DUET_HUB_M_THROTTLED, 1);
	session->waits_for_rate = true;
	duet_wheel_set(session->loop->wheel, &session->again, wait_ms);
	return true;
}

static bool is_waiting(const struct duet_session *session)
{
	return session->waits_for_log || session->waits_for_rate || session->waits_for_peer;
}

/* What one connection may have waiting to be sent, and to be acknowledged. */
static void look_at_limits(struct duet_session *session)
{
	size_t limit = (size_t)duet_hub_config(session->loop->hub)->limits.pending_kb << 10;

	if (session->stream && duet_stream_unsent(session->stream) > limit)
		session->waits_for_peer = true;
	if (session->n_pending >= SESSION_MAX_PENDING)
		session->waits_for_log = true;
}

/* All packets that are whole; how many bytes they took, or a negative errno. */
static long handle_all(struct duet_session *session, struct duet_slice bytes)
{
	struct duet_mqtt_packet packet;
	const char *why = "";
	long used = 0, n;
	int code;

	while (session->state < SESSION_ENDING && !is_waiting(session)) {
		n = duet_mqtt_read((struct duet_slice){bytes.ptr + used, bytes.len - (size_t)used},
				   SESSION_MAX_PACKET, &packet, &why);
		if (n < 0)
			session_break(session, why);
		if (n <= 0)
			break;
		if (must_wait(session, &packet))
			break;
		code = handle(session, &packet);
		if (code < 0)
			return code;
		if (code == SESSION_LATER)
			break;
		used += n;
		look_at_limits(session);
	}
	if (session->state >= SESSION_ENDING)
		return (long)bytes.len;
	if (is_waiting(session))
		duet_stream_pause(session->stream, true);
	return used;
}

static long handle_websocket(struct duet_session *session)
{
	struct duet_slice data = duet_websocket_data(session->websocket);
	long used = data.len > 0 ? handle_all(session, data) : 0;

	if (used > 0 && session->websocket)
		duet_websocket_used(session->websocket, (size_t)used);
	return used < 0 ? used : 0;
}

static long received_websocket(struct duet_session *session, struct duet_slice bytes)
{
	int code = duet_websocket_feed(session->websocket, bytes);
	long handled;

	if (code == -EBADMSG || code == -EMSGSIZE) {
		session_break(session, code == -EBADMSG ? "its WebSocket frames are broken"
							: "its WebSocket message is too long");
		return (long)bytes.len;
	}
	handled = handle_websocket(session);
	if (handled == 0 && code == -EPIPE)
		begin_end(session, "it closed the WebSocket");
	return handled < 0 ? handled : (long)bytes.len;
}

static long received(void *user, struct duet_slice bytes)
{
	struct duet_session *session = user;
	long used;

	if (session->state >= SESSION_ENDING)
		return (long)bytes.len;
	session->active_ms = duet_wheel_now_ms(session->loop->wheel);
	duet_session_ref(session);
	used = session->websocket ? received_websocket(session, bytes) : handle_all(session, bytes);
	duet_session_unref(session);
	return used;
}

void session_read_on(struct duet_session *session)
{
	long used = 0;

	if (session->state >= SESSION_ENDING || is_waiting(session))
		return;
	duet_stream_pause(session->stream, false);
	/* A WebSocket's messages wait here, others in the stream, which shows them again by itself. */
	if (session->websocket)
		used = handle_websocket(session);
	if (used < 0)
		session_end(session, "%s", strerror((int)-used));
}

void session_wait_for_log(struct duet_session *session)
{
	session->waits_for_log = true;
	if (session->is_listed)
		return;
	session->is_listed = true;
	duet_session_ref(session);
	session->next_waiting = session->loop->waiting;
	session->loop->waiting = session;
}

void duet_session_lane_ready(void *user)
{
	struct duet_hub_loop *loop = user;
	struct duet_session *session = loop->waiting, *next;

	loop->waiting = NULL;
	for (; session; session = next) {
		next = session->next_waiting;
		session->is_listed = false;
		session->waits_for_log = false;
		session_read_on(session);
		duet_session_unref(session);
	}
}

static void drained(void *user)
{
	struct duet_session *session = user;

	if (!session->waits_for_peer)
		return;
	session->waits_for_peer = false;
	session_read_on(session);
}

static void closed(void *user, int code, const char *why)
{
	struct duet_session *session = user;

	if (session->state < SESSION_ENDING) {
		/* Who only looks whether something listens is nobody's business. */
		note_why(session, session->state == SESSION_NEW && code == 0 ? DUET_LOG_DEBUG : DUET_LOG_INFO,
			 why);
		session_publish_will(session);
	}
	gone(session);
}

static const struct duet_stream_calls stream_calls = {received, drained, closed, NULL};

/* Keep-alive, looked at when it could have run out: a packet only notes when it came. */
static void deadline_came(void *user)
{
	struct duet_session *session = user;
	int64_t left_ms;

	if (session->state == SESSION_ENDING) {
		duet_stream_finish(session->stream);
		return;
	}
	left_ms = session->active_ms + session->keep_alive_s * INT64_C(1500) -
		  duet_wheel_now_ms(session->loop->wheel);
	if (session->state == SESSION_OPEN && left_ms > 0) {
		duet_wheel_set(session->loop->wheel, &session->deadline, left_ms);
		return;
	}
	duet_hub_count(session->loop->metrics, DUET_HUB_M_CLOSED_TIMEOUT, 1);
	if (session->state == SESSION_OPEN) {
		session_end(session, "nothing came for one and a half times its keep-alive of %d s",
			    session->keep_alive_s);
		return;
	}
	note_why(session, DUET_LOG_INFO, "TLS and CONNECT were not done in time");
	duet_stream_free(session->stream);
	gone(session);
}

static void token_expired(void *user)
{
	struct duet_session *session = user;
	int64_t left_ms = session->expires_s * 1000 - session_wall_ms(session);

	/* Longer than the wheel should hold one; and duet_session_clock_set asks too. */
	if (left_ms > 0) {
		duet_wheel_set(session->loop->wheel, &session->expiry, left_ms < 3600000 ? left_ms : 3600000);
		return;
	}
	duet_hub_count(session->loop->metrics, DUET_HUB_M_CLOSED_EXPIRED, 1);
	session_end(session, "its token or certificate has expired");
}

static void go_on(void *user)
{
	struct duet_session *session = user;

	if (session->waits_for_rate) {
		session->waits_for_rate = false;
		session_read_on(session);
	}
	if (session->state == SESSION_OPEN)
		session_look_at_queue(session);
}

static void taken_over(void *user)
{
	struct duet_session *session = user;

	if (session->state < SESSION_ENDING) {
		duet_hub_count(session->loop->metrics, DUET_HUB_M_CLOSED_TAKEN, 1);
		session_end(session, "it connected again, and this connection ends");
	}
	duet_session_unref(session); /* the directory's */
}

static void init(struct duet_session *session, struct duet_hub_loop *loop)
{
	*session = (struct duet_session){
		.loop = loop, .n_refs = 1, .target = "", .device = "", .module = "", .generation = ""};
	session->deadline = (struct duet_spoke){.call = deadline_came, .user = session};
	session->expiry = (struct duet_spoke){.call = token_expired, .user = session};
	session->again = (struct duet_spoke){.call = go_on, .user = session};
	session->takeover = (struct duet_letter){NULL, taken_over, session};
	for (int i = 0; i < DUET_HUB_N_SUBSCRIPTIONS; i++)
		session->granted[i] = -1;
	session->active_ms = duet_wheel_now_ms(loop->wheel);
	session->next = loop->sessions;
	session->link = &loop->sessions;
	if (session->next)
		session->next->link = &session->next;
	loop->sessions = session;
	atomic_fetch_add(&loop->n_sessions, 1);
}

int duet_session_new(struct duet_hub_loop *loop, struct duet_stream *take_stream, bool is_websocket)
{
	struct duet_session *session = duet_alloc(sizeof(*session));
	struct duet_websocket *websocket = NULL;

	if (session && is_websocket &&
	    duet_websocket_new(&websocket, take_stream, SESSION_MAX_PACKET + 1024) < 0) {
		duet_free(session);
		session = NULL;
	}
	if (!session) {
		duet_stream_free(take_stream);
		return -ENOMEM;
	}
	init(session, loop);
	session->stream = take_stream;
	session->websocket = websocket;
	duet_stream_give(take_stream, &stream_calls, session);
	duet_wheel_set(loop->wheel, &session->deadline, duet_hub_config(loop->hub)->limits.handshake_ms);
	return 0;
}
