/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_NLU_UNDERSTAND_H
#define DUET_NLU_UNDERSTAND_H

#include "nlu/match.h"

struct duet_learnt;

/*
 * What a person meant: the sentences first, and what no sentence says is left to the learnt model. The dialog
 * and `duet nlu parse` both ask here, so that they understand the same. No allocation beyond the arena.
 */

enum duet_source { DUET_SOURCE_EXACT, DUET_SOURCE_LEARNT };

/* "exact", "learnt". */
const char *duet_source_name(enum duet_source source);

struct duet_understanding {
	struct duet_match match; /* a learnt one has no file and no parses */
	enum duet_source source;
	double score;  /* how sure, 0 … 1; what a sentence says is 1 */
	bool doubtful; /* the margin is thin: the person must be asked whether `match` was meant */
	bool risky;    /* learnt, and may do harm if it was not meant: the person must say yes to it */
	const char *paraphrase; /* learnt: what was said in words that the sentences have; else NULL */
};

struct duet_understand_setting {
	const struct duet_grammar *grammar;
	const struct duet_learnt *learnt; /* for what no sentence says; NULL: there is no model */
	struct duet_match_context context;
	bool answering; /* a question stands: of several parses yes or no comes first, else last */
};

/* 1 and `*understanding` (in the arena); 0 when nothing was understood; negative errno (-E2BIG: too many
 * words, -EILSEQ: not UTF-8, -ENOMEM). */
int duet_understand(const struct duet_understand_setting *setting, struct duet_slice text,
		    struct duet_arena *arena, struct duet_understanding *understanding);

#endif
