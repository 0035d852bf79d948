/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <strings.h>

#include "base/arena.h"
#include "hub/hub.h"
#include "hub/query/query.h"
#include "hub/record/enrollment.h"
#include "hub/record/storage.h"
#include "hub/service/query_service.h"
#include "hub/service/service_table.h"

/* The service's side of provisioning: enrolments, groups and registrations, as azure-iot-provisioning-service
 * asks for them. */

enum { MAX_ITEMS = 10, SCRATCH_BYTES = 1024 * 1024 };

static enum duet_hub_document_kind kind_of(const struct duet_hub_request *request)
{
	return strncasecmp(request->route->path, "/enrollmentGroups", 17) == 0 ? DUET_HUB_ENROLLMENT_GROUP
									       : DUET_HUB_ENROLLMENT;
}

static int missing(struct duet_hub_fault *fault, const char *id)
{
	return duet_hub_fault_set(fault, DUET_HUB_FAULT_ENROLLMENT_NOT_FOUND, "There is no enrollment '%s'",
				  id);
}

/* One enrolment on its way into storage. */
struct putting {
	struct duet_hub_request *request;
	struct duet_hub_document document;
	const json_t *body;
	const char *if_match;
	json_t *json, *secret;
	struct duet_hub_fault fault;
};

static void putting_done(struct putting *putting)
{
	json_decref(putting->json);
	json_decref(putting->secret);
	putting->json = putting->secret = NULL;
}

static struct duet_slice keep_text(struct duet_arena *arena, const json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	struct duet_slice kept = duet_slice(text ? duet_arena_copy(arena, duet_slice(text)) : NULL);
	json_free_t release = NULL;

	json_get_alloc_funcs(NULL, &release);
	release(text);
	return kept;
}

/* Checks what was sent; on the loop's thread. */
static int prepare(struct putting *putting, enum duet_hub_document_kind kind, const char *id)
{
	struct duet_arena *arena = putting->request->arena;
	int code = duet_hub_enrollment_read(putting->body, kind, id, &putting->json, &putting->secret,
					    &putting->fault);

	putting->document = (struct duet_hub_document){.kind = kind, .id = id, .owner = ""};
	if (code == 0) {
		putting->document.json = keep_text(arena, putting->json);
		putting->document.secret = keep_text(arena, putting->secret);
		if (!putting->document.json.ptr || (putting->secret && !putting->document.secret.ptr))
			code = -ENOMEM;
	}
	putting_done(putting);
	return code;
}

static int put(struct duet_hub_view *view, void *user)
{
	struct putting *putting = user;
	struct duet_hub_document *document = &putting->document, before;
	struct duet_arena *arena = putting->request->arena;
	int code = duet_hub_document_get(view, document->kind, "", document->id, arena, &before);

	if (code < 0 && code != -ENOENT)
		return code;
	if (code == 0)
		document->created_ms = before.created_ms;
	code = duet_hub_document_put(view, arena, document, putting->if_match, putting->request->now_ms);
	if (code == -ENOENT)
		return missing(&putting->fault, document->id);
	if (code == -ESTALE)
		return duet_hub_fault_set(&putting->fault, DUET_HUB_FAULT_PRECONDITION,
					  "Precondition failed: the enrollment was changed in the meantime");
	if (code == -EEXIST)
		return duet_hub_fault_set(&putting->fault, DUET_HUB_FAULT_ENROLLMENT_CONFLICT,
					  "The enrollment '%s' exists already", document->id);
	return code;
}

static int put_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	struct putting *putting = request->own;
	int code = put(view, putting);

	request->fault = putting->fault;
	return code;
}

static void put_done(struct duet_hub_request *request, int code)
{
	struct putting *putting = request->own;

	duet_hub_reply_etag(request, putting->document.etag);
	duet_hub_reply_json(request, 200, duet_hub_enrollment_json(&putting->document, true));
}

static int put_enrollment(struct duet_hub_request *request)
{
	struct putting *putting = duet_arena_alloc(request->arena, sizeof(*putting));
	int code;

	if (!putting)
		return -ENOMEM;
	*putting = (struct putting){.request = request, .body = request->body, .if_match = request->if_match};
	request->own = putting;
	code = prepare(putting, kind_of(request), request->parameters[0]);
	request->fault = putting->fault;
	return code < 0 ? code : duet_hub_request_write(request, put_change, put_done);
}

/* With how its device was registered, when it was. */
static int add_registration(struct duet_hub_request *request, const char *id, json_t *enrollment)
{
	struct duet_hub_document registration;
	int code = duet_hub_document_get(request->view, DUET_HUB_REGISTRATION, "", id, request->arena,
					 &registration);
	json_t *state;

	if (code == -ENOENT)
		return 0;
	state = code == 0 ? json_loadb(registration.json.ptr, registration.json.len, 0, NULL) : NULL;
	return code < 0                                                          ? code
	       : json_object_set_new(enrollment, "registrationState", state) < 0 ? -ENOMEM
										 : 0;
}

static int get_enrollment(struct duet_hub_request *request)
{
	struct duet_hub_document document;
	enum duet_hub_document_kind kind = kind_of(request);
	const char *id = request->parameters[0];
	int code = duet_hub_document_get(request->view, kind, "", id, request->arena, &document);
	json_t *json;

	if (code == -ENOENT)
		return missing(&request->fault, id);
	json = code == 0 ? duet_hub_enrollment_json(&document, false) : NULL;
	if (json && kind == DUET_HUB_ENROLLMENT)
		code = add_registration(request, id, json);
	if (code < 0) {
		json_decref(json);
		return code;
	}
	duet_hub_reply_etag(request, document.etag);
	duet_hub_reply_json(request, 200, json);
	return 0;
}

static int get_attestation(struct duet_hub_request *request)
{
	struct duet_hub_document document;
	int code = duet_hub_document_get(request->view, kind_of(request), "", request->parameters[0],
					 request->arena, &document);
	json_t *json, *attestation;

	if (code == -ENOENT)
		return missing(&request->fault, request->parameters[0]);
	if (code < 0)
		return code;
	json = duet_hub_enrollment_json(&document, true);
	attestation = json_incref(json_object_get(json, "attestation"));
	json_decref(json);
	duet_hub_reply_json(request, 200, attestation);
	return 0;
}

static int remove_it(struct duet_hub_view *view, enum duet_hub_document_kind kind, const char *id,
		     const char *if_match, struct duet_hub_fault *fault)
{
	int code = duet_hub_document_remove(view, kind, "", id, if_match);

	if (code == -ENOENT)
		return missing(fault, id);
	if (code == -ESTALE)
		return duet_hub_fault_set(fault, DUET_HUB_FAULT_PRECONDITION,
					  "Precondition failed: the enrollment was changed in the meantime");
	if (code < 0)
		return code;
	if (kind == DUET_HUB_ENROLLMENT_GROUP)
		return duet_hub_document_remove_all(view, DUET_HUB_REGISTRATION, id);
	code = duet_hub_document_remove(view, DUET_HUB_REGISTRATION, "", id, NULL);
	return code == -ENOENT ? 0 : code;
}

static int remove_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	return remove_it(view, kind_of(request), request->parameters[0], request->if_match, &request->fault);
}

static int remove_enrollment(struct duet_hub_request *request)
{
	return duet_hub_request_write(request, remove_change, NULL);
}

static int query_enrollments(struct duet_hub_request *request)
{
	const char *text = json_string_value(json_object_get(request->body, "query"));
	enum duet_hub_source source =
		kind_of(request) == DUET_HUB_ENROLLMENT ? DUET_HUB_FROM_ENROLLMENTS : DUET_HUB_FROM_GROUPS;
	struct duet_hub_query *query;
	bool is_query = text && strncasecmp(text, "SELECT", 6) == 0;
	int code = is_query ? duet_hub_query_parse(duet_slice(text), request->arena, &query, &request->fault)
			    : duet_hub_condition_parse(duet_slice(text && text[0] ? text : "*"),
						       request->arena, &query, &request->fault);

	if (code < 0)
		return code;
	/* Some clients write devices, or only *, and mean what they ask. */
	query->source = source;
	return duet_hub_query_reply(request, query);
}

/* Bulk. */
struct bulk {
	struct putting items[MAX_ITEMS];
	size_t n_items;
	const char *mode;
};

static int remove_item(struct duet_hub_view *view, void *user)
{
	struct putting *item = user;

	return remove_it(view, DUET_HUB_ENROLLMENT, item->document.id, item->if_match, &item->fault);
}

static int bulk_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	struct bulk *bulk = request->own;
	bool removes = strcasecmp(bulk->mode, "delete") == 0;

	for (size_t i = 0; i < bulk->n_items; i++) {
		struct putting *item = &bulk->items[i];
		int code = item->fault.kind ? -EINVAL
					    : duet_hub_view_try(view, removes ? remove_item : put, item);

		if (code == -ENOMEM || code == -ENOSPC || code == -EIO)
			return code;
		duet_hub_fault_of(&item->fault, code);
	}
	return 0;
}

static void bulk_done(struct duet_hub_request *request, int code)
{
	struct bulk *bulk = request->own;
	json_t *errors = json_array();

	for (size_t i = 0; i < bulk->n_items; i++) {
		const struct putting *item = &bulk->items[i];

		if (item->fault.kind)
			json_array_append_new(errors,
					      json_pack("{s:s, s:i, s:s}", "registrationId",
							item->document.id ? item->document.id : "",
							"errorCode", duet_hub_fault_number(&item->fault),
							"errorStatus", item->fault.what));
	}
	duet_hub_reply_json(
		request, 200,
		json_pack("{s:b, s:o}", "isSuccessful", json_array_size(errors) == 0, "errors", errors));
}

/* What its ETag must be for the mode; NULL: anything. */
static const char *etag_for(const char *mode, const json_t *body)
{
	const char *etag = json_string_value(json_object_get(body, "etag"));

	if (strcasecmp(mode, "create") == 0)
		return "";
	if (strcasecmp(mode, "updateIfMatchETag") == 0)
		return etag && etag[0] ? etag : "*";
	return NULL;
}

static void begin_item(struct duet_hub_request *request, struct putting *item, const char *mode,
		       const json_t *body)
{
	const char *id = json_string_value(json_object_get(body, "registrationId"));
	int code;

	*item = (struct putting){.request = request, .body = body, .if_match = etag_for(mode, body)};
	item->document.id = id;
	if (!id)
		duet_hub_fault_set(&item->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
				   "registrationId is missing");
	if (!id || strcasecmp(mode, "delete") == 0)
		return;
	code = prepare(item, DUET_HUB_ENROLLMENT, id);
	duet_hub_fault_of(&item->fault, code);
}

static int run_bulk(struct duet_hub_request *request)
{
	static const char *const modes[] = {"create", "update", "updateIfMatchETag", "delete"};
	struct bulk *bulk = duet_arena_alloc(request->arena, sizeof(*bulk));
	const json_t *enrollments = json_object_get(request->body, "enrollments");
	const char *mode = json_string_value(json_object_get(request->body, "mode"));

	if (!bulk)
		return -ENOMEM;
	for (size_t i = 0; mode && i < 4; i++)
		if (strcasecmp(mode, modes[i]) == 0)
			bulk->mode = modes[i];
	bulk->n_items = json_array_size(enrollments);
	if (!bulk->mode || bulk->n_items == 0 || bulk->n_items > MAX_ITEMS)
		return duet_hub_fault_set(
			&request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
			"A bulk operation has a mode (create, update, updateIfMatchETag, delete) and 1 "
			"to %d enrollments",
			MAX_ITEMS);
	for (size_t i = 0; i < bulk->n_items; i++)
		begin_item(request, &bulk->items[i], bulk->mode, json_array_get(enrollments, i));
	request->own = bulk;
	return duet_hub_request_write(request, bulk_change, bulk_done);
}

/* Registrations. */
static int no_registration(struct duet_hub_fault *fault, const char *id)
{
	return duet_hub_fault_set(fault, DUET_HUB_FAULT_ENROLLMENT_NOT_FOUND, "'%s' has not registered", id);
}

static int get_registration(struct duet_hub_request *request)
{
	struct duet_hub_document document;
	int code = duet_hub_document_find(request->view, DUET_HUB_REGISTRATION, request->parameters[0],
					  request->arena, &document);

	if (code == -ENOENT)
		return no_registration(&request->fault, request->parameters[0]);
	if (code < 0)
		return code;
	duet_hub_reply_etag(request, document.etag);
	duet_hub_reply_text(request, 200, document.json);
	return 0;
}

static int remove_registration_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	struct duet_hub_document document;
	int code = duet_hub_document_find(view, DUET_HUB_REGISTRATION, request->parameters[0], request->arena,
					  &document);

	if (code == 0)
		code = duet_hub_document_remove(view, DUET_HUB_REGISTRATION, document.owner, document.id,
						request->if_match);
	return code == -ENOENT ? no_registration(&request->fault, request->parameters[0]) : code;
}

static int remove_registration(struct duet_hub_request *request)
{
	return duet_hub_request_write(request, remove_registration_change, NULL);
}

struct listing {
	json_t *rows;
	struct duet_hub_page page;
	int64_t after, last;
};

static int add_to_list(void *user, const struct duet_hub_document *document)
{
	struct listing *listing = user;

	listing->last = document->number;
	return json_array_append_new(listing->rows,
				     json_loadb(document->json.ptr, document->json.len, 0, NULL)) < 0
		       ? -ENOMEM
		       : 0;
}

static int list(struct duet_hub_request *request)
{
	struct listing *listing = request->own;
	struct duet_arena *scratch = duet_arena_new(SCRATCH_BYTES);
	int code = -ENOMEM;

	listing->rows = request->result = json_array();
	if (scratch && listing->rows)
		code = duet_hub_document_each(request->view, DUET_HUB_REGISTRATION, request->parameters[0],
					      listing->after, listing->page.max, scratch, add_to_list,
					      listing);
	duet_arena_free(scratch);
	if (json_array_size(listing->rows) == (size_t)listing->page.max)
		listing->page.next = duet_arena_printf(request->arena, "%lld", (long long)listing->last);
	return code;
}

static void listed(struct duet_hub_request *request, int code)
{
	const struct listing *listing = request->own;

	duet_hub_page_reply(request, &listing->page, "RegistrationStatus");
}

/* What has registered by a group. */
static int list_registrations(struct duet_hub_request *request)
{
	struct listing *listing = duet_arena_alloc(request->arena, sizeof(*listing));
	int code = listing ? duet_hub_page_read(request, &listing->page) : -ENOMEM;

	if (code < 0)
		return code;
	listing->after = listing->page.token ? strtoll(listing->page.token, NULL, 10) : 0;
	request->own = listing;
	return duet_hub_request_work(request, duet_hub_readers(request->loop->hub), list, listed);
}

enum { READ = DUET_HUB_REGISTRY_READ, WRITE = DUET_HUB_REGISTRY_WRITE };

const struct duet_hub_route duet_hub_enrollment_routes[] = {
	{"POST", "/enrollments", "enrollment.bulk", DUET_HUB_AUTH_POLICY, WRITE, true, true, run_bulk},
	{"POST", "/enrollments/query", "enrollment.query", DUET_HUB_AUTH_POLICY, READ, true, false,
	 query_enrollments},
	{"GET", "/enrollments/{id}", "enrollment.get", DUET_HUB_AUTH_POLICY, READ, false, false,
	 get_enrollment},
	{"PUT", "/enrollments/{id}", "enrollment.put", DUET_HUB_AUTH_POLICY, WRITE, true, true,
	 put_enrollment},
	{"DELETE", "/enrollments/{id}", "enrollment.delete", DUET_HUB_AUTH_POLICY, WRITE, false, true,
	 remove_enrollment},
	{"POST", "/enrollments/{id}/attestationmechanism", "enrollment.attestation", DUET_HUB_AUTH_POLICY,
	 WRITE, false, false, get_attestation},
	{"POST", "/enrollmentGroups/query", "enrollmentGroup.query", DUET_HUB_AUTH_POLICY, READ, true, false,
	 query_enrollments},
	{"GET", "/enrollmentGroups/{id}", "enrollmentGroup.get", DUET_HUB_AUTH_POLICY, READ, false, false,
	 get_enrollment},
	{"PUT", "/enrollmentGroups/{id}", "enrollmentGroup.put", DUET_HUB_AUTH_POLICY, WRITE, true, true,
	 put_enrollment},
	{"DELETE", "/enrollmentGroups/{id}", "enrollmentGroup.delete", DUET_HUB_AUTH_POLICY, WRITE, false,
	 true, remove_enrollment},
	{"POST", "/enrollmentGroups/{id}/attestationmechanism", "enrollmentGroup.attestation",
	 DUET_HUB_AUTH_POLICY, WRITE, false, false, get_attestation},
	{"GET", "/registrations/{id}", "registration.get", DUET_HUB_AUTH_POLICY, READ, false, false,
	 get_registration},
	{"DELETE", "/registrations/{id}", "registration.delete", DUET_HUB_AUTH_POLICY, WRITE, false, true,
	 remove_registration},
	{"POST", "/registrations/{id}/query", "registration.query", DUET_HUB_AUTH_POLICY, READ, false, false,
	 list_registrations},
	{0},
};
