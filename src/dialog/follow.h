/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_DIALOG_FOLLOW_H
#define DUET_DIALOG_FOLLOW_H

#include "assistant/assistant.h"
#include "dialog/memory.h"
#include "grammar/grammar.h"

struct duet_match;
struct duet_skills;

/*
 * Sentences that lean on what was said before. They stand in blocks with `metadata: {part: follow…}`, and
 * `requires_context` says where they can be meant:
 *
 *	last: HassTurnOn     the intent that was talked about last
 *	it: light            the kind of thing that it was done to
 *	asks: duration       what the open question asks for ("confirm", "choice" …)
 *	undo: any            something can be taken back
 *
 * Their slot `follow` says how they lean: "it" (the intent is the sentence's own, what it is done to was said
 * before), "also" (the same with other slots), "instead" (the same, and what was done is taken back),
 *"answer" (what the question asked for), "choose" (one of the choices), "other" (not this one, another one),
 *"undo".
 */
enum { DUET_FOLLOW_PAIRS = 5 };

/* What is listened for now. */
enum duet_part duet_follow_part(const struct duet_memory *memory);

/* What may be leant on; how many pairs. They point into the memory. */
size_t duet_follow_context(const struct duet_memory *memory,
			   struct duet_grammar_context pairs[DUET_FOLLOW_PAIRS]);

struct duet_follow {
	json_t *meaning;   /* what is to be done (dialog/meaning.h), or NULL */
	json_t *undo;      /* what is to be taken back when it is done, or NULL; without a meaning: at once */
	json_t *choices;   /* what is to be asked: which of these is meant for `meaning` */
	json_t *others;    /* what else could have been meant */
	const char *reply; /* a response, when there is nothing to do */
	bool confirmed;    /* it was said in so many words: "all of them" */
};

/* What the request, whose slots a follow-up's, means. All NULL: it does not fit what was asked. */
void duet_follow_up(struct duet_follow *follow, const struct duet_memory *memory,
		    const struct duet_request *request);
/* The same for words that no sentence says: part of what a choice is called, or the other way round. */
void duet_follow_words(struct duet_follow *follow, const struct duet_memory *memory, const char *text);
void duet_follow_done(struct duet_follow *follow);

/*
 * Takes back what was done, silently; what `answer` (NULL: none) has changed as well stays changed, and is
 * taken back to where it was before when that is undone. The ticket of the last write, 0: none.
 */
uint64_t duet_follow_take_back(struct duet_skills *skills, const struct duet_request *request,
			       const json_t *undo, struct duet_answer *answer);

#endif
