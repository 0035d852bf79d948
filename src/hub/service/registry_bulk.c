/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <strings.h>

#include "base/arena.h"
#include "hub/hub.h"
#include "hub/occurrence.h"
#include "hub/record/storage.h"
#include "hub/record/twin_record.h"
#include "hub/service/registry.h"
#include "hub/service/service_table.h"
#include "hub/service/twin_service.h"

enum { MAX_ITEMS = 100 };

/* What is to be done with each identity, and whether its ETag counts. */
enum action { CREATE, UPDATE, CREATE_OR_UPDATE, REMOVE, UPDATE_TWIN };

static const struct mode {
	const char *name;
	enum action action;
	bool matches_etag;
} modes[] = {
	{"create", CREATE, false},
	{"update", UPDATE, false},
	{"updateIfMatchETag", UPDATE, true},
	{"createOrUpdate", CREATE_OR_UPDATE, false},
	{"createOrUpdateIfMatchETag", CREATE_OR_UPDATE, true},
	{"delete", REMOVE, false},
	{"deleteIfMatchETag", REMOVE, true},
	{"updateTwin", UPDATE_TWIN, false},
	{"updateTwinIfMatchETag", UPDATE_TWIN, true},
};

struct item {
	struct duet_hub_request *request;
	const json_t *body;
	const struct mode *mode;
	const char *device, *target;
	struct duet_hub_twin_told told; /* what connected devices are told afterwards */
	struct duet_hub_fault fault;
	bool touched, created, removed; /* an identity that was there before is another one now */
};

struct bulk {
	struct item items[MAX_ITEMS];
	size_t n_items;
};

static const struct mode *mode_of(const json_t *body)
{
	const char *name = json_string_value(json_object_get(body, "importMode"));

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcasecmp(name ? name : "createOrUpdate", modes[i].name) == 0)
			return &modes[i];
	return NULL;
}

static int begin_item(struct item *item, struct duet_arena *arena)
{
	const char *module = json_string_value(json_object_get(item->body, "moduleId"));

	item->device = json_string_value(json_object_get(item->body, "id"));
	item->mode = mode_of(item->body);
	item->target = item->device;
	if (!item->device || !duet_hub_name_valid(duet_slice(item->device)) ||
	    (module && module[0] && !duet_hub_name_valid(duet_slice(module))))
		return duet_hub_fault_set(&item->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "The id is missing or broken");
	if (!item->mode)
		return duet_hub_fault_set(&item->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "importMode is not known");
	if (module && module[0])
		item->target = duet_arena_printf(arena, "%s/%s", item->device, module);
	return item->target ? 0 : -ENOMEM;
}

static const char *etag_of(const struct item *item, const char *first, const char *second)
{
	const char *etag = json_string_value(json_object_get(item->body, first));

	if (!item->mode->matches_etag)
		return "*";
	if (!etag)
		etag = json_string_value(json_object_get(item->body, second));
	return etag ? etag : "";
}

/* Tags and desired properties that came with it take the place of what is there. */
static int change_twin(struct duet_hub_view *view, struct item *item, const char *etag)
{
	const json_t *desired = json_object_get(json_object_get(item->body, "properties"), "desired");
	struct duet_hub_twin_change change = {.tags = json_object_get(item->body, "tags"),
					      .desired = desired,
					      .replace = true,
					      .etag = etag,
					      .now_ms = item->request->now_ms};
	int code;

	if (json_is_null(change.tags))
		change.tags = NULL;
	if (json_is_null(change.desired))
		change.desired = NULL;
	if (!change.tags && !change.desired)
		return 0;
	code = duet_hub_twin_change(view, item->target, &change, &item->fault);
	if (code == 0)
		item->told = (struct duet_hub_twin_told){
			.target = item->target,
			.patch = change.desired_patch,
			.version = change.desired_version,
			.tags = change.tags,
		};
	return code;
}

static int put(struct duet_hub_view *view, struct item *item, const char *if_match)
{
	struct duet_hub_identity identity;
	int code = duet_hub_registry_put(view, item->request->arena, item->target, if_match, item->body,
					 item->request->now_ms, &identity, &item->fault);

	item->touched = code == 0 && if_match;
	item->created = code == 0 && !if_match;
	return code < 0 ? code : change_twin(view, item, "*");
}

static int carry_out(struct duet_hub_view *view, void *user)
{
	struct item *item = user;
	struct duet_hub_identity there;
	const char *etag = etag_of(item, "eTag", "etag");

	switch (item->mode->action) {
	case CREATE:
		return put(view, item, NULL);
	case UPDATE:
		return put(view, item, etag);
	case CREATE_OR_UPDATE:
		if (duet_hub_identity_get(view, item->target, item->request->arena, &there) == -ENOENT)
			return put(view, item, NULL);
		return put(view, item, etag);
	case REMOVE:
		item->touched = item->removed = true;
		return duet_hub_registry_remove(view, item->request->arena, item->target, etag, &item->fault);
	default:
		return change_twin(view, item, etag_of(item, "twinETag", "twinEtag"));
	}
}

static int bulk_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	struct bulk *bulk = request->own;

	for (size_t i = 0; i < bulk->n_items; i++) {
		struct item *item = &bulk->items[i];
		int code = item->fault.kind ? -EINVAL : duet_hub_view_try(view, carry_out, item);

		/* Out of memory or disk is everybody's failure. */
		if (code == -ENOMEM || code == -ENOSPC || code == -EIO)
			return code;
		duet_hub_fault_of(&item->fault, code);
	}
	return 0;
}

static json_t *error_json(const struct item *item)
{
	const char *module = json_string_value(json_object_get(item->body, "moduleId"));
	json_t *json = json_pack("{s:s, s:s, s:s, s:s}", "deviceId", item->device ? item->device : "",
				 "errorCode", duet_hub_fault_name(&item->fault), "errorStatus",
				 item->fault.what, "operation", item->mode ? item->mode->name : "");

	if (json && module)
		json_object_set_new(json, "moduleId", json_string(module));
	return json;
}

static void tell(struct duet_hub_loop *loop, const struct item *item)
{
	if (item->created || item->removed)
		duet_hub_occurrence_lifecycle(loop, item->target, item->created);
	duet_hub_twin_tell(loop, &item->told);
}

static void bulk_done(struct duet_hub_request *request, int code)
{
	struct bulk *bulk = request->own;
	json_t *errors = json_array();

	for (size_t i = 0; i < bulk->n_items; i++) {
		struct item *item = &bulk->items[i];

		if (item->fault.kind)
			json_array_append_new(errors, error_json(item));
		else if (item->touched)
			duet_hub_identity_changed(request->loop->hub, item->device);
		if (item->fault.kind == DUET_HUB_FAULT_NONE)
			tell(request->loop, item);
		json_decref(item->told.patch);
	}
	duet_hub_reply_json(request, 200,
			    json_pack("{s:b, s:o, s:[]}", "isSuccessful", json_array_size(errors) == 0,
				      "errors", errors, "warnings"));
}

static int run_bulk(struct duet_hub_request *request)
{
	struct bulk *bulk = duet_arena_alloc(request->arena, sizeof(*bulk));
	size_t n = json_array_size(request->body);

	if (!bulk)
		return -ENOMEM;
	if (!json_is_array(request->body) || n == 0 || n > MAX_ITEMS)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "The body must be an array of 1 to %d identities", MAX_ITEMS);
	bulk->n_items = n;
	for (size_t i = 0; i < n; i++) {
		struct item *item = &bulk->items[i];
		int code;

		item->request = request;
		item->body = json_array_get(request->body, i);
		code = begin_item(item, request->arena);
		if (code == -ENOMEM)
			return code;
	}
	request->own = bulk;
	return duet_hub_request_write(request, bulk_change, bulk_done);
}

const struct duet_hub_route duet_hub_bulk_routes[] = {
	{"POST", "/devices", "device.bulk", DUET_HUB_AUTH_POLICY, DUET_HUB_REGISTRY_WRITE, true, true,
	 run_bulk},
	{0},
};
