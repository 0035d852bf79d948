/* SPDX-License-Identifier: Apache-2.0 */
#include "infer/mel.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

/*
 * The same front end in real numbers, written down from its definition. Before the logarithm is taken, a band
 * is an integer with 6 bits behind the point: there the two differ by at most so many units and so large a
 * part.
 */
#define UNITS 2.0
#define PART  0.08

enum { RATE_HZ = 16000, N = 2 * RATE_HZ, STEP = 160, WINDOW = DUET_MEL_WINDOW_SAMPLES, FFT = 512 };

static int16_t sound[N];

struct reference {
	double noise[DUET_MEL_BANDS];
};

static double mel(double hz)
{
	return 1127 * log(1 + hz / 700);
}

static void powers(const int16_t *samples, double power[FFT / 2 + 1])
{
	static double waves[FFT];
	double windowed[WINDOW];

	for (int i = 0; i < FFT; i++)
		waves[i] = cos(2 * M_PI * i / FFT);
	for (int i = 0; i < WINDOW; i++)
		windowed[i] = samples[i] * (0.5 - 0.5 * cos(2 * M_PI * (i + 0.5) / WINDOW)) / FFT;
	for (int k = 0; k <= FFT / 2; k++) {
		double re = 0, im = 0;

		for (int i = 0; i < WINDOW; i++) {
			re += windowed[i] * waves[k * i % FFT];
			im += windowed[i] * waves[(k * i + FFT / 4) % FFT];
		}
		power[k] = re * re + im * im;
	}
}

/* The triangle over three neighbouring middles. */
static double band_level(const double *power, int band)
{
	double spacing = (mel(7500) - mel(125)) / 41, middle = mel(125) + spacing * (band + 1), sum = 0;

	for (int k = 5; k <= FFT / 2; k++) {
		double weight = 1 - fabs(mel(k * (double)RATE_HZ / FFT) - middle) / spacing;

		sum += weight > 0 ? weight * power[k] : 0;
	}
	return sqrt(sum * 4096);
}

/* Before the logarithm. */
static double real_band(struct reference *reference, const double *power, int band)
{
	double share = band % 2 ? 0.06 : 0.025, level = band_level(power, band), evened;

	reference->noise[band] += share * (level - reference->noise[band]);
	level = fmax(level - reference->noise[band], 0.05 * level);
	evened = 8 * level * pow(8 * reference->noise[band] + 80, -0.95); /* a level counts eights */
	return 64 * (evened < 2 ? evened * evened / 4 : evened - 1);
}

static void compare_slice(const char *what, struct reference *reference, const double *power,
			  const uint16_t slice[DUET_MEL_BANDS])
{
	for (int band = 0; band < DUET_MEL_BANDS; band++) {
		double real = real_band(reference, power, band), found = exp(slice[band] / 64.0) / 8;

		if (fabs(found - real) > UNITS + PART * real)
			fail_msg("%s, band %d: %.2f for %.2f", what, band, found, real);
	}
}

static void compare(const char *what)
{
	struct reference reference = {{0}};
	struct duet_mel *mel;
	uint16_t slice[DUET_MEL_BANDS];
	double power[FFT / 2 + 1];
	int n_slices = 0, whole = 1;

	assert_int_equal(duet_mel_new(&mel, 10, NULL), 0);
	for (size_t at = 0; at < N && whole;) {
		at += duet_mel_feed(mel, sound + at, N - at, slice, &whole);
		if (!whole)
			break;
		powers(sound + n_slices++ * STEP, power);
		compare_slice(what, &reference, power, slice);
	}
	assert_int_equal(n_slices, (N - WINDOW) / STEP + 1);
	duet_mel_free(mel);
}

static double noise(void)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;
	return (double)state / UINT32_MAX * 2 - 1;
}

static void sounds_are_near(void **state)
{
	for (int i = 0; i < N; i++)
		sound[i] = (int16_t)(6000 * noise());
	compare("noise");
	for (int i = 0; i < N; i++)
		sound[i] = (int16_t)(1500 * noise() + 5000 * sin(i * (double)i / 300000));
	compare("a rising tone");
	for (int i = 0; i < N; i++)
		sound[i] = (int16_t)(300 * noise() +
				     8000 * (1 + sin(i / 700.0)) * noise() * exp(-(i % 4000) / 800.0));
	compare("syllables");
}

static void pieces_of_any_size_are_the_same(void **state)
{
	static const size_t sizes[] = {1, 7, 160, 479, 480, 481, 3000};
	uint16_t slices[2][500][DUET_MEL_BANDS];

	for (int round = 0; round < 2; round++) {
		struct duet_mel *mel;
		int n = 0, piece = 0;

		assert_int_equal(duet_mel_new(&mel, 20, NULL), 0);
		for (size_t at = 0; at < N;) {
			size_t size = round ? sizes[piece++ % 7] : N;
			int whole;

			at += duet_mel_feed(mel, sound + at, size < N - at ? size : N - at, slices[round][n],
					    &whole);
			n += whole;
		}
		assert_int_equal(n, (N - WINDOW) / (2 * STEP) + 1);
		duet_mel_free(mel);
	}
	assert_memory_equal(slices[0], slices[1], ((N - WINDOW) / (2 * STEP) + 1) * sizeof(slices[0][0]));
}

static void a_reset_forgets_all(void **state)
{
	uint16_t first[DUET_MEL_BANDS], again[DUET_MEL_BANDS];
	struct duet_mel *mel;
	int whole;

	assert_int_equal(duet_mel_new(&mel, 10, NULL), 0);
	assert_int_equal(duet_mel_feed(mel, sound, N, first, &whole), WINDOW);
	duet_mel_feed(mel, sound + WINDOW, N - WINDOW, again, &whole);
	assert_memory_not_equal(first, again, sizeof(first));
	duet_mel_reset(mel);
	duet_mel_feed(mel, sound, N, again, &whole);
	assert_memory_equal(first, again, sizeof(first));
	duet_mel_free(mel);
}

/* The loudest sounds, and none at all, stay within what integers hold (the sanitizers look on). */
static void extremes_are_taken(void **state)
{
	static const int16_t extremes[] = {INT16_MIN, INT16_MAX, 0};
	uint16_t slice[DUET_MEL_BANDS];
	struct duet_mel *mel;
	int whole;

	assert_int_equal(duet_mel_new(&mel, 10, NULL), 0);
	for (size_t kind = 0; kind < 4; kind++) {
		for (int i = 0; i < N; i++)
			sound[i] = kind < 3 ? extremes[kind] : extremes[i / 3 % 2];
		duet_alloc_fail_at(0);
		for (size_t at = 0; at < N;)
			at += duet_mel_feed(mel, sound + at, N - at, slice, &whole);
		assert_int_equal(duet_alloc_fail_at(0), 0);
		for (int band = 0; band < DUET_MEL_BANDS; band++)
			assert_true(slice[band] <= 700);
	}
	duet_mel_free(mel);
	assert_true(duet_mel_new(&mel, 0, NULL) < 0);
	assert_true(duet_mel_new(&mel, 31, NULL) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sounds_are_near),
		cmocka_unit_test(pieces_of_any_size_are_the_same),
		cmocka_unit_test(a_reset_forgets_all),
		cmocka_unit_test(extremes_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
