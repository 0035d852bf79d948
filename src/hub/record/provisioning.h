/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_PROVISIONING_H
#define DUET_HUB_PROVISIONING_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "duet/slice.h"

struct duet_arena;
struct duet_hub_fault;
struct duet_hub_view;
struct duet_sas;

/* The device provisioning service: who may register, and as which device. */

/* How a device showed who it is, before it asks. */
struct duet_hub_proof {
	const char *registration_id;
	const char *id_scope;
	const struct duet_sas *sas; /* NULL: none; `sr` is {scope}/registrations/{id} */
	int64_t now_s;
	const void *certificate; /* X509 *, of a handshake that showed possession of its key; NULL: none */
	const void *chain;       /* STACK_OF(X509) *, what the client sent with it; may be NULL */
	const char *group;       /* the enrolment group that lets it in; NULL: none, or not known yet */
};

/* Reads. 0, or -EACCES with the fault: no enrolment, disabled, wrong key, another scope. Sets the proof's
 * group (in the arena). */
int duet_hub_provision_check(struct duet_hub_view *view, struct duet_hub_proof *proof,
			     struct duet_arena *arena, struct duet_hub_fault *fault);

/* Inside a change, for a device that passed the check: makes or updates the device and its registration.
 * 1: the device is new. `payload` may be NULL. *state is
 * {"registrationId":…,"assignedHub":…,"deviceId":…,"status":"assigned",…} (json_decref). */
int duet_hub_provision(struct duet_hub_view *view, struct duet_hub_proof *proof, const json_t *payload,
		       const char *hostname, struct duet_arena *arena, json_t **state,
		       struct duet_hub_fault *fault);

/* Reads: the registration's state as above, also when it failed; -ENOENT. */
int duet_hub_registration_get(struct duet_hub_view *view, const char *registration_id,
			      struct duet_arena *arena, json_t **state);

#endif
