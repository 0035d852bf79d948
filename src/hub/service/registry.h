/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_REGISTRY_H
#define DUET_HUB_REGISTRY_H

#include <jansson.h>
#include <stdbool.h>

#include "hub/record/identity.h"
#include "hub/value/fault.h"

struct duet_arena;
struct duet_hub_route;
struct duet_hub_view;

/* Devices and modules as services add, change and remove them. */

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
