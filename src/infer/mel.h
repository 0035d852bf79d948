/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_INFER_MEL_H
#define DUET_INFER_MEL_H

#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"

/*
 * What wake word models hear: every step a slice of 40 numbers, each the logarithm of the energy of 30 ms in
 * one band between 125 and 7500 Hz, with steady noise subtracted and its loudness evened out. The parameters
 * and the integer arithmetic are those of the front end that the models were trained with, bit by bit
 * (TensorFlow's experimental microfrontend; the gain control: Wang and others, "Trainable frontend for robust
 * and far-field keyword spotting", 2017).
 *
 * 16 kHz mono 16 bit. One thread; feeding never allocates and never fails.
 */
enum { DUET_MEL_BANDS = 40, DUET_MEL_WINDOW_SAMPLES = 480 };

/* A feature f stands for the real number f × this. */
#define DUET_MEL_SCALE 0.0390625

struct duet_mel;

/* A slice every `step_ms`, 1 to 30. */
int duet_mel_new(struct duet_mel **mel, int step_ms, struct duet_error *error);
void duet_mel_free(struct duet_mel *mel);
void duet_mel_reset(struct duet_mel *mel);

/* Takes samples until a slice is whole: returns how many it took, and sets `*whole` and `slice` when one is.
 */
size_t duet_mel_feed(struct duet_mel *mel, const int16_t *samples, size_t n_samples,
		     uint16_t slice[DUET_MEL_BANDS], int *whole);

#endif
