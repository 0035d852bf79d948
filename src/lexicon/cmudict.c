/* SPDX-License-Identifier: Apache-2.0 */
#include "lexicon/cmudict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/alloc.h"
#include "base/file.h"

enum { MAX_KEY_BYTES = 256 };

/* FNV-1a. */
static uint32_t hash(struct duet_slice key)
{
	uint32_t value = 2166136261u;

	for (size_t i = 0; i < key.len; i++)
		value = (value ^ (unsigned char)key.ptr[i]) * 16777619u;
	return value;
}

static struct duet_slice line_at(struct duet_slice bytes, size_t offset)
{
	const char *begin = bytes.ptr + offset;
	const char *newline = memchr(begin, '\n', bytes.len - offset);

	return (struct duet_slice){begin, newline ? (size_t)(newline - begin) : bytes.len - offset};
}

static struct duet_slice key_of(struct duet_slice line)
{
	const char *end = memchr(line.ptr, ' ', line.len);
	const char *tab = memchr(line.ptr, '\t', line.len);

	if (!end || (tab && tab < end))
		end = tab;
	return (struct duet_slice){line.ptr, end ? (size_t)(end - line.ptr) : 0};
}

/* The slot of the key, or the empty one where it belongs. */
static size_t slot_of(const struct duet_cmudict *dictionary, struct duet_slice key)
{
	size_t slot = hash(key) & (dictionary->n_slots - 1);

	for (; dictionary->slots[slot]; slot = (slot + 1) & (dictionary->n_slots - 1)) {
		struct duet_slice line = line_at(dictionary->bytes, dictionary->slots[slot] - 1);

		if (duet_slice_equal(key_of(line), key))
			break;
	}
	return slot;
}

static size_t count_lines(struct duet_slice bytes)
{
	size_t n = 1;

	for (size_t at = 0; at < bytes.len; at += line_at(bytes, at).len + 1)
		n++;
	return n;
}

static void fill(struct duet_cmudict *dictionary)
{
	struct duet_slice bytes = dictionary->bytes;

	for (size_t at = 0; at < bytes.len; at += line_at(bytes, at).len + 1) {
		struct duet_slice key = key_of(line_at(bytes, at));

		if (key.len && key.ptr[0] != '#')
			dictionary->slots[slot_of(dictionary, key)] = (uint32_t)at + 1;
	}
}

static int check(const struct duet_cmudict *dictionary, const char *path, struct duet_error *error)
{
	struct duet_slice bytes = dictionary->bytes;

	if (bytes.len && bytes.len < UINT32_MAX && key_of(line_at(bytes, 0)).len)
		return 0;
	duet_error_set(error, -EINVAL,
		       "not a pronouncing dictionary: a line is a word, a space and its phones");
	duet_error_at(error, path, 1, 0);
	return -EINVAL;
}

int duet_cmudict_open(struct duet_cmudict *dictionary, const char *path, struct duet_error *error)
{
	int status = duet_file_map(path, &dictionary->bytes, error);
	size_t n_lines;

	if (status < 0)
		return status;
	status = check(dictionary, path, error);
	if (status < 0)
		return status;
	n_lines = count_lines(dictionary->bytes);
	for (dictionary->n_slots = 16; dictionary->n_slots * 3 < n_lines * 4;)
		dictionary->n_slots *= 2;
	dictionary->slots = duet_calloc(dictionary->n_slots, sizeof(*dictionary->slots));
	if (!dictionary->slots)
		return duet_error_set(error, -ENOMEM, "out of memory");
	fill(dictionary);
	/* The pass over the file made all of it resident; only the lines that are asked for need to be. */
	madvise((void *)(uintptr_t)dictionary->bytes.ptr, dictionary->bytes.len, MADV_DONTNEED);
	return 0;
}

void duet_cmudict_close(struct duet_cmudict *dictionary)
{
	if (dictionary->bytes.ptr)
		duet_file_unmap(dictionary->bytes);
	duet_free(dictionary->slots);
	*dictionary = (struct duet_cmudict){0};
}

struct duet_slice duet_cmudict_find(const struct duet_cmudict *dictionary, struct duet_slice word,
				    int variant)
{
	char key[MAX_KEY_BYTES];
	struct duet_slice line;
	int len = variant > 1 ? snprintf(key, sizeof(key), "%.*s(%d)", (int)word.len, word.ptr, variant)
			      : snprintf(key, sizeof(key), "%.*s", (int)word.len, word.ptr);
	uint32_t offset;

	if (len < 0 || (size_t)len >= sizeof(key))
		return (struct duet_slice){0};
	offset = dictionary->slots[slot_of(dictionary, (struct duet_slice){key, (size_t)len})];
	if (!offset)
		return (struct duet_slice){0};
	line = line_at(dictionary->bytes, offset - 1);
	for (line.ptr += len, line.len -= (size_t)len; line.len && (*line.ptr == ' ' || *line.ptr == '\t');)
		line.ptr++, line.len--;
	while (line.len && strchr(" \t\r", line.ptr[line.len - 1]))
		line.len--;
	return line;
}
