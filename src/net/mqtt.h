/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_NET_MQTT_H
#define DUET_NET_MQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/slice.h"

/*
 * Packets of MQTT 3.1.1 (OASIS standard of 29 October 2014), for both sides. Reading points into the bytes it
 * was given; nothing is allocated.
 */
enum duet_mqtt_type {
	DUET_MQTT_CONNECT = 1,
	DUET_MQTT_CONNACK,
	DUET_MQTT_PUBLISH,
	DUET_MQTT_PUBACK,
	DUET_MQTT_PUBREC,
	DUET_MQTT_PUBREL,
	DUET_MQTT_PUBCOMP,
	DUET_MQTT_SUBSCRIBE,
	DUET_MQTT_SUBACK,
	DUET_MQTT_UNSUBSCRIBE,
	DUET_MQTT_UNSUBACK,
	DUET_MQTT_PINGREQ,
	DUET_MQTT_PINGRESP,
	DUET_MQTT_DISCONNECT,
};

enum duet_mqtt_connack { /* section 3.2.2.3 */
			 DUET_MQTT_ACCEPTED,
			 DUET_MQTT_BAD_VERSION,
			 DUET_MQTT_BAD_CLIENT_ID,
			 DUET_MQTT_UNAVAILABLE,
			 DUET_MQTT_BAD_PASSWORD,
			 DUET_MQTT_NOT_AUTHORISED,
};

struct duet_mqtt_will {
	struct duet_slice topic, payload; /* topic.ptr NULL: there is none */
	int qos;
	bool retain;
};

struct duet_mqtt_connect {
	int level; /* 4 is MQTT 3.1.1 */
	bool clean_session;
	uint16_t keep_alive_s;
	struct duet_slice client_id, user_name, password; /* ptr NULL: not given */
	struct duet_mqtt_will will;
};

struct duet_mqtt_publish {
	struct duet_slice topic, payload;
	int qos;
	bool retain, duplicate;
};

struct duet_mqtt_packet {
	enum duet_mqtt_type type;
	uint16_t id; /* PUBLISH with QoS > 0, the acks, SUBSCRIBE, UNSUBSCRIBE */
	union {
		struct duet_mqtt_connect connect;
		struct duet_mqtt_publish publish;
		struct {
			bool session_present;
			int code;
		} connack;
		struct duet_slice filters; /* (UN)SUBSCRIBE: for duet_mqtt_next_filter */
		struct duet_slice granted; /* SUBACK: one byte for each filter */
	};
};

/* How long the first packet in `bytes` is; 0: more bytes are needed; -EBADMSG: it breaks the standard, and
 * *why says how; -EMSGSIZE: it is longer than `max` bytes. */
long duet_mqtt_read(struct duet_slice bytes, size_t max, struct duet_mqtt_packet *packet, const char **why);

/* Moves along the filters of a packet that was read; false at the end. `qos` NULL for UNSUBSCRIBE. */
bool duet_mqtt_next_filter(struct duet_slice *filters, struct duet_slice *filter, int *qos);

/* Writing: into `out`, which has room for the result; return its length. */
enum { DUET_MQTT_MAX_HEAD = 9 }; /* what duet_mqtt_write_publish_head needs beside the topic */
size_t duet_mqtt_write_connack(char out[4], bool session_present, enum duet_mqtt_connack code);
size_t duet_mqtt_write_ack(char out[4], enum duet_mqtt_type type, uint16_t id); /* PUBACK, UNSUBACK … */
size_t duet_mqtt_write_empty(char out[2], enum duet_mqtt_type type); /* PINGREQ, PINGRESP, DISCONNECT */
/* All of a PUBLISH but its payload; `out` has topic.len + DUET_MQTT_MAX_HEAD bytes; a topic has at most
 * 65535. */
size_t duet_mqtt_write_publish_head(char *out, const struct duet_mqtt_publish *publish, uint16_t id);
size_t duet_mqtt_write_suback(char *out, uint16_t id, const uint8_t *granted, size_t n_granted); /* n < 120 */
/* As a client; -ENOSPC. */
long duet_mqtt_write_connect(char *out, size_t size, const struct duet_mqtt_connect *connect);
long duet_mqtt_write_subscribe(char *out, size_t size, uint16_t id, struct duet_slice filter, int qos);

#endif
