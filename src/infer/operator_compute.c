/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>

#include "base/arena.h"
#include "infer/program.h"

/* Operators that compute. */

enum activation { ACTIVATION_NONE, ACTIVATION_RELU, ACTIVATION_RELU_1, ACTIVATION_RELU_6 };

enum { MAX_WINDOW = 1 << 15, MAX_WORK = 1 << 24 };

static bool is_int8(const struct duet_tflite_tensor *tensor)
{
	return tensor->type == DUET_TFLITE_INT8 && tensor->zero_point >= INT8_MIN &&
	       tensor->zero_point <= INT8_MAX;
}

/* Of a tensor that has one; 0 for any other. */
static double scale_of(const struct duet_tflite_tensor *tensor)
{
	double scale = tensor->scales.n == 1 ? (double)duet_flat_item_f32(&tensor->scales, 0) : 0;

	return isfinite(scale) && scale > 0 ? scale : 0;
}

/* The byte that stands for a real number, within those that there are. */
static int32_t quantised(const struct duet_tflite_tensor *tensor, double value)
{
	double byte = round(value / scale_of(tensor)) + tensor->zero_point;
	double least = tensor->type == DUET_TFLITE_UINT8 ? 0 : INT8_MIN;

	return (int32_t)fmin(fmax(byte, least), least + UINT8_MAX);
}

/* False for an activation that is not known. */
static bool read_limits(const struct duet_tflite_tensor *output, int activation, int32_t *least,
			int32_t *most)
{
	*least = activation == ACTIVATION_NONE     ? INT8_MIN
		 : activation == ACTIVATION_RELU_1 ? quantised(output, -1)
						   : quantised(output, 0);
	*most = activation == ACTIVATION_RELU_1   ? quantised(output, 1)
		: activation == ACTIVATION_RELU_6 ? quantised(output, 6)
						  : INT8_MAX;
	return activation >= ACTIVATION_NONE && activation <= ACTIVATION_RELU_6;
}

/* One image; false when the tensor is none, or several. */
static bool image_of(const struct duet_tflite_tensor *tensor, struct duet_image_size *size)
{
	*size = (struct duet_image_size){tensor->dims[1], tensor->dims[2], tensor->dims[3]};
	return tensor->n_dims == 4 && tensor->dims[0] == 1;
}

/* How the operators of images say where their window goes: fields of their options. */
enum { FIELD_PADDING = 0, FIELD_STRIDE_WIDTH = 1, FIELD_STRIDE_HEIGHT = 2 };
enum { PADDING_SAME = 0, PADDING_VALID = 1 };

/* One dimension: is the result's size right, and how much lies before the image? */
static bool fit(int padding, int size, int window, int stride, int result, int *pad)
{
	int needed;

	*pad = 0;
	if (stride < 1 || stride > DUET_TFLITE_MAX_ELEMENTS)
		return false;
	if (padding == PADDING_VALID)
		return window <= size && result == (size - window) / stride + 1;
	if (padding != PADDING_SAME || result != (size + stride - 1) / stride)
		return false;
	needed = (result - 1) * stride + window - size;
	*pad = needed > 0 ? needed / 2 : 0;
	return true;
}

static bool read_window(const struct duet_tflite_operator *op, const struct duet_image_size *from,
			const struct duet_image_size *to, int height, int width, struct duet_window *window)
{
	int padding = duet_flat_i8(&op->options, FIELD_PADDING, PADDING_SAME);

	*window = (struct duet_window){.height = height,
				       .width = width,
				       .stride_height = duet_flat_i32(&op->options, FIELD_STRIDE_HEIGHT, 0),
				       .stride_width = duet_flat_i32(&op->options, FIELD_STRIDE_WIDTH, 0)};
	return height >= 1 && width >= 1 && height <= MAX_WINDOW && width <= MAX_WINDOW / height &&
	       fit(padding, from->height, height, window->stride_height, to->height, &window->pad_top) &&
	       fit(padding, from->width, width, window->stride_width, to->width, &window->pad_left);
}

/* A factor for each output channel: scales of input and weights against the output's. */
static int read_scales(struct duet_program *program, const struct duet_tflite_operator *op, int n_channels,
		       struct duet_convolution *convolution)
{
	const struct duet_tflite_tensor *weights = duet_program_input(program, op, 1);
	double input = scale_of(duet_program_input(program, op, 0));
	double output = scale_of(duet_program_output(program, op, 0));
	struct duet_requantise *scales =
		duet_arena_alloc(program->arena, (size_t)n_channels * sizeof(*scales));

	if (!scales)
		return duet_program_no_memory(program);
	if ((weights->scales.n != 1 && weights->scales.n != (size_t)n_channels) || output <= 0)
		return duet_program_refuse(program, op, "its scales are incomplete");
	for (size_t i = 0; i < (size_t)n_channels; i++) {
		double own = (double)duet_flat_item_f32(&weights->scales, weights->scales.n == 1 ? 0 : i);

		if (duet_requantise_init(&scales[i], input * own / output) < 0)
			return duet_program_refuse(program, op, "its scales are impossible");
	}
	convolution->scales = scales;
	return 0;
}

/* The file's integers need not be aligned or in this machine's order. */
static int read_bias(struct duet_program *program, const struct duet_tflite_operator *op, int n_channels,
		     struct duet_convolution *convolution)
{
	const struct duet_tflite_tensor *tensor = duet_program_input(program, op, 2);
	int32_t *bias;

	if (!tensor)
		return 0;
	if (tensor->type != DUET_TFLITE_INT32 || tensor->constant.len == 0 ||
	    tensor->n_elements != (size_t)n_channels)
		return duet_program_refuse(program, op, "its bias does not fit");
	bias = duet_arena_alloc(program->arena, tensor->n_bytes);
	if (!bias)
		return duet_program_no_memory(program);
	for (size_t i = 0; i < tensor->n_elements; i++)
		bias[i] = duet_tflite_constant(tensor, i);
	convolution->bias = bias;
	return 0;
}

static void run_convolution(const struct duet_step *step)
{
	duet_convolve(&step->what.convolution);
}

static void run_depthwise(const struct duet_step *step)
{
	duet_convolve_depthwise(&step->what.convolution);
}

/* Adds up what a run costs, so that no model takes the speaker's time. */
static bool affordable(struct duet_program *program, size_t n_outputs, size_t n_each)
{
	program->work += n_outputs * n_each;
	return n_each <= MAX_WINDOW && program->work <= MAX_WORK;
}

/* What all three kinds share, once sizes and window are known. */
static int add_convolution(struct duet_program *program, const struct duet_tflite_operator *op,
			   int activation, void (*run)(const struct duet_step *step),
			   struct duet_convolution *convolution)
{
	const struct duet_tflite_tensor *input = duet_program_input(program, op, 0);
	const struct duet_tflite_tensor *weights = duet_program_input(program, op, 1);
	const struct duet_tflite_tensor *output = duet_program_output(program, op, 0);
	int n_channels = convolution->to.channels, result;
	struct duet_step *step;

	if (!is_int8(input) || !is_int8(output) || !is_int8(weights) || weights->zero_point != 0 ||
	    weights->constant.len == 0)
		return duet_program_refuse(program, op, "its operands are not of 8 bits");
	if (!affordable(program, output->n_elements, weights->n_elements / (size_t)n_channels))
		return duet_program_refuse(program, op, "it is too large");
	result = read_scales(program, op, n_channels, convolution);
	if (result == 0)
		result = read_bias(program, op, n_channels, convolution);
	if (result < 0)
		return result;
	if (!read_limits(output, activation, &convolution->least, &convolution->most))
		return duet_program_refuse(program, op, "its activation is not known here");
	convolution->input = program->places[op->inputs[0]];
	convolution->weights = (const int8_t *)weights->constant.ptr;
	convolution->output = program->places[op->outputs[0]];
	convolution->input_zero = input->zero_point;
	convolution->output_zero = output->zero_point;
	step = duet_program_add(program, run);
	if (!step)
		return duet_program_no_memory(program);
	step->what.convolution = *convolution;
	return 0;
}

/* The two convolutions of images differ in how their weights lie and in the numbers of their options. */
struct image_kind {
	size_t activation_field, dilation_width_field, dilation_height_field;
	bool depthwise;
};

static bool shapes_fit(const struct image_kind *kind, const struct duet_convolution *convolution,
		       const struct duet_tflite_tensor *weights)
{
	if (weights->n_dims != 4)
		return false;
	if (kind->depthwise)
		return weights->dims[0] == 1 && weights->dims[3] == convolution->to.channels &&
		       convolution->to.channels % convolution->from.channels == 0;
	return weights->dims[0] == convolution->to.channels && weights->dims[3] == convolution->from.channels;
}

static int lower_image(struct duet_program *program, const struct duet_tflite_operator *op,
		       const struct image_kind *kind)
{
	const struct duet_tflite_tensor *weights = duet_program_input(program, op, 1);
	struct duet_convolution convolution = {0};

	if (!image_of(duet_program_input(program, op, 0), &convolution.from) ||
	    !image_of(duet_program_output(program, op, 0), &convolution.to) ||
	    !shapes_fit(kind, &convolution, weights) ||
	    !read_window(op, &convolution.from, &convolution.to, weights->dims[1], weights->dims[2],
			 &convolution.window))
		return duet_program_refuse(program, op, "its sizes do not fit");
	if (duet_flat_i32(&op->options, kind->dilation_width_field, 1) != 1 ||
	    duet_flat_i32(&op->options, kind->dilation_height_field, 1) != 1)
		return duet_program_refuse(program, op, "dilation is not known here");
	return add_convolution(program, op, duet_flat_i8(&op->options, kind->activation_field, 0),
			       kind->depthwise ? run_depthwise : run_convolution, &convolution);
}

int duet_lower_convolution(struct duet_program *program, const struct duet_tflite_operator *op)
{
	static const struct image_kind kind = {3, 4, 5, false};

	return lower_image(program, op, &kind);
}

int duet_lower_depthwise(struct duet_program *program, const struct duet_tflite_operator *op)
{
	static const struct image_kind kind = {4, 5, 6, true};

	return lower_image(program, op, &kind);
}

/* A dense layer is a convolution of a column of places with a window of one. */
int duet_lower_dense(struct duet_program *program, const struct duet_tflite_operator *op)
{
	enum { ACTIVATION = 0, WEIGHTS_FORMAT = 1 };
	const struct duet_tflite_tensor *input = duet_program_input(program, op, 0);
	const struct duet_tflite_tensor *weights = duet_program_input(program, op, 1);
	const struct duet_tflite_tensor *output = duet_program_output(program, op, 0);
	struct duet_convolution convolution = {.window = {1, 1, 1, 1, 0, 0}};
	size_t n_in = (size_t)weights->dims[1], n_out = (size_t)weights->dims[0];

	if (weights->n_dims != 2 || input->n_elements % n_in != 0 ||
	    output->n_elements != input->n_elements / n_in * n_out)
		return duet_program_refuse(program, op, "its sizes do not fit");
	if (duet_flat_i8(&op->options, WEIGHTS_FORMAT, 0) != 0)
		return duet_program_refuse(program, op, "its weights are packed in a way not known here");
	convolution.from = (struct duet_image_size){(int)(input->n_elements / n_in), 1, (int)n_in};
	convolution.to = (struct duet_image_size){convolution.from.height, 1, (int)n_out};
	return add_convolution(program, op, duet_flat_i8(&op->options, ACTIVATION, 0), run_convolution,
			       &convolution);
}

static void run_pool(const struct duet_step *step)
{
	duet_pool(&step->what.pool);
}

static int lower_pool(struct duet_program *program, const struct duet_tflite_operator *op,
		      enum duet_pool_kind kind)
{
	enum { WIDTH = 3, HEIGHT = 4, ACTIVATION = 5 };
	const struct duet_tflite_tensor *input = duet_program_input(program, op, 0);
	const struct duet_tflite_tensor *output = duet_program_output(program, op, 0);
	struct duet_pool pool = {.kind = kind};
	struct duet_step *step;

	if (!is_int8(input) || !is_int8(output) || input->zero_point != output->zero_point ||
	    scale_of(input) <= 0 || scale_of(input) != scale_of(output))
		return duet_program_refuse(program, op, "its operands differ in kind");
	if (!image_of(input, &pool.from) || !image_of(output, &pool.to) ||
	    pool.from.channels != pool.to.channels ||
	    !read_window(op, &pool.from, &pool.to, duet_flat_i32(&op->options, HEIGHT, 0),
			 duet_flat_i32(&op->options, WIDTH, 0), &pool.window) ||
	    !affordable(program, output->n_elements, (size_t)pool.window.height * (size_t)pool.window.width))
		return duet_program_refuse(program, op, "its sizes do not fit");
	if (!read_limits(output, duet_flat_i8(&op->options, ACTIVATION, 0), &pool.least, &pool.most))
		return duet_program_refuse(program, op, "its activation is not known here");
	pool.input = program->places[op->inputs[0]];
	pool.output = program->places[op->outputs[0]];
	step = duet_program_add(program, run_pool);
	if (!step)
		return duet_program_no_memory(program);
	step->what.pool = pool;
	return 0;
}

int duet_lower_mean_pool(struct duet_program *program, const struct duet_tflite_operator *op)
{
	return lower_pool(program, op, DUET_POOL_MEAN);
}

int duet_lower_most_pool(struct duet_program *program, const struct duet_tflite_operator *op)
{
	return lower_pool(program, op, DUET_POOL_MOST);
}

static void run_lookup(const struct duet_step *step)
{
	duet_lookup(&step->what.lookup);
}

static double sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

static double same(double x)
{
	return x;
}

/* A function of one number, for each of the 256 bytes that may stand for one. */
static int lower_function(struct duet_program *program, const struct duet_tflite_operator *op,
			  double (*function)(double x))
{
	const struct duet_tflite_tensor *input = duet_program_input(program, op, 0);
	const struct duet_tflite_tensor *output = duet_program_output(program, op, 0);
	struct duet_step *step;
	uint8_t *table;

	if (input->n_bytes != output->n_bytes || input->n_bytes != input->n_elements ||
	    scale_of(input) <= 0 || scale_of(output) <= 0)
		return duet_program_refuse(program, op, "its operands differ in size or kind");
	step = duet_program_add(program, run_lookup);
	table = duet_arena_alloc(program->arena, UINT8_MAX + 1);
	if (!step || !table)
		return duet_program_no_memory(program);
	for (int i = 0; i <= UINT8_MAX; i++) {
		int value = input->type == DUET_TFLITE_UINT8 ? i : (int8_t)i;

		table[i] =
			(uint8_t)quantised(output, function((value - input->zero_point) * scale_of(input)));
	}
	step->what.lookup =
		(struct duet_lookup){(const uint8_t *)program->places[op->inputs[0]],
				     (uint8_t *)program->places[op->outputs[0]], output->n_bytes, table};
	return 0;
}

int duet_lower_logistic(struct duet_program *program, const struct duet_tflite_operator *op)
{
	return lower_function(program, op, sigmoid);
}

int duet_lower_quantise(struct duet_program *program, const struct duet_tflite_operator *op)
{
	return lower_function(program, op, same);
}
