/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/value/topic.h"

/*
 * In a pattern {d}, {m}, {s} and {x} stand for one segment (device, module, status, any), {b} for all that
 * follows, also nothing at all, and ?{b} for a query. Other segments are literal, and their case counts.
 */
struct pattern {
	const char *text;
	int kind;
};

static const struct pattern topics[] = {
	{"devices/{d}/messages/events/{b}", DUET_HUB_TOPIC_TELEMETRY},
	{"devices/{d}/modules/{m}/messages/events/{b}", DUET_HUB_TOPIC_TELEMETRY},
	{"$iothub/twin/GET/?{b}", DUET_HUB_TOPIC_TWIN_GET},
	{"$iothub/twin/PATCH/properties/reported/?{b}", DUET_HUB_TOPIC_TWIN_REPORT},
	{"$iothub/methods/res/{s}/?{b}", DUET_HUB_TOPIC_METHOD_ANSWER},
	{"$dps/registrations/PUT/iotdps-register/?{b}", DUET_HUB_TOPIC_REGISTER},
	{"$dps/registrations/GET/iotdps-get-operationstatus/?{b}", DUET_HUB_TOPIC_REGISTER_STATUS},
	{NULL, DUET_HUB_TOPIC_UNKNOWN},
};

static const struct pattern filters[] = {
	{"devices/{d}/messages/devicebound/#", DUET_HUB_SUB_QUEUE},
	{"devices/{d}/modules/{m}/messages/devicebound/#", DUET_HUB_SUB_INPUTS},
	{"devices/{d}/modules/{m}/inputs/#", DUET_HUB_SUB_INPUTS},
	{"devices/{d}/modules/{m}/#", DUET_HUB_SUB_INPUTS},
	{"$iothub/twin/res/#", DUET_HUB_SUB_TWIN},
	{"$iothub/twin/PATCH/properties/desired/#", DUET_HUB_SUB_DESIRED},
	{"$iothub/methods/POST/#", DUET_HUB_SUB_METHODS},
	{"$dps/registrations/res/#", DUET_HUB_SUB_REGISTRATIONS},
	{NULL, DUET_HUB_SUB_UNKNOWN},
};

/* Takes the next segment off the front; `rest`.ptr is NULL behind the last one. */
static struct duet_slice next_segment(struct duet_slice *rest)
{
	const char *slash = memchr(rest->ptr, '/', rest->len);
	struct duet_slice segment = {rest->ptr, slash ? (size_t)(slash - rest->ptr) : rest->len};

	if (slash)
		*rest = (struct duet_slice){slash + 1, rest->len - segment.len - 1};
	else
		*rest = (struct duet_slice){0};
	return segment;
}

static struct duet_slice *field_of(struct duet_hub_topic *topic, struct duet_slice segment)
{
	if (segment.len != 3 || segment.ptr[0] != '{')
		return NULL;
	switch (segment.ptr[1]) {
	case 'd':
		return &topic->device;
	case 'm':
		return &topic->module;
	default:
		return &topic->status;
	}
}

/* The rest of the topic is what {b} takes. */
static bool take_rest(struct duet_slice pattern, struct duet_slice rest, struct duet_slice *bag)
{
	if (pattern.ptr[0] == '{') {
		*bag = rest.ptr ? rest : (struct duet_slice){"", 0};
		if (bag->len > 0 && bag->ptr[bag->len - 1] == '/') /* the SDKs end it so */
			bag->len--;
		return true;
	}
	if (!rest.ptr || rest.len == 0 || rest.ptr[0] != '?')
		return false;
	*bag = (struct duet_slice){rest.ptr + 1, rest.len - 1};
	return true;
}

static bool matches(const char *text, struct duet_slice rest, struct duet_hub_topic *topic)
{
	struct duet_slice pattern = duet_slice(text), segment, wanted, *field;

	while (pattern.ptr) {
		wanted = next_segment(&pattern);
		if (!pattern.ptr && wanted.ptr[wanted.len - 1] == '}' && wanted.ptr[wanted.len - 2] == 'b')
			return take_rest(wanted, rest, &topic->bag);
		if (!rest.ptr)
			return false;
		segment = next_segment(&rest);
		field = field_of(topic, wanted);
		if (field && segment.len > 0)
			*field = segment;
		else if (!duet_slice_equal(segment, wanted))
			return false;
	}
	return !rest.ptr;
}

static int find(const struct pattern *pattern, struct duet_slice text, struct duet_hub_topic *topic)
{
	for (; pattern->text; pattern++) {
		*topic = (struct duet_hub_topic){0};
		if (matches(pattern->text, text, topic))
			return pattern->kind;
	}
	*topic = (struct duet_hub_topic){0};
	return pattern->kind;
}

void duet_hub_topic_parse(struct duet_slice text, struct duet_hub_topic *topic)
{
	int kind = text.ptr ? find(topics, text, topic) : DUET_HUB_TOPIC_UNKNOWN;

	if (!text.ptr)
		*topic = (struct duet_hub_topic){0};
	topic->kind = (enum duet_hub_topic_kind)kind;
}

enum duet_hub_subscription duet_hub_filter_parse(struct duet_slice filter, struct duet_hub_topic *topic)
{
	return (enum duet_hub_subscription)find(filters, filter, topic);
}
