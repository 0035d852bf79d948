/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/arena.h"
#include "hub/hub.h"
#include "hub/record/identity.h"
#include "hub/service/method_service.h"
#include "hub/service/registry.h"
#include "hub/service/service_table.h"

enum {
	MAX_PAYLOAD_BYTES = 128 * 1024,
	MAX_NAME_BYTES = 100,
	DEFAULT_RESPONSE_S = 30,
	MIN_RESPONSE_S = 5,
	MAX_RESPONSE_S = 300,
};

static int read_seconds(const json_t *body, const char *name, int otherwise, int min, int max,
			struct duet_hub_fault *fault)
{
	const json_t *value = json_object_get(body, name);
	json_int_t seconds = json_integer_value(value);

	if (!value || json_is_null(value))
		return otherwise * 1000;
	if (!json_is_integer(value) || seconds < min || seconds > max)
		return duet_hub_fault_set(fault, DUET_HUB_FAULT_ARGUMENT_INVALID, "%s must be %d to %d", name,
					  min, max);
	return (int)seconds * 1000;
}

int duet_hub_method_read(const json_t *body, struct duet_arena *arena, struct duet_hub_method_call *call,
			 struct duet_hub_fault *fault)
{
	const char *name = json_string_value(json_object_get(body, "methodName"));
	const json_t *payload = json_object_get(body, "payload");
	json_free_t release = NULL;
	char *text;

	if (!name || !name[0] || strlen(name) > MAX_NAME_BYTES)
		return duet_hub_fault_set(fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "methodName must have 1 to %d characters", MAX_NAME_BYTES);
	call->response_timeout_ms = read_seconds(body, "responseTimeoutInSeconds", DEFAULT_RESPONSE_S,
						 MIN_RESPONSE_S, MAX_RESPONSE_S, fault);
	call->connect_timeout_ms = read_seconds(body, "connectTimeoutInSeconds", 0, 0, MAX_RESPONSE_S, fault);
	if (call->response_timeout_ms < 0 || call->connect_timeout_ms < 0)
		return -EINVAL;
	text = payload ? json_dumps(payload, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	call->name = duet_slice(duet_arena_copy(arena, duet_slice(name)));
	call->payload = duet_slice(duet_arena_copy(arena, duet_slice(text ? text : "null")));
	json_get_alloc_funcs(NULL, &release);
	release(text);
	if (!call->name.ptr || !call->payload.ptr)
		return -ENOMEM;
	if (call->payload.len > MAX_PAYLOAD_BYTES)
		return duet_hub_fault_set(fault, DUET_HUB_FAULT_TOO_LARGE,
					  "The payload has more than %d bytes", MAX_PAYLOAD_BYTES);
	return 0;
}

int duet_hub_method_fault(int code, struct duet_hub_fault *fault)
{
	if (code == -ENOTCONN || code == -ECONNRESET)
		return duet_hub_fault_set(
			fault, DUET_HUB_FAULT_NOT_ONLINE,
			"The operation failed because the requested device isn't online or hasn't "
			"registered the direct method callback.");
	if (code == -ETIMEDOUT)
		return duet_hub_fault_set(fault, DUET_HUB_FAULT_METHOD_TIMEOUT,
					  "Timed out waiting for the response from device.");
	return code;
}

/* What a device answers is text that claims to be JSON. */
json_t *duet_hub_method_result(int status, struct duet_slice payload)
{
	json_t *value =
		payload.len ? json_loadb(payload.ptr, payload.len, JSON_DECODE_ANY, NULL) : json_null();

	if (!value)
		value = json_stringn(payload.ptr, payload.len);
	return json_pack("{s:i, s:o?}", "status", status, "payload", value);
}

static void answered(void *user, int code, int status, struct duet_slice payload)
{
	struct duet_hub_request *request = user;

	if (code < 0)
		duet_hub_reply_code(request, duet_hub_method_fault(code, &request->fault));
	else
		duet_hub_reply_json(request, 200, duet_hub_method_result(status, payload));
}

static int call_method(struct duet_hub_request *request)
{
	struct duet_hub_method_call call = {.target = duet_hub_request_target(request)};
	struct duet_hub_identity identity;
	int code = call.target ? duet_hub_identity_get(request->view, call.target, request->arena, &identity)
			       : -EINVAL;

	if (code == -ENOENT)
		return duet_hub_registry_missing(&request->fault, call.target);
	if (code == 0)
		code = duet_hub_method_read(request->body, request->arena, &call, &request->fault);
	return code < 0 ? code : duet_hub_call_method(request->loop, &call, answered, request);
}

const struct duet_hub_route duet_hub_method_routes[] = {
	{"POST", "/twins/{id}/methods", "method.call", DUET_HUB_AUTH_POLICY, DUET_HUB_SERVICE_CONNECT, true,
	 true, call_method},
	{"POST", "/twins/{id}/modules/{module}/methods", "method.module.call", DUET_HUB_AUTH_POLICY,
	 DUET_HUB_SERVICE_CONNECT, true, true, call_method},
	{0},
};
