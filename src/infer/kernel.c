/* SPDX-License-Identifier: Apache-2.0 */
#include "infer/kernel.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/wide.h"

enum { MULTIPLIER_BITS = 31, LEAST_SHIFT = 1, MOST_SHIFT = 62 };
enum { GROUP = 64 }; /* output channels */

int duet_requantise_init(struct duet_requantise *scale, double factor)
{
	int exponent;
	double mantissa = frexp(factor, &exponent);
	int64_t multiplier = llround(ldexp(isfinite(factor) ? mantissa : 0, MULTIPLIER_BITS));

	if (multiplier == (int64_t)1 << MULTIPLIER_BITS) {
		multiplier /= 2;
		exponent++;
	}
	if (multiplier <= 0 || MULTIPLIER_BITS - exponent < LEAST_SHIFT)
		return -EDOM;
	/* What is smaller than any bit of a sum is 0. */
	if (MULTIPLIER_BITS - exponent > MOST_SHIFT)
		*scale = (struct duet_requantise){0, MOST_SHIFT};
	else
		*scale = (struct duet_requantise){(int32_t)multiplier, MULTIPLIER_BITS - exponent};
	return 0;
}

static int32_t clamp(int64_t value, int32_t least, int32_t most)
{
	return (int32_t)(value < least ? least : value > most ? most : value);
}

int32_t duet_requantise(struct duet_requantise scale, int32_t value)
{
	int64_t product = (int64_t)value * scale.multiplier;

	return clamp((product + ((int64_t)1 << (scale.shift - 1))) >> scale.shift, INT32_MIN, INT32_MAX);
}

/* The part of a window that lies on the image: rows first … end - 1 of it, and columns likewise. */
struct view {
	int row, column; /* of the image, where the window begins; may lie outside */
	int first_row, end_row, first_column, end_column;
};

static int at_least(int value, int least)
{
	return value > least ? value : least;
}

static int at_most(int value, int most)
{
	return value < most ? value : most;
}

static struct view look(const struct duet_window *window, const struct duet_image_size *image, int row,
			int column)
{
	struct view view = {.row = row * window->stride_height - window->pad_top,
			    .column = column * window->stride_width - window->pad_left};

	view.first_row = at_least(0, -view.row);
	view.end_row = at_most(window->height, image->height - view.row);
	view.first_column = at_least(0, -view.column);
	view.end_column = at_most(window->width, image->width - view.column);
	return view;
}

static size_t place(const struct duet_image_size *image, int row, int column)
{
	return ((size_t)row * (size_t)image->width + (size_t)column) * (size_t)image->channels;
}

static int8_t finish(const struct duet_convolution *one, int channel, int32_t sum)
{
	int32_t whole = clamp((int64_t)sum + (one->bias ? one->bias[channel] : 0), INT32_MIN, INT32_MAX);

	return (int8_t)clamp((int64_t)duet_requantise(one->scales[channel], whole) + one->output_zero,
			     one->least, one->most);
}

/* What of an image's output channels is summed at once: GROUP of them, `first` and on. */
struct group {
	int first, n;
	int32_t sums[GROUP];
};

/* A run of `n` bytes of the input with the weights of each channel, which lie `pitch` apart. */
DUET_WIDE static void add_dots(struct group *group, const int8_t *input, int n, int32_t zero,
			       const int8_t *weights, size_t pitch)
{
	for (int channel = 0; channel < group->n; channel++, weights += pitch) {
		int32_t products = 0, whole = 0;

		for (int i = 0; i < n; i++) {
			products += (int16_t)input[i] * (int16_t)weights[i];
			whole += weights[i];
		}
		group->sums[channel] += products - zero * whole;
	}
}

static void convolve_group(const struct duet_convolution *one, const struct view *view, struct group *group)
{
	const struct duet_image_size kernel = {one->window.height, one->window.width, one->from.channels};
	size_t pitch = place(&kernel, kernel.height, 0);
	const int8_t *weights = one->weights + (size_t)group->first * pitch;
	int n_columns = at_least(view->end_column - view->first_column, 0);

	for (int row = view->first_row; row < view->end_row; row++)
		add_dots(group,
			 one->input + place(&one->from, view->row + row, view->column + view->first_column),
			 n_columns * kernel.channels, one->input_zero,
			 weights + place(&kernel, row, view->first_column), pitch);
}

/* The channels of one place of the input, each with its own weight. */
DUET_WIDE static void add_products(struct group *group, const int8_t *input, int32_t zero,
				   const int8_t *weights)
{
	for (int channel = 0; channel < group->n; channel++)
		group->sums[channel] += (input[channel] - zero) * weights[channel];
}

/* The same where several channels of the output see one of the input. */
static void add_shared_products(struct group *group, const int8_t *input, int share, int32_t zero,
				const int8_t *weights)
{
	for (int channel = 0; channel < group->n; channel++)
		group->sums[channel] += (input[(group->first + channel) / share] - zero) * weights[channel];
}

static void convolve_group_depthwise(const struct duet_convolution *one, const struct view *view,
				     struct group *group)
{
	const struct duet_image_size kernel = {one->window.height, one->window.width, one->to.channels};
	int share = one->to.channels / one->from.channels;

	for (int row = view->first_row; row < view->end_row; row++) {
		for (int column = view->first_column; column < view->end_column; column++) {
			const int8_t *input =
				one->input + place(&one->from, view->row + row, view->column + column);
			const int8_t *weights = one->weights + place(&kernel, row, column) + group->first;

			if (share == 1)
				add_products(group, input + group->first, one->input_zero, weights);
			else
				add_shared_products(group, input, share, one->input_zero, weights);
		}
	}
}

typedef void sum_group(const struct duet_convolution *one, const struct view *view, struct group *group);

static int8_t *convolve_place(const struct duet_convolution *one, const struct view *view, sum_group *sum,
			      int8_t *output)
{
	for (int first = 0; first < one->to.channels; first += GROUP) {
		struct group group = {.first = first, .n = at_most(GROUP, one->to.channels - first)};

		sum(one, view, &group);
		for (int i = 0; i < group.n; i++)
			*output++ = finish(one, first + i, group.sums[i]);
	}
	return output;
}

static void convolve(const struct duet_convolution *one, sum_group *sum)
{
	int8_t *output = one->output;

	for (int row = 0; row < one->to.height; row++) {
		for (int column = 0; column < one->to.width; column++) {
			struct view view = look(&one->window, &one->from, row, column);

			output = convolve_place(one, &view, sum, output);
		}
	}
}

void duet_convolve(const struct duet_convolution *one)
{
	convolve(one, convolve_group);
}

void duet_convolve_depthwise(const struct duet_convolution *one)
{
	convolve(one, convolve_group_depthwise);
}

static int32_t pool_channel(const struct duet_pool *pool, const struct view *view, int channel)
{
	int32_t sum = 0, n = 0, largest = INT8_MIN;

	for (int row = view->first_row; row < view->end_row; row++) {
		for (int column = view->first_column; column < view->end_column; column++, n++) {
			int8_t value =
				pool->input[place(&pool->from, view->row + row, view->column + column) +
					    (size_t)channel];

			sum += value;
			largest = at_least(value, largest);
		}
	}
	if (pool->kind == DUET_POOL_MOST)
		return largest;
	return n ? (sum + (sum < 0 ? -n : n) / 2) / n : 0;
}

void duet_pool(const struct duet_pool *pool)
{
	int8_t *output = pool->output;

	for (int row = 0; row < pool->to.height; row++) {
		for (int column = 0; column < pool->to.width; column++) {
			struct view view = look(&pool->window, &pool->from, row, column);

			for (int channel = 0; channel < pool->to.channels; channel++)
				*output++ = (int8_t)clamp(pool_channel(pool, &view, channel), pool->least,
							  pool->most);
		}
	}
}

void duet_lookup(const struct duet_lookup *lookup)
{
	for (size_t i = 0; i < lookup->n; i++)
		lookup->output[i] = lookup->table[lookup->input[i]];
}

static void copy_row(const struct duet_box *box, const int8_t *from, int8_t *to)
{
	if (box->from_step[3] == 1 && box->to_step[3] == 1) {
		memcpy(to, from, (size_t)box->n[3]);
		return;
	}
	for (int i = 0; i < box->n[3]; i++)
		to[(ptrdiff_t)i * box->to_step[3]] = from[(ptrdiff_t)i * box->from_step[3]];
}

void duet_box_copy(const struct duet_box *box)
{
	for (int i = 0; i < box->n[0]; i++)
		for (int j = 0; j < box->n[1]; j++)
			for (int k = 0; k < box->n[2]; k++)
				copy_row(box,
					 box->from + (ptrdiff_t)i * box->from_step[0] +
						 (ptrdiff_t)j * box->from_step[1] +
						 (ptrdiff_t)k * box->from_step[2],
					 box->to + (ptrdiff_t)i * box->to_step[0] +
						 (ptrdiff_t)j * box->to_step[1] +
						 (ptrdiff_t)k * box->to_step[2]);
}
