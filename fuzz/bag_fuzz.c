/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/value/bag.h"

#include "fuzz.h"

/* What was read can be written, and reads the same. */
static void there_and_back(const struct duet_hub_bag *bag)
{
	static char text[4 * DUET_HUB_BAG_BYTES];
	static struct duet_hub_bag again;
	long len = 0;

	text[0] = 0;
	for (size_t i = 0; i < bag->n_items && len >= 0; i++)
		len = duet_hub_bag_append(text, sizeof(text), bag->items[i].key, bag->items[i].value);
	FUZZ_ASSERT(len >= 0);
	FUZZ_ASSERT(duet_hub_bag_parse(&again, (struct duet_slice){text, (size_t)len}) == 0);
	FUZZ_ASSERT(again.n_items == bag->n_items);
	for (size_t i = 0; i < bag->n_items; i++) {
		FUZZ_ASSERT(duet_slice_equal(again.items[i].key, bag->items[i].key));
		FUZZ_ASSERT(duet_slice_equal(again.items[i].value, bag->items[i].value));
		FUZZ_ASSERT((again.items[i].value.ptr == NULL) == (bag->items[i].value.ptr == NULL));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	static struct duet_hub_bag bag;

	if (duet_hub_bag_parse(&bag, (struct duet_slice){(const char *)bytes, n_bytes}) == 0) {
		FUZZ_ASSERT(bag.n_items <= DUET_HUB_BAG_MAX && bag.used <= DUET_HUB_BAG_BYTES);
		there_and_back(&bag);
	}
	return 0;
}
