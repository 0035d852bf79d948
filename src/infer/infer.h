/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_INFER_INFER_H
#define DUET_INFER_INFER_H

#include <stdbool.h>
#include <stddef.h>

#include "duet/error.h"
#include "duet/slice.h"

/*
 * A small streaming model: an int8 TensorFlow Lite model with one input, one output and variables that carry
 * what it remembers from one run to the next.
 *
 * All memory is planned and taken when it is loaded; running never allocates and never fails. One thread at a
 * time.
 */
struct duet_infer;

/* One end of the model: bytes that stand for scale × (byte - zero). */
struct duet_infer_tensor {
	void *bytes; /* int8_t or, when it is not signed, uint8_t */
	size_t n_bytes;
	bool is_signed;
	int n_dims, dims[4];
	double scale;
	int zero;
};

/* What is no model, is damaged, or needs an operator that is not known here says so. */
int duet_infer_load(struct duet_infer **model, const char *path, struct duet_error *error);
int duet_infer_read(struct duet_infer **model, struct duet_slice bytes,
		    struct duet_error *error); /* copies */
void duet_infer_free(struct duet_infer *model);

/* Filled by the caller before each run; where the answer lies until the next one. */
const struct duet_infer_tensor *duet_infer_input(const struct duet_infer *model);
const struct duet_infer_tensor *duet_infer_output(const struct duet_infer *model);

/* Forgets what was heard; a loaded model has nothing to forget. */
void duet_infer_reset(struct duet_infer *model);
void duet_infer_run(struct duet_infer *model);

/* Bytes of memory for what is computed and remembered, without the weights. */
size_t duet_infer_room(const struct duet_infer *model);

#endif
