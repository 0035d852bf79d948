/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/strings.h"

#include <string.h>

#include "grammar/vector.h"

void duet_strings_init(struct duet_strings *s)
{
	memset(s, 0, sizeof(*s));
	duet_strings_add(s, (struct duet_slice){"", 0});
}

void duet_strings_done(struct duet_strings *s)
{
	duet_free(s->bytes);
	duet_free(s->table);
	memset(s, 0, sizeof(*s));
}

static uint32_t hash_of(struct duet_slice text)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.ptr[i]) * 16777619u;
	return hash ^ hash >> 15;
}

static bool table_grow(struct duet_strings *s)
{
	size_t size = s->table_size ? s->table_size * 2 : 256, at;
	uint32_t *table = duet_calloc(size, sizeof(*table));

	if (!table)
		return false;
	for (size_t i = 0; i < s->table_size; i++) {
		if (!s->table[i])
			continue;
		at = hash_of(duet_slice(duet_strings_at(s, s->table[i] - 1))) & (size - 1);
		while (table[at])
			at = (at + 1) & (size - 1);
		table[at] = s->table[i];
	}
	duet_free(s->table);
	s->table = table;
	s->table_size = size;
	return true;
}

static bool append(struct duet_strings *s, struct duet_slice text)
{
	while (s->room < s->n_bytes + text.len + 1)
		if (s->room > UINT32_MAX / 4 || !duet_vector_room(&s->bytes, s->room, &s->room, 1))
			return false;
	if (text.len)
		memcpy(s->bytes + s->n_bytes, text.ptr, text.len);
	s->n_bytes += text.len;
	s->bytes[s->n_bytes++] = '\0';
	return true;
}

uint32_t duet_strings_add(struct duet_strings *s, struct duet_slice text)
{
	size_t at, offset = s->n_bytes;

	text.len = text.len ? strnlen(text.ptr, text.len) : 0;
	if (s->n * 2 >= s->table_size && !table_grow(s)) {
		s->failed = true;
		return 0;
	}
	for (at = hash_of(text) & (s->table_size - 1); s->table[at]; at = (at + 1) & (s->table_size - 1))
		if (duet_slice_equal(duet_slice(duet_strings_at(s, s->table[at] - 1)), text))
			return s->table[at] - 1;
	if (!append(s, text)) {
		s->failed = true;
		return 0;
	}
	s->table[at] = (uint32_t)offset + 1;
	s->n++;
	return (uint32_t)offset;
}
