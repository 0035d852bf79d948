/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/value/event.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "hub/value/crc.h"

/*
 * length 4, CRC-32C 4 | source 1, auth 1, lengths of device, module and generation 1 each, 0, of properties
 * 2, time 8, length of the body 4 | device, module, generation, properties, body
 */
enum { PREFIX = 8 };

static const char *const sources[DUET_HUB_N_EVENT_SOURCES] = {
	[DUET_HUB_TELEMETRY] = "Telemetry",
	[DUET_HUB_TWIN_CHANGE] = "twinChangeEvents",
	[DUET_HUB_LIFECYCLE] = "deviceLifecycleEvents",
	[DUET_HUB_CONNECTION] = "deviceConnectionStateEvents",
	[DUET_HUB_JOB_LIFECYCLE] = "deviceJobLifecycleEvents",
};

const char *duet_hub_event_source_name(enum duet_hub_event_source source)
{
	return sources[source];
}

int duet_hub_event_source_find(const char *name)
{
	if (strcmp(name, "all") == 0)
		return -1;
	if (strcmp(name, "DeviceMessages") == 0)
		return DUET_HUB_TELEMETRY;
	for (int i = 0; i < DUET_HUB_N_EVENT_SOURCES; i++)
		if (strcasecmp(name, sources[i]) == 0)
			return i;
	return -EINVAL;
}

static void put(unsigned char *bytes, uint64_t value, int n)
{
	for (int i = 0; i < n; i++)
		bytes[i] = (unsigned char)(value >> (8 * i));
}

static uint64_t get(const unsigned char *bytes, int n)
{
	uint64_t value = 0;

	for (int i = 0; i < n; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

long duet_hub_event_size(const struct duet_hub_event *event)
{
	if (event->device.len > DUET_HUB_EVENT_MAX_NAME || event->module.len > DUET_HUB_EVENT_MAX_NAME ||
	    event->generation.len > DUET_HUB_EVENT_MAX_NAME ||
	    event->properties.len > DUET_HUB_EVENT_MAX_PROPERTIES ||
	    event->body.len > DUET_HUB_EVENT_MAX_BODY)
		return -EMSGSIZE;
	return (long)(DUET_HUB_EVENT_HEADER + event->device.len + event->module.len + event->generation.len +
		      event->properties.len + event->body.len);
}

static unsigned char *append(unsigned char *at, struct duet_slice text)
{
	if (text.len > 0)
		memcpy(at, text.ptr, text.len);
	return at + text.len;
}

void duet_hub_event_encode(const struct duet_hub_event *event, unsigned char *bytes)
{
	unsigned char *at = bytes + DUET_HUB_EVENT_HEADER;
	size_t n;

	bytes[8] = (unsigned char)event->source;
	bytes[9] = (unsigned char)event->auth;
	bytes[10] = (unsigned char)event->device.len;
	bytes[11] = (unsigned char)event->module.len;
	bytes[12] = (unsigned char)event->generation.len;
	bytes[13] = 0;
	put(bytes + 14, event->properties.len, 2);
	put(bytes + 16, (uint64_t)event->enqueued_ms, 8);
	put(bytes + 24, event->body.len, 4);
	at = append(at, event->device);
	at = append(at, event->module);
	at = append(at, event->generation);
	at = append(at, event->properties);
	at = append(at, event->body);
	n = (size_t)(at - bytes) - PREFIX;
	put(bytes, n, 4);
	put(bytes + 4, duet_hub_crc(bytes + PREFIX, n), 4);
}

static struct duet_slice take(struct duet_slice *left, size_t n)
{
	struct duet_slice taken = {left->ptr, n};

	left->ptr += n;
	left->len -= n;
	return taken;
}

/* What the fields say must come to just as much as is there. */
static long decode_payload(struct duet_hub_event *event, const unsigned char *bytes, size_t n)
{
	struct duet_slice left = {(const char *)bytes + DUET_HUB_EVENT_HEADER,
				  n + PREFIX - DUET_HUB_EVENT_HEADER};
	size_t n_properties = (size_t)get(bytes + 14, 2), n_body = (size_t)get(bytes + 24, 4);

	if (bytes[8] >= DUET_HUB_N_EVENT_SOURCES || bytes[9] >= DUET_HUB_N_EVENT_AUTHS ||
	    left.len != (size_t)bytes[10] + bytes[11] + bytes[12] + n_properties + n_body)
		return -EBADMSG;
	*event = (struct duet_hub_event){.source = (enum duet_hub_event_source)bytes[8],
					 .auth = (enum duet_hub_event_auth)bytes[9],
					 .enqueued_ms = (int64_t)get(bytes + 16, 8)};
	event->device = take(&left, bytes[10]);
	event->module = take(&left, bytes[11]);
	event->generation = take(&left, bytes[12]);
	event->properties = take(&left, n_properties);
	event->body = take(&left, n_body);
	return (long)(n + PREFIX);
}

long duet_hub_event_decode(struct duet_hub_event *event, struct duet_slice bytes)
{
	const unsigned char *at = (const unsigned char *)bytes.ptr;
	size_t n;

	if (bytes.len < PREFIX)
		return 0;
	n = (size_t)get(at, 4);
	if (n + PREFIX < DUET_HUB_EVENT_HEADER || n + PREFIX > DUET_HUB_EVENT_MAX)
		return -EBADMSG;
	if (bytes.len < n + PREFIX)
		return 0;
	if (get(at + 4, 4) != duet_hub_crc(at + PREFIX, n))
		return -EBADMSG;
	return decode_payload(event, at, n);
}
