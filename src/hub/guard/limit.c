/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/guard/limit.h"

#include <pthread.h>
#include <string.h>

#include "base/alloc.h"

enum { N_SHARDS = 16, N_SETS = 256, N_WAYS = 4, MINUTE_MS = 60000 };

/* A name is known by its hash: two names of one hash share a bucket. */
struct entry {
	uint64_t hash; /* 0: free */
	int64_t level; /* in parts of 1 / MINUTE_MS */
	int64_t at_ms;
};

struct shard {
	pthread_mutex_t lock;
	struct entry entries[N_SETS][N_WAYS];
};

struct duet_hub_limit {
	int64_t per_minute, burst;
	struct shard shards[N_SHARDS];
};

struct duet_hub_limit *duet_hub_limit_new(int64_t per_minute, int64_t burst)
{
	struct duet_hub_limit *limit = duet_calloc(1, sizeof(*limit));

	if (!limit)
		return NULL;
	limit->per_minute = per_minute;
	limit->burst = burst > 0 ? burst : 1;
	for (int i = 0; i < N_SHARDS; i++)
		pthread_mutex_init(&limit->shards[i].lock, NULL);
	return limit;
}

void duet_hub_limit_free(struct duet_hub_limit *limit)
{
	if (!limit)
		return;
	for (int i = 0; i < N_SHARDS; i++)
		pthread_mutex_destroy(&limit->shards[i].lock);
	duet_free(limit);
}

/* FNV-1a, 64 bits. */
static uint64_t hash_of(const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return hash ? hash : 1;
}

/* The name's entry, or the one that it takes over, full. */
static struct entry *find(struct duet_hub_limit *limit, struct entry *ways, uint64_t hash, int64_t now_ms)
{
	struct entry *oldest = &ways[0];

	for (int i = 0; i < N_WAYS; i++) {
		if (ways[i].hash == hash)
			return &ways[i];
		if (ways[i].at_ms < oldest->at_ms || !ways[i].hash)
			oldest = &ways[i];
	}
	*oldest = (struct entry){hash, limit->burst * MINUTE_MS, now_ms};
	return oldest;
}

static bool take(struct duet_hub_limit *limit, const char *name, int64_t now_ms, int n)
{
	uint64_t hash = hash_of(name);
	struct shard *shard = &limit->shards[hash % N_SHARDS];
	struct entry *entry;
	bool has;

	if (limit->per_minute == 0)
		return true;
	pthread_mutex_lock(&shard->lock);
	entry = find(limit, shard->entries[hash / N_SHARDS % N_SETS], hash, now_ms);
	entry->level += (now_ms - entry->at_ms) * limit->per_minute;
	if (entry->level > limit->burst * MINUTE_MS)
		entry->level = limit->burst * MINUTE_MS;
	entry->at_ms = now_ms;
	has = entry->level >= MINUTE_MS;
	if (has)
		entry->level -= (int64_t)n * MINUTE_MS;
	pthread_mutex_unlock(&shard->lock);
	return has;
}

bool duet_hub_limit_take(struct duet_hub_limit *limit, const char *name, int64_t now_ms)
{
	return take(limit, name, now_ms, 1);
}

bool duet_hub_limit_has(struct duet_hub_limit *limit, const char *name, int64_t now_ms)
{
	return take(limit, name, now_ms, 0);
}

int64_t duet_hub_bucket_take(struct duet_hub_bucket *bucket, int64_t per_second, int64_t burst,
			     int64_t now_ms)
{
	enum { ONE = 1000 };

	if (bucket->at_ms == 0)
		bucket->level = burst * ONE;
	else
		bucket->level += (now_ms - bucket->at_ms) * per_second;
	bucket->at_ms = now_ms;
	if (bucket->level > burst * ONE)
		bucket->level = burst * ONE;
	if (bucket->level < ONE)
		return (ONE - bucket->level + per_second - 1) / per_second;
	bucket->level -= ONE;
	return 0;
}
