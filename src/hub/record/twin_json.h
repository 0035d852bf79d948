/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_TWIN_JSON_H
#define DUET_HUB_TWIN_JSON_H

#include <jansson.h>

struct duet_hub_identity;
struct duet_hub_twin_record;

/* A twin as services see it, with tags, properties, $metadata and $version; NULL: no memory. */
json_t *duet_hub_twin_json(const struct duet_hub_identity *identity,
			   const struct duet_hub_twin_record *record);

#endif
