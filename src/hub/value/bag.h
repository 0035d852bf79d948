/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_BAG_H
#define DUET_HUB_BAG_H

#include <stdbool.h>
#include <stddef.h>

#include "duet/slice.h"

/*
 * Property bags: k=v&k=v at the end of a topic, percent-encoded, the dollar of
 * system properties too: keys are decoded before they are looked at. `key` alone
 * is null, `key=` is empty.
 */
enum { DUET_HUB_BAG_MAX = 64, DUET_HUB_BAG_BYTES = 16384 };

struct duet_hub_bag_item {
	struct duet_slice key, value; /* decoded; value.ptr NULL: null */
};

struct duet_hub_bag {
	struct duet_hub_bag_item items[DUET_HUB_BAG_MAX];
	size_t n_items;
	size_t used;
	char bytes[DUET_HUB_BAG_BYTES]; /* what the items point into */
};

/* -EINVAL: a broken escape, an empty key, or a control character; -E2BIG: too many, too long. */
int duet_hub_bag_parse(struct duet_hub_bag *bag, struct duet_slice text);

/* ptr NULL: not there, or null. */
struct duet_slice duet_hub_bag_find(const struct duet_hub_bag *bag, const char *key);

/* Appends "key=value" (with an ampersand before it when something stands there); -ENOSPC leaves `text` as it
 * was. value.ptr NULL: null. Returns the new length. */
long duet_hub_bag_append(char *text, size_t size, struct duet_slice key, struct duet_slice value);

#endif
