/* SPDX-License-Identifier: Apache-2.0 */
#include "infer/flat.h"

#include <string.h>

enum { OFFSET_BYTES = 4, VTABLE_HEAD_BYTES = 4, VTABLE_FIELD_BYTES = 2 };

/* Is a piece of the file there? Remembers when not. */
static bool within(struct duet_flat *file, size_t at, size_t n_bytes)
{
	if (at <= file->bytes.len && n_bytes <= file->bytes.len - at)
		return true;
	file->broken = true;
	return false;
}

static uint64_t number(struct duet_flat *file, size_t at, size_t n_bytes)
{
	uint64_t value = 0;

	if (!within(file, at, n_bytes))
		return 0;
	for (size_t i = n_bytes; i-- > 0;)
		value = value << 8 | (uint8_t)file->bytes.ptr[at + i];
	return value;
}

/* Where the offset that stands at `at` leads; 0 (where no object can be) when nowhere. */
static size_t follow(struct duet_flat *file, size_t at)
{
	size_t target = at + (size_t)number(file, at, OFFSET_BYTES);

	return !file->broken && target > at && within(file, target, OFFSET_BYTES) ? target : 0;
}

static struct duet_flat_table absent(struct duet_flat *file)
{
	return (struct duet_flat_table){.file = file};
}

static struct duet_flat_table table_at(struct duet_flat *file, size_t at)
{
	int64_t vtable;
	size_t n_bytes;

	if (at == 0)
		return absent(file);
	vtable = (int64_t)at - (int32_t)number(file, at, OFFSET_BYTES);
	if (vtable < 0 || !within(file, (size_t)vtable, VTABLE_HEAD_BYTES)) {
		file->broken = true;
		return absent(file);
	}
	n_bytes = number(file, (size_t)vtable, VTABLE_FIELD_BYTES);
	if (n_bytes < VTABLE_HEAD_BYTES || !within(file, (size_t)vtable, n_bytes)) {
		file->broken = true;
		return absent(file);
	}
	return (struct duet_flat_table){file, at, (size_t)vtable,
					(n_bytes - VTABLE_HEAD_BYTES) / VTABLE_FIELD_BYTES};
}

/* Where a field lies, 0 when it is absent. */
static size_t field_at(const struct duet_flat_table *table, size_t field)
{
	size_t offset;

	if (field >= table->n_fields)
		return 0;
	offset = number(table->file, table->vtable + VTABLE_HEAD_BYTES + field * VTABLE_FIELD_BYTES,
			VTABLE_FIELD_BYTES);
	return offset ? table->at + offset : 0;
}

struct duet_flat_table duet_flat_root(struct duet_flat *file)
{
	return table_at(file, follow(file, 0));
}

bool duet_flat_has(const struct duet_flat_table *table, size_t field)
{
	return field_at(table, field) != 0;
}

int32_t duet_flat_i8(const struct duet_flat_table *table, size_t field, int32_t fallback)
{
	size_t at = field_at(table, field);

	return at ? (int8_t)number(table->file, at, 1) : fallback;
}

int32_t duet_flat_i32(const struct duet_flat_table *table, size_t field, int32_t fallback)
{
	size_t at = field_at(table, field);

	return at ? (int32_t)number(table->file, at, 4) : fallback;
}

struct duet_flat_table duet_flat_table(const struct duet_flat_table *table, size_t field)
{
	size_t at = field_at(table, field);

	return at ? table_at(table->file, follow(table->file, at)) : absent(table->file);
}

struct duet_flat_vector duet_flat_vector(const struct duet_flat_table *table, size_t field, size_t item_size)
{
	struct duet_flat *file = table->file;
	size_t at = field_at(table, field), n = 0;

	at = at ? follow(file, at) : 0;
	if (at)
		n = number(file, at, OFFSET_BYTES);
	if (n > file->bytes.len / item_size)
		file->broken = true;
	if (!at || file->broken || !within(file, at + OFFSET_BYTES, n * item_size))
		return (struct duet_flat_vector){.file = file};
	return (struct duet_flat_vector){file, at + OFFSET_BYTES, n};
}

struct duet_slice duet_flat_bytes(const struct duet_flat_table *table, size_t field)
{
	struct duet_flat_vector vector = duet_flat_vector(table, field, 1);

	return (struct duet_slice){table->file->bytes.ptr + vector.at, vector.n};
}

int32_t duet_flat_item_i32(const struct duet_flat_vector *vector, size_t i)
{
	return (int32_t)number(vector->file, vector->at + 4 * i, 4);
}

int64_t duet_flat_item_i64(const struct duet_flat_vector *vector, size_t i)
{
	return (int64_t)number(vector->file, vector->at + 8 * i, 8);
}

float duet_flat_item_f32(const struct duet_flat_vector *vector, size_t i)
{
	uint32_t bits = (uint32_t)number(vector->file, vector->at + 4 * i, 4);
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

struct duet_flat_table duet_flat_item_table(const struct duet_flat_vector *vector, size_t i)
{
	return table_at(vector->file, follow(vector->file, vector->at + OFFSET_BYTES * i));
}
