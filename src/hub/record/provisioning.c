/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/record/provisioning.h"

#include <errno.h>
#include <openssl/x509.h>

#include "base/arena.h"
#include "hub/key/certificate.h"
#include "hub/record/document.h"
#include "hub/record/enrollment.h"
#include "hub/record/identity.h"
#include "hub/record/twin_record.h"
#include "hub/value/date.h"
#include "hub/value/fault.h"

enum { MAX_GROUPS = 1000, SCRATCH_BYTES = 1024 * 1024, KEY_SIZE = 96 };

static int unknown(struct duet_hub_fault *fault)
{
	return duet_hub_fault_set(fault, DUET_HUB_FAULT_UNAUTHORIZED, "No enrollment lets this device in");
}

struct search {
	const struct duet_hub_proof *proof;
	struct duet_arena *arena;
	const char *found; /* the group's id */
	bool disabled;
};

static int try_group(void *user, const struct duet_hub_document *group)
{
	struct search *search = user;

	if (!duet_hub_enrollment_fits(group, search->proof))
		return 0;
	search->disabled = !duet_hub_enrollment_enabled(group);
	search->found = duet_arena_copy(search->arena, duet_slice(group->id));
	return search->found ? -EALREADY : -ENOMEM;
}

/* Every group is tried; the first that fits is taken. */
static int find_group(struct duet_hub_view *view, struct search *search)
{
	struct duet_arena *scratch = duet_arena_new(SCRATCH_BYTES);
	int code = scratch ? duet_hub_document_each(view, DUET_HUB_ENROLLMENT_GROUP, "", 0, MAX_GROUPS,
						    scratch, try_group, search)
			   : -ENOMEM;

	duet_arena_free(scratch);
	return code == -EALREADY ? 0 : code;
}

int duet_hub_provision_check(struct duet_hub_view *view, struct duet_hub_proof *proof,
			     struct duet_arena *arena, struct duet_hub_fault *fault)
{
	struct search search = {.proof = proof, .arena = arena};
	struct duet_hub_document own = {0};
	int code = duet_hub_document_get(view, DUET_HUB_ENROLLMENT, "", proof->registration_id, arena, &own);

	proof->group = NULL;
	if (code == 0) {
		if (!duet_hub_enrollment_fits(&own, proof))
			return unknown(fault);
		search.disabled = !duet_hub_enrollment_enabled(&own);
	} else if (code == -ENOENT) {
		code = find_group(view, &search);
		if (code == 0 && !search.found)
			return unknown(fault);
		proof->group = search.found;
	}
	if (code < 0)
		return code;
	return search.disabled
		       ? duet_hub_fault_set(fault, DUET_HUB_FAULT_UNAUTHORIZED, "The enrollment is disabled")
		       : 0;
}

/* What lets a device in that has passed the check: its own enrolment or its group's. */
static int find_enrollment(struct duet_hub_view *view, struct duet_hub_proof *proof, struct duet_arena *arena,
			   struct duet_hub_document *enrollment, struct duet_hub_fault *fault)
{
	int code = duet_hub_document_get(view, DUET_HUB_ENROLLMENT, "", proof->registration_id, arena,
					 enrollment);

	if (code != -ENOENT)
		return code;
	if (!proof->group) {
		code = duet_hub_provision_check(view, proof, arena, fault);
		if (code < 0)
			return code;
	}
	code = duet_hub_document_get(view, DUET_HUB_ENROLLMENT_GROUP, "", proof->group, arena, enrollment);
	return code == -ENOENT ? unknown(fault) : code;
}

/* The identity proves itself to the hub as the device did here. */
static int set_authentication(const struct duet_hub_document *enrollment, const struct duet_hub_proof *proof,
			      struct duet_arena *arena, struct duet_hub_identity *identity)
{
	struct duet_hub_certificate read;
	char key[KEY_SIZE];

	identity->keys[0] = identity->keys[1] = "";
	identity->thumbprints[0] = identity->thumbprints[1] = NULL;
	if (enrollment->secret.len == 0) {
		identity->authentication = DUET_HUB_SELF_SIGNED;
		if (!proof->certificate ||
		    duet_hub_certificate_read(&read, (X509 *)(uintptr_t)proof->certificate) < 0)
			return -EINVAL;
		identity->thumbprints[0] = duet_arena_copy(arena, duet_slice(read.sha256));
		return identity->thumbprints[0] ? 0 : -ENOMEM;
	}
	identity->authentication = DUET_HUB_SAS;
	for (int i = 0; i < 2; i++) {
		int code = duet_hub_enrollment_key(enrollment, proof->registration_id, i, key, sizeof(key));

		identity->keys[i] = code == 0 ? duet_arena_copy(arena, duet_slice(key)) : NULL;
		if (!identity->keys[i])
			return code < 0 ? code : -ENOMEM;
	}
	return 0;
}

static int set_initial_twin(struct duet_hub_view *view, const char *target, const json_t *twin,
			    int64_t now_ms, struct duet_hub_fault *fault)
{
	struct duet_hub_twin_change change = {
		.tags = json_object_get(twin, "tags"),
		.desired = json_object_get(json_object_get(twin, "properties"), "desired"),
		.now_ms = now_ms,
	};
	int code;

	if (!json_is_object(change.tags))
		change.tags = NULL;
	if (!json_is_object(change.desired))
		change.desired = NULL;
	if (!change.tags && !change.desired)
		return 0;
	code = duet_hub_twin_change(view, target, &change, fault);
	json_decref(change.desired_patch);
	return code;
}

/* Adds the device (1), or gives the one that is there the credentials of today. */
static int provide_device(struct duet_hub_view *view, const struct duet_hub_document *enrollment,
			  const json_t *json, const struct duet_hub_proof *proof, struct duet_arena *arena,
			  const char *device, struct duet_hub_fault *fault)
{
	const json_t *edge = json_object_get(json_object_get(json, "capabilities"), "iotEdge");
	struct duet_hub_identity identity;
	int code = duet_hub_identity_get(view, device, arena, &identity);
	bool is_new = code == -ENOENT;

	if (code < 0 && !is_new)
		return code;
	if (is_new)
		identity = (struct duet_hub_identity){
			.target = device, .device = device, .module = "", .enabled = true};
	code = set_authentication(enrollment, proof, arena, &identity);
	if (code < 0)
		return code;
	identity.is_edge = json_is_true(edge);
	if (!is_new)
		return duet_hub_identity_put(view, arena, &identity);
	code = duet_hub_identity_add(view, arena, &identity);
	if (code == 0)
		code = set_initial_twin(view, device, json_object_get(json, "initialTwin"),
					proof->now_s * 1000, fault);
	return code < 0 ? code : 1;
}

static const char *owner_of(const struct duet_hub_document *enrollment)
{
	return enrollment->kind == DUET_HUB_ENROLLMENT_GROUP ? enrollment->id : "";
}

static int store_state(struct duet_hub_view *view, struct duet_arena *arena, const char *owner,
		       const char *id, json_t *state, int64_t now_ms)
{
	struct duet_hub_document document = {.kind = DUET_HUB_REGISTRATION, .owner = owner, .id = id};
	char *text = json_dumps(state, JSON_COMPACT);
	json_free_t release = NULL;
	int code;

	if (!text)
		return -ENOMEM;
	document.json = duet_slice(text);
	code = duet_hub_document_put(view, arena, &document, NULL, now_ms);
	json_get_alloc_funcs(NULL, &release);
	release(text);
	if (code == 0 && json_object_set_new(state, "etag", json_string(document.etag)) < 0)
		code = -ENOMEM;
	return code;
}

static json_t *make_state(struct duet_hub_view *view, const struct duet_hub_proof *proof,
			  const char *hostname, const char *owner, const char *device,
			  struct duet_arena *arena)
{
	char now[DUET_HUB_DATE_BYTES], created[DUET_HUB_DATE_BYTES];
	struct duet_hub_document before;
	int code = duet_hub_document_get(view, DUET_HUB_REGISTRATION, owner, proof->registration_id, arena,
					 &before);

	duet_hub_date_format(proof->now_s * 1000, now);
	duet_hub_date_format(code == 0 ? before.created_ms : proof->now_s * 1000, created);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "registrationId", proof->registration_id,
			 "createdDateTimeUtc", created, "assignedHub", hostname, "deviceId", device, "status",
			 "assigned", "substatus", "initialAssignment", "lastUpdatedDateTimeUtc", now);
}

int duet_hub_provision(struct duet_hub_view *view, struct duet_hub_proof *proof, const json_t *payload,
		       const char *hostname, struct duet_arena *arena, json_t **state,
		       struct duet_hub_fault *fault)
{
	struct duet_hub_document enrollment = {0};
	const char *device;
	json_t *json;
	int code = find_enrollment(view, proof, arena, &enrollment, fault), stored = 0;

	*state = NULL;
	if (code < 0)
		return code;
	if (!duet_hub_enrollment_enabled(&enrollment))
		return duet_hub_fault_set(fault, DUET_HUB_FAULT_UNAUTHORIZED, "The enrollment is disabled");
	json = json_loadb(enrollment.json.ptr, enrollment.json.len, 0, NULL);
	device = json_string_value(json_object_get(json, "deviceId"));
	if (!device || !device[0])
		device = proof->registration_id;
	code = json ? provide_device(view, &enrollment, json, proof, arena, device, fault) : -ENOMEM;
	if (code >= 0)
		*state = make_state(view, proof, hostname, owner_of(&enrollment), device, arena);
	json_decref(json);
	if (code >= 0)
		stored = *state ? store_state(view, arena, owner_of(&enrollment), proof->registration_id,
					      *state, proof->now_s * 1000)
				: -ENOMEM;
	if (code < 0 || stored < 0) {
		json_decref(*state);
		*state = NULL;
	}
	return stored < 0 ? stored : code;
}

int duet_hub_registration_get(struct duet_hub_view *view, const char *registration_id,
			      struct duet_arena *arena, json_t **state)
{
	struct duet_hub_document document;
	int code = duet_hub_document_find(view, DUET_HUB_REGISTRATION, registration_id, arena, &document);

	*state = code == 0 ? json_loadb(document.json.ptr, document.json.len, 0, NULL) : NULL;
	return code == 0 && !*state ? -ENOMEM : code;
}
