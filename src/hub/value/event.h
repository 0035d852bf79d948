/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_EVENT_H
#define DUET_HUB_EVENT_H

#include <stdint.h>

#include "duet/slice.h"

/*
 * What goes into the telemetry log: a message of a device, or something that
 * happened to one. Routes, the monitor and whatever else reads the log get it
 * in this form.
 */
enum duet_hub_event_source {                         /* `iothub-message-source` */
			     DUET_HUB_TELEMETRY,     /* Telemetry: routes call it DeviceMessages */
			     DUET_HUB_TWIN_CHANGE,   /* twinChangeEvents */
			     DUET_HUB_LIFECYCLE,     /* deviceLifecycleEvents */
			     DUET_HUB_CONNECTION,    /* deviceConnectionStateEvents */
			     DUET_HUB_JOB_LIFECYCLE, /* deviceJobLifecycleEvents */
			     DUET_HUB_N_EVENT_SOURCES,
};

enum duet_hub_event_auth { /* how its sender had proved who it was */
			   DUET_HUB_AUTH_UNKNOWN,
			   DUET_HUB_AUTH_SAS_DEVICE, /* by the device's own key */
			   DUET_HUB_AUTH_SAS_HUB,    /* by a policy's */
			   DUET_HUB_AUTH_THUMBPRINT,
			   DUET_HUB_AUTH_CA,
			   DUET_HUB_N_EVENT_AUTHS,
};

struct duet_hub_event {
	enum duet_hub_event_source source;
	enum duet_hub_event_auth auth;
	int64_t enqueued_ms; /* wall clock, since 1970 */
	struct duet_slice device;
	struct duet_slice module;     /* empty: the device itself */
	struct duet_slice generation; /* of the device, or empty */
	struct duet_slice
		properties; /* a bag as on the wire: "%24.mid=1&alert=true"; system keys begin with $. */
	struct duet_slice body;
};

enum {
	DUET_HUB_EVENT_MAX_NAME = 128,
	DUET_HUB_EVENT_MAX_PROPERTIES = 65535,
	DUET_HUB_EVENT_MAX_BODY = 256 << 10,
	DUET_HUB_EVENT_HEADER = 28,
	DUET_HUB_EVENT_MAX = DUET_HUB_EVENT_HEADER + 3 * DUET_HUB_EVENT_MAX_NAME +
			     DUET_HUB_EVENT_MAX_PROPERTIES + DUET_HUB_EVENT_MAX_BODY,
};

/* "Telemetry", "twinChangeEvents" … */
const char *duet_hub_event_source_name(enum duet_hub_event_source source);

/* The other way, whatever the case; "DeviceMessages" is Azure's name for telemetry in routes. -1: "all";
 * -EINVAL. */
int duet_hub_event_source_find(const char *name);

/* The bytes of an event in the log: length and CRC-32C of what follows, then the fields, little-endian. */

/* How many bytes it takes, or -EMSGSIZE. */
long duet_hub_event_size(const struct duet_hub_event *event);
void duet_hub_event_encode(const struct duet_hub_event *event, unsigned char *bytes);

/* The event points into the bytes. How many it took; 0: more are needed; -EBADMSG: damaged. */
long duet_hub_event_decode(struct duet_hub_event *event, struct duet_slice bytes);

#endif
