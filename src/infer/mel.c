/* SPDX-License-Identifier: Apache-2.0 */
#include "infer/mel.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "infer/spectrum.h"

enum {
	BANDS = DUET_MEL_BANDS,
	WINDOW = DUET_MEL_WINDOW_SAMPLES,
	RATE_HZ = 16000,
	MS_SAMPLES = RATE_HZ / 1000
};

/* Bits behind the point of the window's and the bands' weights, and of the shares of noise. */
enum { WEIGHT_BITS = 12, NOISE_SHARE_BITS = 14 };

/* A level counts eights (the transform divides by 512, the bands' weights are 4096 times theirs and the root
 * is taken); the noise beside it has 10 bits more. */
enum { LEVEL_BITS = 3, NOISE_BITS = 10 };

/* How much of a new level the estimate of the noise takes up, in even and odd bands; what of the level always
 * remains. */
#define EVEN_SHARE 0.025
#define ODD_SHARE  0.06
#define REMAINS    0.05

#define LOWEST_HZ  125.0f
#define HIGHEST_HZ 7500.0f

/* Gain = 2^21 × (noise + 80)^-0.95; what comes out has 6 bits behind the point. */
enum { GAIN_BITS = 21, RATIO_BITS = 12, EVENED_BITS = 6 };
#define GAIN_OFFSET   80.0f
#define GAIN_STRENGTH 0.95f

/* Logarithms: 16 bits behind the point, by a table of 128 pieces; the result has 6. */
enum { LOG_BITS = 16, LOG_PIECES = 128, LOG_PIECE_BITS = LOG_BITS - 7, LOG_RESULT_BITS = 6, LN_2 = 45426 };

/* The gain between two powers of two as a parabola. */
struct parabola {
	int16_t at, slope, bend;
};

struct duet_mel {
	struct duet_spectrum spectrum;
	size_t step, n_held;
	int16_t window[WINDOW];
	int16_t held[WINDOW];
	/* Bins lie between the middles of two bands, `band` and the one below, and weigh in both. */
	int first_bin, end_bin;
	uint8_t band[DUET_SPECTRUM_BINS];
	int16_t weight[DUET_SPECTRUM_BINS], rest[DUET_SPECTRUM_BINS];
	struct parabola gain[33]; /* by how many bits the noise has */
	int16_t least_gain[2];    /* of noise 0 and 1 */
	uint16_t log_bow[LOG_PIECES + 1];
	uint32_t noise[BANDS];
};

/* Set-up. In single precision, because roundings must come out as they did in training. */

static void set_window(struct duet_mel *self)
{
	const float turn = (float)M_PI * 2.0f / (float)WINDOW;

	for (int i = 0; i < WINDOW; i++)
		self->window[i] = (int16_t)floorf(
			(0.5f - 0.5f * cosf(turn * ((float)i + 0.5f))) * (1 << WEIGHT_BITS) + 0.5f);
}

/* The logarithm in double precision, so that compilers and C libraries agree on it. */
static float mel(float hz)
{
	return 1127.0f * (float)log1p((double)(hz / 700.0f));
}

static int16_t share(float value)
{
	return (int16_t)floorf(value * (1 << WEIGHT_BITS) + 0.5f);
}

static void set_bands(struct duet_mel *self)
{
	const float bin_hz = 0.5f * (float)RATE_HZ / (float)(DUET_SPECTRUM_BINS - 1);
	const float lowest = mel(LOWEST_HZ), spacing = (mel(HIGHEST_HZ) - lowest) / (float)(BANDS + 1);
	int bin = (int)(1.5f + LOWEST_HZ / bin_hz);
	float below = lowest;

	self->first_bin = bin;
	for (int band = 0; band <= BANDS; band++) {
		const float middle = lowest + spacing * (float)(band + 1);

		for (; mel((float)bin * bin_hz) <= middle; bin++) {
			float weight = (middle - mel((float)bin * bin_hz)) / (middle - below);

			self->band[bin] = (uint8_t)band;
			self->weight[bin] = share(weight);
			self->rest[bin] = share(1.0f - weight);
		}
		below = middle;
	}
	self->end_bin = bin;
}

static int16_t gain_at(uint32_t noise)
{
	float level = (float)noise / (float)(1 << (NOISE_BITS - LEVEL_BITS));
	float gain = (float)(1 << GAIN_BITS) * powf(level + GAIN_OFFSET, -GAIN_STRENGTH);

	return gain > INT16_MAX ? INT16_MAX : (int16_t)floorf(gain + 0.5f);
}

static void set_gain(struct duet_mel *self)
{
	self->least_gain[0] = gain_at(0);
	self->least_gain[1] = gain_at(1);
	for (int bits = 2; bits <= 32; bits++) {
		uint32_t low = (uint32_t)1 << (bits - 1), high = bits == 32 ? low + (low - 1) : 2 * low;
		int at = gain_at(low), half = gain_at(low + low / 2) - at, whole = gain_at(high) - at;
		int slope = 4 * half - whole;

		self->gain[bits] = (struct parabola){(int16_t)at, (int16_t)slope, (int16_t)(whole - slope)};
	}
}

/* How far log2(1 + x) lies over x. */
static void set_log(struct duet_mel *self)
{
	for (int i = 0; i <= LOG_PIECES; i++) {
		double x = (double)i / LOG_PIECES;

		self->log_bow[i] = (uint16_t)lround((log2(1 + x) - x) * (1 << LOG_BITS));
	}
}

int duet_mel_new(struct duet_mel **mel, int step_ms, struct duet_error *error)
{
	struct duet_mel *self;

	*mel = NULL;
	if (step_ms < 1 || step_ms * MS_SAMPLES > WINDOW)
		return duet_error_set(error, -EINVAL, "a step of %d ms; 1 to 30 are possible", step_ms);
	self = duet_calloc(1, sizeof(*self));
	if (!self)
		return duet_error_set(error, -ENOMEM, "out of memory");
	self->step = (size_t)step_ms * MS_SAMPLES;
	duet_spectrum_init(&self->spectrum);
	set_window(self);
	set_bands(self);
	set_gain(self);
	set_log(self);
	*mel = self;
	return 0;
}

void duet_mel_free(struct duet_mel *mel)
{
	duet_free(mel);
}

void duet_mel_reset(struct duet_mel *mel)
{
	mel->n_held = 0;
	memset(mel->noise, 0, sizeof(mel->noise));
}

/* Every slice. */

static int bits_of(uint32_t value)
{
	return value ? 32 - __builtin_clz(value) : 0;
}

/* Rounded, and within 32 bits; within 16 for a number of 32. */
static uint32_t root(uint64_t value)
{
	uint64_t most = value >> 32 ? UINT32_MAX : UINT16_MAX, low = (uint64_t)sqrt((double)value);

	while (low * low > value)
		low--;
	while ((low + 1) * (low + 1) <= value)
		low++;
	low += value - low * low > low;
	return (uint32_t)(low < most ? low : most);
}

/* The windowed samples, as loud as they fit; by how many bits they were raised. */
static int take_window(const struct duet_mel *self, int16_t samples[DUET_SPECTRUM_SAMPLES])
{
	uint32_t loudest = 0;
	int raised;

	memset(samples, 0, DUET_SPECTRUM_SAMPLES * sizeof(*samples));
	for (int i = 0; i < WINDOW; i++) {
		int32_t value = (self->held[i] * self->window[i]) >> WEIGHT_BITS;
		uint32_t size = (uint32_t)(value < 0 ? -value : value);

		samples[i] = (int16_t)value;
		loudest = size > loudest ? size : loudest;
	}
	raised = 15 - bits_of(loudest > INT16_MAX ? INT16_MAX : loudest);
	for (int i = 0; i < WINDOW; i++)
		samples[i] = (int16_t)((uint32_t)samples[i] << raised);
	return raised;
}

static void measure_bands(const struct duet_mel *self, uint32_t levels[BANDS])
{
	struct duet_complex16 bins[DUET_SPECTRUM_BINS];
	int16_t samples[DUET_SPECTRUM_SAMPLES];
	uint64_t energy[BANDS + 2] = {
		0}; /* one lower than the lowest, which is left out, and the highest's upper half */
	int raised = take_window(self, samples);

	duet_spectrum(&self->spectrum, samples, bins);
	for (int bin = self->first_bin; bin < self->end_bin; bin++) {
		uint64_t power =
			(uint64_t)(bins[bin].re * bins[bin].re) + (uint64_t)(bins[bin].im * bins[bin].im);

		energy[self->band[bin]] += (uint64_t)self->weight[bin] * power;
		energy[self->band[bin] + 1] += (uint64_t)self->rest[bin] * power;
	}
	for (int band = 0; band < BANDS; band++)
		levels[band] = root(energy[band + 1]) >> raised;
}

static uint32_t subtract_noise(struct duet_mel *self, int band, uint32_t level)
{
	const uint32_t taken = (uint32_t)((band % 2 ? ODD_SHARE : EVEN_SHARE) * (1 << NOISE_SHARE_BITS));
	const uint32_t remains = (uint32_t)(REMAINS * (1 << NOISE_SHARE_BITS));
	uint32_t raised = level << NOISE_BITS, noise, floor, rest;

	noise = (uint32_t)(((uint64_t)raised * taken +
			    (uint64_t)self->noise[band] * ((1u << NOISE_SHARE_BITS) - taken)) >>
			   NOISE_SHARE_BITS);
	self->noise[band] = noise;
	rest = noise < raised ? (raised - noise) >> NOISE_BITS : 0;
	floor = (uint32_t)((uint64_t)level * remains >> NOISE_SHARE_BITS);
	return rest > floor ? rest : floor;
}

static int32_t gain_of(const struct duet_mel *self, uint32_t noise)
{
	int bits = bits_of(noise);
	const struct parabola *piece = &self->gain[bits];
	int32_t x, bow;

	if (noise < 2)
		return self->least_gain[noise];
	x = (int32_t)(bits < 11 ? noise << (11 - bits) : noise >> (bits - 11)) & 0x3FF;
	bow = ((piece->bend * x >> 5) + piece->slope * 32) * x;
	return (int16_t)(((bow + (1 << 14)) >> 15) + piece->at);
}

static uint32_t even_out(const struct duet_mel *self, int band, uint32_t level)
{
	uint64_t gained = (uint64_t)level * (uint32_t)gain_of(self, self->noise[band]);
	uint32_t ratio = (uint32_t)(gained >> (GAIN_BITS - LEVEL_BITS - RATIO_BITS));

	if (ratio < 2u << RATIO_BITS)
		return (ratio * ratio) >> (2 + 2 * RATIO_BITS - EVENED_BITS);
	return (ratio >> (RATIO_BITS - EVENED_BITS)) - (1u << EVENED_BITS);
}

/* The bow's height between two places of the table is not quite that of a straight line: the product is
 * shifted as it was in training. */
static uint32_t log2_of(const struct duet_mel *self, uint32_t value)
{
	int whole = bits_of(value) - 1;
	uint32_t x = value - ((uint32_t)1 << whole), piece;
	int32_t low, high;

	x = whole < LOG_BITS ? x << (LOG_BITS - whole) : x >> (whole - LOG_BITS);
	piece = x >> LOG_PIECE_BITS;
	low = self->log_bow[piece];
	high = self->log_bow[piece + 1];
	return ((uint32_t)whole << LOG_BITS) + x + (uint32_t)low +
	       (uint32_t)((high - low) * (int32_t)(x - (piece << LOG_PIECE_BITS)) >> LOG_BITS);
}

static uint16_t logarithm(const struct duet_mel *self, uint32_t value)
{
	const uint32_t half = 1u << (LOG_BITS - 1);
	uint32_t natural;

	value <<= LEVEL_BITS;
	if (value < 2)
		return 0;
	natural = (uint32_t)(((uint64_t)LN_2 * log2_of(self, value) + half) >> LOG_BITS);
	return (uint16_t)(((natural << LOG_RESULT_BITS) + half) >> LOG_BITS);
}

static void make_slice(struct duet_mel *self, uint16_t slice[BANDS])
{
	uint32_t levels[BANDS];

	measure_bands(self, levels);
	for (int band = 0; band < BANDS; band++) {
		uint32_t level = subtract_noise(self, band, levels[band]);

		slice[band] = logarithm(self, even_out(self, band, level));
	}
}

size_t duet_mel_feed(struct duet_mel *mel, const int16_t *samples, size_t n_samples,
		     uint16_t slice[DUET_MEL_BANDS], int *whole)
{
	size_t n = WINDOW - mel->n_held;

	n = n_samples < n ? n_samples : n;
	memcpy(mel->held + mel->n_held, samples, n * sizeof(*samples));
	mel->n_held += n;
	*whole = mel->n_held == WINDOW;
	if (!*whole)
		return n;
	make_slice(mel, slice);
	mel->n_held -= mel->step;
	memmove(mel->held, mel->held + mel->step, mel->n_held * sizeof(*samples));
	return n;
}
