/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/names.h"

#include <errno.h>
#include <stdint.h>

struct duet_name {
	struct duet_name *next;
	struct duet_slice name;
	uint32_t hash;
	void *what;
};

static uint32_t hash_of(struct duet_slice name)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (unsigned char)name.ptr[i]) * 16777619u;
	return hash ^ hash >> 15;
}

void *duet_names_find(const struct duet_names *names, struct duet_slice name)
{
	uint32_t hash = hash_of(name);
	const struct duet_name *at = names->n ? names->buckets[hash % names->n_buckets] : NULL;

	while (at && (at->hash != hash || !duet_slice_equal(at->name, name)))
		at = at->next;
	return at ? at->what : NULL;
}

static int grow(struct duet_names *names, struct duet_arena *arena)
{
	size_t n = names->n_buckets ? names->n_buckets * 4 : 8;
	struct duet_name **buckets = duet_arena_alloc(arena, n * sizeof(struct duet_name *)), *next;

	if (!buckets)
		return -ENOMEM;
	for (size_t i = 0; i < names->n_buckets; i++)
		for (struct duet_name *at = names->buckets[i]; at; at = next) {
			next = at->next;
			at->next = buckets[at->hash % n];
			buckets[at->hash % n] = at;
		}
	names->buckets = buckets;
	names->n_buckets = n;
	return 0;
}

int duet_names_add(struct duet_names *names, struct duet_arena *arena, struct duet_slice name, void *what)
{
	struct duet_name *new;

	if (names->n == names->n_buckets && grow(names, arena) < 0)
		return -ENOMEM;
	new = duet_arena_alloc(arena, sizeof(*new));
	if (!new)
		return -ENOMEM;
	*new = (struct duet_name){.name = name, .hash = hash_of(name), .what = what};
	new->next = names->buckets[new->hash % names->n_buckets];
	names->buckets[new->hash % names->n_buckets] = new;
	names->n++;
	return 0;
}
