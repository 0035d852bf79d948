/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_INFER_KERNEL_H
#define DUET_INFER_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The arithmetic of quantised operators: a byte q stands for the real number scale × (q - zero). Sums are
 * kept in 32 bits and brought to the output's scale by a multiplication of integers; TensorFlow Lite's
 * quantisation specification says how. Nothing here fails or allocates: who fills these structures has
 * checked them.
 *
 * Images are height × width × channels, the channels of one place side by side.
 */

/* A positive real factor as an integer: multiplier / 2^shift. */
struct duet_requantise {
	int32_t multiplier;
	int shift;
};

/* -EDOM when the factor is not positive and finite or too far from 1 to be of use. */
int duet_requantise_init(struct duet_requantise *scale, double factor);

/* Rounded to the nearest, halves upwards. */
int32_t duet_requantise(struct duet_requantise scale, int32_t value);

struct duet_image_size {
	int height, width, channels;
};

/* How a window goes over an image. */
struct duet_window {
	int height, width;
	int stride_height, stride_width;
	int pad_top, pad_left; /* places outside of the image, which stand for 0 */
};

struct duet_convolution {
	const int8_t *input, *weights; /* weights: output channel, window's row, its column, input channel */
	const int32_t *bias;           /* one an output channel, or NULL */
	int8_t *output;
	struct duet_image_size from, to;
	struct duet_window window;
	int32_t input_zero, output_zero, least, most; /* the output is clamped to least … most */
	const struct duet_requantise *scales;         /* one an output channel */
};

void duet_convolve(const struct duet_convolution *convolution);

/* Each output channel sees one input channel; weights: row, column, output channel. The output's channels are
 * a multiple of the input's. */
void duet_convolve_depthwise(const struct duet_convolution *convolution);

enum duet_pool_kind { DUET_POOL_MEAN, DUET_POOL_MOST };

struct duet_pool {
	enum duet_pool_kind kind;
	const int8_t *input;
	int8_t *output;
	struct duet_image_size from, to;
	struct duet_window window;
	int32_t least, most;
};

void duet_pool(const struct duet_pool *pool);

/* Any function of one byte. */
struct duet_lookup {
	const uint8_t *input;
	uint8_t *output;
	size_t n;
	const uint8_t *table; /* 256 bytes */
};

void duet_lookup(const struct duet_lookup *lookup);

/* Moves a box of bytes of up to four dimensions out of an array, into another, or both. */
struct duet_box {
	const int8_t *from;
	int8_t *to;
	int n[4], from_step[4], to_step[4]; /* steps in bytes; the last dimension is the innermost */
};

void duet_box_copy(const struct duet_box *box);

#endif
