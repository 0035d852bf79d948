/* SPDX-License-Identifier: Apache-2.0 */
#include "infer/infer.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/file.h"
#include "infer/plan.h"
#include "infer/program.h"

enum { MAX_FILE_BYTES = 4 << 20, MAX_ARENA_BYTES = 16 << 20, MAX_ROOM_BYTES = 4 << 20, MAX_VARIABLES = 64 };

struct duet_infer {
	struct duet_arena *arena;
	struct duet_slice bytes; /* our own copy: weights are used where they lie */
	struct duet_step *steps;
	struct duet_variable *variables;
	size_t n_variables, room;
	struct duet_infer_tensor input, output;
};

/* What is needed while a model is made. */
struct making {
	struct duet_infer *model;
	struct duet_arena *arena; /* for what only the making needs */
	struct duet_tflite tflite;
	struct duet_program program;
	struct duet_error *error;
};

static int no_memory(struct making *making)
{
	return duet_error_set(making->error, -ENOMEM, "out of memory for the model");
}

static int refuse(struct making *making, const char *why)
{
	return duet_error_set(making->error, -EINVAL, "%s", why);
}

static int check_operators(struct making *making)
{
	for (size_t i = 0; i < making->tflite.n_graphs; i++) {
		const struct duet_tflite_graph *graph = &making->tflite.graphs[i];

		for (size_t k = 0; k < graph->n_operators; k++) {
			int result = duet_operator_check(&graph->operators[k], making->error);

			if (result < 0)
				return result;
		}
	}
	return 0;
}

/* Variables. */

/* The variable of this name, which may be new; its number. */
static int find_variable(struct making *making, const struct duet_tflite_operator *op)
{
	enum { CONTAINER = 0, NAME = 1 };
	struct duet_program *program = &making->program;
	struct duet_slice container = duet_flat_bytes(&op->options, CONTAINER);
	struct duet_slice name = duet_flat_bytes(&op->options, NAME);

	for (size_t i = 0; i < program->n_variables; i++)
		if (duet_slice_equal(program->variables[i].name, name) &&
		    duet_slice_equal(program->variables[i].container, container))
			return (int)i;
	if (program->n_variables == MAX_VARIABLES)
		return refuse(making, "too many variables");
	program->variables[program->n_variables] =
		(struct duet_variable){.container = container, .name = name};
	return (int)program->n_variables++;
}

/* Which of the graph's tensors are handles of which variables. */
static int find_handles(struct making *making, const struct duet_tflite_graph *graph)
{
	making->program.handles = duet_arena_alloc(making->arena, (graph->n_tensors + 1) * sizeof(int));
	if (!making->program.handles)
		return no_memory(making);
	for (size_t i = 0; i < graph->n_tensors; i++)
		making->program.handles[i] = -1;
	for (size_t i = 0; i < graph->n_operators; i++) {
		const struct duet_tflite_operator *op = &graph->operators[i];
		int number;

		if (op->code != DUET_OPERATOR_VAR_HANDLE)
			continue;
		number = find_variable(making, op);
		if (number < 0)
			return number;
		making->program.handles[op->outputs[0]] = number;
	}
	return 0;
}

/* What is assigned to a variable, or NULL. */
static const struct duet_tflite_tensor *assigned(struct making *making, const struct duet_tflite_graph *graph,
						 const struct duet_tflite_operator *op,
						 struct duet_variable **variable)
{
	const struct duet_tflite_tensor *value;

	if (op->code != DUET_OPERATOR_ASSIGN_VARIABLE || making->program.handles[op->inputs[0]] < 0)
		return NULL;
	value = &graph->tensors[op->inputs[1]];
	*variable = &making->program.variables[making->program.handles[op->inputs[0]]];
	return value->n_bytes == value->n_elements ? value : NULL;
}

/* A graph that CALL_ONCE names gives variables their first values, which must be constants. */
static int read_initial(struct making *making, int32_t number)
{
	const struct duet_tflite_graph *graph;
	int result;

	if (number < 1 || (size_t)number >= making->tflite.n_graphs)
		return refuse(making, "CALL_ONCE: there is no such graph");
	graph = &making->tflite.graphs[number];
	result = find_handles(making, graph);
	for (size_t i = 0; result == 0 && i < graph->n_operators; i++) {
		const struct duet_tflite_operator *op = &graph->operators[i];
		struct duet_variable *variable;
		const struct duet_tflite_tensor *value = assigned(making, graph, op, &variable);

		if (op->code == DUET_OPERATOR_VAR_HANDLE)
			continue;
		if (!value || value->constant.len == 0)
			return refuse(making, "CALL_ONCE: its graph does more than give variables a value");
		variable->n_bytes = value->n_bytes;
		variable->initial = value->constant;
	}
	return result;
}

static int read_initials(struct making *making)
{
	const struct duet_tflite_graph *graph = making->program.graph;

	for (size_t i = 0; i < graph->n_operators; i++) {
		const struct duet_tflite_operator *op = &graph->operators[i];
		int result;

		if (op->code != DUET_OPERATOR_CALL_ONCE)
			continue;
		result = read_initial(making, duet_flat_i32(&op->options, 0, 0));
		if (result < 0)
			return result;
	}
	return 0;
}

/* How large variables are that only the model itself assigns, and where they lie. */
static int place_variables(struct making *making)
{
	const struct duet_tflite_graph *graph = making->program.graph;
	struct duet_program *program = &making->program;

	for (size_t i = 0; i < graph->n_operators; i++) {
		struct duet_variable *variable;
		const struct duet_tflite_tensor *value =
			assigned(making, graph, &graph->operators[i], &variable);

		if (!value)
			continue;
		if (variable->n_bytes == 0)
			variable->n_bytes = value->n_bytes;
		variable->zero_point = value->zero_point;
	}
	for (size_t i = 0; i < program->n_variables; i++) {
		struct duet_variable *variable = &program->variables[i];

		variable->at = duet_arena_alloc(making->model->arena, variable->n_bytes + 1);
		if (!variable->at)
			return no_memory(making);
		making->model->room += variable->n_bytes;
	}
	return 0;
}

static int make_variables(struct making *making)
{
	struct duet_program *program = &making->program;
	int result;

	program->variables =
		duet_arena_alloc(making->model->arena, MAX_VARIABLES * sizeof(*program->variables));
	if (!program->variables)
		return no_memory(making);
	result = read_initials(making);
	if (result == 0)
		result = find_handles(making, program->graph);
	return result < 0 ? result : place_variables(making);
}

/* Places of tensors. */

/* When a tensor is first written and last read; written: 1 + the operator's number. */
struct life {
	size_t written, read;
};

static int live(struct making *making, struct life *lives)
{
	const struct duet_tflite_graph *graph = making->program.graph;

	lives[graph->input].written = 1;
	for (size_t i = 0; i < graph->n_operators; i++) {
		const struct duet_tflite_operator *op = &graph->operators[i];

		for (size_t k = 0; k < op->n_inputs; k++) {
			if (op->inputs[k] < 0)
				continue;
			if (!lives[op->inputs[k]].written && graph->tensors[op->inputs[k]].constant.len == 0)
				return refuse(making, "an operator reads what nothing has written");
			lives[op->inputs[k]].read = i + 1;
		}
		for (size_t k = 0; k < op->n_outputs; k++) {
			if (lives[op->outputs[k]].written || graph->tensors[op->outputs[k]].constant.len > 0)
				return refuse(making, "an operator writes what is written already");
			lives[op->outputs[k]] = (struct life){i + 1, i + 1};
		}
	}
	if (!lives[graph->output].written)
		return refuse(making, "nothing writes the model's output");
	lives[graph->input].read = lives[graph->output].read =
		graph->n_operators; /* never in the same place */
	return 0;
}

static int place_tensors(struct making *making, struct life *lives, struct duet_plan_piece *pieces)
{
	const struct duet_tflite_graph *graph = making->program.graph;
	int8_t **places = making->program.places, *room;
	long n_bytes;

	for (size_t i = 0; i < graph->n_tensors; i++) {
		bool has_place = lives[i].written && graph->tensors[i].constant.len == 0;

		pieces[i] = (struct duet_plan_piece){has_place ? graph->tensors[i].n_bytes : 0,
						     lives[i].written, lives[i].read, 0};
	}
	n_bytes = duet_plan(pieces, graph->n_tensors);
	if (n_bytes > MAX_ROOM_BYTES)
		return refuse(making, "it computes on too many bytes");
	room = n_bytes < 0 ? NULL : duet_arena_alloc(making->model->arena, (size_t)n_bytes + 1);
	if (!room)
		return no_memory(making);
	making->model->room += (size_t)n_bytes;
	for (size_t i = 0; i < graph->n_tensors; i++)
		places[i] = graph->tensors[i].constant.len > 0
				    ? (int8_t *)(uintptr_t)graph->tensors[i]
					      .constant.ptr /* never written: live() */
				    : room + pieces[i].offset;
	return 0;
}

static int make_places(struct making *making)
{
	size_t n = making->program.graph->n_tensors + 1;
	struct life *lives = duet_arena_alloc(making->arena, n * sizeof(*lives));
	struct duet_plan_piece *pieces = duet_arena_alloc(making->arena, n * sizeof(*pieces));
	int result;

	making->program.places = duet_arena_alloc(making->arena, n * sizeof(*making->program.places));
	if (!lives || !pieces || !making->program.places)
		return no_memory(making);
	result = live(making, lives);
	return result < 0 ? result : place_tensors(making, lives, pieces);
}

static int make_steps(struct making *making)
{
	struct duet_program *program = &making->program;

	program->last = &program->steps;
	for (size_t i = 0; i < program->graph->n_operators; i++) {
		int result = duet_operator_lower(program, &program->graph->operators[i]);

		if (result < 0)
			return result;
	}
	return 0;
}

static int make_end(struct making *making, int number, struct duet_infer_tensor *end)
{
	const struct duet_tflite_tensor *tensor = &making->program.graph->tensors[number];

	if (tensor->n_bytes != tensor->n_elements || tensor->scales.n != 1 || tensor->constant.len > 0)
		return refuse(making, "its input or output is not of 8 bits");
	*end = (struct duet_infer_tensor){
		.bytes = making->program.places[number],
		.n_bytes = tensor->n_bytes,
		.is_signed = tensor->type == DUET_TFLITE_INT8,
		.n_dims = tensor->n_dims,
		.scale = (double)duet_flat_item_f32(&tensor->scales, 0),
		.zero = tensor->zero_point,
	};
	memcpy(end->dims, tensor->dims, sizeof(end->dims));
	if (!(end->scale > 0 && end->scale < 1e6))
		return refuse(making, "the scale of its input or output is impossible");
	return 0;
}

static int make(struct making *making)
{
	struct duet_infer *model = making->model;
	const struct duet_tflite_graph *graph;
	int result = duet_tflite_read(&making->tflite, model->bytes, making->arena, making->error);

	if (result == 0)
		result = check_operators(making);
	if (result < 0)
		return result;
	graph = &making->tflite.graphs[0];
	making->program =
		(struct duet_program){.graph = graph, .arena = model->arena, .error = making->error};
	if (graph->input < 0 || graph->output < 0)
		return refuse(making, "it has no input or no output");
	result = make_variables(making);
	if (result == 0)
		result = make_places(making);
	if (result == 0)
		result = make_steps(making);
	if (result == 0)
		result = make_end(making, graph->input, &model->input);
	if (result == 0)
		result = make_end(making, graph->output, &model->output);
	if (result == 0 && making->tflite.file.broken)
		result = refuse(making, "the model is damaged: it points outside of itself");
	model->steps = making->program.steps;
	model->variables = making->program.variables;
	model->n_variables = making->program.n_variables;
	return result;
}

static int new_model(struct making *making, struct duet_slice bytes)
{
	char *copy;

	making->model = duet_calloc(1, sizeof(*making->model));
	making->arena = duet_arena_new(MAX_ARENA_BYTES);
	if (!making->model || !making->arena)
		return no_memory(making);
	making->model->arena = duet_arena_new(MAX_ARENA_BYTES);
	copy = making->model->arena ? duet_arena_alloc(making->model->arena, bytes.len + 1) : NULL;
	if (!copy)
		return no_memory(making);
	memcpy(copy, bytes.ptr, bytes.len);
	making->model->bytes = (struct duet_slice){copy, bytes.len};
	return make(making);
}

int duet_infer_read(struct duet_infer **model, struct duet_slice bytes, struct duet_error *error)
{
	struct making making = {.error = error};
	int result;

	*model = NULL;
	if (bytes.len > MAX_FILE_BYTES)
		return duet_error_set(error, -EFBIG, "the model has more than %d bytes", MAX_FILE_BYTES);
	result = new_model(&making, bytes);
	duet_arena_free(making.arena);
	if (result < 0) {
		duet_infer_free(making.model);
		return result;
	}
	duet_infer_reset(making.model);
	*model = making.model;
	return 0;
}

int duet_infer_load(struct duet_infer **model, const char *path, struct duet_error *error)
{
	size_t n_bytes;
	char *bytes;
	int result = duet_file_read(path, MAX_FILE_BYTES, &bytes, &n_bytes, error);

	*model = NULL;
	if (result < 0)
		return result;
	result = duet_infer_read(model, (struct duet_slice){bytes, n_bytes}, error);
	if (result < 0)
		duet_error_at(error, path, 0, 0);
	duet_free(bytes);
	return result;
}

void duet_infer_free(struct duet_infer *model)
{
	if (!model)
		return;
	duet_arena_free(model->arena);
	duet_free(model);
}

const struct duet_infer_tensor *duet_infer_input(const struct duet_infer *model)
{
	return &model->input;
}

const struct duet_infer_tensor *duet_infer_output(const struct duet_infer *model)
{
	return &model->output;
}

size_t duet_infer_room(const struct duet_infer *model)
{
	return model->room;
}

void duet_infer_reset(struct duet_infer *model)
{
	for (size_t i = 0; i < model->n_variables; i++) {
		const struct duet_variable *variable = &model->variables[i];

		if (variable->initial.len > 0)
			memcpy(variable->at, variable->initial.ptr, variable->n_bytes);
		else
			memset(variable->at, variable->zero_point, variable->n_bytes);
	}
}

void duet_infer_run(struct duet_infer *model)
{
	for (const struct duet_step *step = model->steps; step; step = step->next)
		step->run(step);
}
