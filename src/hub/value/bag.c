/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/value/bag.h"

#include <errno.h>

#include "net/url.h"

/* Decodes into what is left of the bag's bytes. */
static int decode(struct duet_hub_bag *bag, struct duet_slice text, struct duet_slice *decoded)
{
	char *at = bag->bytes + bag->used;
	long len = duet_url_decode(text, false, at, sizeof(bag->bytes) - bag->used);

	if (len < 0)
		return len == -ENOSPC ? -E2BIG : (int)len;
	for (long i = 0; i < len; i++)
		if ((unsigned char)at[i] < 0x20 || at[i] == 0x7f)
			return -EINVAL;
	*decoded = (struct duet_slice){at, (size_t)len};
	bag->used += (size_t)len + 1;
	return 0;
}

int duet_hub_bag_parse(struct duet_hub_bag *bag, struct duet_slice text)
{
	struct duet_slice key, value;
	int code = 0;

	bag->n_items = 0;
	bag->used = 0;
	while (code == 0 && duet_url_next(&text, &key, &value)) {
		struct duet_hub_bag_item *item = &bag->items[bag->n_items];

		if (key.len == 0)
			return -EINVAL;
		if (bag->n_items++ == DUET_HUB_BAG_MAX)
			return -E2BIG;
		code = decode(bag, key, &item->key);
		item->value = (struct duet_slice){NULL, 0};
		if (code == 0 && value.ptr)
			code = decode(bag, value, &item->value);
	}
	return code;
}

struct duet_slice duet_hub_bag_find(const struct duet_hub_bag *bag, const char *key)
{
	for (size_t i = 0; i < bag->n_items; i++)
		if (duet_slice_equal(bag->items[i].key, duet_slice(key)))
			return bag->items[i].value;
	return (struct duet_slice){NULL, 0};
}

long duet_hub_bag_append(char *text, size_t size, struct duet_slice key, struct duet_slice value)
{
	size_t old_len = strlen(text), len = old_len;
	long n;

	if (len + 1 >= size)
		return -ENOSPC;
	if (len > 0)
		text[len++] = '&';
	n = duet_url_encode(key, text + len, size - len);
	if (n >= 0 && value.ptr) {
		len += (size_t)n;
		n = -ENOSPC;
		if (len + 1 < size) {
			text[len++] = '=';
			n = duet_url_encode(value, text + len, size - len);
		}
	}
	if (n < 0) {
		text[old_len] = '\0';
		return n;
	}
	return (long)len + n;
}
