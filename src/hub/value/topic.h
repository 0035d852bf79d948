/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_TOPIC_H
#define DUET_HUB_TOPIC_H

#include <stddef.h>

#include "duet/slice.h"

/*
 * The topics of Azure IoT Hub and its provisioning service: one table of patterns for what clients publish,
 * one for what they subscribe to. Pure; everything points into the text.
 */
enum duet_hub_topic_kind {
	DUET_HUB_TOPIC_UNKNOWN,
	DUET_HUB_TOPIC_TELEMETRY,
	DUET_HUB_TOPIC_TWIN_GET,
	DUET_HUB_TOPIC_TWIN_REPORT,
	DUET_HUB_TOPIC_METHOD_ANSWER,
	DUET_HUB_TOPIC_REGISTER, /* provisioning */
	DUET_HUB_TOPIC_REGISTER_STATUS,
};

struct duet_hub_topic {
	enum duet_hub_topic_kind kind;
	struct duet_slice device, module; /* ptr NULL: the topic names none */
	struct duet_slice status;         /* of a method's answer */
	struct duet_slice bag;            /* TELEMETRY: the properties; otherwise the query behind the "?" */
};

void duet_hub_topic_parse(struct duet_slice text, struct duet_hub_topic *topic);

enum duet_hub_subscription {
	DUET_HUB_SUB_QUEUE,  /* messages to the device */
	DUET_HUB_SUB_INPUTS, /* … to a module */
	DUET_HUB_SUB_TWIN,   /* answers */
	DUET_HUB_SUB_DESIRED,
	DUET_HUB_SUB_METHODS,
	DUET_HUB_SUB_REGISTRATIONS,
	DUET_HUB_N_SUBSCRIPTIONS,
	DUET_HUB_SUB_UNKNOWN = DUET_HUB_N_SUBSCRIPTIONS,
};

/* What a filter asks for; who it names is left in `topic` ("+" is any). */
enum duet_hub_subscription duet_hub_filter_parse(struct duet_slice filter, struct duet_hub_topic *topic);

#endif
