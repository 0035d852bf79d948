/* SPDX-License-Identifier: Apache-2.0 */
#include "lexicon/readings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

enum { MAX_FILE_BYTES = 4 << 20, MAX_WORD_BYTES = 256 };

static int compare_slices(struct duet_slice a, struct duet_slice b)
{
	int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare(const void *left, const void *right)
{
	const struct duet_reading *a = left, *b = right;
	int order = compare_slices(a->word, b->word);

	if (order == 0)
		order = a->file - b->file;
	return order ? order : a->line - b->line;
}

static struct duet_slice trim(struct duet_slice text)
{
	while (text.len && strchr(" \t\r", text.ptr[0]))
		text.ptr++, text.len--;
	while (text.len && strchr(" \t\r", text.ptr[text.len - 1]))
		text.len--;
	return text;
}

static int mistake(struct duet_error *error, const char *name, int line, int column, const char *what)
{
	duet_error_set(error, -EINVAL, "%s", what);
	duet_error_at(error, name, line, column);
	duet_error_hint(error, "a line is a word, a tab and its reading");
	return -EINVAL;
}

static int keep(struct duet_readings *readings, struct duet_slice word, struct duet_slice reading, int line)
{
	if (readings->n_items == readings->room) {
		size_t room = readings->room ? readings->room * 2 : 64;
		struct duet_reading *items = duet_realloc(readings->items, room, sizeof(*items));

		if (!items)
			return -ENOMEM;
		readings->items = items;
		readings->room = room;
	}
	readings->items[readings->n_items++] =
		(struct duet_reading){word, reading, (int)readings->n_texts - 1, line};
	return 0;
}

/* Keeps the bytes for as long as the readings live. */
static char *keep_text(struct duet_readings *readings, size_t size)
{
	char **texts = duet_realloc(readings->texts, readings->n_texts + 1, sizeof(*texts));
	char *text;

	if (!texts)
		return NULL;
	readings->texts = texts;
	text = duet_calloc(1, size);
	if (text)
		texts[readings->n_texts++] = text;
	return text;
}

/* One line; what is kept of it goes to `*into`. */
static int parse_line(struct duet_readings *readings, const char *name, struct duet_slice line, int number,
		      char **into, char *end, struct duet_error *error)
{
	const char *hash = memchr(line.ptr, '#', line.len);
	const char *tab;
	struct duet_slice word, reading;
	long len;

	if (hash)
		line.len = (size_t)(hash - line.ptr);
	if (trim(line).len == 0)
		return 0;
	if (!duet_text_valid(line))
		return mistake(error, name, number, 1 + (int)duet_text_valid_len(line),
			       "the line is not UTF-8");
	tab = memchr(line.ptr, '\t', line.len);
	if (!tab)
		return mistake(error, name, number, 1, "no tab between word and reading");
	word = trim((struct duet_slice){line.ptr, (size_t)(tab - line.ptr)});
	reading = trim((struct duet_slice){tab + 1, line.len - (size_t)(tab + 1 - line.ptr)});
	if (!word.len || !reading.len || word.len > MAX_WORD_BYTES || memchr(reading.ptr, '\t', reading.len))
		return mistake(error, name, number, 1, "neither word nor reading may be empty");
	len = duet_text_normalise(word, true, *into, (size_t)(end - *into));
	if (len == -ENOMEM)
		return duet_error_set(error, -ENOMEM, "out of memory");
	if (len < 0)
		return mistake(error, name, number, 1, "the word is too long");
	word = (struct duet_slice){*into, (size_t)len};
	*into += len;
	if (reading.len > (size_t)(end - *into))
		return mistake(error, name, number, 1, "the reading is too long");
	memcpy(*into, reading.ptr, reading.len);
	reading.ptr = *into;
	*into += reading.len;
	return keep(readings, word, reading, number);
}

int duet_readings_parse(struct duet_readings *readings, const char *name, struct duet_slice text,
			struct duet_error *error)
{
	/* Folding makes some letters longer, at most threefold. */
	size_t size = text.len * 3 + 16;
	char *into = keep_text(readings, size);
	char *end = into ? into + size : NULL;
	int status = 0;

	if (!into)
		return duet_error_set(error, -ENOMEM, "out of memory");
	for (int number = 1; text.len && status == 0; number++) {
		const char *newline = memchr(text.ptr, '\n', text.len);
		struct duet_slice line = {text.ptr, newline ? (size_t)(newline - text.ptr) : text.len};

		status = parse_line(readings, name, line, number, &into, end, error);
		line.len += newline != NULL;
		text.ptr += line.len;
		text.len -= line.len;
	}
	if (readings->n_items)
		qsort(readings->items, readings->n_items, sizeof(*readings->items), compare);
	return status;
}

int duet_readings_load(struct duet_readings *readings, const char *path, struct duet_error *error)
{
	char *bytes = NULL;
	size_t n_bytes = 0;
	int status = duet_file_read(path, MAX_FILE_BYTES, &bytes, &n_bytes, error);

	if (status == 0)
		status = duet_readings_parse(readings, path, (struct duet_slice){bytes, n_bytes}, error);
	duet_free(bytes);
	return status;
}

void duet_readings_done(struct duet_readings *readings)
{
	for (size_t i = 0; i < readings->n_texts; i++)
		duet_free(readings->texts[i]);
	duet_free(readings->texts);
	duet_free(readings->items);
	*readings = (struct duet_readings){0};
}

size_t duet_readings_find(const struct duet_readings *readings, struct duet_slice word,
			  const struct duet_reading **first)
{
	size_t low = 0, high = readings->n_items, n = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_slices(readings->items[middle].word, word) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*first = readings->items ? readings->items + low : NULL;
	while (low + n < readings->n_items && duet_slice_equal((*first)[n].word, word))
		n++;
	return n;
}
