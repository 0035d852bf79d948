/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_INFER_TFLITE_H
#define DUET_INFER_TFLITE_H

#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"
#include "duet/slice.h"
#include "infer/flat.h"

/*
 * What a TensorFlow Lite model file says, read and checked: its graphs with their tensors and operators. The
 * file is a FlatBuffer with the identifier TFL3; its schema is
 * tensorflow/compiler/mlir/lite/schema/schema.fbs.
 */
struct duet_arena;

enum { DUET_TFLITE_MAX_DIMS = 4, DUET_TFLITE_MAX_OPERANDS = 8, DUET_TFLITE_MAX_ELEMENTS = 1 << 20 };

/* The schema's numbers. */
enum duet_tflite_type {
	DUET_TFLITE_FLOAT32 = 0,
	DUET_TFLITE_INT32 = 2,
	DUET_TFLITE_UINT8 = 3,
	DUET_TFLITE_INT8 = 9,
	DUET_TFLITE_RESOURCE = 13, /* a handle of a variable */
};

struct duet_tflite_tensor {
	struct duet_slice name;
	enum duet_tflite_type type;
	int n_dims, dims[DUET_TFLITE_MAX_DIMS]; /* each at least 1 */
	size_t n_elements, n_bytes;
	struct duet_slice constant;     /* n_bytes, or empty: computed */
	struct duet_flat_vector scales; /* of 4 bytes each; empty: not quantised */
	int zero_point;                 /* the value that stands for 0; the same for all scales */
};

/* -1 in the place of an operand that is left out. */
struct duet_tflite_operator {
	int code; /* BuiltinOperator */
	int inputs[DUET_TFLITE_MAX_OPERANDS], outputs[DUET_TFLITE_MAX_OPERANDS];
	size_t n_inputs, n_outputs;
	struct duet_flat_table options;
};

struct duet_tflite_graph {
	struct duet_tflite_tensor *tensors;
	struct duet_tflite_operator *operators;
	size_t n_tensors, n_operators;
	int input, output; /* tensors, -1: none */
};

struct duet_tflite {
	struct duet_flat file;
	struct duet_tflite_graph *graphs;
	size_t n_graphs; /* at least 1; the first is the model */
};

/* All that it points to lies in `bytes` and `arena`, `tflite` itself included (its address is kept). A
 * mistake says what is wrong with the file. */
int duet_tflite_read(struct duet_tflite *tflite, struct duet_slice bytes, struct duet_arena *arena,
		     struct duet_error *error);

/* Element `i` of a constant of type int32, wherever it lies and whatever this machine's order of bytes is. */
int32_t duet_tflite_constant(const struct duet_tflite_tensor *tensor, size_t i);

#endif
