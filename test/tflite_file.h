/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_TEST_TFLITE_FILE_H
#define DUET_TEST_TFLITE_FILE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "infer/tflite.h"

/*
 * Writes tiny TensorFlow Lite models for tests. A FlatBuffer from front to back: a table is written with four
 * bytes for each field and an empty vtable, and filled as what it points to is written behind it.
 */
enum { TFLITE_OPTIONS_MAX = 8, TFLITE_FILE_MAX = 1 << 16 };

struct tflite_tensor {
	enum duet_tflite_type type;
	int n_dims, dims[4];
	const void *constant; /* of the tensor's size, or NULL */
	int n_scales, zero;
	const float *scales;
};

struct tflite_operator {
	int code, n_inputs, inputs[8], n_outputs, outputs[8];
	int options[TFLITE_OPTIONS_MAX]; /* by field; 0 is left out */
	const char *name;                /* of a variable: field 1 */
};

struct tflite_graph {
	const struct tflite_tensor *tensors;
	int n_tensors;
	const struct tflite_operator *operators;
	int n_operators, input, output;
};

struct tflite_file {
	uint8_t bytes[TFLITE_FILE_MAX];
	size_t n;
};

static inline void tflite_put(struct tflite_file *file, size_t at, uint64_t value, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i++)
		file->bytes[at + i] = (uint8_t)(value >> 8 * i);
}

static inline size_t tflite_grow(struct tflite_file *file, size_t n_bytes)
{
	size_t at = (file->n + 3) / 4 * 4;

	assert_true(at + n_bytes <= sizeof(file->bytes));
	memset(file->bytes + file->n, 0, at + n_bytes - file->n);
	file->n = at + n_bytes;
	return at;
}

/* The place `at` shall lead to what is written next. */
static inline void tflite_lead(struct tflite_file *file, size_t at)
{
	tflite_put(file, at, (file->n + 3) / 4 * 4 - at, 4);
}

/* A table that `at` leads to, with so many fields, all absent. */
static inline size_t tflite_table(struct tflite_file *file, size_t at, size_t n_fields)
{
	size_t vtable = tflite_grow(file, 4 + 2 * n_fields), table;

	tflite_put(file, vtable, 4 + 2 * n_fields, 2);
	tflite_put(file, vtable + 2, 4 + 4 * n_fields, 2);
	tflite_lead(file, at);
	table = tflite_grow(file, 4 + 4 * n_fields);
	tflite_put(file, table, table - vtable, 4);
	return table;
}

/* Where a field's four bytes lie, from now on present. */
static inline size_t tflite_field(struct tflite_file *file, size_t table, size_t field)
{
	size_t vtable = table - (size_t)(file->bytes[table] | file->bytes[table + 1] << 8);

	tflite_put(file, vtable + 4 + 2 * field, 4 + 4 * field, 2);
	return table + 4 + 4 * field;
}

static inline void tflite_number(struct tflite_file *file, size_t table, size_t field, int value)
{
	tflite_put(file, tflite_field(file, table, field), (uint32_t)value, 4);
}

/* Where the items of a field's vector begin. */
static inline size_t tflite_vector(struct tflite_file *file, size_t table, size_t field, size_t n,
				   size_t item)
{
	size_t at = tflite_field(file, table, field), vector;

	tflite_lead(file, at);
	vector = tflite_grow(file, 4 + n * item);
	tflite_put(file, vector, n, 4);
	return vector + 4;
}

static inline void tflite_numbers(struct tflite_file *file, size_t table, size_t field, const int *values,
				  int n)
{
	size_t at = tflite_vector(file, table, field, (size_t)n, 4);

	for (int i = 0; i < n; i++)
		tflite_put(file, at + 4 * (size_t)i, (uint32_t)values[i], 4);
}

static inline void tflite_bytes(struct tflite_file *file, size_t table, size_t field, const void *bytes,
				size_t n)
{
	memcpy(file->bytes + tflite_vector(file, table, field, n, 1), bytes, n);
}

static inline size_t tflite_tensor_bytes(const struct tflite_tensor *tensor)
{
	size_t n = tensor->type == DUET_TFLITE_INT32 || tensor->type == DUET_TFLITE_FLOAT32 ? 4 : 1;

	for (int i = 0; i < tensor->n_dims; i++)
		n *= (size_t)tensor->dims[i];
	return n;
}

static inline void tflite_write_tensor(struct tflite_file *file, size_t at,
				       const struct tflite_tensor *tensor, int buffer)
{
	size_t table = tflite_table(file, at, 5), quantisation, zeros;

	tflite_numbers(file, table, 0, tensor->dims, tensor->n_dims);
	tflite_number(file, table, 1, (int)tensor->type);
	tflite_number(file, table, 2, buffer);
	if (tensor->n_scales == 0)
		return;
	quantisation = tflite_table(file, tflite_field(file, table, 4), 4);
	memcpy(file->bytes + tflite_vector(file, quantisation, 2, (size_t)tensor->n_scales, 4),
	       tensor->scales, (size_t)tensor->n_scales * sizeof(float));
	zeros = tflite_vector(file, quantisation, 3, 1, 8);
	tflite_put(file, zeros, (uint64_t)(int64_t)tensor->zero, 8);
}

static inline void tflite_write_operator(struct tflite_file *file, size_t at,
					 const struct tflite_operator *op, int code)
{
	size_t table = tflite_table(file, at, 5), options;

	tflite_number(file, table, 0, code);
	tflite_numbers(file, table, 1, op->inputs, op->n_inputs);
	tflite_numbers(file, table, 2, op->outputs, op->n_outputs);
	options = tflite_table(file, tflite_field(file, table, 4), TFLITE_OPTIONS_MAX);
	for (size_t i = 0; i < TFLITE_OPTIONS_MAX; i++)
		if (op->options[i])
			tflite_number(file, options, i, op->options[i]);
	if (op->name)
		tflite_bytes(file, options, 1, op->name, strlen(op->name));
}

/* Every tensor has the buffer of its number + 1 (0 is the empty one), every operator a code of its own. */
struct tflite_counts {
	int tensor, operator;
};

static inline void tflite_write_graph(struct tflite_file *file, size_t at, const struct tflite_graph *graph,
				      struct tflite_counts *counts)
{
	size_t table = tflite_table(file, at, 4), list;

	list = tflite_vector(file, table, 0, (size_t)graph->n_tensors, 4);
	for (int i = 0; i < graph->n_tensors; i++)
		tflite_write_tensor(file, list + 4 * (size_t)i, &graph->tensors[i], ++counts->tensor);
	tflite_numbers(file, table, 1, &graph->input, graph->input >= 0);
	tflite_numbers(file, table, 2, &graph->output, graph->output >= 0);
	list = tflite_vector(file, table, 3, (size_t)graph->n_operators, 4);
	for (int i = 0; i < graph->n_operators; i++)
		tflite_write_operator(file, list + 4 * (size_t)i, &graph->operators[i], counts->operator++);
}

static inline void tflite_write_codes(struct tflite_file *file, size_t model,
				      const struct tflite_graph *graphs, int n_graphs, int n_operators)
{
	size_t list = tflite_vector(file, model, 1, (size_t)n_operators, 4);

	for (int i = 0; i < n_graphs; i++)
		for (int k = 0; k < graphs[i].n_operators; k++, list += 4)
			tflite_number(file, tflite_table(file, list, 4), 3, graphs[i].operators[k].code);
}

static inline void tflite_write_buffers(struct tflite_file *file, size_t model,
					const struct tflite_graph *graphs, int n_graphs, int n_tensors)
{
	size_t list = tflite_vector(file, model, 4, (size_t)n_tensors + 1, 4);

	tflite_table(file, list, 1);
	for (int i = 0; i < n_graphs; i++) {
		for (int k = 0; k < graphs[i].n_tensors; k++) {
			const struct tflite_tensor *tensor = &graphs[i].tensors[k];
			size_t buffer = tflite_table(file, list += 4, 1);

			if (tensor->constant)
				tflite_bytes(file, buffer, 0, tensor->constant, tflite_tensor_bytes(tensor));
		}
	}
}

static inline void tflite_write(struct tflite_file *file, const struct tflite_graph *graphs, int n_graphs)
{
	struct tflite_counts counts = {0, 0};
	size_t model, list;

	file->n = 0;
	tflite_grow(file, 8);
	memcpy(file->bytes + 4, "TFL3", 4);
	model = tflite_table(file, 0, 5);
	tflite_number(file, model, 0, 3);
	list = tflite_vector(file, model, 2, (size_t)n_graphs, 4);
	for (int i = 0; i < n_graphs; i++)
		tflite_write_graph(file, list + 4 * (size_t)i, &graphs[i], &counts);
	tflite_write_codes(file, model, graphs, n_graphs, counts.operator);
	tflite_write_buffers(file, model, graphs, n_graphs, counts.tensor);
}

#endif
