/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_INFER_PROGRAM_H
#define DUET_INFER_PROGRAM_H

#include <stddef.h>

#include "duet/error.h"
#include "infer/kernel.h"
#include "infer/tflite.h"

/*
 * A model on its way from the operators of its file to a list of steps that run on bytes whose places are
 * known. Operators that only move bytes (reshape, concatenate, slice, split, read and assign variables) all
 * become boxes to copy.
 */
struct duet_arena;

struct duet_step {
	void (*run)(const struct duet_step *step);
	union {
		struct duet_convolution convolution;
		struct duet_pool pool;
		struct duet_lookup lookup;
		struct duet_box box;
	} what;
	struct duet_step *next;
};

/* What a model remembers from run to run. */
struct duet_variable {
	struct duet_slice container, name;
	size_t n_bytes; /* 0: nothing was said about it yet */
	int zero_point;
	struct duet_slice initial; /* n_bytes, or empty: all zero_point */
	int8_t *at;
};

struct duet_program {
	const struct duet_tflite_graph *graph;
	struct duet_arena *arena; /* of the steps and what they need */
	int8_t **places;          /* of the graph's tensors; NULL for those that have none */
	struct duet_variable *variables;
	int *handles; /* of the graph's tensors: number of the variable, -1: it is no handle */
	size_t n_variables;
	struct duet_step *steps, **last;
	size_t work; /* multiplications of one run */
	struct duet_error *error;
};

/* The numbers of the operators that are more than steps. */
enum { DUET_OPERATOR_CALL_ONCE = 129, DUET_OPERATOR_VAR_HANDLE = 142, DUET_OPERATOR_ASSIGN_VARIABLE = 144 };

/* Is the operator known, and has it as many operands as it needs? Says what not. */
int duet_operator_check(const struct duet_tflite_operator *op, struct duet_error *error);

/* Adds the steps of one operator, which was checked. */
int duet_operator_lower(struct duet_program *program, const struct duet_tflite_operator *op);

/* The parts of duet_operator_lower: operator_compute.c and operator_move.c. */
struct duet_tflite_tensor;

int duet_lower_convolution(struct duet_program *program, const struct duet_tflite_operator *op);
int duet_lower_depthwise(struct duet_program *program, const struct duet_tflite_operator *op);
int duet_lower_dense(struct duet_program *program, const struct duet_tflite_operator *op);
int duet_lower_mean_pool(struct duet_program *program, const struct duet_tflite_operator *op);
int duet_lower_most_pool(struct duet_program *program, const struct duet_tflite_operator *op);
int duet_lower_logistic(struct duet_program *program, const struct duet_tflite_operator *op);
int duet_lower_quantise(struct duet_program *program, const struct duet_tflite_operator *op);
int duet_lower_reshape(struct duet_program *program, const struct duet_tflite_operator *op);
int duet_lower_concatenation(struct duet_program *program, const struct duet_tflite_operator *op);
int duet_lower_slice(struct duet_program *program, const struct duet_tflite_operator *op);
int duet_lower_split(struct duet_program *program, const struct duet_tflite_operator *op);
int duet_lower_read(struct duet_program *program, const struct duet_tflite_operator *op);
int duet_lower_assign(struct duet_program *program, const struct duet_tflite_operator *op);

/* For those parts. Operand `i`, NULL when it is left out. */
const struct duet_tflite_tensor *duet_program_input(const struct duet_program *program,
						    const struct duet_tflite_operator *op, size_t i);
const struct duet_tflite_tensor *duet_program_output(const struct duet_program *program,
						     const struct duet_tflite_operator *op, size_t i);

/* A step that is added to the end; NULL when out of memory. */
struct duet_step *duet_program_add(struct duet_program *program, void (*run)(const struct duet_step *step));

/* Sets the error, with the operator's name in front; returns -EINVAL. */
int duet_program_refuse(const struct duet_program *program, const struct duet_tflite_operator *op,
			const char *why);
int duet_program_no_memory(const struct duet_program *program);

#endif
