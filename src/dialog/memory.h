/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_DIALOG_MEMORY_H
#define DUET_DIALOG_MEMORY_H

#include <jansson.h>

#include "duet/skill.h"

struct duet_arena;
struct duet_store;

/*
 * What one assistant remembers, and no other (rule 13): what it said last, what
 * it asked, and its history, which outlives a restart.
 */
struct duet_memory {
	char id[64];
	char *last_reply;
	unsigned n_replies; /* for taking variants in turn */
	/* An open question: the request that a yes confirms, in an arena of its own. */
	struct duet_arena *question_arena;
	struct duet_request question;
	struct duet_memory *next;
};

/* The memory of the assistant in the list `*first`, made when missing; NULL: out of memory. */
struct duet_memory *duet_memory_of(struct duet_memory **first, const char *id, struct duet_store *store);
void duet_memory_free_all(struct duet_memory *first);

/* Takes the arena, in which the request lies. */
void duet_memory_ask(struct duet_memory *memory, const struct duet_request *request,
		     struct duet_arena *take_arena);
void duet_memory_drop_question(struct duet_memory *memory);

/* What was heard and said goes to the assistant's own history, its newest `keep` entries. */
void duet_memory_note(struct duet_memory *memory, struct duet_store *store, int keep, const json_t *turn);

#endif
