/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "grammar/vector.h"
#include "learnt/model.h"
#include "learnt/trainer.h"

/*
 * From the large table to the file: the rows of all features that the examples
 * have, in whole numbers; the lightest are left out until the file is small enough.
 */

struct feature {
	uint64_t hash;
	uint32_t weight; /* its first */
	uint16_t n;      /* weights */
	uint8_t most;    /* the largest of them, without its sign */
	bool is_text;
};

struct exporter {
	struct duet_trainer *trainer;
	struct feature *features;
	size_t n_features, features_room;
	struct duet_model_weight *weights;
	size_t n_weights, weights_room;
	uint64_t *seen; /* hashes of features that are in */
	size_t n_seen, seen_room;
	float cut_scale, text_scale;
	bool failed;
};

static bool grow_seen(struct exporter *exporter)
{
	size_t room = exporter->seen_room ? exporter->seen_room * 2 : 1 << 16;
	uint64_t *grown = duet_calloc(room, sizeof(*grown));

	for (size_t i = 0; grown && i < exporter->seen_room; i++) {
		size_t at = exporter->seen[i] & (room - 1);

		while (grown[at])
			at = (at + 1) & (room - 1);
		grown[at] = exporter->seen[i];
	}
	if (!grown)
		return false;
	duet_free(exporter->seen);
	exporter->seen = grown;
	exporter->seen_room = room;
	return true;
}

/* False: it has been seen before, or there is no memory. */
static bool is_new(struct exporter *exporter, uint64_t feature)
{
	size_t at;

	if (exporter->n_seen * 2 >= exporter->seen_room && !grow_seen(exporter)) {
		exporter->failed = true;
		return false;
	}
	at = feature & (exporter->seen_room - 1);
	while (exporter->seen[at] && exporter->seen[at] != feature)
		at = (at + 1) & (exporter->seen_room - 1);
	if (exporter->seen[at])
		return false;
	exporter->seen[at] = feature;
	exporter->n_seen++;
	return true;
}

static int8_t quantise(float weight, float scale)
{
	float whole = roundf(weight / scale);

	return (int8_t)(whole > 127 ? 127 : whole < -127 ? -127 : whole);
}

static void add_weight(struct exporter *exporter, struct feature *feature, size_t column, int8_t weight)
{
	if (!duet_vector_room(&exporter->weights, exporter->n_weights, &exporter->weights_room,
			      sizeof(*exporter->weights))) {
		exporter->failed = true;
		return;
	}
	exporter->weights[exporter->n_weights++] = (struct duet_model_weight){(uint8_t)column, weight};
	feature->n++;
	if (abs(weight) > feature->most)
		feature->most = (uint8_t)abs(weight);
}

/* Features of sentences are kept even without weights: that they are known is told by them. */
static void add_feature(struct exporter *exporter, uint64_t hash, const struct duet_columns *columns,
			bool is_text)
{
	const struct duet_weights *weights = is_text ? &exporter->trainer->texts : &exporter->trainer->cuts;
	float scale = is_text ? exporter->text_scale : exporter->cut_scale;
	struct feature feature = {.hash = hash, .weight = (uint32_t)exporter->n_weights, .is_text = is_text};
	bool empty = true;

	if (weights->known && !duet_tally_knows(weights->known, hash))
		return;
	for (size_t i = 0; i < columns->n && empty && !is_text; i++)
		empty = quantise(duet_weights_average(weights, hash, columns->column[i]), scale) == 0;
	if ((empty && !is_text) || !is_new(exporter, hash))
		return;
	for (size_t i = 0; i < columns->n; i++) {
		int8_t weight = quantise(duet_weights_average(weights, hash, columns->column[i]), scale);

		if (weight)
			add_weight(exporter, &feature, columns->column[i], weight);
	}
	if (!duet_vector_room(&exporter->features, exporter->n_features, &exporter->features_room,
			      sizeof(feature)))
		exporter->failed = true;
	else
		exporter->features[exporter->n_features++] = feature;
}

static void visit_cut(void *user, uint64_t feature, const struct duet_columns *columns, float *scores)
{
	add_feature(user, feature, columns, false);
}

/* All features of an example, in all columns. */
static int collect(struct exporter *exporter, const struct duet_example *example,
		   const struct duet_frame *all, size_t longest)
{
	struct duet_trainer *trainer = exporter->trainer;
	struct duet_lattice lattice;
	struct duet_spans spans;
	uint64_t *features;
	size_t n;

	duet_arena_reset(trainer->scratch);
	features = duet_arena_alloc(trainer->scratch, DUET_FEATURES_TEXT * sizeof(*features));
	if (!features || duet_trainer_spans(trainer, example, &spans) < 0 ||
	    duet_lattice_init(&lattice, example->words.n, all->n_slots, longest, trainer->scratch) < 0)
		return -ENOMEM;
	n = duet_features_text(&example->words, spans.any, duet_trainer_known, trainer, features);
	for (size_t i = 0; i < n; i++)
		add_feature(exporter, features[i], &trainer->meanings, true);
	duet_visit_lattice(&example->words, &spans, all, &lattice, visit_cut, exporter);
	return exporter->failed ? -ENOMEM : 0;
}

static int collect_all(struct exporter *exporter)
{
	struct duet_trainer *trainer = exporter->trainer;
	size_t n_slots = trainer->queries->n_slots, longest = 1;
	struct duet_frame *all = duet_arena_alloc(trainer->arena, sizeof(*all));

	if (!all)
		return -ENOMEM;
	duet_frame_init(all, n_slots ? ~(uint64_t)0 >> (64 - n_slots) : 0, n_slots);
	for (size_t m = 0; m < trainer->queries->n_meanings; m++)
		longest = trainer->longest[m] > longest ? trainer->longest[m] : longest;
	for (size_t i = 0; i < trainer->n; i++) {
		if (collect(exporter, &trainer->examples[i], all, longest) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* What the largest weight is worth, by 127; dropout has left so much out that all of them together are too
 * sure. */
static float scale_of(const struct duet_weights *weights)
{
	float most = 0.1f;

	for (uint64_t i = 0; i <= weights->mask; i++)
		most = fmaxf(most, fabsf(duet_weights_average(weights, i, 0)));
	return fminf(most, 8.0f) / 127;
}

/* The file. */

struct layout {
	struct duet_text strings;
	struct duet_model_header header;
	uint32_t *slots, *forms;
	struct duet_model_meaning *meanings;
	struct duet_model_text *lists;
	struct duet_model_feature *features;
	struct duet_model_weight *weights;
};

static uint32_t add_string(struct layout *layout, const char *text)
{
	uint32_t at = (uint32_t)layout->strings.len;

	duet_text_add(&layout->strings, (struct duet_slice){text, strlen(text) + 1});
	return at;
}

static uint32_t power_above(size_t n)
{
	uint32_t power = 16;

	while (power < n)
		power *= 2;
	return power;
}

static int lay_names(struct layout *layout, const struct duet_trainer *trainer)
{
	const struct duet_queries *queries = trainer->queries;
	struct duet_arena *arena = trainer->arena;
	uint32_t n_forms = 0;

	for (size_t m = 0; m < queries->n_meanings; m++)
		n_forms += (uint32_t)queries->meanings[m].n_forms;
	layout->slots = duet_arena_alloc(arena, (queries->n_slots + 1) * sizeof(*layout->slots));
	layout->forms = duet_arena_alloc(arena, (n_forms + 1) * sizeof(*layout->forms));
	layout->meanings = duet_arena_alloc(arena, (queries->n_meanings + 1) * sizeof(*layout->meanings));
	if (!layout->slots || !layout->forms || !layout->meanings)
		return -ENOMEM;
	add_string(layout, "");
	for (size_t s = 0; s < queries->n_slots; s++)
		layout->slots[s] = add_string(layout, queries->slots[s]);
	n_forms = 0;
	for (size_t m = 0; m < queries->n_meanings; m++) {
		const struct duet_meaning *meaning = &queries->meanings[m];

		layout->meanings[m] =
			(struct duet_model_meaning){.slots = trainer->frames[m].slots,
						    .intent = add_string(layout, meaning->intent),
						    .form = n_forms,
						    .n_forms = (uint32_t)meaning->n_forms,
						    .longest = trainer->longest[m]};
		for (size_t f = 0; f < meaning->n_forms; f++)
			layout->forms[n_forms++] = add_string(layout, meaning->forms[f]);
	}
	layout->header.sections[DUET_MODEL_SLOTS].n = (uint32_t)queries->n_slots;
	layout->header.sections[DUET_MODEL_FORMS].n = n_forms;
	layout->header.sections[DUET_MODEL_MEANINGS].n = (uint32_t)queries->n_meanings;
	layout->header.sections[DUET_MODEL_STRINGS].n = (uint32_t)layout->strings.len;
	return layout->strings.failed ? -ENOMEM : 0;
}

static int lay_lists(struct layout *layout, const struct duet_trainer *trainer)
{
	uint32_t room = power_above(trainer->lists.n * 2), mask = room - 1;

	layout->lists = duet_arena_alloc(trainer->arena, room * sizeof(*layout->lists));
	if (!layout->lists)
		return -ENOMEM;
	for (size_t i = 0; i < trainer->lists.room; i++) {
		const struct duet_lists_entry *entry = &trainer->lists.entries[i];
		uint32_t at = (uint32_t)entry->text & mask;

		if (!entry->text)
			continue;
		while (layout->lists[at].text)
			at = (at + 1) & mask;
		layout->lists[at] = (struct duet_model_text){entry->text, entry->slots};
	}
	layout->header.sections[DUET_MODEL_LISTS].n = room;
	return 0;
}

/* How many bytes the features take whose largest weight is at least `least`. */
static size_t bytes_at(const struct exporter *exporter, int least, size_t *n_features, size_t *n_weights)
{
	*n_features = *n_weights = 0;
	for (size_t i = 0; i < exporter->n_features; i++) {
		const struct feature *feature = &exporter->features[i];

		if (!feature->is_text && feature->most < least)
			continue;
		*n_features += 1;
		*n_weights += feature->n;
	}
	return power_above(*n_features * 5 / 4) * sizeof(struct duet_model_feature) +
	       *n_weights * sizeof(struct duet_model_weight);
}

static void lay_feature(struct layout *layout, const struct exporter *exporter, const struct feature *feature)
{
	uint32_t mask = layout->header.sections[DUET_MODEL_FEATURES].n - 1,
		 at = (uint32_t)feature->hash & mask;
	uint32_t *n_weights = &layout->header.sections[DUET_MODEL_WEIGHTS].n;
	uint32_t n = feature->n > 255 ? 255 : feature->n;

	while (layout->features[at].key)
		at = (at + 1) & mask;
	layout->features[at] =
		(struct duet_model_feature){(uint32_t)(feature->hash >> 32) | 1, *n_weights << 8 | n};
	memcpy(layout->weights + *n_weights, exporter->weights + feature->weight,
	       n * sizeof(*layout->weights));
	*n_weights += n;
}

static int lay_features(struct layout *layout, const struct exporter *exporter, size_t max_bytes)
{
	struct duet_arena *arena = exporter->trainer->arena;
	size_t n_features, n_weights;
	size_t others =
		layout->strings.len + layout->header.sections[DUET_MODEL_LISTS].n * sizeof(*layout->lists);
	int least = 1;

	max_bytes -= others < max_bytes ? others : max_bytes;
	while (bytes_at(exporter, least, &n_features, &n_weights) > max_bytes && least < 127)
		least++;
	layout->header.sections[DUET_MODEL_FEATURES].n = power_above(n_features * 5 / 4);
	layout->features = duet_arena_alloc(arena, layout->header.sections[DUET_MODEL_FEATURES].n *
							   sizeof(*layout->features));
	layout->weights = duet_arena_alloc(arena, (n_weights + 1) * sizeof(*layout->weights));
	if (!layout->features || !layout->weights || n_weights >= 1 << 24)
		return -ENOMEM;
	for (size_t i = 0; i < exporter->n_features; i++) {
		if (exporter->features[i].is_text || exporter->features[i].most >= least)
			lay_feature(layout, exporter, &exporter->features[i]);
	}
	return 0;
}

static int write_file(struct layout *layout, struct duet_arena *arena, const char *path,
		      struct duet_error *error)
{
	const void *parts[DUET_MODEL_SECTIONS] = {
		[DUET_MODEL_STRINGS] = layout->strings.ptr, [DUET_MODEL_SLOTS] = layout->slots,
		[DUET_MODEL_MEANINGS] = layout->meanings,   [DUET_MODEL_FORMS] = layout->forms,
		[DUET_MODEL_LISTS] = layout->lists,         [DUET_MODEL_FEATURES] = layout->features,
		[DUET_MODEL_WEIGHTS] = layout->weights,
	};
	struct duet_model_header *header = &layout->header;
	size_t size = sizeof(*header);
	char *file;

	for (int i = 0; i < DUET_MODEL_SECTIONS; i++) {
		header->sections[i].offset = (uint32_t)size;
		size += (header->sections[i].n * duet_model_item_size((enum duet_model_section)i) + 7) / 8 *
			8;
	}
	file = duet_arena_alloc(arena, size);
	if (!file)
		return duet_error_set(error, -ENOMEM, "out of memory");
	for (int i = 0; i < DUET_MODEL_SECTIONS; i++)
		memcpy(file + header->sections[i].offset, parts[i],
		       header->sections[i].n * duet_model_item_size((enum duet_model_section)i));
	header->size = (uint32_t)size;
	memcpy(file, header, sizeof(*header));
	header->checksum = duet_model_checksum(file, size);
	memcpy(file, header, sizeof(*header));
	return duet_file_replace(path, (struct duet_slice){file, size}, error);
}

static int lay_out(struct layout *layout, struct exporter *exporter, size_t max_bytes)
{
	struct duet_trainer *trainer = exporter->trainer;
	float keep = 1 - (float)trainer->cuts.drop / 65536;

	layout->header = (struct duet_model_header){
		.version = DUET_MODEL_VERSION,
		.cut_scale = exporter->cut_scale * keep,
		.text_scale = exporter->text_scale * keep,
		/* Of requests for other things in two public collections, which nothing was learnt from,
		   fewer than 1 % are as probable. */
		.take = 0.8f,
		.ask = 0.4f,
		.cuts_speak = trainer->cuts_speak,
	};
	memcpy(layout->header.magic, DUET_MODEL_MAGIC, sizeof(layout->header.magic));
	if (lay_names(layout, trainer) < 0 || lay_lists(layout, trainer) < 0 ||
	    lay_features(layout, exporter, max_bytes) < 0)
		return -ENOMEM;
	return 0;
}

int duet_trainer_export(struct duet_trainer *trainer, size_t max_bytes, const char *path,
			struct duet_error *error)
{
	struct exporter exporter = {.trainer = trainer};
	struct layout layout = {.header.version = 0};
	int result = -ENOMEM;

	duet_text_init(&layout.strings, 1 << 24);
	exporter.cut_scale = scale_of(&trainer->cuts);
	exporter.text_scale = scale_of(&trainer->texts);
	if (collect_all(&exporter) < 0 || lay_out(&layout, &exporter, max_bytes) < 0)
		duet_error_set(error, -ENOMEM, "out of memory");
	else
		result = write_file(&layout, trainer->arena, path, error);
	duet_text_done(&layout.strings);
	duet_free(exporter.features);
	duet_free(exporter.weights);
	duet_free(exporter.seen);
	return result;
}
