/* SPDX-License-Identifier: Apache-2.0 */
#include "word.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "infer/infer.h"

struct duet_micro_word {
	struct duet_infer *model;
	int n_slices, n_held; /* that the input takes; that are in it */
	double scale, offset; /* feature × scale + offset is a byte of the input */
	int least, most;      /* of such a byte */
	int step_ms;          /* of a slice */
	int n_outputs, next;  /* the window, as a ring */
	double sum, outputs[];
};

static int check_shape(const struct duet_micro_word *word, const char *path, struct duet_error *error)
{
	const struct duet_infer_tensor *input = duet_infer_input(word->model);
	const struct duet_infer_tensor *output = duet_infer_output(word->model);

	if (input->n_dims >= 2 && input->dims[input->n_dims - 1] == DUET_MEL_BANDS && output->n_bytes == 1)
		return 0;
	duet_error_set(error, -EINVAL, "the model does not take slices of %d features to one probability",
		       DUET_MEL_BANDS);
	duet_error_at(error, path, 0, 0);
	return -EINVAL;
}

static void note_input(struct duet_micro_word *word)
{
	const struct duet_infer_tensor *input = duet_infer_input(word->model);

	word->n_slices = (int)(input->n_bytes / DUET_MEL_BANDS);
	word->scale = DUET_MEL_SCALE / input->scale;
	word->offset = input->zero;
	word->least = input->is_signed ? INT8_MIN : 0;
	word->most = input->is_signed ? INT8_MAX : UINT8_MAX;
}

int duet_micro_word_new(struct duet_micro_word **word, const struct duet_micro_manifest *manifest,
			struct duet_error *error)
{
	size_t window = (size_t)manifest->sliding_window_size;
	struct duet_micro_word *self = duet_calloc(1, sizeof(*self) + window * sizeof(self->outputs[0]));
	int result;

	*word = NULL;
	if (!self)
		return duet_error_set(error, -ENOMEM, "out of memory");
	self->n_outputs = (int)window;
	self->step_ms = manifest->feature_step_ms;
	result = duet_infer_load(&self->model, manifest->model, error);
	if (result == 0)
		result = check_shape(self, manifest->model, error);
	if (result < 0) {
		duet_micro_word_free(self);
		return result;
	}
	note_input(self);
	*word = self;
	return 0;
}

void duet_micro_word_free(struct duet_micro_word *word)
{
	if (!word)
		return;
	duet_infer_free(word->model);
	duet_free(word);
}

int duet_micro_word_span_ms(const struct duet_micro_word *word)
{
	return word->n_outputs * word->n_slices * word->step_ms;
}

void duet_micro_word_calm(struct duet_micro_word *word)
{
	memset(word->outputs, 0, (size_t)word->n_outputs * sizeof(word->outputs[0]));
	word->sum = 0;
}

void duet_micro_word_reset(struct duet_micro_word *word)
{
	duet_infer_reset(word->model);
	duet_micro_word_calm(word);
	word->n_held = 0;
}

static void put_slice(struct duet_micro_word *word, const uint16_t slice[DUET_MEL_BANDS])
{
	int8_t *into = (int8_t *)duet_infer_input(word->model)->bytes + word->n_held * DUET_MEL_BANDS;

	for (int i = 0; i < DUET_MEL_BANDS; i++) {
		double byte = floor(slice[i] * word->scale + word->offset + 0.5);

		into[i] = (int8_t)(int)fmin(fmax(byte, word->least), word->most);
	}
	word->n_held++;
}

/* The output as a number from 0 to 1. */
static double read_output(const struct duet_micro_word *word)
{
	const struct duet_infer_tensor *output = duet_infer_output(word->model);
	int byte = output->is_signed ? *(const int8_t *)output->bytes : *(const uint8_t *)output->bytes;

	return fmin(fmax((byte - output->zero) * output->scale, 0), 1);
}

bool duet_micro_word_feed(struct duet_micro_word *word, const uint16_t slice[DUET_MEL_BANDS],
			  double *probability)
{
	double output;

	put_slice(word, slice);
	if (word->n_held < word->n_slices)
		return false;
	word->n_held = 0;
	duet_infer_run(word->model);
	output = read_output(word);
	word->sum += output - word->outputs[word->next];
	word->outputs[word->next] = output;
	word->next = (word->next + 1) % word->n_outputs;
	*probability = word->sum / word->n_outputs;
	return true;
}
