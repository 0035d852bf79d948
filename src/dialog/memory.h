/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_DIALOG_MEMORY_H
#define DUET_DIALOG_MEMORY_H

#include <jansson.h>

#include "dialog/history.h"
#include "duet/skill.h"

struct duet_store;

/*
 * What one assistant remembers, and no other (rule 13): what it said last, what
 * was talked about, what it asked, and its history, which outlives a restart.
 * What was talked about and what was asked are over after a while.
 */
struct duet_about {
	json_t *meaning; /* the last request (dialog/meaning.h); NULL: nothing */
	json_t *it;      /* see duet_answer */
	json_t *undo, *others;
	int64_t till_ms;
};

struct duet_question {
	json_t *meaning; /* what was asked about; NULL: nothing is asked */
	json_t *choices; /* or NULL */
	json_t *undo;    /* what is taken back once it is done, or NULL */
	char asks[24];   /* see duet_answer; "confirm" for yes or no */
	char *text;      /* the question in words */
	int n_tries;     /* answers that were not understood */
	int64_t till_ms;
};

struct duet_memory {
	char id[64];
	char *last_reply;
	unsigned n_replies; /* for taking variants in turn */
	struct duet_about about;
	struct duet_question question;
	struct duet_memory *next;
};

/* The memory of the assistant in the list `*first`, made when missing; NULL: out of memory. */
struct duet_memory *duet_memory_of(struct duet_memory **first, const char *id, struct duet_store *store);
void duet_memory_free_all(struct duet_memory *first);

/* What was talked about and asked until `now_ms` and is over by now is forgotten; true when that was a
 * question. */
bool duet_memory_expire(struct duet_memory *memory, int64_t now_ms);

/* The answer of a request asks; takes the answer's choices and `take_undo`. */
void duet_memory_ask(struct duet_memory *memory, const struct duet_request *request,
		     struct duet_answer *answer, const char *text, json_t *take_undo, int64_t now_ms);
void duet_memory_drop_question(struct duet_memory *memory);
static inline bool duet_memory_asks(const struct duet_memory *memory)
{
	return memory->question.meaning != NULL;
}

/* The request was carried out: it is what is talked about now. Takes what the answer says of that. */
void duet_memory_talk_about(struct duet_memory *memory, const struct duet_request *request,
			    struct duet_answer *answer, int64_t now_ms);

/* What was heard and said goes to the assistant's own history. */
void duet_memory_note(struct duet_memory *memory, struct duet_store *store,
		      const struct duet_history_keep *keep, int64_t now_s, const json_t *turn);

/* What the assistant `id` of the list said last, and what it asked. */
void duet_memory_forget(struct duet_memory *first, const char *id);

#endif
