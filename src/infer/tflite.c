/* SPDX-License-Identifier: Apache-2.0 */
#include "infer/tflite.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"

enum { SCHEMA_VERSION = 3, MAX_GRAPHS = 16, MAX_TENSORS = 512, MAX_OPERATORS = 512 };

/* The fields that are read, by the schema's tables. */
enum { MODEL_VERSION = 0, MODEL_CODES = 1, MODEL_GRAPHS = 2, MODEL_BUFFERS = 4 };
enum { CODE_DEPRECATED = 0, CODE_BUILTIN = 3 };
enum { GRAPH_TENSORS = 0, GRAPH_INPUTS = 1, GRAPH_OUTPUTS = 2, GRAPH_OPERATORS = 3 };
enum { TENSOR_SHAPE = 0, TENSOR_TYPE = 1, TENSOR_BUFFER = 2, TENSOR_NAME = 3, TENSOR_QUANTISATION = 4 };
enum { QUANTISATION_SCALE = 2, QUANTISATION_ZERO_POINT = 3 };
enum { OPERATOR_CODE = 0, OPERATOR_INPUTS = 1, OPERATOR_OUTPUTS = 2, OPERATOR_OPTIONS = 4 };
enum { BUFFER_DATA = 0 };

struct reading {
	struct duet_tflite *tflite;
	struct duet_arena *arena;
	struct duet_error *error;
	struct duet_flat_vector codes, buffers;
};

static void *room(struct reading *reading, size_t n, size_t size)
{
	void *memory = duet_arena_alloc(reading->arena, n * size + 1);

	if (!memory)
		duet_error_set(reading->error, -ENOMEM, "out of memory for the model");
	return memory;
}

/* Bytes of an element, 0 for types that are not used here. */
static size_t element_bytes(int type)
{
	switch (type) {
	case DUET_TFLITE_INT8:
	case DUET_TFLITE_UINT8:
		return 1;
	case DUET_TFLITE_INT32:
	case DUET_TFLITE_FLOAT32:
		return 4;
	default:
		return 0;
	}
}

static int read_shape(struct reading *reading, const struct duet_flat_table *from,
		      struct duet_tflite_tensor *tensor)
{
	struct duet_flat_vector shape = duet_flat_vector(from, TENSOR_SHAPE, 4);

	if (shape.n > DUET_TFLITE_MAX_DIMS)
		return duet_error_set(reading->error, -EINVAL, "a tensor has %zu dimensions", shape.n);
	tensor->n_dims = (int)shape.n;
	tensor->n_elements = 1;
	for (size_t i = 0; i < shape.n; i++) {
		int32_t n = duet_flat_item_i32(&shape, i);

		if (n < 1 || n > DUET_TFLITE_MAX_ELEMENTS ||
		    tensor->n_elements * (size_t)n > DUET_TFLITE_MAX_ELEMENTS)
			return duet_error_set(reading->error, -EINVAL, "a tensor has an impossible size");
		tensor->dims[i] = n;
		tensor->n_elements *= (size_t)n;
	}
	return 0;
}

static int read_quantisation(struct reading *reading, const struct duet_flat_table *from,
			     struct duet_tflite_tensor *tensor)
{
	struct duet_flat_table quantisation = duet_flat_table(from, TENSOR_QUANTISATION);
	struct duet_flat_vector zeros = duet_flat_vector(&quantisation, QUANTISATION_ZERO_POINT, 8);

	tensor->scales = duet_flat_vector(&quantisation, QUANTISATION_SCALE, 4);
	for (size_t i = 0; i < zeros.n; i++) {
		int64_t zero = duet_flat_item_i64(&zeros, i);

		if (zero < -128 || zero > 255 || (i > 0 && zero != tensor->zero_point))
			return duet_error_set(reading->error, -EINVAL, "a tensor has impossible zero points");
		tensor->zero_point = (int)zero;
	}
	return 0;
}

static int read_constant(struct reading *reading, const struct duet_flat_table *from,
			 struct duet_tflite_tensor *tensor)
{
	int32_t number = duet_flat_i32(from, TENSOR_BUFFER, 0);
	struct duet_flat_table buffer;

	if (number < 0 || (size_t)number >= reading->buffers.n)
		return duet_error_set(reading->error, -EINVAL, "a tensor lies in no buffer");
	buffer = duet_flat_item_table(&reading->buffers, (size_t)number);
	tensor->constant = duet_flat_bytes(&buffer, BUFFER_DATA);
	if (tensor->constant.len > 0 && tensor->constant.len != tensor->n_bytes)
		return duet_error_set(reading->error, -EINVAL, "a constant of %zu bytes should have %zu",
				      tensor->constant.len, tensor->n_bytes);
	return 0;
}

static int read_tensor(struct reading *reading, const struct duet_flat_table *from,
		       struct duet_tflite_tensor *tensor)
{
	int type = duet_flat_i8(from, TENSOR_TYPE, DUET_TFLITE_FLOAT32), result;

	if (element_bytes(type) == 0 && type != DUET_TFLITE_RESOURCE)
		return duet_error_set(reading->error, -ENOTSUP, "a tensor has the type %d", type);
	tensor->type = (enum duet_tflite_type)type;
	tensor->name = duet_flat_bytes(from, TENSOR_NAME);
	result = read_shape(reading, from, tensor);
	if (result < 0)
		return result;
	tensor->n_bytes = tensor->n_elements * element_bytes(type);
	result = read_quantisation(reading, from, tensor);
	return result < 0 ? result : read_constant(reading, from, tensor);
}

static int read_operands(struct reading *reading, const struct duet_flat_table *from, size_t field,
			 size_t n_tensors, int *operands, size_t *n)
{
	struct duet_flat_vector list = duet_flat_vector(from, field, 4);

	if (list.n > DUET_TFLITE_MAX_OPERANDS)
		return duet_error_set(reading->error, -ENOTSUP, "an operator has %zu operands", list.n);
	for (*n = 0; *n < list.n; (*n)++) {
		operands[*n] = duet_flat_item_i32(&list, *n);
		if (operands[*n] < -1 || operands[*n] >= (int)n_tensors)
			return duet_error_set(reading->error, -EINVAL, "an operand is no tensor");
	}
	return 0;
}

/* Files of before and after the number outgrew its byte say it in one of two places, or in both. */
static int read_code(const struct reading *reading, uint32_t number)
{
	struct duet_flat_table code;
	int32_t old, wide;

	if (number >= reading->codes.n)
		return -1;
	code = duet_flat_item_table(&reading->codes, number);
	old = duet_flat_i8(&code, CODE_DEPRECATED, 0);
	wide = duet_flat_i32(&code, CODE_BUILTIN, 0);
	return wide > old ? wide : old;
}

static int read_operator(struct reading *reading, const struct duet_flat_table *from, size_t n_tensors,
			 struct duet_tflite_operator *operator)
{
	int result;

	operator->code = read_code(reading, (uint32_t)duet_flat_i32(from, OPERATOR_CODE, 0));
	operator->options = duet_flat_table(from, OPERATOR_OPTIONS);
	if (operator->code<0)
		return duet_error_set(reading->error, -EINVAL, "an operator has no code");
	result = read_operands(reading, from, OPERATOR_INPUTS, n_tensors, operator->inputs,
			       &operator->n_inputs);
	return result < 0 ? result
			  : read_operands(reading, from, OPERATOR_OUTPUTS, n_tensors, operator->outputs,
					  &operator->n_outputs);
}

/* A graph's only input or output, -1 when there is none. */
static int read_end(struct reading *reading, const struct duet_flat_table *from, size_t field,
		    size_t n_tensors, int *tensor)
{
	struct duet_flat_vector list = duet_flat_vector(from, field, 4);

	*tensor = list.n > 0 ? duet_flat_item_i32(&list, 0) : -1;
	if (list.n > 1)
		return duet_error_set(reading->error, -ENOTSUP, "a graph has more than one input or output");
	if (list.n == 1 && (*tensor < 0 || *tensor >= (int)n_tensors))
		return duet_error_set(reading->error, -EINVAL, "a graph's input or output is no tensor");
	return 0;
}

static int read_tensors(struct reading *reading, const struct duet_flat_vector *from,
			struct duet_tflite_graph *graph)
{
	int result = 0;

	graph->tensors = room(reading, from->n, sizeof(*graph->tensors));
	if (!graph->tensors)
		return -ENOMEM;
	for (graph->n_tensors = 0; result == 0 && graph->n_tensors < from->n; graph->n_tensors++) {
		struct duet_flat_table one = duet_flat_item_table(from, graph->n_tensors);

		result = read_tensor(reading, &one, &graph->tensors[graph->n_tensors]);
	}
	return result;
}

static int read_operators(struct reading *reading, const struct duet_flat_vector *from,
			  struct duet_tflite_graph *graph)
{
	int result = 0;

	graph->operators = room(reading, from->n, sizeof(*graph->operators));
	if (!graph->operators)
		return -ENOMEM;
	for (graph->n_operators = 0; result == 0 && graph->n_operators < from->n; graph->n_operators++) {
		struct duet_flat_table one = duet_flat_item_table(from, graph->n_operators);

		result =
			read_operator(reading, &one, graph->n_tensors, &graph->operators[graph->n_operators]);
	}
	return result;
}

static int read_graph(struct reading *reading, const struct duet_flat_table *from,
		      struct duet_tflite_graph *graph)
{
	struct duet_flat_vector tensors = duet_flat_vector(from, GRAPH_TENSORS, 4);
	struct duet_flat_vector operators = duet_flat_vector(from, GRAPH_OPERATORS, 4);
	int result;

	if (tensors.n > MAX_TENSORS || operators.n > MAX_OPERATORS)
		return duet_error_set(reading->error, -EFBIG, "%zu tensors and %zu operators are too many",
				      tensors.n, operators.n);
	result = read_tensors(reading, &tensors, graph);
	if (result == 0)
		result = read_operators(reading, &operators, graph);
	if (result == 0)
		result = read_end(reading, from, GRAPH_INPUTS, graph->n_tensors, &graph->input);
	if (result == 0)
		result = read_end(reading, from, GRAPH_OUTPUTS, graph->n_tensors, &graph->output);
	return result;
}

static int read_model(struct reading *reading)
{
	struct duet_tflite *tflite = reading->tflite;
	struct duet_flat_table model = duet_flat_root(&tflite->file);
	struct duet_flat_vector graphs = duet_flat_vector(&model, MODEL_GRAPHS, 4);
	int result = 0;

	reading->codes = duet_flat_vector(&model, MODEL_CODES, 4);
	reading->buffers = duet_flat_vector(&model, MODEL_BUFFERS, 4);
	if (duet_flat_i32(&model, MODEL_VERSION, 0) != SCHEMA_VERSION)
		return duet_error_set(reading->error, -ENOTSUP, "the schema's version is not %d",
				      SCHEMA_VERSION);
	if (graphs.n < 1 || graphs.n > MAX_GRAPHS)
		return duet_error_set(reading->error, -EINVAL, "it has %zu graphs", graphs.n);
	tflite->graphs = room(reading, graphs.n, sizeof(*tflite->graphs));
	if (!tflite->graphs)
		return -ENOMEM;
	for (tflite->n_graphs = 0; result == 0 && tflite->n_graphs < graphs.n; tflite->n_graphs++) {
		struct duet_flat_table one = duet_flat_item_table(&graphs, tflite->n_graphs);

		result = read_graph(reading, &one, &tflite->graphs[tflite->n_graphs]);
	}
	return result;
}

int duet_tflite_read(struct duet_tflite *tflite, struct duet_slice bytes, struct duet_arena *arena,
		     struct duet_error *error)
{
	struct reading reading = {.tflite = tflite, .arena = arena, .error = error};
	int result;

	*tflite = (struct duet_tflite){.file = {.bytes = bytes}};
	if (bytes.len < 8 || memcmp(bytes.ptr + 4, "TFL3", 4) != 0)
		return duet_error_set(error, -EINVAL, "this is no TensorFlow Lite model");
	result = read_model(&reading);
	if (tflite->file.broken)
		return duet_error_set(error, -EINVAL, "the model is damaged: it points outside of itself");
	return result;
}

int32_t duet_tflite_constant(const struct duet_tflite_tensor *tensor, size_t i)
{
	const uint8_t *at = (const uint8_t *)tensor->constant.ptr + 4 * i;

	return (int32_t)((uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
			 (uint32_t)at[3] << 24);
}
