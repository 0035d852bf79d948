/* SPDX-License-Identifier: Apache-2.0 */
#include "learnt/model.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "learnt/frame.h"

static const size_t item_sizes[DUET_MODEL_SECTIONS] = {
	[DUET_MODEL_STRINGS] = 1,
	[DUET_MODEL_SLOTS] = sizeof(uint32_t),
	[DUET_MODEL_MEANINGS] = sizeof(struct duet_model_meaning),
	[DUET_MODEL_FORMS] = sizeof(uint32_t),
	[DUET_MODEL_LISTS] = sizeof(struct duet_model_text),
	[DUET_MODEL_FEATURES] = sizeof(struct duet_model_feature),
	[DUET_MODEL_WEIGHTS] = sizeof(struct duet_model_weight),
};

size_t duet_model_item_size(enum duet_model_section section)
{
	return item_sizes[section];
}

uint64_t duet_model_checksum(const void *file, size_t n_bytes)
{
	const char *bytes = file;
	size_t from = offsetof(struct duet_model_header, cut_scale);
	uint64_t hash = 0xcbf29ce484222325u, word;

	for (; from + sizeof(word) <= n_bytes; from += sizeof(word)) {
		memcpy(&word, bytes + from, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 29;
	}
	for (; from < n_bytes; from++)
		hash = (hash ^ (unsigned char)bytes[from]) * 0x100000001b3u;
	return hash;
}

static int refuse(struct duet_error *error, const char *what)
{
	duet_error_set(error, -EINVAL, "not a model that can be used: %s", what);
	duet_error_hint(error, "train it again");
	return -EINVAL;
}

static bool sections_fit(const struct duet_model_header *header)
{
	for (int i = 0; i < DUET_MODEL_SECTIONS; i++) {
		uint64_t begin = header->sections[i].offset;
		uint64_t end = begin + (uint64_t)header->sections[i].n * item_sizes[i];

		if (begin % 8 || begin < sizeof(*header) || end > header->size)
			return false;
	}
	return true;
}

static const void *section(const struct duet_model *model, enum duet_model_section which)
{
	return model->bytes.ptr + model->header->sections[which].offset;
}

static bool is_power(uint32_t n)
{
	return n && !(n & (n - 1));
}

static bool strings_fit(const struct duet_model *model)
{
	uint32_t n = model->header->sections[DUET_MODEL_STRINGS].n;

	if (n == 0 || model->strings[n - 1])
		return false;
	for (size_t i = 0; i < model->n_slots; i++) {
		if (model->slots[i] >= n)
			return false;
	}
	for (size_t i = 0; i < model->header->sections[DUET_MODEL_FORMS].n; i++) {
		if (model->forms[i] >= n)
			return false;
	}
	return true;
}

static bool meanings_fit(const struct duet_model *model)
{
	uint64_t all = model->n_slots ? ~(uint64_t)0 >> (64 - model->n_slots) : 0;
	uint32_t n_forms = model->header->sections[DUET_MODEL_FORMS].n;

	for (size_t i = 0; i < model->n_meanings; i++) {
		const struct duet_model_meaning *one = &model->meanings[i];

		if (one->intent >= model->header->sections[DUET_MODEL_STRINGS].n || one->slots & ~all ||
		    one->form > n_forms || one->n_forms > n_forms - one->form || one->longest > DUET_SPAN_MAX)
			return false;
	}
	return true;
}

/* Runs of weights lie within their section; looking for what is not there ends at a free place. */
static bool tables_fit(const struct duet_model *model)
{
	uint32_t n_weights = model->header->sections[DUET_MODEL_WEIGHTS].n;
	bool free_feature = false, free_text = false;

	for (uint32_t i = 0; i <= model->features_mask; i++) {
		const struct duet_model_feature *one = &model->features[i];

		free_feature |= one->key == 0;
		if ((one->run >> 8) + (one->run & 0xff) > n_weights)
			return false;
	}
	for (uint32_t i = 0; i <= model->lists_mask; i++)
		free_text |= model->lists[i].text == 0;
	return free_feature && free_text;
}

static bool scales_fit(const struct duet_model_header *header)
{
	return header->cut_scale >= 0 && header->cut_scale < 1 && header->text_scale >= 0 &&
	       header->text_scale < 1 && isfinite(header->take) && isfinite(header->ask);
}

int duet_model_read(struct duet_model *model, struct duet_slice bytes, struct duet_error *error)
{
	const struct duet_model_header *header = (const void *)bytes.ptr;

	*model = (struct duet_model){.bytes = bytes, .header = header};
	if (bytes.len < sizeof(*header) ||
	    memcmp(header->magic, DUET_MODEL_MAGIC, sizeof(header->magic)) != 0)
		return refuse(error, "it is another kind of file");
	if (header->version != DUET_MODEL_VERSION)
		return refuse(error, "it is of another version");
	if (header->size != bytes.len || header->checksum != duet_model_checksum(bytes.ptr, bytes.len))
		return refuse(error, "it is damaged");
	if (!sections_fit(header) || !is_power(header->sections[DUET_MODEL_FEATURES].n) ||
	    !is_power(header->sections[DUET_MODEL_LISTS].n) ||
	    header->sections[DUET_MODEL_SLOTS].n > DUET_SLOTS_MAX ||
	    header->sections[DUET_MODEL_MEANINGS].n > DUET_MEANINGS_MAX)
		return refuse(error, "its sections are wrong");
	model->strings = section(model, DUET_MODEL_STRINGS);
	model->slots = section(model, DUET_MODEL_SLOTS);
	model->meanings = section(model, DUET_MODEL_MEANINGS);
	model->forms = section(model, DUET_MODEL_FORMS);
	model->lists = section(model, DUET_MODEL_LISTS);
	model->features = section(model, DUET_MODEL_FEATURES);
	model->weights = section(model, DUET_MODEL_WEIGHTS);
	model->n_slots = header->sections[DUET_MODEL_SLOTS].n;
	model->n_meanings = header->sections[DUET_MODEL_MEANINGS].n;
	model->lists_mask = header->sections[DUET_MODEL_LISTS].n - 1;
	model->features_mask = header->sections[DUET_MODEL_FEATURES].n - 1;
	if (!strings_fit(model) || !meanings_fit(model) || !tables_fit(model) || !scales_fit(header))
		return refuse(error, "its contents are wrong");
	return 0;
}

int duet_model_open(struct duet_model *model, const char *path, struct duet_error *error)
{
	struct duet_slice bytes;
	int result = duet_file_map(path, &bytes, error);

	if (result < 0)
		return result;
	result = duet_model_read(model, bytes, error);
	if (result < 0) {
		duet_error_at(error, path, 0, 0);
		duet_file_unmap(bytes);
	}
	return result;
}

void duet_model_close(struct duet_model *model)
{
	if (model->bytes.ptr)
		duet_file_unmap(model->bytes);
	*model = (struct duet_model){0};
}

const struct duet_model_weight *duet_model_find(const struct duet_model *model, uint64_t feature,
						size_t *n_weights)
{
	uint32_t key = (uint32_t)(feature >> 32) | 1, i = (uint32_t)feature & model->features_mask;

	for (; model->features[i].key; i = (i + 1) & model->features_mask) {
		if (model->features[i].key == key) {
			*n_weights = model->features[i].run & 0xff;
			return model->weights + (model->features[i].run >> 8);
		}
	}
	return NULL;
}

uint64_t duet_model_lists(const struct duet_model *model, uint64_t text)
{
	for (uint32_t i = (uint32_t)text & model->lists_mask; model->lists[i].text;
	     i = (i + 1) & model->lists_mask) {
		if (model->lists[i].text == text)
			return model->lists[i].slots;
	}
	return 0;
}
