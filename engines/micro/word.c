/* SPDX-License-Identifier: Apache-2.0 */
#include "word.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "infer/infer.h"

/*
 * The model takes several slices at once, and what it says depends on where among them a sound begins. So
 * there are as many of it as it takes slices, each one slice behind the other, and every slice one of them
 * says something. The mean goes over twice the time that the manifest asks for: a word is heard that long,
 * most clatter is not. It fills less of that time, so less is enough.
 */
enum { MAX_PHASES = 8, LONGER = 2 };

#define ENOUGH 0.85

struct phase {
	struct duet_infer *model;
	int n_held; /* slices in its input; negative: so many to come before its first */
};

struct duet_micro_word {
	struct phase phases[MAX_PHASES];
	int n_phases;
	double scale, offset; /* feature × scale + offset is a byte of the input */
	int least, most;      /* of such a byte */
	int step_ms;          /* of a slice */
	double cutoff;
	int n_outputs, next; /* the window, as a ring */
	double sum, outputs[];
};

static int check_shape(const struct duet_infer *model, const char *path, struct duet_error *error)
{
	const struct duet_infer_tensor *input = duet_infer_input(model);
	const struct duet_infer_tensor *output = duet_infer_output(model);

	if (input->n_dims >= 2 && input->dims[input->n_dims - 1] == DUET_MEL_BANDS && output->n_bytes == 1 &&
	    input->n_bytes <= (size_t)MAX_PHASES * DUET_MEL_BANDS)
		return 0;
	duet_error_set(error, -EINVAL, "the model does not take slices of %d features to one probability",
		       DUET_MEL_BANDS);
	duet_error_at(error, path, 0, 0);
	return -EINVAL;
}

static void note_input(struct duet_micro_word *word)
{
	const struct duet_infer_tensor *input = duet_infer_input(word->phases[0].model);

	word->scale = DUET_MEL_SCALE / input->scale;
	word->offset = input->zero;
	word->least = input->is_signed ? INT8_MIN : 0;
	word->most = input->is_signed ? INT8_MAX : UINT8_MAX;
}

/* One model for each slice that the model takes. */
static int load_phases(struct duet_micro_word *word, const char *path, struct duet_error *error)
{
	int result = 0;

	for (int n = 1; word->n_phases < n;
	     n = (int)(duet_infer_input(word->phases[0].model)->n_bytes / DUET_MEL_BANDS)) {
		struct duet_infer **model = &word->phases[word->n_phases].model;

		result = duet_infer_load(model, path, error);
		if (result == 0)
			result = check_shape(*model, path, error);
		word->n_phases += *model != NULL;
		if (result < 0)
			return result;
	}
	return 0;
}

int duet_micro_word_new(struct duet_micro_word **word, const struct duet_micro_manifest *manifest,
			struct duet_error *error)
{
	size_t window = (size_t)manifest->sliding_window_size * LONGER * MAX_PHASES;
	struct duet_micro_word *self = duet_calloc(1, sizeof(*self) + window * sizeof(self->outputs[0]));
	int result;

	*word = NULL;
	if (!self)
		return duet_error_set(error, -ENOMEM, "out of memory");
	result = load_phases(self, manifest->model, error);
	if (result < 0) {
		duet_micro_word_free(self);
		return result;
	}
	note_input(self);
	self->n_outputs = manifest->sliding_window_size * LONGER * self->n_phases;
	self->step_ms = manifest->feature_step_ms;
	self->cutoff = manifest->probability_cutoff * ENOUGH;
	duet_micro_word_reset(self);
	*word = self;
	return 0;
}

void duet_micro_word_free(struct duet_micro_word *word)
{
	if (!word)
		return;
	for (int i = 0; i < word->n_phases; i++)
		duet_infer_free(word->phases[i].model);
	duet_free(word);
}

int duet_micro_word_span_ms(const struct duet_micro_word *word)
{
	return word->n_outputs * word->step_ms;
}

double duet_micro_word_cutoff(const struct duet_micro_word *word)
{
	return word->cutoff;
}

double duet_micro_word_now(const struct duet_micro_word *word)
{
	double sum = 0;

	for (int i = 1; i <= word->n_phases; i++)
		sum += word->outputs[(word->next + word->n_outputs - i) % word->n_outputs];
	return sum / word->n_phases;
}

void duet_micro_word_calm(struct duet_micro_word *word)
{
	memset(word->outputs, 0, (size_t)word->n_outputs * sizeof(word->outputs[0]));
	word->sum = 0;
}

void duet_micro_word_reset(struct duet_micro_word *word)
{
	for (int i = 0; i < word->n_phases; i++) {
		duet_infer_reset(word->phases[i].model);
		word->phases[i].n_held = -i;
	}
	duet_micro_word_calm(word);
}

/* The output as a number from 0 to 1. */
static double read_output(const struct duet_infer *model)
{
	const struct duet_infer_tensor *output = duet_infer_output(model);
	int byte = output->is_signed ? *(const int8_t *)output->bytes : *(const uint8_t *)output->bytes;

	return fmin(fmax((byte - output->zero) * output->scale, 0), 1);
}

static void note_output(struct duet_micro_word *word, double output)
{
	word->sum += output - word->outputs[word->next];
	word->outputs[word->next] = output;
	word->next = (word->next + 1) % word->n_outputs;
}

/* True when its model has run. */
static bool feed_phase(struct duet_micro_word *word, struct phase *phase, const int8_t bytes[DUET_MEL_BANDS])
{
	if (phase->n_held >= 0)
		memcpy((int8_t *)duet_infer_input(phase->model)->bytes + phase->n_held * DUET_MEL_BANDS,
		       bytes, DUET_MEL_BANDS);
	if (++phase->n_held < word->n_phases)
		return false;
	phase->n_held = 0;
	duet_infer_run(phase->model);
	note_output(word, read_output(phase->model));
	return true;
}

bool duet_micro_word_feed(struct duet_micro_word *word, const uint16_t slice[DUET_MEL_BANDS],
			  double *probability)
{
	int8_t bytes[DUET_MEL_BANDS];
	bool ran = false;

	for (int i = 0; i < DUET_MEL_BANDS; i++) {
		double byte = floor(slice[i] * word->scale + word->offset + 0.5);

		bytes[i] = (int8_t)(int)fmin(fmax(byte, word->least), word->most);
	}
	for (int i = 0; i < word->n_phases; i++)
		ran |= feed_phase(word, &word->phases[i], bytes);
	*probability = word->sum / word->n_outputs;
	return ran;
}
