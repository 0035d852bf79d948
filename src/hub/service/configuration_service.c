/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/arena.h"
#include "hub/hub.h"
#include "hub/query/query.h"
#include "hub/record/storage.h"
#include "hub/record/twin_record.h"
#include "hub/service/configuration.h"
#include "hub/service/registry.h"
#include "hub/service/service_table.h"
#include "hub/service/twin_service.h"

enum { MAX_CONFIGURATIONS = 100, SCRATCH_BYTES = 4 * 1024 * 1024, MAX_MODULES = 51 };

static int missing(struct duet_hub_fault *fault, const char *id)
{
	return duet_hub_fault_set(fault, DUET_HUB_FAULT_CONFIGURATION_NOT_FOUND,
				  "There is no configuration '%s'", id);
}

struct putting {
	struct duet_hub_document document;
	json_t *json;
};

/* What it does to devices never changes: another configuration does something else. */
static int keep_content(struct duet_hub_document *before, json_t *json)
{
	json_t *old = json_loadb(before->json.ptr, before->json.len, 0, NULL);
	int code = old ? json_object_set(json, "content", json_object_get(old, "content")) : -1;

	json_decref(old);
	return code < 0 ? -ENOMEM : 0;
}

static int put_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	struct putting *putting = request->own;
	struct duet_hub_document before;
	const char *id = request->parameters[0];
	int code = duet_hub_document_get(view, DUET_HUB_CONFIGURATION, "", id, request->arena, &before);
	json_free_t release = NULL;
	char *text;

	if (code < 0 && code != -ENOENT)
		return code;
	if (code == -ENOENT && request->if_match)
		return missing(&request->fault, id);
	if (code == 0)
		code = request->if_match ? keep_content(&before, putting->json) : -EEXIST;
	if (code == -EEXIST)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_CONFIGURATION_EXISTS,
					  "A configuration with the id '%s' exists already", id);
	if (code == -ENOENT &&
	    duet_hub_document_count(view, DUET_HUB_CONFIGURATION, "") >= MAX_CONFIGURATIONS)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_QUOTA,
					  "There are %d configurations already", MAX_CONFIGURATIONS);
	text = json_dumps(putting->json, JSON_COMPACT);
	if (!text)
		return -ENOMEM;
	putting->document = (struct duet_hub_document){
		.kind = DUET_HUB_CONFIGURATION, .owner = "", .id = id, .json = duet_slice(text)};
	if (code == 0)
		putting->document.created_ms = before.created_ms;
	code = duet_hub_document_put(view, request->arena, &putting->document,
				     request->if_match ? request->if_match : "", request->now_ms);
	putting->document.json = duet_slice(duet_arena_copy(request->arena, duet_slice(text)));
	json_get_alloc_funcs(NULL, &release);
	release(text);
	if (code == -ESTALE)
		return duet_hub_fault_set(
			&request->fault, DUET_HUB_FAULT_PRECONDITION,
			"Precondition failed: the configuration was changed in the meantime");
	return code == 0 && !putting->document.json.ptr ? -ENOMEM : code;
}

/* With what its metrics count. */
static int show(struct duet_hub_request *request)
{
	json_t *json = duet_hub_configuration_json(request->view, request->arena, request->own);

	json_decref(request->result);
	request->result = json;
	return json ? 0 : -ENOMEM;
}

static void shown(struct duet_hub_request *request, int code)
{
	const struct duet_hub_document *document = request->own;

	duet_hub_reply_etag(request, document->etag);
	duet_hub_reply_result(request);
}

static int reply_configuration(struct duet_hub_request *request, struct duet_hub_document *document)
{
	request->own = document;
	return duet_hub_request_work(request, duet_hub_readers(request->loop->hub), show, shown);
}

static void put_done(struct duet_hub_request *request, int code)
{
	struct putting *putting = request->own;

	code = reply_configuration(request, &putting->document);
	if (code < 0)
		duet_hub_reply_code(request, code);
}

static int put_configuration(struct duet_hub_request *request)
{
	struct putting *putting = duet_arena_alloc(request->arena, sizeof(*putting));
	int code =
		putting ? duet_hub_configuration_read(request->arena, request->body, request->parameters[0],
						      &putting->json, &request->fault)
			: -ENOMEM;

	request->own = putting;
	request->result = putting ? putting->json : NULL;
	return code < 0 ? code : duet_hub_request_write(request, put_change, put_done);
}

static int get_configuration(struct duet_hub_request *request)
{
	struct duet_hub_document *document = duet_arena_alloc(request->arena, sizeof(*document));
	int code = document ? duet_hub_document_get(request->view, DUET_HUB_CONFIGURATION, "",
						    request->parameters[0], request->arena, document)
			    : -ENOMEM;

	if (code == -ENOENT)
		return missing(&request->fault, request->parameters[0]);
	return code < 0 ? code : reply_configuration(request, document);
}

static int remove_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	int code = duet_hub_document_remove(view, DUET_HUB_CONFIGURATION, "", request->parameters[0],
					    request->if_match);

	if (code == 0)
		code = duet_hub_twin_unconfigure(view, request->parameters[0]);

	if (code == -ESTALE)
		return duet_hub_fault_set(
			&request->fault, DUET_HUB_FAULT_PRECONDITION,
			"Precondition failed: the configuration was changed in the meantime");
	return code == -ENOENT ? missing(&request->fault, request->parameters[0]) : code;
}

static int remove_configuration(struct duet_hub_request *request)
{
	return duet_hub_request_write(request, remove_change, NULL);
}

static int add_to_list(void *user, const struct duet_hub_document *document)
{
	struct duet_hub_request *request = user;
	json_t *json = duet_hub_configuration_json(request->view, request->arena, document);

	return json_array_append_new(request->result, json) < 0 ? -ENOMEM : 0;
}

/* Each of them counts the devices of its metrics. */
static int list(struct duet_hub_request *request)
{
	const char *top = duet_hub_request_query(request, "top");
	long max = top ? strtol(top, NULL, 10) : MAX_CONFIGURATIONS;
	struct duet_arena *scratch = duet_arena_new(SCRATCH_BYTES);
	int code = -ENOMEM;

	request->result = json_array();
	if (scratch && request->result)
		code = duet_hub_document_each(request->view, DUET_HUB_CONFIGURATION, "", 0,
					      max > 0 && max < MAX_CONFIGURATIONS ? (int)max
										  : MAX_CONFIGURATIONS,
					      scratch, add_to_list, request);
	duet_arena_free(scratch);
	return code;
}

static int list_configurations(struct duet_hub_request *request)
{
	return duet_hub_request_work(request, duet_hub_readers(request->loop->hub), list, NULL);
}

static int test_queries(struct duet_hub_request *request)
{
	const char *condition = json_string_value(json_object_get(request->body, "targetCondition"));
	json_t *queries = json_object_get(request->body, "customMetricQueries"), *errors = json_object();
	struct duet_hub_fault fault = {0};
	struct duet_hub_query *query;

	if (condition)
		duet_hub_configuration_check_condition(request->arena, condition, &fault);
	for (void *at = json_object_iter(queries); at; at = json_object_iter_next(queries, at)) {
		const char *text = json_string_value(json_object_iter_value(at));
		struct duet_hub_fault own = {0};

		if (duet_hub_query_parse(duet_slice(text ? text : ""), request->arena, &query, &own) < 0)
			json_object_set_new(errors, json_object_iter_key(at), json_string(own.what));
	}
	duet_hub_reply_json(request, 200,
			    json_pack("{s:s?, s:o}", "targetConditionError", fault.kind ? fault.what : NULL,
				      "customMetricQueryErrors", errors));
	return 0;
}

/* applyConfigurationContent: once, to one device and its modules. */
struct applying {
	struct duet_hub_twin_told told[MAX_MODULES];
	int n_told;
};

static int apply_to(struct duet_hub_view *view, struct duet_hub_request *request, const char *target,
		    const json_t *content)
{
	struct applying *applying = request->own;
	int code;

	if (applying->n_told == MAX_MODULES)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_MODULES_FULL, "Too many modules");
	code = duet_hub_configuration_apply(view, target, content, request->now_ms,
					    &applying->told[applying->n_told], &request->fault);
	applying->n_told += code == 0;
	return code == -ENOENT ? duet_hub_registry_missing(&request->fault, target) : code;
}

/* A module that content is for is made when it is not there. */
static int provide_module(struct duet_hub_view *view, struct duet_hub_request *request, const char *target,
			  const char *module)
{
	struct duet_hub_identity identity;
	int code = duet_hub_identity_get(view, target, request->arena, &identity);

	if (code != -ENOENT)
		return code;
	identity = (struct duet_hub_identity){.target = target,
					      .device = request->parameters[0],
					      .module = module,
					      .enabled = true,
					      .authentication = DUET_HUB_NONE,
					      .managed_by = "iotEdge",
					      .keys = {"", ""}};
	return duet_hub_identity_add(view, request->arena, &identity);
}

static int apply_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	const json_t *device = json_object_get(request->body, "deviceContent");
	json_t *modules = json_object_get(request->body, "modulesContent");
	struct duet_hub_identity identity;
	int code = duet_hub_identity_get(view, request->parameters[0], request->arena, &identity);

	if (code == -ENOENT)
		return duet_hub_registry_missing(&request->fault, request->parameters[0]);
	if (code == 0 && json_is_object(device))
		code = apply_to(view, request, request->parameters[0], device);
	for (void *at = json_object_iter(modules); at && code == 0; at = json_object_iter_next(modules, at)) {
		const char *module = duet_arena_copy(request->arena, duet_slice(json_object_iter_key(at)));
		const char *target =
			module ? duet_arena_printf(request->arena, "%s/%s", request->parameters[0], module)
			       : NULL;

		if (!target)
			return -ENOMEM;
		if (!duet_hub_name_valid(duet_slice(module)))
			return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
						  "'%s' can be no module", module);
		code = provide_module(view, request, target, module);
		if (code == 0)
			code = apply_to(view, request, target, json_object_iter_value(at));
	}
	return code;
}

static void apply_done(struct duet_hub_request *request, int code)
{
	struct applying *applying = request->own;

	for (int i = 0; i < applying->n_told; i++) {
		duet_hub_twin_tell(request->loop, &applying->told[i]);
		json_decref(applying->told[i].patch);
	}
	duet_hub_reply_empty(request, 204);
}

static int apply_content(struct duet_hub_request *request)
{
	request->own = duet_arena_alloc(request->arena, sizeof(struct applying));
	if (!request->own)
		return -ENOMEM;
	if (!json_is_object(request->body))
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "The body must be a JSON object");
	return duet_hub_request_write(request, apply_change, apply_done);
}

enum { READ = DUET_HUB_REGISTRY_READ, WRITE = DUET_HUB_REGISTRY_WRITE };

const struct duet_hub_route duet_hub_configuration_routes[] = {
	{"POST", "/configurations/testQueries", "configuration.test", DUET_HUB_AUTH_POLICY, READ, true, false,
	 test_queries},
	{"GET", "/configurations", "configuration.list", DUET_HUB_AUTH_POLICY, READ, false, false,
	 list_configurations},
	{"GET", "/configurations/{id}", "configuration.get", DUET_HUB_AUTH_POLICY, READ, false, false,
	 get_configuration},
	{"PUT", "/configurations/{id}", "configuration.put", DUET_HUB_AUTH_POLICY, WRITE, true, true,
	 put_configuration},
	{"DELETE", "/configurations/{id}", "configuration.delete", DUET_HUB_AUTH_POLICY, WRITE, false, true,
	 remove_configuration},
	{"POST", "/devices/{id}/applyConfigurationContent", "configuration.apply", DUET_HUB_AUTH_POLICY,
	 WRITE, true, true, apply_content},
	{0},
};
