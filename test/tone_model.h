/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_TEST_TONE_MODEL_H
#define DUET_TEST_TONE_MODEL_H

#include <math.h>
#include <stdio.h>

#include "sound_files.h"
#include "tflite_file.h"

/*
 * A model of our own making, so that tests need no recordings: its word is a tone. One dense layer looks at
 * the newest slice of features and says yes when the tone's band stands out of the others.
 */
enum { TONE_BANDS = 40, TONE_MEAN_WEIGHT = -5, TONE_WEIGHT = 100, TONE_BIAS = -7845 };

static inline double tone_mel(double hz)
{
	return 1127 * log(1 + hz / 700);
}

static inline int tone_band(double hz)
{
	return (int)lround((tone_mel(hz) - tone_mel(125)) / ((tone_mel(7500) - tone_mel(125)) / 41)) - 1;
}

static inline void tone_write(const char *name, const void *bytes, size_t n_bytes)
{
	FILE *file = fopen(sound_path(name), "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, n_bytes, file), n_bytes);
	fclose(file);
}

static inline void tone_write_model(const char *name, double hz)
{
	static const float feature[] = {26 / 255.0f}, weight[] = {0.01f}, sum[] = {0.1f},
			   probability[] = {1 / 256.0f};
	static const int32_t bias[] = {TONE_BIAS};
	static const struct tflite_operator operators[] = {
		{9, 3, {0, 1, 2}, 1, {3}, {0}, NULL}, /* FULLY_CONNECTED */
		{14, 1, {3}, 1, {4}, {0}, NULL},      /* LOGISTIC */
		{114, 1, {4}, 1, {5}, {0}, NULL},     /* QUANTIZE */
	};
	static struct tflite_file file;
	int8_t weights[TONE_BANDS];
	const struct tflite_tensor tensors[] = {
		{DUET_TFLITE_INT8, 3, {1, 1, TONE_BANDS}, NULL, 1, -128, feature},
		{DUET_TFLITE_INT8, 2, {1, TONE_BANDS}, weights, 1, 0, weight},
		{DUET_TFLITE_INT32, 1, {1}, bias, 0, 0, NULL},
		{DUET_TFLITE_INT8, 2, {1, 1}, NULL, 1, 0, sum},
		{DUET_TFLITE_INT8, 2, {1, 1}, NULL, 1, -128, probability},
		{DUET_TFLITE_UINT8, 2, {1, 1}, NULL, 1, 0, probability},
	};

	for (int i = 0; i < TONE_BANDS; i++)
		weights[i] = i == tone_band(hz) ? TONE_WEIGHT : TONE_MEAN_WEIGHT;
	tflite_write(&file, &(struct tflite_graph){tensors, 6, operators, 3, 0, 5}, 1);
	tone_write(name, file.bytes, file.n);
}

/* NAME.json and NAME.tflite; the manifest's path. */
static inline const char *tone_model(const char *name, double hz)
{
	char json[256], file[64];

	snprintf(file, sizeof(file), "%s.tflite", name);
	tone_write_model(file, hz);
	snprintf(json, sizeof(json),
		 "{\"type\": \"micro\", \"wake_word\": \"%s\", \"model\": \"%s\", \"version\": 2,\n"
		 " \"micro\": {\"probability_cutoff\": 0.9, \"sliding_window_size\": 5, "
		 "\"feature_step_size\": 10}}\n",
		 name, file);
	snprintf(file, sizeof(file), "%s.json", name);
	tone_write(file, json, strlen(json));
	return sound_path(file);
}

#endif
