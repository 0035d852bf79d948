/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages to devices and their feedback. Azure sends them over AMQP only; that
 * they can be sent over REST is an extension of this hub.
 */
#include <errno.h>
#include <strings.h>

#include "base/arena.h"
#include "hub/config.h"
#include "hub/hub.h"
#include "hub/record/feedback.h"
#include "hub/record/identity.h"
#include "hub/record/queue.h"
#include "hub/service/registry.h"
#include "hub/service/service_table.h"
#include "hub/value/bag.h"
#include "hub/value/date.h"
#include "net/http.h"

enum { MAX_MESSAGE_BYTES = 64 * 1024, FEEDBACK_LOCK_MS = 60 * 1000, MAX_APP_BYTES = 16 * 1024 };

/* Headers and what they say of the message; anything else that begins with iothub-app- is the sender's. */
static const char app_prefix[] = "iothub-app-";

static const char *header_or(struct duet_hub_request *request, const char *name, const char *otherwise)
{
	const char *value = duet_hub_request_header(request, name);

	return value ? value : otherwise;
}

static int read_ack(const char *text)
{
	static const char *const names[] = {"none", "positive", "negative", "full"};

	for (int i = 0; i < 4; i++)
		if (strcasecmp(text, names[i]) == 0)
			return i;
	return -EINVAL;
}

/* A date, or milliseconds since 1970. */
static int read_expiry(const char *text, int64_t *expires_ms)
{
	char *end;

	*expires_ms = 0;
	if (!text)
		return 0;
	if (duet_hub_date_parse(duet_slice(text), expires_ms) == 0)
		return 0;
	*expires_ms = strtoll(text, &end, 10);
	return *end || *expires_ms <= 0 ? -EINVAL : 0;
}

static int read_properties(struct duet_hub_request *request, char *bag)
{
	const struct duet_http_request *http = duet_http_request(request->exchange);
	size_t n = sizeof(app_prefix) - 1;

	for (size_t i = 0; i < http->n_headers; i++) {
		struct duet_slice name = http->headers[i].name;

		if (name.len <= n || strncasecmp(name.ptr, app_prefix, n) != 0)
			continue;
		name.ptr += n;
		name.len -= n;
		if (duet_hub_bag_append(bag, MAX_APP_BYTES, name, http->headers[i].value) < 0)
			return -EMSGSIZE;
	}
	return 0;
}

static int read_message(struct duet_hub_request *request, struct duet_hub_message *message)
{
	char *bag = duet_arena_alloc(request->arena, MAX_APP_BYTES);
	int ack = read_ack(header_or(request, "iothub-ack", "none"));

	if (!bag)
		return -ENOMEM;
	*message = (struct duet_hub_message){
		.message_id = header_or(request, "iothub-messageid", ""),
		.correlation_id = header_or(request, "iothub-correlationid", ""),
		.user_id = header_or(request, "iothub-userid", ""),
		.to = duet_arena_printf(request->arena, "/devices/%s/messages/deviceBound",
					request->parameters[0]),
		.content_type = header_or(request, "iothub-contenttype", ""),
		.content_encoding = header_or(request, "iothub-contentencoding", ""),
		.properties = bag,
		.body = duet_http_request(request->exchange)->body,
		.ack = ack,
	};
	if (ack < 0)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "iothub-ack must be none, positive, negative or full");
	if (read_expiry(duet_hub_request_header(request, "iothub-expiry"), &message->expires_ms) < 0)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "iothub-expiry must be a date or milliseconds since 1970");
	if (read_properties(request, bag) < 0 || message->body.len > MAX_MESSAGE_BYTES)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_TOO_LARGE,
					  "The message has more than %d bytes", MAX_MESSAGE_BYTES);
	return message->to ? 0 : -ENOMEM;
}

static struct duet_hub_queue_limits limits_of(const struct duet_hub_request *request)
{
	const struct duet_hub_config *config = duet_hub_config(request->loop->hub);
	struct duet_hub_queue_limits limits = duet_hub_queue_limits_default;

	limits.time_to_live_ms = config->queue.ttl_ms;
	limits.max_messages = config->queue.messages;
	return limits;
}

static int send_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	struct duet_hub_queue_limits limits = limits_of(request);
	int code = duet_hub_queue_add(view, request->parameters[0], request->own, request->now_ms, &limits);

	if (code == -ENOENT)
		return duet_hub_registry_missing(&request->fault, request->parameters[0]);
	if (code == -EDQUOT)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_QUEUE_FULL,
					  "The device has %d messages waiting already", limits.max_messages);
	return code;
}

static void send_done(struct duet_hub_request *request, int code)
{
	const struct duet_hub_message *message = request->own;

	duet_hub_queue_changed(request->loop->hub, request->parameters[0]);
	duet_hub_reply_json(request, 201,
			    json_pack("{s:I, s:s}", "sequenceNumber", (json_int_t)message->number,
				      "messageId", message->message_id));
}

static int send_message(struct duet_hub_request *request)
{
	struct duet_hub_message *message = duet_arena_alloc(request->arena, sizeof(*message));
	int code = message ? read_message(request, message) : -ENOMEM;

	request->own = message;
	return code < 0 ? code : duet_hub_request_write(request, send_change, send_done);
}

static int purge_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	struct duet_hub_identity identity;
	int code = duet_hub_identity_get(view, request->parameters[0], request->arena, &identity);

	if (code == -ENOENT)
		return duet_hub_registry_missing(&request->fault, request->parameters[0]);
	return code < 0 ? code : duet_hub_queue_purge(view, request->parameters[0], request->now_ms);
}

static void purge_done(struct duet_hub_request *request, int code)
{
	duet_hub_reply_json(request, 200,
			    json_pack("{s:i, s:s, s:n}", "totalMessagesPurged", code, "deviceId",
				      request->parameters[0], "moduleId"));
}

static int purge(struct duet_hub_request *request)
{
	return duet_hub_request_write(request, purge_change, purge_done);
}

struct fetching {
	struct duet_slice json;
	const char *token;
};

static int fetch_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	struct fetching *fetching = request->own;

	return duet_hub_feedback_lock(view, request->now_ms, FEEDBACK_LOCK_MS, request->arena,
				      &fetching->json, &fetching->token);
}

static void fetch_done(struct duet_hub_request *request, int code)
{
	struct fetching *fetching = request->own;

	if (code == 0) {
		duet_hub_reply_empty(request, 204);
		return;
	}
	duet_hub_reply_etag(request, fetching->token);
	duet_hub_reply_text(request, 200, fetching->json);
}

static int fetch_feedback(struct duet_hub_request *request)
{
	request->own = duet_arena_alloc(request->arena, sizeof(struct fetching));
	return request->own ? duet_hub_request_write(request, fetch_change, fetch_done) : -ENOMEM;
}

static int settle(struct duet_hub_request *request, int code)
{
	if (code == -ENOENT)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_LOCK_LOST,
					  "No feedback is locked under this token");
	return code;
}

static int complete_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	return settle(request, duet_hub_feedback_complete(view, request->parameters[0]));
}

static int abandon_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	return settle(request, duet_hub_feedback_abandon(view, request->parameters[0]));
}

static int complete_feedback(struct duet_hub_request *request)
{
	return duet_hub_request_write(request, complete_change, NULL);
}

static int abandon_feedback(struct duet_hub_request *request)
{
	return duet_hub_request_write(request, abandon_change, NULL);
}

enum { SERVICE = DUET_HUB_SERVICE_CONNECT };

const struct duet_hub_route duet_hub_message_routes[] = {
	{"POST", "/devices/{id}/messages/deviceBound", "message.send", DUET_HUB_AUTH_POLICY, SERVICE, false,
	 true, send_message},
	{"DELETE", "/devices/{id}/commands", "message.purge", DUET_HUB_AUTH_POLICY, SERVICE, false, true,
	 purge},
	{"GET", "/messages/serviceBound/feedback", "feedback.get", DUET_HUB_AUTH_POLICY, SERVICE, false,
	 false, fetch_feedback},
	{"DELETE", "/messages/serviceBound/feedback/{lock}", "feedback.complete", DUET_HUB_AUTH_POLICY,
	 SERVICE, false, false, complete_feedback},
	{"POST", "/messages/serviceBound/feedback/{lock}/abandon", "feedback.abandon", DUET_HUB_AUTH_POLICY,
	 SERVICE, false, false, abandon_feedback},
	{0},
};
