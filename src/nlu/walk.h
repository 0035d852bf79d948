/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_NLU_WALK_H
#define DUET_NLU_WALK_H

#include "base/arena.h"
#include "grammar/network.h"
#include "nlu/sentence.h"

/*
 * All ways of a sentence through the network, packed: the same net at the same
 * place is walked once, whoever calls it (a chart parser). Time and memory are bounded by
 * places × states.
 */

/* A net begun at a place. What is reached right behind a value differs from what is reached there otherwise:
 * a space of the template reads nothing there. */
struct duet_walk_frame {
	struct duet_walk_frame *next; /* with the same hash */
	struct duet_net_view view;
	uint32_t number, at;
	bool behind_value;
	struct duet_walk_wait *waits;
	struct duet_walk_end *ends;
};

/* Who goes on when a frame ends. */
struct duet_walk_wait {
	struct duet_walk_wait *next;
	struct duet_walk_item *from;
	uint32_t target, slot;
};

/* A place where a frame ended, with what. */
struct duet_walk_end {
	struct duet_walk_end *next;
	struct duet_walk_frame *frame;
	uint32_t at, out;
	bool behind_value;
	struct duet_walk_way *ways; /* only where the way matters: rules with lists in them, sentences */
};

struct duet_walk_way {
	struct duet_walk_way *next;
	const struct duet_walk_item *item;
};

/* A state reached at a place within a frame, and from where. */
struct duet_walk_item {
	struct duet_walk_item *next; /* in the queue of its place */
	struct duet_walk_item *twin; /* with the same hash */
	struct duet_walk_frame *frame;
	uint32_t state, at;
	bool behind_value;
	struct duet_walk_edge *edges; /* none: the frame's begin */
};

struct duet_walk_edge {
	struct duet_walk_edge *next;
	const struct duet_walk_item *from;
	const struct duet_walk_end
		*end; /* the call that was walked, NULL: text, or a call without captures */
	uint32_t slot;
};

/* The ends of the sentence net (each out a template) that read all of it; NULL: none. `*ends` lie in the
 * arena. 0, -ENOMEM, or -E2BIG when the sentence takes too many steps. */
int duet_walk(const struct duet_grammar *grammar, const struct duet_sentence *sentence,
	      struct duet_arena *arena, const struct duet_walk_end **ends);

#endif
