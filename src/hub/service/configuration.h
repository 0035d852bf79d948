/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_CONFIGURATION_H
#define DUET_HUB_CONFIGURATION_H

#include <jansson.h>
#include <stdint.h>

#include "hub/record/document.h"
#include "hub/value/fault.h"

struct duet_arena;
struct duet_hub_loop;
struct duet_hub_request;
struct duet_hub_twin_told;
struct duet_hub_view;

/*
 * Configurations: desired properties for all twins that a condition names, the
 * higher priority first where two say something of the same property. What
 * applies to a twin stands in its `configurations` ({"id":{"status":"Applied",
 * "etag":…}}), so that only those whose twin or configuration changed are
 * looked at again.
 */

/* What a service sent, checked and completed. *json is to be released. */
int duet_hub_configuration_read(struct duet_arena *arena, const json_t *body, const char *id, json_t **json,
				struct duet_hub_fault *fault);

/* Is the condition one? "" and "*" are. */
int duet_hub_configuration_check_condition(struct duet_arena *arena, const char *condition,
					   struct duet_hub_fault *fault);

/* What services are shown: with metrics when `view` is not NULL. NULL: no memory. */
json_t *duet_hub_configuration_json(struct duet_hub_view *view, struct duet_arena *arena,
				    const struct duet_hub_document *document);

/* Inside a change: sets desired properties by paths: {"properties.desired.a.b": value, …}; what is at a path
 * is replaced. *told is what the device must know afterwards. */
int duet_hub_configuration_apply(struct duet_hub_view *view, const char *target, const json_t *content,
				 int64_t now_ms, struct duet_hub_twin_told *told,
				 struct duet_hub_fault *fault);

/* On the first loop, now and then: configurations meet the twins that changed. */
void duet_hub_configuration_work(struct duet_hub_loop *loop);

#endif
