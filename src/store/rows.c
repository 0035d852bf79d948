/* SPDX-License-Identifier: Apache-2.0 */
#include "store/rows.h"

#include <errno.h>
#include <stdint.h>

#include "base/alloc.h"

void duet_rows_init(struct duet_rows *rows, int64_t origin)
{
	*rows = (struct duet_rows){.origin = origin};
}

static void free_row(const struct duet_row *row)
{
	duet_free((char *)(uintptr_t)row->key);
}

void duet_rows_done(struct duet_rows *rows)
{
	for (size_t i = 0; i < rows->n_rows; i++)
		free_row(&rows->rows[i]);
	duet_free(rows->rows);
	*rows = (struct duet_rows){0};
}

static int copy_row(struct duet_row *to, const struct duet_row *from)
{
	size_t key_size = strlen(from->key) + 1;
	char *bytes = duet_alloc(key_size + from->value.len);

	if (!bytes)
		return -ENOMEM;
	*to = *from;
	to->key = memcpy(bytes, from->key, key_size);
	if (from->value.len)
		memcpy(bytes + key_size, from->value.ptr, from->value.len);
	to->value.ptr = bytes + key_size;
	return 0;
}

static int insert(struct duet_rows *rows, size_t at, const struct duet_row *row)
{
	struct duet_row copy, *grown;
	size_t room = rows->room ? 2 * rows->room : 16;

	if (rows->n_rows == rows->room) {
		grown = duet_realloc(rows->rows, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		rows->rows = grown;
		rows->room = room;
	}
	if (copy_row(&copy, row) < 0)
		return -ENOMEM;
	memmove(rows->rows + at + 1, rows->rows + at, (rows->n_rows - at) * sizeof(copy));
	rows->rows[at] = copy;
	rows->n_rows++;
	return 0;
}

static void cut(struct duet_rows *rows, size_t at, size_t n)
{
	for (size_t i = at; i < at + n; i++)
		free_row(&rows->rows[i]);
	rows->n_rows -= n;
	memmove(rows->rows + at, rows->rows + at + n, (rows->n_rows - at) * sizeof(*rows->rows));
}

int duet_rows_add(void *user, const struct duet_row *row)
{
	struct duet_rows *rows = user;

	if (row->origin == rows->origin && row->ticket > rows->own_ticket)
		rows->own_ticket = row->ticket;
	return insert(rows, rows->n_rows, row);
}

/* Where `key` is or belongs. */
static size_t find(const struct duet_rows *rows, const char *key, bool *found)
{
	size_t low = 0, high = rows->n_rows;

	*found = false;
	while (low < high && !*found) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(rows->rows[middle].key, key);

		*found = order == 0;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return *found ? high : low;
}

static int apply_record(struct duet_rows *rows, const struct duet_write *write)
{
	bool found;
	size_t at = find(rows, write->key, &found);

	if (found)
		cut(rows, at, 1);
	if (write->kind == DUET_WRITE_DELETE)
		return 0;
	return insert(rows, at, &(struct duet_row){.key = write->key, .value = write->value});
}

static int forget_entry(struct duet_rows *rows, const struct duet_write *write)
{
	for (size_t i = 0; i < rows->n_rows && write->ticket > rows->own_ticket; i++) {
		if (rows->rows[i].number != write->number)
			continue;
		cut(rows, i, 1);
		break;
	}
	return 0;
}

static int apply_entry(struct duet_rows *rows, const struct duet_write *write)
{
	int64_t newest = rows->n_rows ? rows->rows[rows->n_rows - 1].number : 0;
	struct duet_row row = {.key = "", .number = newest + 1, .value = write->value};
	int code;

	if (write->kind == DUET_WRITE_FORGET)
		return forget_entry(rows, write);
	code = write->ticket > rows->own_ticket ? insert(rows, rows->n_rows, &row) : 0;
	if (code == 0 && rows->n_rows > (size_t)write->keep)
		cut(rows, 0, rows->n_rows - (size_t)write->keep);
	return code;
}

int duet_rows_apply(struct duet_rows *rows, const struct duet_writes *writes, const char *space,
		    bool is_journal)
{
	int code = 0;

	for (const struct duet_write *write = writes->first; write && code == 0; write = write->next)
		if (duet_write_is_journal(write->kind) == is_journal && strcmp(write->space, space) == 0)
			code = (is_journal ? apply_entry : apply_record)(rows, write);
	return code;
}
