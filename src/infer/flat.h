/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_INFER_FLAT_H
#define DUET_INFER_FLAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/slice.h"

/*
 * Reading a FlatBuffer in place (https://flatbuffers.dev/internals: tables whose vtable says where each
 * field lies, vectors with their length in front, little-endian, offsets relative to where they stand).
 *
 * No byte outside of the file is read, whatever it holds: what points there is taken to be absent and sets
 * `broken`, which the caller looks at once it has read all.
 */
struct duet_flat {
	struct duet_slice bytes;
	bool broken;
};

/* Its fields are numbered as in the schema. One that is absent has only absent fields. */
struct duet_flat_table {
	struct duet_flat *file;
	size_t at, vtable, n_fields;
};

struct duet_flat_vector {
	struct duet_flat *file;
	size_t at, n; /* the first item, how many: all within the file */
};

struct duet_flat_table duet_flat_root(struct duet_flat *file);
bool duet_flat_has(const struct duet_flat_table *table, size_t field);
int32_t duet_flat_i8(const struct duet_flat_table *table, size_t field, int32_t fallback);
int32_t duet_flat_i32(const struct duet_flat_table *table, size_t field, int32_t fallback);
struct duet_flat_table duet_flat_table(const struct duet_flat_table *table, size_t field);
struct duet_flat_vector duet_flat_vector(const struct duet_flat_table *table, size_t field, size_t item_size);
struct duet_slice duet_flat_bytes(const struct duet_flat_table *table, size_t field); /* also a string's */

/* Items of vectors that were asked for with 4, 8, 4 and 4 bytes an item; `i` < n. */
int32_t duet_flat_item_i32(const struct duet_flat_vector *vector, size_t i);
int64_t duet_flat_item_i64(const struct duet_flat_vector *vector, size_t i);
float duet_flat_item_f32(const struct duet_flat_vector *vector, size_t i);
struct duet_flat_table duet_flat_item_table(const struct duet_flat_vector *vector, size_t i);

#endif
