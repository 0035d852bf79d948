/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/service/twin_service.h"

#include <errno.h>

#include "base/arena.h"
#include "hub/hub.h"
#include "hub/occurrence.h"
#include "hub/record/identity.h"
#include "hub/record/twin_json.h"
#include "hub/record/twin_record.h"
#include "hub/service/registry.h"
#include "hub/service/service_table.h"

/* Reads both parts of it; in a change from the change's view. */
static int read_twin(struct duet_hub_view *view, struct duet_hub_request *request, const char *target)
{
	struct duet_hub_identity identity = {0};
	struct duet_hub_twin_record record;
	int code = duet_hub_identity_get(view, target, request->arena, &identity);

	if (code == 0)
		code = duet_hub_twin_get(view, target, request->arena, &record);
	if (code == -ENOENT)
		return duet_hub_registry_missing(&request->fault, target);
	if (code < 0)
		return code;
	/* Who is connected stands in memory first. */
	identity.connected = duet_hub_connected(request->loop->hub, target);
	request->result = duet_hub_twin_json(&identity, &record);
	return request->result ? 0 : -ENOMEM;
}

static void reply_twin(struct duet_hub_request *request)
{
	json_t *twin = request->result;

	request->result = NULL;
	duet_hub_reply_etag(request, json_string_value(json_object_get(twin, "etag")));
	duet_hub_reply_json(request, 200, twin);
}

static int get_twin(struct duet_hub_request *request)
{
	const char *target = duet_hub_request_target(request);
	int code = target ? read_twin(request->view, request, target) : -EINVAL;

	if (code == 0)
		reply_twin(request);
	return code;
}

void duet_hub_twin_tell(struct duet_hub_loop *loop, const struct duet_hub_twin_told *told)
{
	const struct duet_hub_occurrence_twin change = {.tags = told->tags,
							.desired = told->patch,
							.version = told->version,
							.replaced = told->replaced};
	char *text = told->patch ? json_dumps(told->patch, JSON_COMPACT) : NULL;
	json_free_t release = NULL;

	if (told->target)
		duet_hub_occurrence_twin(loop, told->target, &change);
	if (!text)
		return;
	duet_hub_desired_changed(loop->hub, told->target, duet_slice(text), told->version);
	json_get_alloc_funcs(NULL, &release);
	release(text);
}

struct changing {
	const char *target;
	struct duet_hub_twin_change change;
};

static int twin_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	struct changing *changing = request->own;
	int code = duet_hub_twin_change(view, changing->target, &changing->change, &request->fault);

	if (request->fault.kind == DUET_HUB_FAULT_DEVICE_NOT_FOUND)
		return duet_hub_registry_missing(&request->fault, changing->target);
	return code < 0 ? code : read_twin(view, request, changing->target);
}

static void twin_done(struct duet_hub_request *request, int code)
{
	struct changing *changing = request->own;
	struct duet_hub_twin_told told = {changing->target, changing->change.desired_patch,
					  changing->change.desired_version, changing->change.tags,
					  changing->change.replace};

	duet_hub_twin_tell(request->loop, &told);
	json_decref(told.patch);
	reply_twin(request);
}

static int change_twin(struct duet_hub_request *request, bool replace)
{
	struct changing *changing = duet_arena_alloc(request->arena, sizeof(*changing));
	const json_t *properties = json_object_get(request->body, "properties");

	if (!changing)
		return -ENOMEM;
	if (!json_is_object(request->body))
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "The body must be a JSON object");
	changing->target = duet_hub_request_target(request);
	changing->change = (struct duet_hub_twin_change){.tags = json_object_get(request->body, "tags"),
							 .desired = json_object_get(properties, "desired"),
							 .replace = replace,
							 .etag = request->if_match,
							 .now_ms = request->now_ms};
	if (json_is_null(changing->change.tags))
		changing->change.tags = NULL;
	if (!changing->target)
		return -EINVAL;
	request->own = changing;
	return duet_hub_request_write(request, twin_change, twin_done);
}

static int patch_twin(struct duet_hub_request *request)
{
	return change_twin(request, false);
}

static int put_twin(struct duet_hub_request *request)
{
	return change_twin(request, true);
}

enum { SERVICE = DUET_HUB_SERVICE_CONNECT };

const struct duet_hub_route duet_hub_twin_routes[] = {
	{"GET", "/twins/{id}", "twin.get", DUET_HUB_AUTH_POLICY, SERVICE, false, false, get_twin},
	{"PATCH", "/twins/{id}", "twin.patch", DUET_HUB_AUTH_POLICY, SERVICE, true, true, patch_twin},
	{"PUT", "/twins/{id}", "twin.put", DUET_HUB_AUTH_POLICY, SERVICE, true, true, put_twin},
	{"GET", "/twins/{id}/modules/{module}", "twin.module.get", DUET_HUB_AUTH_POLICY, SERVICE, false,
	 false, get_twin},
	{"PATCH", "/twins/{id}/modules/{module}", "twin.module.patch", DUET_HUB_AUTH_POLICY, SERVICE, true,
	 true, patch_twin},
	{"PUT", "/twins/{id}/modules/{module}", "twin.module.put", DUET_HUB_AUTH_POLICY, SERVICE, true, true,
	 put_twin},
	{0},
};
