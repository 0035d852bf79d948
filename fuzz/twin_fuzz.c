/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/value/twin.h"

#include <string.h>

#include "fuzz.h"

/* A document and a patch, parted by a NUL. Whatever they are: a patch that was taken leaves no null behind,
 * its difference from what was before leads there again, and metadata has a node for every node. */
static void check_metadata(const json_t *document, const json_t *metadata)
{
	json_t *object = (json_t *)(uintptr_t)document;

	FUZZ_ASSERT(json_is_object(metadata));
	for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
		json_t *value = json_object_iter_value(at);
		json_t *below = json_object_get(metadata, json_object_iter_key(at));

		FUZZ_ASSERT(!json_is_null(value) && json_object_get(below, "$lastUpdated"));
		if (json_is_object(value))
			check_metadata(value, below);
	}
}

static void merge(const json_t *first, const json_t *second)
{
	json_t *document = json_object(), *metadata = json_object(), *before, *difference;

	FUZZ_ASSERT(duet_hub_twin_merge(document, metadata, first, 1000, 1) == 0);
	check_metadata(document, metadata);
	before = json_deep_copy(document);
	FUZZ_ASSERT(duet_hub_twin_merge(document, metadata, second, 2000, 2) == 0);
	check_metadata(document, metadata);
	difference = duet_hub_twin_difference(before, document);
	FUZZ_ASSERT(difference && duet_hub_twin_merge(before, NULL, difference, 0, 0) == 0);
	FUZZ_ASSERT(json_equal(before, document));
	json_decref(document);
	json_decref(metadata);
	json_decref(before);
	json_decref(difference);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	const uint8_t *end = n_bytes ? memchr(bytes, 0, n_bytes) : NULL;
	size_t n_first = end ? (size_t)(end - bytes) : n_bytes;
	json_t *first = json_loadb((const char *)bytes, n_first, 0, NULL), *second;
	struct duet_hub_fault fault = {0};

	second = end ? json_loadb((const char *)end + 1, n_bytes - n_first - 1, 0, NULL) : json_incref(first);
	if (first && second && duet_hub_twin_check(first, &fault) == 0 &&
	    duet_hub_twin_check(second, &fault) == 0)
		merge(first, second);
	json_decref(first);
	json_decref(second);
	return 0;
}
