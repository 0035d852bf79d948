/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_REGISTRY_H
#define DUET_HUB_REGISTRY_H

#include <jansson.h>
#include <stdbool.h>

#include "hub/fault.h"
#include "hub/identity.h"

struct duet_arena;
struct duet_hub_route;
struct duet_hub_view;

/* Devices and modules as services see them: JSON in, JSON out. */

/* What a service is shown; NULL: no memory. */
json_t *duet_hub_identity_json(const struct duet_hub_identity *identity);

/* {"symmetricKey":…,"x509Thumbprint":…,"type":"sas"}: also a part of other answers. */
json_t *duet_hub_authentication_json(const struct duet_hub_identity *identity);
const char *duet_hub_authentication_name(enum duet_hub_authentication authentication);

/* Takes over what a service sent: status, authentication, capabilities, scopes. What it does not say stays as
 * it is in `identity`; keys that are empty and were so before are made. */
int duet_hub_identity_read(const json_t *body, struct duet_arena *arena, int64_t now_ms,
			   struct duet_hub_identity *identity, struct duet_hub_fault *fault);

/* Inside a change: adds (if_match NULL) or changes ("*" or the ETag) the identity of `target`. */
int duet_hub_registry_put(struct duet_hub_view *view, struct duet_arena *arena, const char *target,
			  const char *if_match, const json_t *body, int64_t now_ms,
			  struct duet_hub_identity *identity, struct duet_hub_fault *fault);
int duet_hub_registry_remove(struct duet_hub_view *view, struct duet_arena *arena, const char *target,
			     const char *if_match, struct duet_hub_fault *fault);

/* Sets DeviceNotFound or ModuleNotFound. */
int duet_hub_registry_missing(struct duet_hub_fault *fault, const char *target);

/* "device" or "device/module" of the request's first two parameters; NULL with the fault: no such name can
 * be. */
struct duet_hub_request;
const char *duet_hub_request_target(struct duet_hub_request *request);

#endif
