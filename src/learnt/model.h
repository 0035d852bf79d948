/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEARNT_MODEL_H
#define DUET_LEARNT_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"
#include "duet/slice.h"

/*
 * A learnt model as it lies in its file and is read in place: what learnt/train.h writes and
 * learnt/guess.h asks. Everything is little-endian as the machine; offsets count items,
 * strings are offsets into the string section and end with NUL. Nothing in it is
 * trusted: every offset is checked when it is opened.
 */
#define DUET_MODEL_MAGIC   "duetlrn"
#define DUET_MODEL_VERSION 1

enum duet_model_section {
	DUET_MODEL_STRINGS,
	DUET_MODEL_SLOTS, /* string */
	DUET_MODEL_MEANINGS,
	DUET_MODEL_FORMS,    /* string */
	DUET_MODEL_LISTS,    /* texts that slots have held: a hash table */
	DUET_MODEL_FEATURES, /* a hash table */
	DUET_MODEL_WEIGHTS,
	DUET_MODEL_SECTIONS
};

struct duet_model_header {
	char magic[8];
	uint32_t version, size;
	uint64_t checksum;           /* of all bytes behind it */
	float cut_scale, text_scale; /* what a weight of 1 is worth: for slots, for meanings */
	float take, ask;             /* how probable a meaning must be to be acted on, to be asked about */
	uint32_t cuts_speak;         /* how well slots fit counts for a meaning */
	uint32_t reserved;
	struct {
		uint32_t offset, n; /* bytes from the file's begin, items */
	} sections[DUET_MODEL_SECTIONS];
};

struct duet_model_meaning {
	uint64_t slots;  /* that it may have: bits */
	uint32_t intent; /* string; "": none */
	uint32_t form, n_forms;
	uint32_t longest; /* words in one of its slots */
};

struct duet_model_text { /* free: text 0 */
	uint64_t text, slots;
};

/* What a feature weighs: `run` is the place of its first weight << 8 | how many there are. Both 0: free. */
struct duet_model_feature {
	uint32_t key; /* upper half of its hash, | 1; the lower half is where it lies */
	uint32_t run;
};

struct duet_model_weight {
	uint8_t column;
	int8_t weight;
};

struct duet_model {
	struct duet_slice bytes;
	const struct duet_model_header *header;
	const char *strings;
	const uint32_t *slots, *forms;
	const struct duet_model_meaning *meanings;
	const struct duet_model_text *lists;
	const struct duet_model_feature *features;
	const struct duet_model_weight *weights;
	size_t n_slots, n_meanings;
	uint32_t lists_mask, features_mask;
};

/* Maps a file. 0, or a negative errno and what is wrong; a damaged or foreign one is -EINVAL. */
int duet_model_open(struct duet_model *model, const char *path, struct duet_error *error);
void duet_model_close(struct duet_model *model);

/* The same for bytes that somebody else owns, aligned to 8. */
int duet_model_read(struct duet_model *model, struct duet_slice bytes, struct duet_error *error);

uint64_t duet_model_checksum(const void *file, size_t n_bytes);
size_t duet_model_item_size(enum duet_model_section section);

/* The feature's weights, or NULL when the model does not know it; there may be none. */
const struct duet_model_weight *duet_model_find(const struct duet_model *model, uint64_t feature,
						size_t *n_weights);

/* The slots that have held just this text: bits. */
uint64_t duet_model_lists(const struct duet_model *model, uint64_t text);

static inline const char *duet_model_intent(const struct duet_model *model, size_t meaning)
{
	return model->strings + model->meanings[meaning].intent;
}

static inline const char *duet_model_slot(const struct duet_model *model, size_t slot)
{
	return model->strings + model->slots[slot];
}

#endif
