/* SPDX-License-Identifier: Apache-2.0 */
#include "net/mqtt.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

/* What is left of a packet while it is read; `failed` stays set once there was too little. */
struct reader {
	struct duet_slice rest;
	bool failed;
};

static const char *take(struct reader *reader, size_t n)
{
	const char *ptr = reader->rest.ptr;

	if (reader->rest.len < n) {
		reader->failed = true;
		return NULL;
	}
	reader->rest.ptr += n;
	reader->rest.len -= n;
	return ptr;
}

static unsigned take_u8(struct reader *reader)
{
	const char *byte = take(reader, 1);

	return byte ? (unsigned char)*byte : 0;
}

static uint16_t take_u16(struct reader *reader)
{
	const unsigned char *bytes = (const unsigned char *)take(reader, 2);

	return bytes ? (uint16_t)(bytes[0] << 8 | bytes[1]) : 0;
}

static struct duet_slice take_bytes(struct reader *reader)
{
	size_t len = take_u16(reader);
	const char *ptr = take(reader, len);

	return ptr ? (struct duet_slice){ptr, len} : (struct duet_slice){0};
}

/* Section 1.5.3: UTF-8 without NUL. */
static struct duet_slice take_text(struct reader *reader)
{
	struct duet_slice text = take_bytes(reader);

	if (text.len > 0 && (memchr(text.ptr, 0, text.len) || !duet_text_valid(text)))
		reader->failed = true;
	return text;
}

static const char *read_will(struct reader *reader, unsigned flags, struct duet_mqtt_will *will)
{
	will->qos = flags >> 3 & 3;
	will->retain = flags & 0x20;
	if (!(flags & 0x04))
		return will->qos || will->retain ? "CONNECT has flags of a will and no will" : NULL;
	if (will->qos == 3)
		return "the will has QoS 3";
	will->topic = take_text(reader);
	will->payload = take_bytes(reader);
	return NULL;
}

static const char *read_connect(struct reader *reader, struct duet_mqtt_packet *packet)
{
	struct duet_mqtt_connect *connect = &packet->connect;
	struct duet_slice protocol = take_text(reader);
	const char *why;
	unsigned flags;

	*connect = (struct duet_mqtt_connect){.level = (int)take_u8(reader)};
	if (reader->failed || !duet_slice_equal(protocol, duet_slice("MQTT")))
		return "CONNECT is of another protocol than MQTT 3.1.1";
	if (connect->level != 4)
		return NULL; /* the rest may look different; it is answered */
	flags = take_u8(reader);
	if (flags & 1)
		return "the reserved flag of CONNECT is set";
	connect->clean_session = flags & 0x02;
	connect->keep_alive_s = take_u16(reader);
	connect->client_id = take_text(reader);
	why = read_will(reader, flags, &connect->will);
	if (why)
		return why;
	if ((flags & 0xc0) == 0x40)
		return "CONNECT has a password and no user name";
	if (flags & 0x80)
		connect->user_name = take_text(reader);
	if (flags & 0x40)
		connect->password = take_bytes(reader);
	return reader->failed || reader->rest.len > 0 ? "CONNECT has a wrong length" : NULL;
}

static const char *read_publish(struct reader *reader, unsigned flags, struct duet_mqtt_packet *packet)
{
	struct duet_mqtt_publish *publish = &packet->publish;

	*publish = (struct duet_mqtt_publish){
		.qos = flags >> 1 & 3, .retain = flags & 1, .duplicate = flags & 8};
	if (publish->qos == 3)
		return "PUBLISH has QoS 3";
	publish->topic = take_text(reader);
	if (reader->failed || publish->topic.len == 0)
		return "PUBLISH has no topic, or one that is not UTF-8";
	if (memchr(publish->topic.ptr, '+', publish->topic.len) ||
	    memchr(publish->topic.ptr, '#', publish->topic.len))
		return "PUBLISH has a topic with wildcards";
	packet->id = publish->qos > 0 ? take_u16(reader) : 0;
	if (reader->failed || (publish->qos > 0 && packet->id == 0))
		return "PUBLISH has no packet identifier";
	publish->payload = reader->rest;
	return NULL;
}

static const char *read_ack(struct reader *reader, struct duet_mqtt_packet *packet)
{
	packet->id = take_u16(reader);
	return reader->failed || reader->rest.len > 0 ? "an acknowledgement has a wrong length" : NULL;
}

static const char *read_connack(struct reader *reader, struct duet_mqtt_packet *packet)
{
	packet->connack.session_present = take_u8(reader) & 1;
	packet->connack.code = (int)take_u8(reader);
	return reader->failed || reader->rest.len > 0 ? "CONNACK has a wrong length" : NULL;
}

static const char *read_suback(struct reader *reader, struct duet_mqtt_packet *packet)
{
	packet->id = take_u16(reader);
	packet->granted = reader->rest;
	return reader->failed || reader->rest.len == 0 ? "SUBACK has a wrong length" : NULL;
}

/* All filters are looked at here, so that walking along them later cannot fail. */
static const char *read_filters(struct reader *reader, struct duet_mqtt_packet *packet)
{
	bool has_qos = packet->type == DUET_MQTT_SUBSCRIBE;

	packet->id = take_u16(reader);
	packet->filters = reader->rest;
	if (reader->failed || packet->id == 0)
		return "a subscription has no packet identifier";
	do {
		if (take_text(reader).len == 0 || (has_qos && take_u8(reader) > 2))
			return "a subscription has no filter, or a broken one";
	} while (!reader->failed && reader->rest.len > 0);
	return reader->failed ? "a subscription has a wrong length" : NULL;
}

static const char *read_empty(struct reader *reader)
{
	return reader->rest.len > 0 ? "a packet without content has content" : NULL;
}

static const char *read_body(struct reader *reader, unsigned flags, struct duet_mqtt_packet *packet)
{
	switch (packet->type) {
	case DUET_MQTT_CONNECT:
		return read_connect(reader, packet);
	case DUET_MQTT_CONNACK:
		return read_connack(reader, packet);
	case DUET_MQTT_PUBLISH:
		return read_publish(reader, flags, packet);
	case DUET_MQTT_PUBACK:
	case DUET_MQTT_PUBREC:
	case DUET_MQTT_PUBREL:
	case DUET_MQTT_PUBCOMP:
	case DUET_MQTT_UNSUBACK:
		return read_ack(reader, packet);
	case DUET_MQTT_SUBSCRIBE:
	case DUET_MQTT_UNSUBSCRIBE:
		return read_filters(reader, packet);
	case DUET_MQTT_SUBACK:
		return read_suback(reader, packet);
	default:
		return read_empty(reader);
	}
}

/* Section 2.2.2. */
static bool flags_are_right(unsigned type, unsigned flags)
{
	if (type == DUET_MQTT_PUBLISH)
		return true;
	if (type == DUET_MQTT_PUBREL || type == DUET_MQTT_SUBSCRIBE || type == DUET_MQTT_UNSUBSCRIBE)
		return flags == 2;
	return flags == 0;
}

/* The remaining length; how many bytes it takes, 0 when more are needed, -1 when it never ends. */
static int read_length(struct duet_slice bytes, size_t *length)
{
	*length = 0;
	for (size_t i = 0; i < 4; i++) {
		if (i >= bytes.len)
			return 0;
		*length |= (size_t)(bytes.ptr[i] & 0x7f) << 7 * i;
		if (!(bytes.ptr[i] & 0x80))
			return (int)i + 1;
	}
	return -1;
}

long duet_mqtt_read(struct duet_slice bytes, size_t max, struct duet_mqtt_packet *packet, const char **why)
{
	unsigned type, flags;
	struct reader reader;
	size_t length;
	int n_length;

	if (bytes.len == 0)
		return 0;
	type = (unsigned char)bytes.ptr[0] >> 4;
	flags = (unsigned char)bytes.ptr[0] & 15;
	*why = type == 0 || type == 15 || !flags_are_right(type, flags) ? "no packet begins so" : NULL;
	if (*why)
		return -EBADMSG;
	n_length = read_length((struct duet_slice){bytes.ptr + 1, bytes.len - 1}, &length);
	*why = n_length < 0 ? "the length of a packet has more than four bytes" : "a packet is too long";
	if (n_length <= 0)
		return n_length < 0 ? -EBADMSG : 0;
	if (1 + (size_t)n_length + length > max)
		return -EMSGSIZE;
	if (bytes.len < 1 + (size_t)n_length + length)
		return 0;
	*packet = (struct duet_mqtt_packet){.type = (enum duet_mqtt_type)type};
	reader = (struct reader){{bytes.ptr + 1 + n_length, length}, false};
	*why = read_body(&reader, flags, packet);
	return *why ? -EBADMSG : (long)(1 + (size_t)n_length + length);
}

bool duet_mqtt_next_filter(struct duet_slice *filters, struct duet_slice *filter, int *qos)
{
	struct reader reader = {*filters, false};

	if (filters->len == 0)
		return false;
	*filter = take_bytes(&reader);
	if (qos)
		*qos = (int)take_u8(&reader);
	*filters = reader.rest;
	return !reader.failed;
}

static char *put_u8(char *out, unsigned value)
{
	*out = (char)value;
	return out + 1;
}

static char *put_u16(char *out, size_t value)
{
	return put_u8(put_u8(out, value >> 8 & 0xff), value & 0xff);
}

static char *put_bytes(char *out, struct duet_slice bytes)
{
	out = put_u16(out, bytes.len);
	if (bytes.len > 0)
		memcpy(out, bytes.ptr, bytes.len);
	return out + bytes.len;
}

static char *put_head(char *out, enum duet_mqtt_type type, unsigned flags, size_t length)
{
	out = put_u8(out, (unsigned)type << 4 | flags);
	do {
		out = put_u8(out, (length & 0x7f) | (length > 0x7f ? 0x80 : 0));
		length >>= 7;
	} while (length > 0);
	return out;
}

size_t duet_mqtt_write_connack(char out[4], bool session_present, enum duet_mqtt_connack code)
{
	put_u8(put_u8(put_head(out, DUET_MQTT_CONNACK, 0, 2), session_present), code);
	return 4;
}

size_t duet_mqtt_write_ack(char out[4], enum duet_mqtt_type type, uint16_t id)
{
	put_u16(put_head(out, type, type == DUET_MQTT_PUBREL ? 2 : 0, 2), id);
	return 4;
}

size_t duet_mqtt_write_empty(char out[2], enum duet_mqtt_type type)
{
	put_head(out, type, 0, 0);
	return 2;
}

size_t duet_mqtt_write_publish_head(char *out, const struct duet_mqtt_publish *publish, uint16_t id)
{
	unsigned flags = (unsigned)publish->qos << 1 | publish->retain | (publish->duplicate ? 8u : 0u);
	size_t length = 2 + publish->topic.len + (publish->qos > 0 ? 2 : 0) + publish->payload.len;
	char *end = put_bytes(put_head(out, DUET_MQTT_PUBLISH, flags, length), publish->topic);

	if (publish->qos > 0)
		end = put_u16(end, id);
	return (size_t)(end - out);
}

size_t duet_mqtt_write_suback(char *out, uint16_t id, const uint8_t *granted, size_t n_granted)
{
	char *end = put_u16(put_head(out, DUET_MQTT_SUBACK, 0, 2 + n_granted), id);

	memcpy(end, granted, n_granted);
	return (size_t)(end - out) + n_granted;
}

static size_t text_length(struct duet_slice text)
{
	return text.ptr ? 2 + text.len : 0;
}

static char *put_text(char *out, struct duet_slice text)
{
	return text.ptr ? put_bytes(out, text) : out;
}

static unsigned connect_flags(const struct duet_mqtt_connect *connect)
{
	const struct duet_mqtt_will *will = &connect->will;

	return (connect->user_name.ptr ? 0x80u : 0) | (connect->password.ptr ? 0x40u : 0) |
	       (connect->clean_session ? 2u : 0) |
	       (will->topic.ptr ? 4u | (unsigned)will->qos << 3 | (will->retain ? 0x20u : 0) : 0);
}

long duet_mqtt_write_connect(char *out, size_t size, const struct duet_mqtt_connect *connect)
{
	const struct duet_mqtt_will *will = &connect->will;
	size_t length = 10 + 2 + connect->client_id.len + text_length(connect->user_name) +
			text_length(connect->password) + text_length(will->topic) +
			(will->topic.ptr ? 2 + will->payload.len : 0);
	char *end;

	if (size < length + 5)
		return -ENOSPC;
	end = put_bytes(put_head(out, DUET_MQTT_CONNECT, 0, length), duet_slice("MQTT"));
	end = put_u16(put_u8(put_u8(end, 4), connect_flags(connect)), connect->keep_alive_s);
	end = put_bytes(end, connect->client_id);
	if (will->topic.ptr)
		end = put_bytes(put_bytes(end, will->topic), will->payload);
	end = put_text(put_text(end, connect->user_name), connect->password);
	return end - out;
}

long duet_mqtt_write_subscribe(char *out, size_t size, uint16_t id, struct duet_slice filter, int qos)
{
	size_t length = 2 + 2 + filter.len + 1;
	char *end;

	if (size < length + 5)
		return -ENOSPC;
	end = put_u16(put_head(out, DUET_MQTT_SUBSCRIBE, 2, length), id);
	end = put_u8(put_bytes(end, filter), (unsigned)qos);
	return end - out;
}
