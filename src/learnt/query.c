/* SPDX-License-Identifier: Apache-2.0 */
#include "learnt/query.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/file.h"
#include "grammar/vector.h"
#include "learnt/query_reader.h"

enum { MAX_FILE = 64 << 20, MAX_ARENA = 512 << 20, MAX_QUERIES = 1 << 20 };

int duet_queries_init(struct duet_queries *queries)
{
	*queries = (struct duet_queries){.arena = duet_arena_new(MAX_ARENA)};
	return queries->arena ? 0 : -ENOMEM;
}

void duet_queries_done(struct duet_queries *queries)
{
	duet_arena_free(queries->arena);
	duet_free(queries->items);
	duet_free(queries->spans);
	duet_free(queries->meanings);
	duet_free(queries->slots);
	duet_free(queries->rules);
	duet_free(queries->names);
	*queries = (struct duet_queries){0};
}

int duet_queries_meaning(struct duet_queries *queries, const char *intent, const char *key)
{
	struct duet_meaning made = {.n_forms = 0};

	for (size_t i = 0; i < queries->n_meanings; i++) {
		if (strcmp(queries->meanings[i].intent, intent) == 0 &&
		    strcmp(queries->meanings[i].key, key) == 0)
			return (int)i;
	}
	if (queries->n_meanings == DUET_QUERY_MEANINGS)
		return -E2BIG;
	made.intent = duet_arena_copy(queries->arena, duet_slice(intent));
	made.key = duet_arena_copy(queries->arena, duet_slice(key));
	made.forms = duet_arena_alloc(queries->arena, DUET_QUERY_FORMS * sizeof(*made.forms));
	if (!made.intent || !made.key || !made.forms ||
	    !duet_vector_room(&queries->meanings, queries->n_meanings, &queries->meanings_room, sizeof(made)))
		return -ENOMEM;
	queries->meanings[queries->n_meanings] = made;
	return (int)queries->n_meanings++;
}

int duet_queries_form(struct duet_queries *queries, uint32_t meaning, struct duet_slice form)
{
	struct duet_meaning *to = &queries->meanings[meaning];

	for (size_t i = 0; i < to->n_forms; i++) {
		if (duet_slice_equal(duet_slice(to->forms[i]), form))
			return 0;
	}
	if (to->n_forms == DUET_QUERY_FORMS)
		return 0;
	to->forms[to->n_forms] = duet_arena_copy(queries->arena, form);
	if (!to->forms[to->n_forms])
		return -ENOMEM;
	to->n_forms++;
	return 0;
}

int duet_queries_slot(struct duet_queries *queries, struct duet_slice name)
{
	const char *copy;

	for (size_t i = 0; i < queries->n_slots; i++) {
		if (duet_slice_equal(duet_slice(queries->slots[i]), name))
			return (int)i;
	}
	if (queries->n_slots == DUET_QUERY_SLOTS)
		return -E2BIG;
	copy = duet_arena_copy(queries->arena, name);
	if (!copy || !duet_vector_room(&queries->slots, queries->n_slots, &queries->slots_room, sizeof(copy)))
		return -ENOMEM;
	queries->slots[queries->n_slots] = copy;
	return (int)queries->n_slots++;
}

int duet_queries_add(struct duet_queries *queries, uint32_t meaning, struct duet_slice text,
		     const struct duet_query_span *spans, size_t n_spans)
{
	struct duet_query query = {
		.meaning = meaning, .span = (uint32_t)queries->n_spans, .n_spans = (uint32_t)n_spans};
	const char *copy = duet_arena_copy(queries->arena, text);

	if (queries->n == MAX_QUERIES)
		return -E2BIG;
	if (!copy || !duet_vector_room(&queries->items, queries->n, &queries->room, sizeof(query)))
		return -ENOMEM;
	query.text = (struct duet_slice){copy, text.len};
	for (size_t i = 0; i < n_spans; i++) {
		if (!duet_vector_room(&queries->spans, queries->n_spans, &queries->spans_room,
				      sizeof(*spans)))
			return -ENOMEM;
		queries->spans[queries->n_spans++] = spans[i];
	}
	queries->items[queries->n++] = query;
	return 0;
}

int duet_queries_parse(struct duet_queries *queries, const char *name, struct duet_slice bytes,
		       struct duet_error *error)
{
	size_t i = 0;

	while (i < bytes.len && memchr(" \t\r\n", bytes.ptr[i], 4))
		i++;
	if (i < bytes.len && bytes.ptr[i] == '{')
		return duet_queries_parse_snips(queries, name, bytes, error);
	return duet_queries_parse_own(queries, name, bytes, error);
}

int duet_queries_read(struct duet_queries *queries, const char *path, struct duet_error *error)
{
	char *bytes;
	size_t n_bytes;
	int result = duet_file_read(path, MAX_FILE, &bytes, &n_bytes, error);

	if (result < 0)
		return result;
	result = duet_queries_parse(queries, path, (struct duet_slice){bytes, n_bytes}, error);
	duet_free(bytes);
	return result;
}
