/* SPDX-License-Identifier: Apache-2.0 */
#include "net/mqtt.h"

#include "torture.h"

enum { MAX = 1000 };

static long read_bytes(const char *bytes, size_t len, struct duet_mqtt_packet *packet)
{
	const char *why = NULL;
	long n = duet_mqtt_read((struct duet_slice){bytes, len}, MAX, packet, &why);

	if (n < 0)
		assert_non_null(why);
	return n;
}

static void assert_slice(struct duet_slice slice, const char *expected)
{
	assert_int_equal(slice.len, strlen(expected));
	assert_memory_equal(slice.ptr, expected, slice.len);
}

/* All shorter pieces ask for more. */
static void assert_needs_all(const char *bytes, size_t len)
{
	struct duet_mqtt_packet packet;

	for (size_t n = 0; n < len; n++)
		assert_int_equal(read_bytes(bytes, n, &packet), 0);
	assert_int_equal(read_bytes(bytes, len, &packet), len);
}

static void connect_there_and_back(void **state)
{
	struct duet_mqtt_connect connect = {
		.level = 4,
		.clean_session = true,
		.keep_alive_s = 240,
		.client_id = duet_slice("device"),
		.user_name = duet_slice("host/device/?api-version=2021-04-12"),
		.password = duet_slice("SharedAccessSignature sr=a&sig=b&se=1"),
		.will = {.topic = duet_slice("devices/device/messages/events/"),
			 .payload = duet_slice("gone"),
			 .qos = 1},
	};
	struct duet_mqtt_packet packet;
	char bytes[400];
	long len = duet_mqtt_write_connect(bytes, sizeof(bytes), &connect);

	assert_true(len > 0);
	assert_needs_all(bytes, (size_t)len);
	read_bytes(bytes, (size_t)len, &packet);
	assert_int_equal(packet.type, DUET_MQTT_CONNECT);
	assert_int_equal(packet.connect.level, 4);
	assert_true(packet.connect.clean_session);
	assert_int_equal(packet.connect.keep_alive_s, 240);
	assert_slice(packet.connect.client_id, "device");
	assert_slice(packet.connect.user_name, "host/device/?api-version=2021-04-12");
	assert_slice(packet.connect.password, "SharedAccessSignature sr=a&sig=b&se=1");
	assert_slice(packet.connect.will.topic, "devices/device/messages/events/");
	assert_slice(packet.connect.will.payload, "gone");
	assert_int_equal(packet.connect.will.qos, 1);
	assert_false(packet.connect.will.retain);
	assert_int_equal(duet_mqtt_write_connect(bytes, 20, &connect), -ENOSPC);
}

static void publish_there_and_back(void **state)
{
	struct duet_mqtt_publish publish = {
		.topic = duet_slice("a/b"), .payload = duet_slice("hello"), .qos = 1, .duplicate = true};
	struct duet_mqtt_packet packet;
	char bytes[64];
	size_t len = duet_mqtt_write_publish_head(bytes, &publish, 513);

	memcpy(bytes + len, "hello", 5);
	assert_needs_all(bytes, len + 5);
	read_bytes(bytes, len + 5, &packet);
	assert_int_equal(packet.type, DUET_MQTT_PUBLISH);
	assert_int_equal(packet.id, 513);
	assert_slice(packet.publish.topic, "a/b");
	assert_slice(packet.publish.payload, "hello");
	assert_true(packet.publish.duplicate);
	assert_false(packet.publish.retain);
	publish.qos = 0;
	len = duet_mqtt_write_publish_head(bytes, &publish, 0);
	memcpy(bytes + len, "hello", 5);
	assert_int_equal(read_bytes(bytes, len + 5, &packet), len + 5);
	assert_int_equal(packet.id, 0);
	assert_slice(packet.publish.payload, "hello");
}

static void long_lengths(void **state)
{
	static char payload[300];
	struct duet_mqtt_publish publish = {.topic = duet_slice("t"), .payload = {payload, sizeof(payload)}};
	struct duet_mqtt_packet packet;
	char bytes[400];
	size_t len = duet_mqtt_write_publish_head(bytes, &publish, 0);

	assert_int_equal(len, 1 + 2 + 2 + 1);
	memset(bytes + len, 'x', sizeof(payload));
	assert_int_equal(read_bytes(bytes, len + sizeof(payload), &packet), len + sizeof(payload));
	assert_int_equal(packet.publish.payload.len, sizeof(payload));
	/* Said before all of it has come. */
	assert_int_equal(read_bytes("\x30\xff\x07", 3, &packet), -EMSGSIZE);
	assert_int_equal(read_bytes("\x30\xff\xff\xff\xff\x01", 6, &packet), -EBADMSG);
	assert_int_equal(read_bytes("\x30\xff\xff\xff", 4, &packet), 0);
}

static void subscriptions(void **state)
{
	static const char two[] = "\x82\x0c\x00\x07\x00\x03"
				  "a/#\x01\x00\x01"
				  "b\x02";
	struct duet_slice filters, filter;
	struct duet_mqtt_packet packet;
	const uint8_t granted[] = {1, 0x80};
	char bytes[64];
	int qos;
	long len;

	assert_int_equal(read_bytes(two, sizeof(two) - 1, &packet), sizeof(two) - 1);
	assert_int_equal(packet.id, 7);
	filters = packet.filters;
	assert_true(duet_mqtt_next_filter(&filters, &filter, &qos));
	assert_slice(filter, "a/#");
	assert_int_equal(qos, 1);
	assert_true(duet_mqtt_next_filter(&filters, &filter, &qos));
	assert_slice(filter, "b");
	assert_int_equal(qos, 2);
	assert_false(duet_mqtt_next_filter(&filters, &filter, &qos));
	len = duet_mqtt_write_subscribe(bytes, sizeof(bytes), 9, duet_slice("x/+"), 1);
	assert_int_equal(read_bytes(bytes, (size_t)len, &packet), len);
	assert_int_equal(packet.id, 9);
	len = (long)duet_mqtt_write_suback(bytes, 9, granted, 2);
	assert_int_equal(read_bytes(bytes, (size_t)len, &packet), len);
	assert_memory_equal(packet.granted.ptr, granted, 2);
}

static void small_packets(void **state)
{
	struct duet_mqtt_packet packet;
	char bytes[4];

	duet_mqtt_write_connack(bytes, true, DUET_MQTT_NOT_AUTHORISED);
	assert_int_equal(read_bytes(bytes, 4, &packet), 4);
	assert_int_equal(packet.connack.code, 5);
	assert_true(packet.connack.session_present);
	duet_mqtt_write_ack(bytes, DUET_MQTT_PUBACK, 65535);
	assert_int_equal(read_bytes(bytes, 4, &packet), 4);
	assert_int_equal(packet.id, 65535);
	duet_mqtt_write_ack(bytes, DUET_MQTT_PUBREL, 1);
	assert_int_equal(read_bytes(bytes, 4, &packet), 4);
	duet_mqtt_write_empty(bytes, DUET_MQTT_PINGREQ);
	assert_int_equal(read_bytes(bytes, 2, &packet), 2);
	assert_int_equal(packet.type, DUET_MQTT_PINGREQ);
}

static void what_breaks_the_standard(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} broken[] = {
#define B(text) {text, sizeof(text) - 1}
		B("\x00\x00"),                                       /* type 0 */
		B("\xf0\x00"),                                       /* type 15 */
		B("\xc1\x00"),                                       /* flags of PINGREQ */
		B("\x80\x05\x00\x01\x00\x00\x00"),                   /* SUBSCRIBE without its flag */
		B("\x82\x02\x00\x01"),                               /* no filter */
		B("\x82\x05\x00\x01\x00\x00\x00"),                   /* an empty one */
		B("\x82\x06\x00\x01\x00\x01x\x03"),                  /* QoS 3 */
		B("\x82\x06\x00\x00\x00\x01x\x01"),                  /* identifier 0 */
		B("\x36\x05\x00\x01x\x00\x01"),                      /* PUBLISH, QoS 3 */
		B("\x30\x02\x00\x00"),                               /* no topic */
		B("\x30\x03\x00\x01+"),                              /* a wildcard */
		B("\x30\x04\x00\x05xx"),                             /* topic longer than the packet */
		B("\x30\x03\x00\x01\xff"),                           /* not UTF-8 */
		B("\x32\x05\x00\x01x\x00\x00"),                      /* identifier 0 */
		B("\x40\x01\x00"),                                   /* half an acknowledgement */
		B("\xc0\x01\x00"),                                   /* PINGREQ with content */
		B("\x10\x0c\x00\x04MQTX\x04\x02\x00\x00\x00\x00"),   /* another protocol */
		B("\x10\x0d\x00\x04MQTT\x04\x03\x00\x00\x00\x01x"),  /* reserved flag */
		B("\x10\x0d\x00\x04MQTT\x04\x42\x00\x00\x00\x01x"),  /* password, no user name */
		B("\x10\x0d\x00\x04MQTT\x04\x0a\x00\x00\x00\x01x"),  /* a will's QoS and no will */
		B("\x10\x0e\x00\x04MQTT\x04\x02\x00\x00\x00\x01xy"), /* something behind it */
#undef B
	};
	struct duet_mqtt_packet packet;

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_int_equal(read_bytes(broken[i].bytes, broken[i].len, &packet), -EBADMSG);
}

/* MQTT 5 and 3.1 are answered, not taken for noise. */
static void another_version(void **state)
{
	struct duet_mqtt_packet packet;

	assert_int_equal(read_bytes("\x10\x0e\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x01x", 16, &packet), 16);
	assert_int_equal(packet.connect.level, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connect_there_and_back), cmocka_unit_test(publish_there_and_back),
		cmocka_unit_test(long_lengths),           cmocka_unit_test(subscriptions),
		cmocka_unit_test(small_packets),          cmocka_unit_test(what_breaks_the_standard),
		cmocka_unit_test(another_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
