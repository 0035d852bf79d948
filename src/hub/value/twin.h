/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_TWIN_H
#define DUET_HUB_TWIN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "hub/value/fault.h"

/*
 * What twins are: merge patches (RFC 7396) with limits, and the metadata that
 * says of every node when it was last written. Pure functions over jansson
 * values; the same for MQTT and REST. Sources: Azure's "Understand and use
 * device twins", limits as of 2021-04-12.
 */
enum {
	DUET_HUB_TWIN_DEPTH = 10,
	DUET_HUB_TWIN_KEY_BYTES = 1024,
	DUET_HUB_TWIN_STRING_BYTES = 4096,
	DUET_HUB_TAGS_BYTES = 8192,
	DUET_HUB_PROPERTIES_BYTES = 32768,
};
#define DUET_HUB_TWIN_INTEGER_MAX INT64_C(4503599627370495)
#define DUET_HUB_TWIN_INTEGER_MIN INT64_C(-4503599627370496)

/* Is `patch` an object that may be merged? Members called $version, $metadata and so on at the top are
 * accepted and ignored; deeper ones are a fault. */
int duet_hub_twin_check(const json_t *patch, struct duet_hub_fault *fault);

/* Merges `patch` into `document` (an object without $metadata), null deletes; with `metadata` (NULL: none is
 * kept, as for tags) follows: $lastUpdated, and $lastUpdatedVersion when `version` > 0. -ENOMEM. */
int duet_hub_twin_merge(json_t *document, json_t *metadata, const json_t *patch, int64_t now_ms,
			int64_t version);

/* The merge patch that makes `to` out of `from`: for those who are told of a replacement. NULL: no memory. */
json_t *duet_hub_twin_difference(const json_t *from, const json_t *to);

/* Within the limit of its size? Keys and values count, structure and control characters do not. */
int duet_hub_twin_check_size(const json_t *document, size_t max_bytes, const char *what,
			     struct duet_hub_fault *fault);

#endif
