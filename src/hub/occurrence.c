/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/occurrence.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "hub/config.h"
#include "hub/hub.h"
#include "hub/log/log.h"
#include "hub/record/identity.h"
#include "hub/record/twin_json.h"
#include "hub/record/twin_record.h"
#include "hub/value/date.h"
#include "hub/value/event.h"
#include "net/url.h"

enum { BAG_SIZE = 2048, VALUE_SIZE = 768 };

struct occurrence {
	enum duet_hub_event_source source;
	const char *target, *act, *schema; /* schema "": none */
	int64_t at_ms;
};

static void add(char bag[BAG_SIZE], const char *key, struct duet_slice value)
{
	size_t len = strlen(bag);
	char encoded[VALUE_SIZE];

	if (duet_url_encode(value, encoded, sizeof(encoded)) >= 0)
		snprintf(bag + len, BAG_SIZE - len, "%s%s=%s", len ? "&" : "", key, encoded);
}

static void fill_bag(const struct duet_hub_loop *loop, const struct occurrence *occurrence,
		     const struct duet_hub_event *event, char bag[BAG_SIZE])
{
	char date[DUET_HUB_DATE_BYTES];

	snprintf(bag, BAG_SIZE, "%%24.ct=application%%2Fjson&%%24.ce=utf-8");
	add(bag, "hubName", duet_slice(duet_hub_config(loop->hub)->hostname));
	add(bag, "deviceId", event->device);
	if (event->module.len > 0)
		add(bag, "moduleId", event->module);
	add(bag, "operationTimestamp", duet_slice(duet_hub_date_format(occurrence->at_ms, date)));
	add(bag, "opType", duet_slice(occurrence->act));
	if (occurrence->schema[0])
		add(bag, "iothub-message-schema", duet_slice(occurrence->schema));
}

static void append(struct duet_hub_loop *loop, const struct occurrence *occurrence, struct duet_slice body)
{
	const char *slash = strchr(occurrence->target, '/');
	struct duet_hub_event event = {.source = occurrence->source,
				       .enqueued_ms = occurrence->at_ms,
				       .device = duet_slice(occurrence->target),
				       .body = body};
	char bag[BAG_SIZE];
	int code;

	if (slash) {
		event.device.len = (size_t)(slash - occurrence->target);
		event.module = duet_slice(slash + 1);
	}
	fill_bag(loop, occurrence, &event, bag);
	event.properties = duet_slice(bag);
	code = duet_hub_log_append(loop->lane, &event, NULL, NULL);
	if (code < 0)
		duet_log(DUET_LOG_WARN, "hub", "%s of %s is not in the log: %s", occurrence->act,
			 occurrence->target, strerror(-code));
}

static void append_json(struct duet_hub_loop *loop, const struct occurrence *occurrence, json_t *take_body)
{
	char *text = take_body ? json_dumps(take_body, JSON_COMPACT) : NULL;
	json_free_t release = NULL;

	if (text)
		append(loop, occurrence, duet_slice(text));
	json_get_alloc_funcs(NULL, &release);
	release(text);
	json_decref(take_body);
}

/* Once the loop has ended there is no way into the log. */
static bool are_wanted(const struct duet_hub_loop *loop)
{
	return loop->lane && duet_hub_config(loop->hub)->telemetry.events;
}

static int64_t now_ms(const struct duet_hub_loop *loop)
{
	const struct duet_clock *clock = duet_hub_clock(loop->hub);

	return clock->wall_ns(clock) / 1000000;
}

static const char *act_of(const char *target, const char *of_device, const char *of_module)
{
	return strchr(target, '/') ? of_module : of_device;
}

void duet_hub_occurrence_connection(struct duet_hub_loop *loop, const char *target, bool connected,
				    int64_t number, int64_t at_ms)
{
	struct occurrence occurrence = {DUET_HUB_CONNECTION, target,
					connected
						? act_of(target, "deviceConnected", "moduleConnected")
						: act_of(target, "deviceDisconnected", "moduleDisconnected"),
					"", at_ms};
	char body[80];
	int len;

	if (!are_wanted(loop))
		return;
	/* Wide, as Azure's, so that they compare as text. */
	len = snprintf(body, sizeof(body), "{\"sequenceNumber\":\"%040llX\"}", (unsigned long long)number);
	append(loop, &occurrence, (struct duet_slice){body, (size_t)len});
}

static json_t *names_of(const char *target)
{
	const char *slash = strchr(target, '/');

	if (!slash)
		return json_pack("{s:s}", "deviceId", target);
	return json_pack("{s:s%, s:s}", "deviceId", target, (size_t)(slash - target), "moduleId", slash + 1);
}

static json_t *twin_of(struct duet_hub_loop *loop, const char *target)
{
	struct duet_hub_identity identity;
	struct duet_hub_twin_record record;
	int code;

	duet_arena_reset(loop->arena);
	code = duet_hub_identity_get(loop->view, target, loop->arena, &identity);
	if (code == 0)
		code = duet_hub_twin_get(loop->view, target, loop->arena, &record);
	return code == 0 ? duet_hub_twin_json(&identity, &record) : names_of(target);
}

void duet_hub_occurrence_lifecycle(struct duet_hub_loop *loop, const char *target, bool created)
{
	struct occurrence occurrence = {
		DUET_HUB_LIFECYCLE, target,
		created ? act_of(target, "createDeviceIdentity", "createModuleIdentity")
			: act_of(target, "deleteDeviceIdentity", "deleteModuleIdentity"),
		act_of(target, "deviceLifecycleNotification", "moduleLifecycleNotification"), now_ms(loop)};

	if (are_wanted(loop))
		append_json(loop, &occurrence, created ? twin_of(loop, target) : names_of(target));
}

/* Holding on to it counts as no change. */
static json_t *shared(const json_t *json)
{
	return (json_t *)(uintptr_t)json;
}

void duet_hub_occurrence_twin(struct duet_hub_loop *loop, const char *target,
			      const struct duet_hub_occurrence_twin *change)
{
	struct occurrence occurrence = {DUET_HUB_TWIN_CHANGE, target,
					change->replaced ? "replaceTwin" : "updateTwin",
					"twinChangeNotification", now_ms(loop)};
	json_t *body;

	if (!are_wanted(loop) || (!change->tags && !change->desired && !change->reported))
		return;
	body = json_pack("{s:O*, s:{s:O*, s:O*}}", "tags", shared(change->tags), "properties", "desired",
			 shared(change->desired), "reported", shared(change->reported));
	if (body && change->version > 0)
		json_object_set_new(body, "version", json_integer(change->version));
	append_json(loop, &occurrence, body);
}
