/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_IDENTITY_JSON_H
#define DUET_HUB_IDENTITY_JSON_H

#include <jansson.h>

#include "hub/record/identity.h"
#include "hub/value/fault.h"

struct duet_arena;

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

#endif
