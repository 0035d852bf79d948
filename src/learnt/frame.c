/* SPDX-License-Identifier: Apache-2.0 */
#include "learnt/frame.h"

#include <string.h>

void duet_columns_clear(struct duet_columns *columns)
{
	columns->n = 0;
	memset(columns->place, DUET_NO_PLACE, sizeof(columns->place));
}

void duet_columns_add(struct duet_columns *columns, size_t column)
{
	columns->place[column] = (uint8_t)columns->n;
	columns->column[columns->n++] = (uint8_t)column;
}

static void add_slots(struct duet_columns *columns, const struct duet_frame *frame, size_t first)
{
	for (size_t s = 0; s < frame->n_slots; s++)
		duet_columns_add(columns, first + frame->slot[s]);
}

void duet_frame_init(struct duet_frame *frame, uint64_t slots, size_t n_slots_of_model)
{
	size_t all = n_slots_of_model;

	frame->slots = slots;
	frame->n_slots = 0;
	for (size_t s = 0; s < all; s++) {
		if (slots >> s & 1)
			frame->slot[frame->n_slots++] = (uint8_t)s;
	}
	duet_columns_clear(&frame->word);
	duet_columns_clear(&frame->span);
	duet_columns_clear(&frame->follow);
	duet_columns_add(&frame->word, 0);
	duet_columns_add(&frame->follow, 0);
	add_slots(&frame->follow, frame, 1);
	add_slots(&frame->span, frame, 0);
	for (size_t part = 0; part < 3; part++)
		add_slots(&frame->word, frame, 1 + part * all);
}

static void visit_words(const struct duet_words *words, const struct duet_frame *frame,
			const struct duet_lattice *lattice, duet_visit *visit, void *user)
{
	uint64_t features[DUET_FEATURES_WORD];

	for (size_t at = 0; at < words->n; at++) {
		size_t n = duet_features_word(words, at, features);

		for (size_t i = 0; i < n; i++)
			visit(user, features[i], &frame->word, duet_lattice_word(lattice, at));
	}
}

static void visit_spans(const struct duet_words *words, const struct duet_spans *spans,
			const struct duet_frame *frame, const struct duet_lattice *lattice, duet_visit *visit,
			void *user)
{
	uint64_t features[DUET_FEATURES_SPAN];

	for (size_t at = 0; at < words->n; at++) {
		for (size_t length = 1; length <= lattice->longest && at + length <= words->n; length++) {
			uint64_t lists = spans->lists[at * DUET_SPAN_MAX + length - 1];
			size_t n = duet_features_span(words, at, at + length, lists, features);

			for (size_t i = 0; i < n; i++)
				visit(user, features[i], &frame->span,
				      duet_lattice_span(lattice, at, length));
		}
	}
}

static void visit_follow(const struct duet_frame *frame, const struct duet_lattice *lattice,
			 duet_visit *visit, void *user)
{
	for (size_t state = 0; state < 2 * frame->n_slots + 1; state++) {
		uint64_t last = state == 2 * frame->n_slots ? DUET_SLOTS_MAX : frame->slot[state / 2];

		visit(user, duet_features_follow(2 * last + (state & 1)), &frame->follow,
		      duet_lattice_follow(lattice, state));
	}
}

void duet_visit_lattice(const struct duet_words *words, const struct duet_spans *spans,
			const struct duet_frame *frame, const struct duet_lattice *lattice, duet_visit *visit,
			void *user)
{
	if (!frame->n_slots)
		return;
	visit_words(words, frame, lattice, visit, user);
	visit_spans(words, spans, frame, lattice, visit, user);
	visit_follow(frame, lattice, visit, user);
}
