/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "grammar/automaton_parts.h"
#include "grammar/vector.h"

static uint64_t hash_of(const uint32_t *sequence, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325u ^ length;

	for (size_t i = 0; i < length; i++) {
		hash = (hash ^ sequence[i]) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 29;
	}
	return hash;
}

static size_t length_of(const struct duet_sequences *s, size_t i)
{
	return s->start[i + 1] - s->start[i];
}

static bool is_same(const struct duet_sequences *s, size_t i, const uint32_t *sequence, size_t length)
{
	return length_of(s, i) == length &&
	       (length == 0 || memcmp(s->pool + s->start[i], sequence, length * sizeof(*sequence)) == 0);
}

static int table_grow(struct duet_sequences *s)
{
	size_t size = s->table_size ? s->table_size * 2 : 64, at;
	uint32_t *table = duet_calloc(size, sizeof(*table));

	if (!table)
		return -ENOMEM;
	for (size_t i = 0; i < s->n; i++) {
		at = hash_of(s->pool + s->start[i], length_of(s, i)) & (size - 1);
		while (table[at])
			at = (at + 1) & (size - 1);
		table[at] = (uint32_t)i + 1;
	}
	duet_free(s->table);
	s->table = table;
	s->table_size = size;
	return 0;
}

static int append(struct duet_sequences *s, const uint32_t *sequence, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (!duet_vector_room(&s->pool, s->n_pool, &s->pool_room, sizeof(*s->pool)))
			return -ENOMEM;
		s->pool[s->n_pool++] = sequence[i];
	}
	if (!duet_vector_room(&s->start, s->n + 1, &s->start_room, sizeof(*s->start)))
		return -ENOMEM;
	s->start[0] = 0;
	s->start[++s->n] = s->n_pool;
	return 0;
}

int64_t duet_sequences_number(struct duet_sequences *s, const uint32_t *sequence, size_t length, bool *is_new)
{
	size_t at;

	*is_new = false;
	if (s->n * 2 >= s->table_size && table_grow(s) < 0)
		return -ENOMEM;
	at = hash_of(sequence, length) & (s->table_size - 1);
	for (; s->table[at]; at = (at + 1) & (s->table_size - 1))
		if (is_same(s, s->table[at] - 1, sequence, length))
			return s->table[at] - 1;
	if (append(s, sequence, length) < 0)
		return -ENOMEM;
	*is_new = true;
	s->table[at] = (uint32_t)s->n;
	return (int64_t)s->n - 1;
}

void duet_sequences_done(struct duet_sequences *s)
{
	duet_free(s->pool);
	duet_free(s->start);
	duet_free(s->table);
	*s = (struct duet_sequences){0};
}
