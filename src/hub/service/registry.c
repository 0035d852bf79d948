/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/service/registry.h"
#include "hub/record/identity_json.h"

#include <errno.h>

#include "base/arena.h"
#include "hub/hub.h"
#include "hub/occurrence.h"
#include "hub/service/service_table.h"

enum { MAX_LISTED = 1000, SCRATCH_BYTES = 64 * 1024 };

int duet_hub_registry_missing(struct duet_hub_fault *fault, const char *target)
{
	bool is_module = strchr(target, '/') != NULL;

	return duet_hub_fault_set(
		fault, is_module ? DUET_HUB_FAULT_MODULE_NOT_FOUND : DUET_HUB_FAULT_DEVICE_NOT_FOUND,
		"%s %s not registered", is_module ? "Module" : "Device", target);
}

const char *duet_hub_request_target(struct duet_hub_request *request)
{
	const char *device = request->parameters[0], *module = request->parameters[1];
	bool with_module = strstr(request->route->path, "{module}") != NULL;

	if (!duet_hub_name_valid(duet_slice(device)) ||
	    (with_module && !duet_hub_name_valid(duet_slice(module)))) {
		duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
				   "A name has 1 to %d letters, digits and - . %% _ # * ? ! ( ) , : = @ $ '",
				   DUET_HUB_NAME_MAX);
		return NULL;
	}
	if (!with_module)
		return device;
	return duet_arena_printf(request->arena, "%s/%s", device, module);
}

static int check_etag(const char *if_match, const char *etag, struct duet_hub_fault *fault)
{
	if (!if_match || strcmp(if_match, "*") == 0 || strcmp(if_match, etag) == 0)
		return 0;
	return duet_hub_fault_set(
		fault, DUET_HUB_FAULT_PRECONDITION,
		"Precondition failed: Device version did not match, existingVersion:%s newVersion:%s", etag,
		if_match);
}

static int add(struct duet_hub_view *view, struct duet_arena *arena, const char *target, const json_t *body,
	       int64_t now_ms, struct duet_hub_identity *identity, struct duet_hub_fault *fault)
{
	const char *slash = strchr(target, '/');
	int code;

	*identity = (struct duet_hub_identity){
		.target = target, .enabled = true, .module = slash ? slash + 1 : ""};
	identity->device = duet_arena_copy(
		arena, (struct duet_slice){target, slash ? (size_t)(slash - target) : strlen(target)});
	if (!identity->device)
		return -ENOMEM;
	code = duet_hub_identity_read(body, arena, now_ms, identity, fault);
	if (code == 0)
		code = duet_hub_identity_add(view, arena, identity);
	if (code == -EEXIST)
		return duet_hub_fault_set(
			fault, slash ? DUET_HUB_FAULT_MODULE_EXISTS : DUET_HUB_FAULT_DEVICE_EXISTS,
			"A %s with ID '%s' is already registered.", slash ? "module" : "device", target);
	if (code == -EDQUOT)
		return duet_hub_fault_set(fault, DUET_HUB_FAULT_MODULES_FULL,
					  "The device has 50 modules already");
	return code == -ENOENT ? duet_hub_registry_missing(fault, identity->device) : code;
}

int duet_hub_registry_put(struct duet_hub_view *view, struct duet_arena *arena, const char *target,
			  const char *if_match, const json_t *body, int64_t now_ms,
			  struct duet_hub_identity *identity, struct duet_hub_fault *fault)
{
	int code;

	if (!if_match)
		return add(view, arena, target, body, now_ms, identity, fault);
	code = duet_hub_identity_get(view, target, arena, identity);
	if (code == -ENOENT)
		return duet_hub_registry_missing(fault, target);
	if (code == 0)
		code = check_etag(if_match, identity->etag, fault);
	if (code == 0)
		code = duet_hub_identity_read(body, arena, now_ms, identity, fault);
	return code < 0 ? code : duet_hub_identity_put(view, arena, identity);
}

int duet_hub_registry_remove(struct duet_hub_view *view, struct duet_arena *arena, const char *target,
			     const char *if_match, struct duet_hub_fault *fault)
{
	struct duet_hub_identity identity = {0};
	int code = duet_hub_identity_get(view, target, arena, &identity);

	if (code == -ENOENT)
		return duet_hub_registry_missing(fault, target);
	if (code == 0)
		code = check_etag(if_match, identity.etag, fault);
	return code < 0 ? code : duet_hub_identity_remove(view, target);
}

/* Who is connected stands in memory first. */
static void reply_identity(struct duet_hub_request *request, struct duet_hub_identity *identity)
{
	identity->connected = duet_hub_connected(request->loop->hub, identity->target);
	duet_hub_reply_etag(request, identity->etag);
	duet_hub_reply_json(request, 200, duet_hub_identity_json(identity));
}

static int get_identity(struct duet_hub_request *request)
{
	const char *target = duet_hub_request_target(request);
	struct duet_hub_identity identity;
	int code = target ? duet_hub_identity_get(request->view, target, request->arena, &identity) : -EINVAL;

	if (code == -ENOENT)
		return duet_hub_registry_missing(&request->fault, target);
	if (code == 0)
		reply_identity(request, &identity);
	return code;
}

/* Does the body name what the path names? */
static int check_names(struct duet_hub_request *request)
{
	static const char *const members[] = {"deviceId", "moduleId"};

	for (int i = 0; i < 2 && request->parameters[i]; i++) {
		const char *name = json_string_value(json_object_get(request->body, members[i]));

		if (name && strcmp(name, request->parameters[i]) != 0)
			return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
						  "The body's %s is not the path's", members[i]);
	}
	return 0;
}

struct putting {
	const char *target;
	struct duet_hub_identity identity;
};

static int put_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	struct putting *putting = request->own;

	return duet_hub_registry_put(view, request->arena, putting->target, request->if_match, request->body,
				     request->now_ms, &putting->identity, &request->fault);
}

static void put_done(struct duet_hub_request *request, int code)
{
	struct putting *putting = request->own;

	if (request->if_match)
		duet_hub_identity_changed(request->loop->hub, putting->identity.device);
	else
		duet_hub_occurrence_lifecycle(request->loop, putting->target, true);
	reply_identity(request, &putting->identity);
}

static int put_identity(struct duet_hub_request *request)
{
	struct putting *putting = duet_arena_alloc(request->arena, sizeof(*putting));
	int code = check_names(request);

	if (code < 0 || !putting)
		return code < 0 ? code : -ENOMEM;
	putting->target = duet_hub_request_target(request);
	if (!putting->target)
		return -EINVAL;
	request->own = putting;
	return duet_hub_request_write(request, put_change, put_done);
}

static int remove_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	return duet_hub_registry_remove(view, request->arena, request->own, request->if_match,
					&request->fault);
}

static void remove_done(struct duet_hub_request *request, int code)
{
	duet_hub_identity_changed(request->loop->hub, request->parameters[0]);
	duet_hub_occurrence_lifecycle(request->loop, request->own, false);
	duet_hub_reply_empty(request, 204);
}

static int remove_identity(struct duet_hub_request *request)
{
	const char *target = duet_hub_request_target(request);

	if (!target)
		return -EINVAL;
	request->own = (void *)(uintptr_t)target;
	return duet_hub_request_write(request, remove_change, remove_done);
}

/* Which ones to list. */
struct listing {
	const char *device; /* whose modules; NULL: devices */
	int max;
};

static int add_to_list(void *user, const struct duet_hub_identity *identity)
{
	return json_array_append_new(user, duet_hub_identity_json(identity)) < 0 ? -ENOMEM : 0;
}

static int list(struct duet_hub_request *request)
{
	const struct listing *listing = request->own;
	struct duet_arena *scratch = duet_arena_new(SCRATCH_BYTES);
	int code = -ENOMEM;

	request->result = json_array();
	if (scratch && request->result)
		code = duet_hub_identity_each(request->view, listing->device, 0, listing->max, scratch,
					      add_to_list, request->result);
	duet_arena_free(scratch);
	return code;
}

static int reply_list(struct duet_hub_request *request, const char *device, int max)
{
	struct listing *listing = duet_arena_alloc(request->arena, sizeof(*listing));

	if (!listing)
		return -ENOMEM;
	*listing = (struct listing){device, max};
	request->own = listing;
	return duet_hub_request_work(request, duet_hub_readers(request->loop->hub), list, NULL);
}

static int list_devices(struct duet_hub_request *request)
{
	const char *top = duet_hub_request_query(request, "top");
	long max = top ? strtol(top, NULL, 10) : MAX_LISTED;

	if (max < 1 || max > MAX_LISTED)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "top must be 1 to %d", MAX_LISTED);
	return reply_list(request, NULL, (int)max);
}

static int list_modules(struct duet_hub_request *request)
{
	struct duet_hub_identity identity;
	int code = duet_hub_identity_get(request->view, request->parameters[0], request->arena, &identity);

	if (code == -ENOENT)
		return duet_hub_registry_missing(&request->fault, request->parameters[0]);
	return code < 0 ? code : reply_list(request, request->parameters[0], MAX_LISTED);
}

static int count_registry(struct duet_hub_request *request)
{
	struct duet_hub_identity_count count;
	int code = duet_hub_identity_count(request->view, &count);

	if (code < 0)
		return code;
	request->result = json_pack("{s:I, s:I, s:I}", "totalDeviceCount", (json_int_t)count.n_devices,
				    "enabledDeviceCount", (json_int_t)count.n_enabled, "disabledDeviceCount",
				    (json_int_t)(count.n_devices - count.n_enabled));
	return request->result ? 0 : -ENOMEM;
}

static int count_connected(struct duet_hub_request *request)
{
	struct duet_hub_identity_count count;
	int code = duet_hub_identity_count(request->view, &count);

	if (code < 0)
		return code;
	request->result = json_pack("{s:I}", "connectedDeviceCount", (json_int_t)count.n_connected);
	return request->result ? 0 : -ENOMEM;
}

static int reply_statistics(struct duet_hub_request *request)
{
	return duet_hub_request_work(request, duet_hub_readers(request->loop->hub), count_registry, NULL);
}

static int reply_service_statistics(struct duet_hub_request *request)
{
	return duet_hub_request_work(request, duet_hub_readers(request->loop->hub), count_connected, NULL);
}

enum { READ = DUET_HUB_REGISTRY_READ, WRITE = DUET_HUB_REGISTRY_WRITE };

const struct duet_hub_route duet_hub_registry_routes[] = {
	{"GET", "/devices", "device.list", DUET_HUB_AUTH_POLICY, READ, false, false, list_devices},
	{"GET", "/devices/{id}", "device.get", DUET_HUB_AUTH_POLICY, READ, false, false, get_identity},
	{"PUT", "/devices/{id}", "device.put", DUET_HUB_AUTH_POLICY, WRITE, true, true, put_identity},
	{"DELETE", "/devices/{id}", "device.delete", DUET_HUB_AUTH_POLICY, WRITE, false, true,
	 remove_identity},
	{"GET", "/devices/{id}/modules", "module.list", DUET_HUB_AUTH_POLICY, READ, false, false,
	 list_modules},
	{"GET", "/devices/{id}/modules/{module}", "module.get", DUET_HUB_AUTH_POLICY, READ, false, false,
	 get_identity},
	{"PUT", "/devices/{id}/modules/{module}", "module.put", DUET_HUB_AUTH_POLICY, WRITE, true, true,
	 put_identity},
	{"DELETE", "/devices/{id}/modules/{module}", "module.delete", DUET_HUB_AUTH_POLICY, WRITE, false,
	 true, remove_identity},
	{"GET", "/statistics/devices", "statistics.devices", DUET_HUB_AUTH_POLICY, READ, false, false,
	 reply_statistics},
	{"GET", "/statistics/service", "statistics.service", DUET_HUB_AUTH_POLICY, DUET_HUB_SERVICE_CONNECT,
	 false, false, reply_service_statistics},
	{0},
};
