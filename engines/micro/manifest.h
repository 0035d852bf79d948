/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_MICRO_MANIFEST_H
#define DUET_MICRO_MANIFEST_H

#include "duet/error.h"

/*
 * The JSON file that comes with a microWakeWord model, version 2: which model, and when what it says counts
 * as heard (https://github.com/esphome/micro-wake-word-models).
 */
struct duet_micro_manifest {
	char wake_word[128];
	char model[512];           /* the .tflite file's path */
	double probability_cutoff; /* 0 … 1: heard when the mean of the window lies above it */
	int sliding_window_size;   /* outputs of the model, 1 to 100 */
	int feature_step_ms;
};

int duet_micro_manifest_load(struct duet_micro_manifest *manifest, const char *path,
			     struct duet_error *error);

#endif
