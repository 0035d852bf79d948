/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/value/twin.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "hub/value/date.h"

/* $version, $metadata and the like at the top come back from clients that send what they read. */
static bool is_reserved(const char *key)
{
	return key[0] == '$';
}

static int check_key(const char *key, size_t len, struct duet_hub_fault *fault)
{
	if (len == 0 || len > DUET_HUB_TWIN_KEY_BYTES)
		return duet_hub_fault_set(fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "A key must have 1 to %d bytes", DUET_HUB_TWIN_KEY_BYTES);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)key[i];

		/* The controls of ISO 8859-1 are two bytes, the first 0xc2. */
		if (c < 0x20 || c == 0x7f || strchr(".$ ", c) ||
		    (c == 0xc2 && i + 1 < len && (unsigned char)key[i + 1] < 0xa0))
			return duet_hub_fault_set(
				fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
				"The key '%.64s' holds a character that keys may not: . $ blank or control",
				key);
	}
	return 0;
}

static int check_value(const json_t *value, int depth, struct duet_hub_fault *fault);

static int check_members(const json_t *object, int depth, struct duet_hub_fault *fault)
{
	const char *key;
	json_t *value;
	void *at;
	int code = 0;

	for (at = json_object_iter((json_t *)(uintptr_t)object); at && code == 0;
	     at = json_object_iter_next((json_t *)(uintptr_t)object, at)) {
		key = json_object_iter_key(at);
		value = json_object_iter_value(at);
		if (depth == 1 && is_reserved(key))
			continue;
		code = check_key(key, strlen(key), fault);
		if (code == 0)
			code = check_value(value, depth, fault);
	}
	return code;
}

static int check_value(const json_t *value, int depth, struct duet_hub_fault *fault)
{
	json_int_t number;
	int code = 0;

	if (depth > DUET_HUB_TWIN_DEPTH && (json_is_object(value) || json_is_array(value)))
		return duet_hub_fault_set(fault, DUET_HUB_FAULT_ARGUMENT_INVALID, "More than %d levels deep",
					  DUET_HUB_TWIN_DEPTH);
	if (json_is_string(value) && json_string_length(value) > DUET_HUB_TWIN_STRING_BYTES)
		return duet_hub_fault_set(fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "A string of more than %d bytes", DUET_HUB_TWIN_STRING_BYTES);
	number = json_integer_value(value);
	if (number > DUET_HUB_TWIN_INTEGER_MAX || number < DUET_HUB_TWIN_INTEGER_MIN)
		return duet_hub_fault_set(fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "The integer %lld is out of range", (long long)number);
	if (json_is_object(value))
		return check_members(value, depth + 1, fault);
	for (size_t i = 0; json_is_array(value) && i < json_array_size(value) && code == 0; i++)
		code = check_value(json_array_get(value, i), depth + 1, fault);
	return code;
}

int duet_hub_twin_check(const json_t *patch, struct duet_hub_fault *fault)
{
	if (!json_is_object(patch))
		return duet_hub_fault_set(fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "Properties must be a JSON object");
	return check_members(patch, 1, fault);
}

static int stamp(json_t *metadata, const char *date, int64_t version)
{
	if (json_object_set_new(metadata, "$lastUpdated", json_string(date)) < 0)
		return -ENOMEM;
	if (version > 0 && json_object_set_new(metadata, "$lastUpdatedVersion", json_integer(version)) < 0)
		return -ENOMEM;
	return 0;
}

/* The metadata of an object's member: what is there, or a new one. NULL: no memory. */
static json_t *metadata_of(json_t *metadata, const char *key, bool fresh)
{
	json_t *member = json_object_get(metadata, key);

	if (!member || fresh) {
		member = json_object();
		/* The object steals the reference and frees it when it fails. */
		if (json_object_set_new(metadata, key, member) < 0)
			return NULL;
	}
	return member;
}

static int merge(json_t *document, json_t *metadata, const json_t *patch, const char *date, int64_t version,
		 int depth);

/* One member of the patch. */
static int merge_member(json_t *document, json_t *metadata, const char *key, json_t *value, const char *date,
			int64_t version, int depth)
{
	json_t *old = json_object_get(document, key), *below = NULL;
	bool is_new = !json_is_object(value) || !json_is_object(old);

	if (json_is_null(value)) {
		json_object_del(document, key);
		json_object_del(metadata, key);
		return 0;
	}
	if (metadata) {
		below = metadata_of(metadata, key, is_new);
		if (!below)
			return -ENOMEM;
	}
	if (!json_is_object(value)) {
		if (json_object_set_new(document, key, json_deep_copy(value)) < 0)
			return -ENOMEM;
		return below ? stamp(below, date, version) : 0;
	}
	if (is_new) {
		old = json_object();
		if (json_object_set_new(document, key, old) < 0)
			return -ENOMEM;
	}
	return merge(old, below, value, date, version, depth + 1);
}

static int merge(json_t *document, json_t *metadata, const json_t *patch, const char *date, int64_t version,
		 int depth)
{
	json_t *from = (json_t *)(uintptr_t)patch;
	int code = metadata ? stamp(metadata, date, version) : 0;

	for (void *at = json_object_iter(from); at && code == 0; at = json_object_iter_next(from, at)) {
		const char *key = json_object_iter_key(at);

		if (depth > 1 || !is_reserved(key))
			code = merge_member(document, metadata, key, json_object_iter_value(at), date,
					    version, depth);
	}
	return code;
}

int duet_hub_twin_merge(json_t *document, json_t *metadata, const json_t *patch, int64_t now_ms,
			int64_t version)
{
	char date[DUET_HUB_DATE_BYTES];

	duet_hub_date_format(now_ms, date);
	return merge(document, metadata, patch, date, version, 1);
}

/* What `to` has that `from` has not, into `patch`. */
static int add_changes(json_t *patch, const json_t *from, const json_t *to)
{
	json_t *target = (json_t *)(uintptr_t)to, *below;

	for (void *at = json_object_iter(target); at; at = json_object_iter_next(target, at)) {
		const char *key = json_object_iter_key(at);
		json_t *value = json_object_iter_value(at), *old = json_object_get(from, key);

		if (json_equal(value, old))
			continue;
		if (json_is_object(value) && json_is_object(old))
			below = duet_hub_twin_difference(old, value);
		else
			below = json_deep_copy(value);
		if (json_object_set_new(patch, key, below) < 0)
			return -ENOMEM;
	}
	return 0;
}

json_t *duet_hub_twin_difference(const json_t *from, const json_t *to)
{
	json_t *patch = json_object(), *source = (json_t *)(uintptr_t)from;
	int code = patch ? add_changes(patch, from, to) : -ENOMEM;

	for (void *at = json_object_iter(source); at && code == 0; at = json_object_iter_next(source, at)) {
		const char *key = json_object_iter_key(at);

		if (!json_object_get(to, key) && json_object_set_new(patch, key, json_null()) < 0)
			code = -ENOMEM;
	}
	if (code == 0)
		return patch;
	json_decref(patch);
	return NULL;
}

static size_t text_size(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += (unsigned char)text[i] >= 0x20 && text[i] != 0x7f;
	return n;
}

/* As Azure counts: keys and strings by their characters, integers 8, booleans 4, null 0. */
static size_t size_of(const json_t *value)
{
	json_t *object = (json_t *)(uintptr_t)value;
	size_t n = 0;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
			const char *key = json_object_iter_key(at);

			n += text_size(key, strlen(key)) + size_of(json_object_iter_value(at));
		}
		return n;
	case JSON_ARRAY:
		for (size_t i = 0; i < json_array_size(value); i++)
			n += size_of(json_array_get(value, i));
		return n;
	case JSON_STRING:
		return text_size(json_string_value(value), json_string_length(value));
	case JSON_INTEGER:
	case JSON_REAL:
		return 8;
	case JSON_TRUE:
	case JSON_FALSE:
		return 4;
	default:
		return 0;
	}
}

int duet_hub_twin_check_size(const json_t *document, size_t max_bytes, const char *what,
			     struct duet_hub_fault *fault)
{
	size_t n = size_of(document);

	if (n <= max_bytes)
		return 0;
	return duet_hub_fault_set(fault, DUET_HUB_FAULT_TOO_LARGE,
				  "The %s would have %zu bytes, more than %zu", what, n, max_bytes);
}
