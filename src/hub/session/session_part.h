/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_SESSION_PART_H
#define DUET_HUB_SESSION_PART_H

#include <stdatomic.h>
#include <stdint.h>

#include "hub/guard/limit.h"
#include "hub/session/session.h"
#include "hub/value/event.h"
#include "hub/value/topic.h"
#include "loop/loop.h"
#include "loop/wheel.h"
#include "net/mqtt.h"

/* What the files session*.c share; nobody else includes it. Everything is for the session's loop. */

struct duet_websocket;
struct session_call;

enum session_state {
	SESSION_NEW, /* waits for CONNECT */
	SESSION_OPEN,
	SESSION_ENDING, /* what was taken is still being acknowledged; nothing is read any more */
	SESSION_GONE,   /* no stream; who still refers to it will let go */
};

/* A message that the device has and did not acknowledge. */
struct session_delivery {
	struct session_delivery *next;
	int64_t at_ms; /* monotonic */
	uint16_t id;
	char lock_token[];
};

struct session_will {
	size_t n_bag, n_body;
	char bytes[]; /* the bag, then the body */
};

struct duet_session {
	struct duet_session *next, **link; /* the loop's list of them */
	struct duet_session *next_waiting;
	bool is_listed; /* among those that wait for the lane */
	struct duet_hub_loop *loop;
	struct duet_stream *stream;
	struct duet_websocket *websocket; /* NULL: MQTT right on the stream */
	atomic_int n_refs;
	unsigned char state; /* enum session_state */
	unsigned char auth;  /* enum duet_hub_event_auth */
	bool is_registration, is_clean;
	bool waits_for_log, waits_for_rate, waits_for_peer; /* why nothing is read */
	bool is_locking;                         /* a change that takes the next message is under way */
	short granted[DUET_HUB_N_SUBSCRIPTIONS]; /* QoS; -1: not subscribed */
	uint16_t keep_alive_s, next_id;
	uint16_t n_pending; /* changes and telemetry that will be answered */
	int64_t active_ms;  /* when the last packet came; monotonic */
	int64_t expires_s;
	struct duet_spoke deadline; /* CONNECT, then keep-alive, then the end */
	struct duet_spoke expiry;   /* of the token */
	struct duet_spoke again;    /* goes on reading, or looks at the queue again */
	struct duet_hub_bucket bucket;
	struct duet_letter takeover, dismissal; /* once each */
	atomic_bool is_dismissed;
	struct session_delivery *deliveries;
	struct session_call *calls; /* methods that the device has not answered */
	struct session_will *will;
	const char *target, *generation; /* target's memory holds all four; "" before CONNECT */
	const char *device, *module;     /* module "": the device itself */
};

enum {
	SESSION_MAX_PACKET = 320 << 10, /* what a stream holds; a message's limit and a topic's */
	SESSION_MAX_BODY = 256 << 10,
	SESSION_MAX_PENDING = 1024, /* before nothing more is read */
	SESSION_MAX_DELIVERIES = 16,
	SESSION_MAX_CALLS = 64,
	SESSION_MAX_RID = 128,
};

/* What handlers of packets answer besides 0 and negative errnos. */
enum { SESSION_LATER = 1 }; /* the packet was not taken: reading is paused, show it again */

/* session.c */
void session_end(struct duet_session *session, const char *format, ...) __attribute__((format(printf, 2, 3)));
void session_break(struct duet_session *session, const char *what); /* the device did something wrong */
void session_settle(struct duet_session *session);                  /* after n_pending went down */
void session_read_on(struct duet_session *session); /* after one of waits_for_… was cleared */
int session_send(struct duet_session *session, struct duet_slice head, struct duet_slice body);
int session_publish(struct duet_session *session, struct duet_slice topic, struct duet_slice body, int qos,
		    bool duplicate, uint16_t id);
uint16_t session_next_id(struct duet_session *session);
int64_t session_wall_ms(const struct duet_session *session);

void session_wait_for_log(struct duet_session *session); /* the lane is full */

/* session_connect.c */
int session_connect(struct duet_session *session, const struct duet_mqtt_connect *connect);

/* session_subscribe.c */
int session_subscribe(struct duet_session *session, const struct duet_mqtt_packet *packet);
int session_unsubscribe(struct duet_session *session, const struct duet_mqtt_packet *packet);
bool session_restore(struct duet_session *session); /* subscriptions of before; false: there were none */

/* session_telemetry.c */
int session_telemetry(struct duet_session *session, const struct duet_hub_topic *topic,
		      const struct duet_mqtt_packet *packet);
/* -EINVAL: it is not for the client's own telemetry. */
int session_keep_will(struct duet_session *session, const struct duet_mqtt_connect *connect);
void session_publish_will(struct duet_session *session);

/* session_twin.c */
int session_twin_get(struct duet_session *session, const struct duet_hub_topic *topic,
		     const struct duet_mqtt_packet *packet);
int session_twin_report(struct duet_session *session, const struct duet_hub_topic *topic,
			const struct duet_mqtt_packet *packet);

/* session_queue.c */
void session_look_at_queue(struct duet_session *session);
int session_complete(struct duet_session *session, uint16_t id);
void session_unlock(struct duet_session *session); /* what was not acknowledged waits again */

/* session_method.c */
int session_method_answer(struct duet_session *session, const struct duet_hub_topic *topic,
			  const struct duet_mqtt_packet *packet);
void session_drop_calls(struct duet_session *session);

/* session_provision.c */
int session_register(struct duet_session *session, const struct duet_hub_topic *topic,
		     const struct duet_mqtt_packet *packet);
int session_register_status(struct duet_session *session, const struct duet_hub_topic *topic,
			    const struct duet_mqtt_packet *packet);

/* The request's id out of a topic's query, as it came; false: there is none, or it is too long. */
bool session_rid(const struct duet_hub_topic *topic, struct duet_slice *rid);

#endif
