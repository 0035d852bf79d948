/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEARNT_FRAME_H
#define DUET_LEARNT_FRAME_H

#include "learnt/features.h"
#include "learnt/lattice.h"

/*
 * Which weights make which score. A frame is the set of slots that a meaning may have; its lattice has only
 * those. Every feature has a row of weights, one for each column: a word's for no slot and for beginning,
 * going on in and ending each slot; a span's for each slot; a sentence's for each meaning. Training and
 * prediction make the same visits, the one to learn, the other to add up.
 */
#define DUET_SLOTS_MAX    60
#define DUET_MEANINGS_MAX 250
#define DUET_COLUMNS_MAX  256
#define DUET_SPAN_MAX     20 /* words */

/* The columns of a row that count, of all that it has. */
struct duet_columns {
	size_t n;
	uint8_t column[DUET_COLUMNS_MAX]; /* of the row, for each that counts */
	uint8_t place[DUET_COLUMNS_MAX];  /* … and back; DUET_COLUMNS_MAX - 1: does not count */
};

#define DUET_NO_PLACE 255

void duet_columns_clear(struct duet_columns *columns);
void duet_columns_add(struct duet_columns *columns, size_t column);

struct duet_frame {
	uint64_t slots; /* a bit for each */
	uint8_t slot[DUET_SLOTS_MAX];
	size_t n_slots;
	struct duet_columns word, span, follow;
};

void duet_frame_init(struct duet_frame *frame, uint64_t slots, size_t n_slots_of_model);

/* What lists say of every span: [n_words][DUET_SPAN_MAX] bits for slots, by begin and length less one. */
struct duet_spans {
	uint64_t *lists;
	uint64_t any; /* of all */
};

/* Called for each feature with the scores that its weights make. */
typedef void duet_visit(void *user, uint64_t feature, const struct duet_columns *columns, float *scores);

void duet_visit_lattice(const struct duet_words *words, const struct duet_spans *spans,
			const struct duet_frame *frame, const struct duet_lattice *lattice, duet_visit *visit,
			void *user);

#endif
