/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_LIMIT_H
#define DUET_HUB_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Token buckets by name (an address, an identity) in a table of a fixed size: when it is full, the one that
 * was used longest ago is forgotten, which can only let more through. Any thread; a name's shard has a lock.
 */
struct duet_hub_limit;

/* `per_minute` at a steady pace, `burst` at once. per_minute 0: no limit. NULL: out of memory. */
struct duet_hub_limit *duet_hub_limit_new(int64_t per_minute, int64_t burst);
void duet_hub_limit_free(struct duet_hub_limit *limit);

/* Takes one; false: there is none left. */
bool duet_hub_limit_take(struct duet_hub_limit *limit, const char *name, int64_t now_ms);
/* Would it be given? */
bool duet_hub_limit_has(struct duet_hub_limit *limit, const char *name, int64_t now_ms);

/* One bucket by itself, for a connection: milliseconds until there is one, 0: it was taken. */
struct duet_hub_bucket {
	int64_t level; /* in thousandths */
	int64_t at_ms;
};
int64_t duet_hub_bucket_take(struct duet_hub_bucket *bucket, int64_t per_second, int64_t burst,
			     int64_t now_ms);

#endif
