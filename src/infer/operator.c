/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/arena.h"
#include "infer/program.h"

struct kind {
	int code;
	const char *name;
	size_t least_inputs, most_inputs, least_outputs, most_outputs;
	int (*lower)(struct duet_program *program, const struct duet_tflite_operator *op);
};

static int lower_nothing(struct duet_program *program, const struct duet_tflite_operator *op)
{
	return 0;
}

/* By the schema's numbers. */
static const struct kind kinds[] = {
	{1, "AVERAGE_POOL_2D", 1, 1, 1, 1, duet_lower_mean_pool},
	{2, "CONCATENATION", 1, DUET_TFLITE_MAX_OPERANDS, 1, 1, duet_lower_concatenation},
	{3, "CONV_2D", 2, 3, 1, 1, duet_lower_convolution},
	{4, "DEPTHWISE_CONV_2D", 2, 3, 1, 1, duet_lower_depthwise},
	{9, "FULLY_CONNECTED", 2, 3, 1, 1, duet_lower_dense},
	{14, "LOGISTIC", 1, 1, 1, 1, duet_lower_logistic},
	{17, "MAX_POOL_2D", 1, 1, 1, 1, duet_lower_most_pool},
	{22, "RESHAPE", 1, 2, 1, 1, duet_lower_reshape},
	{45, "STRIDED_SLICE", 4, 4, 1, 1, duet_lower_slice},
	{102, "SPLIT_V", 3, 3, 1, DUET_TFLITE_MAX_OPERANDS, duet_lower_split},
	{114, "QUANTIZE", 1, 1, 1, 1, duet_lower_quantise},
	{DUET_OPERATOR_CALL_ONCE, "CALL_ONCE", 0, 0, 0, 0, lower_nothing},
	{DUET_OPERATOR_VAR_HANDLE, "VAR_HANDLE", 0, 0, 1, 1, lower_nothing},
	{143, "READ_VARIABLE", 1, 1, 1, 1, duet_lower_read},
	{DUET_OPERATOR_ASSIGN_VARIABLE, "ASSIGN_VARIABLE", 2, 2, 0, 0, duet_lower_assign},
};

static const struct kind *find(int code)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].code == code)
			return &kinds[i];
	return NULL;
}

int duet_operator_check(const struct duet_tflite_operator *op, struct duet_error *error)
{
	const struct kind *kind = find(op->code);

	if (!kind)
		return duet_error_set(error, -ENOTSUP,
				      "the model needs the operator %d, which is not known here", op->code);
	if (op->n_inputs < kind->least_inputs || op->n_inputs > kind->most_inputs ||
	    op->n_outputs < kind->least_outputs || op->n_outputs > kind->most_outputs)
		return duet_error_set(error, -EINVAL, "%s: %zu operands and %zu results are wrong",
				      kind->name, op->n_inputs, op->n_outputs);
	for (size_t i = 0; i < op->n_outputs; i++)
		if (op->outputs[i] < 0)
			return duet_error_set(error, -EINVAL, "%s: a result is left out", kind->name);
	for (size_t i = 0; i < op->n_inputs; i++)
		if (i < 2 && op->inputs[i] < 0)
			return duet_error_set(error, -EINVAL, "%s: an operand is left out", kind->name);
	return 0;
}

int duet_operator_lower(struct duet_program *program, const struct duet_tflite_operator *op)
{
	return find(op->code)->lower(program, op);
}

const struct duet_tflite_tensor *duet_program_input(const struct duet_program *program,
						    const struct duet_tflite_operator *op, size_t i)
{
	return i < op->n_inputs && op->inputs[i] >= 0 ? &program->graph->tensors[op->inputs[i]] : NULL;
}

const struct duet_tflite_tensor *duet_program_output(const struct duet_program *program,
						     const struct duet_tflite_operator *op, size_t i)
{
	return &program->graph->tensors[op->outputs[i]];
}

struct duet_step *duet_program_add(struct duet_program *program, void (*run)(const struct duet_step *step))
{
	struct duet_step *step = duet_arena_alloc(program->arena, sizeof(*step));

	if (!step)
		return NULL;
	step->run = run;
	*program->last = step;
	program->last = &step->next;
	return step;
}

int duet_program_refuse(const struct duet_program *program, const struct duet_tflite_operator *op,
			const char *why)
{
	return duet_error_set(program->error, -EINVAL, "%s: %s", find(op->code)->name, why);
}

int duet_program_no_memory(const struct duet_program *program)
{
	return duet_error_set(program->error, -ENOMEM, "out of memory for the model");
}
