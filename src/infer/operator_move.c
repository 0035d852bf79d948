/* SPDX-License-Identifier: Apache-2.0 */
#include "infer/program.h"

/* Operators that move bytes and compute nothing. */

static void run_box(const struct duet_step *step)
{
	duet_box_copy(&step->what.box);
}

static bool is_bytes(const struct duet_tflite_tensor *tensor)
{
	return tensor->type == DUET_TFLITE_INT8 || tensor->type == DUET_TFLITE_UINT8;
}

static bool same_quantisation(const struct duet_tflite_tensor *a, const struct duet_tflite_tensor *b)
{
	if (a->type != b->type || a->zero_point != b->zero_point || a->scales.n != b->scales.n)
		return false;
	return a->scales.n == 0 ||
	       (a->scales.n == 1 && duet_flat_item_f32(&a->scales, 0) == duet_flat_item_f32(&b->scales, 0));
}

static int add_box(struct duet_program *program, const struct duet_box *box)
{
	struct duet_step *step = duet_program_add(program, run_box);

	if (!step)
		return duet_program_no_memory(program);
	step->what.box = *box;
	return 0;
}

/* `n_rows` pieces of `n` bytes. */
static int add_rows(struct duet_program *program, const int8_t *from, size_t from_step, int8_t *to,
		    size_t to_step, size_t n_rows, size_t n)
{
	return add_box(program, &(struct duet_box){.from = from,
						   .to = to,
						   .n = {1, 1, (int)n_rows, (int)n},
						   .from_step = {0, 0, (int)from_step, 1},
						   .to_step = {0, 0, (int)to_step, 1}});
}

static int add_copy(struct duet_program *program, const int8_t *from, int8_t *to, size_t n)
{
	return add_rows(program, from, n, to, n, 1, n);
}

int duet_lower_reshape(struct duet_program *program, const struct duet_tflite_operator *op)
{
	const struct duet_tflite_tensor *from = duet_program_input(program, op, 0);
	const struct duet_tflite_tensor *to = duet_program_output(program, op, 0);

	if (!is_bytes(from) || from->n_bytes != to->n_bytes || !same_quantisation(from, to))
		return duet_program_refuse(program, op, "its sizes or kinds differ");
	return add_copy(program, program->places[op->inputs[0]], program->places[op->outputs[0]],
			to->n_bytes);
}

/* Do two tensors have the same shape but for one dimension? */
static bool same_but(const struct duet_tflite_tensor *a, const struct duet_tflite_tensor *b, int axis)
{
	if (a->n_dims != b->n_dims)
		return false;
	for (int i = 0; i < a->n_dims; i++)
		if (i != axis && a->dims[i] != b->dims[i])
			return false;
	return true;
}

static size_t product(const struct duet_tflite_tensor *tensor, int begin, int end)
{
	size_t n = 1;

	for (int i = begin; i < end; i++)
		n *= (size_t)tensor->dims[i];
	return n;
}

int duet_lower_concatenation(struct duet_program *program, const struct duet_tflite_operator *op)
{
	enum { AXIS = 0, ACTIVATION = 1 };
	const struct duet_tflite_tensor *to = duet_program_output(program, op, 0);
	int axis = duet_flat_i32(&op->options, AXIS, 0), filled = 0, result = 0;
	size_t step, offset = 0;

	if (axis < 0)
		axis += to->n_dims;
	if (!is_bytes(to) || axis < 0 || axis >= to->n_dims || duet_flat_i8(&op->options, ACTIVATION, 0) != 0)
		return duet_program_refuse(program, op, "its axis, kind or activation is of another kind");
	step = product(to, axis, to->n_dims);
	for (size_t i = 0; i < op->n_inputs && result == 0; i++) {
		const struct duet_tflite_tensor *from = duet_program_input(program, op, i);
		size_t n;

		if (!from || !same_but(from, to, axis) || !same_quantisation(from, to) ||
		    (filled += from->dims[axis]) > to->dims[axis])
			return duet_program_refuse(program, op, "what it joins does not fit");
		n = product(from, axis, from->n_dims);
		result = add_rows(program, program->places[op->inputs[i]], n,
				  program->places[op->outputs[0]] + offset, step, product(to, 0, axis), n);
		offset += n;
	}
	if (filled != to->dims[axis])
		return duet_program_refuse(program, op, "what it joins leaves a gap");
	return result;
}

static bool is_constants(const struct duet_tflite_tensor *tensor, size_t n)
{
	return tensor && tensor->type == DUET_TFLITE_INT32 && tensor->constant.len > 0 &&
	       tensor->n_elements == n;
}

int duet_lower_split(struct duet_program *program, const struct duet_tflite_operator *op)
{
	const struct duet_tflite_tensor *from = duet_program_input(program, op, 0);
	const struct duet_tflite_tensor *axes = duet_program_input(program, op, 2);
	int axis, taken = 0, result = 0;
	size_t step, offset = 0;

	axis = is_constants(axes, 1) ? duet_tflite_constant(axes, 0) : DUET_TFLITE_MAX_DIMS;
	if (axis < 0)
		axis += from->n_dims;
	if (!is_bytes(from) || axis < 0 || axis >= from->n_dims)
		return duet_program_refuse(program, op, "its axis or kind is of another kind");
	step = product(from, axis, from->n_dims);
	for (size_t i = 0; i < op->n_outputs && result == 0; i++) {
		const struct duet_tflite_tensor *to = duet_program_output(program, op, i);
		size_t n;

		if (!same_but(to, from, axis) || !same_quantisation(from, to) ||
		    (taken += to->dims[axis]) > from->dims[axis])
			return duet_program_refuse(program, op, "its parts do not fit");
		n = product(to, axis, to->n_dims);
		result = add_rows(program, program->places[op->inputs[0]] + offset, step,
				  program->places[op->outputs[i]], n, product(from, 0, axis), n);
		offset += n;
	}
	return result;
}

/* One dimension of a slice. */
struct cut {
	int begin, stride, n;
};

struct slice {
	const struct duet_tflite_tensor *from, *begins, *ends, *strides;
	int begin_mask, end_mask, shrink_mask;
};

static int from_start(int index, int size)
{
	int64_t place = index < 0 ? (int64_t)index + size : index;

	return (int)(place < 0 ? 0 : place > size ? size : place);
}

/* False when nothing is left of the dimension. */
static bool cut_dimension(const struct slice *slice, int i, struct cut *cut)
{
	int size = slice->from->dims[i], end = size;

	*cut = (struct cut){0, 1, size};
	if ((size_t)i >= slice->begins->n_elements)
		return true;
	cut->stride = duet_tflite_constant(slice->strides, (size_t)i);
	if (!(slice->begin_mask >> i & 1))
		cut->begin = from_start(duet_tflite_constant(slice->begins, (size_t)i), size);
	if (!(slice->end_mask >> i & 1))
		end = from_start(duet_tflite_constant(slice->ends, (size_t)i), size);
	if (slice->shrink_mask >> i & 1)
		end = cut->begin + 1;
	if (cut->stride < 1 || cut->stride > size || end <= cut->begin || end > size)
		return false;
	cut->n = (end - cut->begin + cut->stride - 1) / cut->stride;
	return true;
}

/* The last dimensions of `cuts` become those of the box. */
static struct duet_box box_of(const struct slice *slice, const struct cut *cuts)
{
	struct duet_box box = {.n = {1, 1, 1, 1}};
	int from_step = 1, to_step = 1, n_dims = slice->from->n_dims;

	for (int i = n_dims - 1; i >= 0; i--) {
		int at = DUET_TFLITE_MAX_DIMS - n_dims + i;

		box.n[at] = cuts[i].n;
		box.from_step[at] = from_step * cuts[i].stride;
		box.to_step[at] = to_step;
		from_step *= slice->from->dims[i];
		to_step *= cuts[i].n;
	}
	return box;
}

static size_t slice_offset(const struct slice *slice, const struct cut *cuts)
{
	size_t offset = 0;

	for (int i = 0; i < slice->from->n_dims; i++)
		offset += (size_t)cuts[i].begin * product(slice->from, i + 1, slice->from->n_dims);
	return offset;
}

static int read_slice(struct duet_program *program, const struct duet_tflite_operator *op,
		      struct slice *slice)
{
	enum { BEGIN_MASK, END_MASK, ELLIPSIS_MASK, NEW_AXIS_MASK, SHRINK_MASK, OFFSET };
	size_t n;

	*slice = (struct slice){.from = duet_program_input(program, op, 0),
				.begins = duet_program_input(program, op, 1),
				.ends = duet_program_input(program, op, 2),
				.strides = duet_program_input(program, op, 3),
				.begin_mask = duet_flat_i32(&op->options, BEGIN_MASK, 0),
				.end_mask = duet_flat_i32(&op->options, END_MASK, 0),
				.shrink_mask = duet_flat_i32(&op->options, SHRINK_MASK, 0)};
	n = slice->begins->n_elements;
	if (!is_bytes(slice->from) || n > (size_t)slice->from->n_dims || !is_constants(slice->begins, n) ||
	    !is_constants(slice->ends, n) || !is_constants(slice->strides, n))
		return duet_program_refuse(program, op, "its bounds are no constants that fit");
	if (duet_flat_i32(&op->options, ELLIPSIS_MASK, 0) || duet_flat_i32(&op->options, NEW_AXIS_MASK, 0) ||
	    duet_flat_i8(&op->options, OFFSET, 0))
		return duet_program_refuse(program, op, "ellipsis, new axes and offsets are not known here");
	return 0;
}

int duet_lower_slice(struct duet_program *program, const struct duet_tflite_operator *op)
{
	const struct duet_tflite_tensor *to = duet_program_output(program, op, 0);
	struct cut cuts[DUET_TFLITE_MAX_DIMS] = {{0}};
	struct slice slice;
	struct duet_box box;
	size_t n = 1;
	int result = read_slice(program, op, &slice);

	if (result < 0)
		return result;
	for (int i = 0; i < slice.from->n_dims; i++) {
		if (!cut_dimension(&slice, i, &cuts[i]))
			return duet_program_refuse(program, op, "its bounds are impossible");
		n *= (size_t)cuts[i].n;
	}
	if (n != to->n_elements || !same_quantisation(slice.from, to))
		return duet_program_refuse(program, op, "its result does not fit");
	box = box_of(&slice, cuts);
	box.from = program->places[op->inputs[0]] + slice_offset(&slice, cuts);
	box.to = program->places[op->outputs[0]];
	return add_box(program, &box);
}

/* The variable that an operator's first operand is a handle of, or NULL. */
static const struct duet_variable *variable_of(const struct duet_program *program,
					       const struct duet_tflite_operator *op)
{
	int number = program->handles[op->inputs[0]];

	return number < 0 ? NULL : &program->variables[number];
}

int duet_lower_read(struct duet_program *program, const struct duet_tflite_operator *op)
{
	const struct duet_tflite_tensor *to = duet_program_output(program, op, 0);
	const struct duet_variable *variable = variable_of(program, op);

	if (!variable || variable->n_bytes != to->n_bytes || !is_bytes(to))
		return duet_program_refuse(program, op, "the variable is unknown or has another size");
	return add_copy(program, variable->at, program->places[op->outputs[0]], to->n_bytes);
}

int duet_lower_assign(struct duet_program *program, const struct duet_tflite_operator *op)
{
	const struct duet_tflite_tensor *from = duet_program_input(program, op, 1);
	const struct duet_variable *variable = variable_of(program, op);

	if (!variable || variable->n_bytes != from->n_bytes || !is_bytes(from))
		return duet_program_refuse(program, op, "the variable is unknown or has another size");
	return add_copy(program, program->places[op->inputs[1]], variable->at, from->n_bytes);
}
