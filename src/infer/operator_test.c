/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdbool.h>

#include "base/alloc.h"
#include "infer/infer.h"
#include "infer/kernel.h"
#include "tflite_file.h"

/*
 * Every operator that computes against the same in real numbers, on random bytes: the result is the nearest
 * byte (half a step, and a thousandth for the rounding of the scale). Those that only move are exact.
 */
#define TOLERANCE 0.501

enum { CONV_2D = 3, DEPTHWISE_CONV_2D = 4, FULLY_CONNECTED = 9, LOGISTIC = 14, QUANTIZE = 114 };
enum {
	AVERAGE_POOL_2D = 1,
	CONCATENATION = 2,
	MAX_POOL_2D = 17,
	RESHAPE = 22,
	STRIDED_SLICE = 45,
	SPLIT_V = 102
};
enum { SAME, VALID };
enum { NONE, RELU, RELU_1, RELU_6 };

static struct tflite_file file;

static uint32_t random_state = 1;

static int chance(int least, int most)
{
	random_state = random_state * 1664525 + 1013904223;
	return least + (int)((random_state >> 8) % (uint32_t)(most - least + 1));
}

static void shuffle_bytes(int8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (int8_t)chance(-128, 127);
}

static struct duet_infer *load(const struct tflite_graph *graph)
{
	struct duet_error error = {0};
	struct duet_infer *model;

	tflite_write(&file, graph, 1);
	if (duet_infer_read(&model, (struct duet_slice){(const char *)file.bytes, file.n}, &error) < 0)
		fail_msg("%s", error.what);
	return model;
}

/* A convolution of images, of either kind. */
struct convolution {
	bool depthwise;
	int from[3], to[3], window[2], stride[2], padding, activation;
	bool without_bias;
};

enum { MAX_BYTES = 4096, MAX_CHANNELS = 140 };

struct numbers {
	int8_t weights[MAX_BYTES];
	int32_t bias[MAX_CHANNELS];
	float weight_scales[MAX_CHANNELS];
	float input_scale, output_scale;
	int input_zero, output_zero;
};

static void choose_numbers(struct numbers *numbers, int n_channels)
{
	shuffle_bytes(numbers->weights, sizeof(numbers->weights));
	numbers->input_scale = 0.1f;
	numbers->output_scale = 0.37f;
	numbers->input_zero = chance(-128, 127);
	numbers->output_zero = chance(-40, 40);
	for (int i = 0; i < n_channels; i++) {
		numbers->weight_scales[i] = 0.002f * (float)chance(1, 20);
		numbers->bias[i] = chance(-3000, 3000);
	}
}

static double activate(int activation, double value)
{
	switch (activation) {
	case RELU:
		return fmax(value, 0);
	case RELU_1:
		return fmin(fmax(value, -1), 1);
	case RELU_6:
		return fmin(fmax(value, 0), 6);
	default:
		return value;
	}
}

/* Of the real number that a byte can say at most. */
static double within(const struct numbers *numbers, double value)
{
	return fmin(fmax(value, (-128 - numbers->output_zero) * (double)numbers->output_scale),
		    (127 - numbers->output_zero) * (double)numbers->output_scale);
}

static int pad_before(int padding, int from, int to, int window, int stride)
{
	int needed = (to - 1) * stride + window - from;

	return padding == SAME && needed > 0 ? needed / 2 : 0;
}

static double real_convolution(const struct convolution *one, const struct numbers *numbers,
			       const int8_t *input, int y, int x, int channel)
{
	int top = y * one->stride[0] -
		  pad_before(one->padding, one->from[0], one->to[0], one->window[0], one->stride[0]);
	int left = x * one->stride[1] -
		   pad_before(one->padding, one->from[1], one->to[1], one->window[1], one->stride[1]);
	double sum = one->without_bias ? 0 : numbers->bias[channel];
	int n_in = one->from[2], n_out = one->to[2];

	for (int i = 0; i < one->window[0]; i++) {
		for (int j = 0; j < one->window[1]; j++) {
			if (top + i < 0 || top + i >= one->from[0] || left + j < 0 ||
			    left + j >= one->from[1])
				continue;
			for (int c = 0; c < n_in; c++) {
				int at = one->depthwise ? (i * one->window[1] + j) * n_out + channel
							: ((channel * one->window[0] + i) * one->window[1] +
							   j) * n_in +
								  c;

				if (one->depthwise && c != channel / (n_out / n_in))
					continue;
				sum += numbers->weights[at] *
				       (double)(input[((top + i) * one->from[1] + left + j) * n_in + c] -
						numbers->input_zero);
			}
		}
	}
	sum *= (double)numbers->input_scale * (double)numbers->weight_scales[channel];
	return within(numbers, activate(one->activation, sum));
}

static void compare(const struct convolution *one, const struct numbers *numbers,
		    const struct duet_infer *model)
{
	const int8_t *input = duet_infer_input(model)->bytes, *output = duet_infer_output(model)->bytes;

	for (int y = 0; y < one->to[0]; y++)
		for (int x = 0; x < one->to[1]; x++)
			for (int channel = 0; channel < one->to[2]; channel++) {
				double real = real_convolution(one, numbers, input, y, x, channel);
				double step = (double)numbers->output_scale;

				if (fabs((*output - numbers->output_zero) * step - real) > TOLERANCE * step)
					fail_msg("%d at %d, %d, %d for %g", *output, y, x, channel,
						 real / step);
				output++;
			}
}

static void check_convolution(const struct convolution *one)
{
	struct numbers numbers;
	const float *scales = numbers.weight_scales;
	int n_in = one->from[2], n_out = one->to[2];
	const struct tflite_tensor tensors[] = {
		{DUET_TFLITE_INT8,
		 4,
		 {1, one->from[0], one->from[1], n_in},
		 NULL,
		 1,
		 0,
		 &numbers.input_scale},
		{DUET_TFLITE_INT8,
		 4,
		 {one->depthwise ? 1 : n_out, one->window[0], one->window[1], one->depthwise ? n_out : n_in},
		 numbers.weights,
		 n_out,
		 0,
		 scales},
		{DUET_TFLITE_INT32, 1, {n_out}, numbers.bias, 0, 0, NULL},
		{DUET_TFLITE_INT8, 4, {1, one->to[0], one->to[1], n_out}, NULL, 1, 0, &numbers.output_scale},
	};
	struct tflite_tensor own[4];
	const struct tflite_operator plain = {
		CONV_2D, 3,   {0, 1, one->without_bias ? -1 : 2},
		1,       {3}, {one->padding, one->stride[1], one->stride[0], one->activation},
		NULL};
	const struct tflite_operator depthwise = {
		DEPTHWISE_CONV_2D,
		3,
		{0, 1, one->without_bias ? -1 : 2},
		1,
		{3},
		{one->padding, one->stride[1], one->stride[0], n_out / n_in, one->activation},
		NULL};
	struct duet_infer *model;

	choose_numbers(&numbers, n_out);
	memcpy(own, tensors, sizeof(own));
	own[0].zero = numbers.input_zero;
	own[3].zero = numbers.output_zero;
	model = load(&(struct tflite_graph){own, 4, one->depthwise ? &depthwise : &plain, 1, 0, 3});
	shuffle_bytes(duet_infer_input(model)->bytes, duet_infer_input(model)->n_bytes);
	duet_infer_run(model);
	compare(one, &numbers, model);
	duet_infer_free(model);
}

static void convolutions_are_near(void **state)
{
	static const struct convolution cases[] = {
		{false, {5, 1, 8}, {1, 1, 16}, {5, 1}, {3, 1}, VALID, RELU, false},
		{false, {7, 6, 3}, {3, 2, 4}, {3, 3}, {2, 2}, VALID, NONE, false},
		{false, {7, 6, 3}, {4, 3, 4}, {3, 3}, {2, 2}, SAME, RELU_6, false},
		{false, {4, 4, 2}, {4, 4, 5}, {2, 5}, {1, 1}, SAME, RELU_1, true},
		{true, {9, 1, 16}, {1, 1, 16}, {9, 1}, {1, 1}, VALID, NONE, false},
		{true, {6, 5, 3}, {6, 5, 3}, {3, 3}, {1, 1}, SAME, RELU, false},
		{true, {6, 5, 2}, {2, 2, 6}, {4, 2}, {2, 2}, VALID, NONE, true},
		{false, {3, 2, 5}, {3, 2, 140}, {1, 2}, {1, 1}, SAME, NONE, false},
		{true, {3, 3, 70}, {2, 2, 70}, {2, 2}, {1, 1}, VALID, RELU, false},
		{true, {3, 3, 47}, {2, 2, 94}, {2, 2}, {1, 1}, VALID, NONE, false},
	};

	for (size_t i = 0; i < 10 * sizeof(cases) / sizeof(cases[0]); i++)
		check_convolution(&cases[i % (sizeof(cases) / sizeof(cases[0]))]);
}

static void dense_layers_are_near(void **state)
{
	const struct convolution one = {false, {2, 1, 30}, {2, 1, 3}, {1, 1}, {1, 1}, VALID, NONE, false};
	struct numbers numbers;
	const float scale[] = {0.01f};
	struct tflite_tensor tensors[] = {
		{DUET_TFLITE_INT8, 2, {2, 30}, NULL, 1, 0, &numbers.input_scale},
		{DUET_TFLITE_INT8, 2, {3, 30}, numbers.weights, 1, 0, scale},
		{DUET_TFLITE_INT32, 1, {3}, numbers.bias, 0, 0, NULL},
		{DUET_TFLITE_INT8, 2, {2, 3}, NULL, 1, 0, &numbers.output_scale},
	};
	const struct tflite_operator op = {FULLY_CONNECTED, 3, {0, 1, 2}, 1, {3}, {0}, NULL};
	struct duet_infer *model;

	choose_numbers(&numbers, 3);
	tensors[0].zero = numbers.input_zero;
	tensors[3].zero = numbers.output_zero;
	model = load(&(struct tflite_graph){tensors, 4, &op, 1, 0, 3});
	for (int i = 0; i < 3; i++)
		numbers.weight_scales[i] = scale[0];
	for (int i = 0; i < 20; i++) {
		shuffle_bytes(duet_infer_input(model)->bytes, duet_infer_input(model)->n_bytes);
		duet_infer_run(model);
		compare(&one, &numbers, model);
	}
	duet_infer_free(model);
}

static double real_pool(bool mean, const int8_t *input, int y, int x, int channel)
{
	double sum = 0, most = -128;

	for (int i = 0; i < 2; i++)
		for (int j = 0; j < 3; j++) {
			double value = input[((2 * y + i) * 5 + x + j) * 2 + channel];

			sum += value;
			most = fmax(most, value);
		}
	return mean ? sum / 6 : most;
}

static void pools_are_near(void **state)
{
	const float scale[] = {0.5f};
	const struct tflite_tensor tensors[] = {
		{DUET_TFLITE_INT8, 4, {1, 4, 5, 2}, NULL, 1, 3, scale},
		{DUET_TFLITE_INT8, 4, {1, 2, 3, 2}, NULL, 1, 3, scale},
	};

	for (int mean = 0; mean < 2; mean++) {
		const struct tflite_operator op = {
			mean ? AVERAGE_POOL_2D : MAX_POOL_2D, 1, {0}, 1, {1}, {VALID, 1, 2, 3, 2}, NULL};
		struct duet_infer *model = load(&(struct tflite_graph){tensors, 2, &op, 1, 0, 1});
		const int8_t *input = duet_infer_input(model)->bytes,
			     *output = duet_infer_output(model)->bytes;

		shuffle_bytes(duet_infer_input(model)->bytes, 40);
		duet_infer_run(model);
		for (int i = 0; i < 12; i++)
			assert_true(fabs(output[i] - real_pool(mean, input, i / 6, i / 2 % 3, i % 2)) <=
				    TOLERANCE);
		duet_infer_free(model);
	}
}

static void functions_of_a_byte_are_near(void **state)
{
	const float input_scale[] = {0.06f}, probability[] = {1 / 256.0f};
	const struct tflite_tensor tensors[] = {
		{DUET_TFLITE_INT8, 2, {1, 256}, NULL, 1, 24, input_scale},
		{DUET_TFLITE_INT8, 2, {1, 256}, NULL, 1, -128, probability},
		{DUET_TFLITE_UINT8, 2, {1, 256}, NULL, 1, 0, probability},
	};
	const struct tflite_operator ops[] = {{LOGISTIC, 1, {0}, 1, {1}, {0}, NULL},
					      {QUANTIZE, 1, {1}, 1, {2}, {0}, NULL}};
	struct duet_infer *model = load(&(struct tflite_graph){tensors, 3, ops, 2, 0, 2});
	int8_t *input = duet_infer_input(model)->bytes;
	const uint8_t *output = duet_infer_output(model)->bytes;

	assert_false(duet_infer_output(model)->is_signed);
	for (int i = 0; i < 256; i++)
		input[i] = (int8_t)(i - 128);
	duet_infer_run(model);
	for (int i = 0; i < 256; i++) {
		double real = 1 / (1 + exp(-(i - 128 - 24) * (double)input_scale[0]));

		assert_true(fabs(output[i] / 256.0 - fmin(real, 255 / 256.0)) <= TOLERANCE / 256);
	}
	duet_infer_free(model);
}

/* [1, 2, 6] cut to the last two of three, joined with itself, and its first part taken. */
static void what_moves_is_exact(void **state)
{
	const float scale[] = {1};
	const int32_t begins[] = {0, 0, -5}, ends[] = {0, 0, 6}, strides[] = {1, 1, 2}, sizes[] = {1, 3},
		      axis[] = {-1};
	const struct tflite_tensor tensors[] = {
		{DUET_TFLITE_INT8, 2, {2, 6}, NULL, 1, 0, scale},
		{DUET_TFLITE_INT8, 3, {1, 2, 6}, NULL, 1, 0, scale},
		{DUET_TFLITE_INT32, 1, {3}, begins, 0, 0, NULL},
		{DUET_TFLITE_INT32, 1, {3}, ends, 0, 0, NULL},
		{DUET_TFLITE_INT32, 1, {3}, strides, 0, 0, NULL},
		{DUET_TFLITE_INT8, 2, {2, 3}, NULL, 1, 0, scale}, /* items 1, 3 and 5 of each row */
		{DUET_TFLITE_INT8, 2, {4, 3}, NULL, 1, 0, scale}, /* rows of it twice */
		{DUET_TFLITE_INT8, 2, {4, 6}, NULL, 1, 0, scale}, /* columns of that twice */
		{DUET_TFLITE_INT32, 1, {2}, sizes, 0, 0, NULL},
		{DUET_TFLITE_INT32, 1, {1}, axis, 0, 0, NULL},
		{DUET_TFLITE_INT8, 2, {4, 2}, NULL, 1, 0, scale}, /* columns 0 and 1 */
		{DUET_TFLITE_INT8, 2, {4, 4}, NULL, 1, 0, scale}, /* the others */
		{DUET_TFLITE_INT8, 2, {4, 6}, NULL, 1, 0, scale}, /* the other way round */
		{DUET_TFLITE_INT8, 3, {1, 2, 3}, NULL, 1, 0, scale},
	};
	const struct tflite_operator ops[] = {
		{RESHAPE, 1, {0}, 1, {1}, {0}, NULL},
		{STRIDED_SLICE, 4, {1, 2, 3, 4}, 1, {13}, {3, 7}, NULL},
		{RESHAPE, 1, {13}, 1, {5}, {0}, NULL},
		{CONCATENATION, 2, {5, 5}, 1, {6}, {0}, NULL},
		{CONCATENATION, 2, {6, 6}, 1, {7}, {1}, NULL},
		{SPLIT_V, 3, {7, 8, 9}, 2, {10, 11}, {2}, NULL},
		{CONCATENATION, 2, {11, 10}, 1, {12}, {-1}, NULL},
	};
	static const int columns[] = {2, 0, 1, 2, 0, 1};
	struct duet_infer *model = load(&(struct tflite_graph){tensors, 14, ops, 7, 0, 12});
	int8_t *input = duet_infer_input(model)->bytes;
	const int8_t *output = duet_infer_output(model)->bytes;

	shuffle_bytes(input, 12);
	duet_infer_run(model);
	for (int row = 0; row < 4; row++)
		for (int column = 0; column < 6; column++)
			assert_int_equal(output[6 * row + column],
					 input[6 * (row % 2) + 1 + 2 * columns[column]]);
	duet_infer_free(model);
}

static void scaling_rounds_to_the_nearest(void **state)
{
	static const double factors[] = {1, 0.5, 0.25, 0.9999, 1e-3, 3e-7, 0.00072, 17.5, 1e-18};
	struct duet_requantise scale;

	for (size_t i = 0; i < sizeof(factors) / sizeof(factors[0]); i++) {
		assert_int_equal(duet_requantise_init(&scale, factors[i]), 0);
		for (int k = 0; k < 1000; k++) {
			int32_t value = chance(-8000000, 8000000);
			double real = fmin(fmax(value * factors[i], INT32_MIN), INT32_MAX);

			assert_true(fabs(duet_requantise(scale, value) - real) <= 0.5 + fabs(real) * 1e-9);
		}
		assert_true(fabs(duet_requantise(scale, INT32_MIN) -
				 fmax(INT32_MIN * factors[i], INT32_MIN)) <= 2);
	}
	assert_true(duet_requantise_init(&scale, 0) < 0);
	assert_true(duet_requantise_init(&scale, -1) < 0);
	assert_true(duet_requantise_init(&scale, (double)NAN) < 0);
	assert_true(duet_requantise_init(&scale, (double)INFINITY) < 0);
	assert_true(duet_requantise_init(&scale, 1e12) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(convolutions_are_near), cmocka_unit_test(dense_layers_are_near),
		cmocka_unit_test(pools_are_near),        cmocka_unit_test(functions_of_a_byte_are_near),
		cmocka_unit_test(what_moves_is_exact),   cmocka_unit_test(scaling_rounds_to_the_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
