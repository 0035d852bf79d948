/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_ENROLLMENT_H
#define DUET_HUB_ENROLLMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "hub/record/document.h"
#include "hub/value/fault.h"

struct duet_arena;
struct duet_hub_proof;

/* Enrolments and their groups: what may be in one, and whether it lets a device in. */

/* What a service sent, checked and completed: "registrationId" or "enrollmentGroupId", provisioningStatus,
 * capabilities, reprovisionPolicy, allocationPolicy; keys are moved from `json` to `secret` ({"primaryKey":…,
 * "secondaryKey":…}, made when they are empty), what certificates say is added. */
int duet_hub_enrollment_read(const json_t *body, enum duet_hub_document_kind kind, const char *id,
			     json_t **json, json_t **secret, struct duet_hub_fault *fault);

/* With its keys when `with_keys`, and its ETag and dates; NULL: no memory. */
json_t *duet_hub_enrollment_json(const struct duet_hub_document *document, bool with_keys);

/* Does the device's proof fit? A group's keys are derived first. */
bool duet_hub_enrollment_fits(const struct duet_hub_document *document, const struct duet_hub_proof *proof);

/* One of the two keys of its devices: the enrolment's, or derived from the group's. 0, or negative. */
int duet_hub_enrollment_key(const struct duet_hub_document *document, const char *registration_id, int which,
			    char *key, size_t size);

bool duet_hub_enrollment_enabled(const struct duet_hub_document *document);

#endif
