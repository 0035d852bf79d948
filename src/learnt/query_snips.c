/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "learnt/query_reader.h"

/* A query is an object in a list in the object at the top. */
enum { QUERY_DEPTH = 3 };

struct reader {
	struct duet_queries *queries;
	const char *name;
	struct duet_slice bytes; /* as in the file: where things stand */
	struct duet_error *error;
	int n_seen; /* queries so far, of all intents */
};

/* One query, put together from its pieces. */
struct draft {
	char text[DUET_QUERY_MAX];
	size_t len;
	struct duet_query_span spans[DUET_QUERY_SPANS];
	size_t n_spans;
};

/* jansson does not say where a value stood: the line on which object number `n` at the depth of queries
 * begins, found by counting brackets outside strings. */
static int line_of(struct duet_slice bytes, int n)
{
	int line = 1, depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < bytes.len; i++) {
		char c = bytes.ptr[i];

		line += c == '\n';
		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '}' || c == ']'))
			depth--;
		else if (!quoted && (c == '{' || c == '[') && ++depth == QUERY_DEPTH && c == '{' && n-- == 0)
			return line;
	}
	return line;
}

static int mistake(struct reader *reader, const char *what)
{
	int code = duet_error_set(reader->error, -EINVAL, "%s", what);

	duet_error_at(reader->error, reader->name, line_of(reader->bytes, reader->n_seen), 0);
	return code;
}

/* Why a query could not be added. */
static int refuse(struct reader *reader, int code)
{
	if (code == -E2BIG)
		return mistake(reader, "there are too many queries, intents or slots");
	return duet_error_set(reader->error, code, "out of memory");
}

/* What a person selected sometimes has a space at its ends. */
static void trim(const struct draft *draft, struct duet_query_span *span)
{
	while (span->begin < span->end && draft->text[span->begin] == ' ')
		span->begin++;
	while (span->begin < span->end && draft->text[span->end - 1] == ' ')
		span->end--;
}

static int add_piece(struct reader *reader, struct draft *draft, const json_t *piece)
{
	const json_t *text = json_object_get(piece, "text"), *entity = json_object_get(piece, "entity");
	struct duet_query_span span = {.begin = (uint32_t)draft->len};
	int slot;

	if (!json_is_string(text) || (entity && !json_is_string(entity)))
		return mistake(reader, "a piece needs a text, and its entity must be a name");
	if (draft->len + json_string_length(text) > sizeof(draft->text))
		return mistake(reader, "the query is too long");
	memcpy(draft->text + draft->len, json_string_value(text), json_string_length(text));
	draft->len += json_string_length(text);
	if (!entity)
		return 0;
	slot = duet_queries_slot(reader->queries,
				 (struct duet_slice){json_string_value(entity), json_string_length(entity)});
	if (slot < 0)
		return refuse(reader, slot);
	span.end = (uint32_t)draft->len;
	span.slot = (uint32_t)slot;
	trim(draft, &span);
	if (span.begin == span.end)
		return 0;
	if (draft->n_spans == DUET_QUERY_SPANS)
		return mistake(reader, "the query has too many entities");
	draft->spans[draft->n_spans++] = span;
	return 0;
}

static int add_query(struct reader *reader, uint32_t meaning, const json_t *query)
{
	const json_t *pieces = json_object_get(query, "data"), *piece;
	struct draft draft = {.len = 0};
	size_t i;
	int result;

	if (!json_is_array(pieces))
		return mistake(reader, "a query needs a list called data");
	json_array_foreach(pieces, i, piece)
	{
		result = add_piece(reader, &draft, piece);
		if (result < 0)
			return result;
	}
	result = duet_queries_add(reader->queries, meaning, (struct duet_slice){draft.text, draft.len},
				  draft.spans, draft.n_spans);
	return result < 0 ? refuse(reader, result) : 0;
}

static int add_intent(struct reader *reader, const char *intent, const json_t *list)
{
	int meaning = duet_queries_meaning(reader->queries, intent, ""), result;
	const json_t *query;
	size_t i;

	if (meaning < 0)
		return refuse(reader, meaning);
	if (!json_is_array(list))
		return mistake(reader, "an intent needs a list of queries");
	json_array_foreach(list, i, query)
	{
		result = add_query(reader, (uint32_t)meaning, query);
		if (result < 0)
			return result;
		reader->n_seen++;
	}
	return 0;
}

/* Some files of the collection were saved in Latin-1; in UTF-8 each of its characters takes two bytes at
 * most. */
static char *from_latin1(struct duet_slice bytes, size_t *n_bytes)
{
	char *text = duet_alloc(bytes.len * 2 + 1);

	*n_bytes = 0;
	for (size_t i = 0; text && i < bytes.len; i++)
		*n_bytes += duet_text_encode((unsigned char)bytes.ptr[i], text + *n_bytes);
	return text;
}

static json_t *load(struct reader *reader)
{
	json_error_t error;
	size_t n_bytes;
	char *converted = NULL;
	json_t *root;

	if (duet_text_valid(reader->bytes)) {
		root = json_loadb(reader->bytes.ptr, reader->bytes.len, JSON_REJECT_DUPLICATES, &error);
	} else {
		converted = from_latin1(reader->bytes, &n_bytes);
		if (!converted) {
			duet_error_set(reader->error, -ENOMEM, "out of memory");
			return NULL;
		}
		root = json_loadb(converted, n_bytes, JSON_REJECT_DUPLICATES, &error);
	}
	duet_free(converted);
	if (!root) {
		duet_error_set(reader->error, -EINVAL, "%.200s", error.text);
		duet_error_at(reader->error, reader->name, error.line, error.column);
	}
	return root;
}

int duet_queries_parse_snips(struct duet_queries *queries, const char *name, struct duet_slice bytes,
			     struct duet_error *error)
{
	struct reader reader = {.queries = queries, .name = name, .bytes = bytes, .error = error};
	json_t *root = load(&reader), *list;
	const char *intent;
	int result = 0;

	if (!root)
		return error && error->code ? error->code : -EINVAL;
	json_object_foreach(root, intent, list)
	{
		result = add_intent(&reader, intent, list);
		if (result < 0)
			break;
	}
	json_decref(root);
	return result;
}
