/* SPDX-License-Identifier: Apache-2.0 */
#include "net/mqtt.h"

#include <errno.h>

#include "fuzz.h"

enum { MAX = 4096 };

static bool within(struct duet_slice part, const uint8_t *bytes, size_t n_bytes)
{
	return part.len == 0 ||
	       (part.ptr >= (const char *)bytes && part.ptr + part.len <= (const char *)bytes + n_bytes);
}

static void look_at_publish(const struct duet_mqtt_packet *packet)
{
	char head[MAX + DUET_MQTT_MAX_HEAD];
	size_t len;

	FUZZ_ASSERT(packet->publish.topic.len > 0 && packet->publish.qos <= 2);
	FUZZ_ASSERT((packet->publish.qos > 0) == (packet->id > 0));
	len = duet_mqtt_write_publish_head(head, &packet->publish, packet->id);
	FUZZ_ASSERT(len <= packet->publish.topic.len + DUET_MQTT_MAX_HEAD);
}

static void look_at_filters(const struct duet_mqtt_packet *packet, const uint8_t *bytes, size_t n_bytes)
{
	struct duet_slice filters = packet->filters, filter;
	int qos = 0, n = 0;

	while (duet_mqtt_next_filter(&filters, &filter, packet->type == DUET_MQTT_SUBSCRIBE ? &qos : NULL)) {
		FUZZ_ASSERT(filter.len > 0 && qos <= 2 && within(filter, bytes, n_bytes));
		n++;
	}
	FUZZ_ASSERT(n > 0 && filters.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct duet_slice rest = {(const char *)bytes, n_bytes};
	struct duet_mqtt_packet packet;
	const char *why = NULL;
	long n;

	while ((n = duet_mqtt_read(rest, MAX, &packet, &why)) > 0) {
		FUZZ_ASSERT((size_t)n <= rest.len && n <= MAX);
		if (packet.type == DUET_MQTT_PUBLISH)
			look_at_publish(&packet);
		else if (packet.type == DUET_MQTT_SUBSCRIBE || packet.type == DUET_MQTT_UNSUBSCRIBE)
			look_at_filters(&packet, bytes, n_bytes);
		else if (packet.type == DUET_MQTT_CONNECT)
			FUZZ_ASSERT(within(packet.connect.client_id, bytes, n_bytes) &&
				    within(packet.connect.will.payload, bytes, n_bytes) &&
				    within(packet.connect.password, bytes, n_bytes));
		rest.ptr += n;
		rest.len -= (size_t)n;
	}
	FUZZ_ASSERT(n == 0 || ((n == -EBADMSG || n == -EMSGSIZE) && why));
	return 0;
}
