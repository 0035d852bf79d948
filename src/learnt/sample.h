/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEARNT_SAMPLE_H
#define DUET_LEARNT_SAMPLE_H

#include "learnt/query.h"

/*
 * Queries from sentence templates: what they say, drawn at random, and the forms in
 * which each block says it. Which rules are slots as a whole, and what names a home may have, stands in
 * `queries`, from its files. The same templates make the same queries.
 */

/* `n` queries, about, spread evenly over the templates; `sentences` are files and folders as for
 * duet_grammar_compile. */
int duet_queries_sample(struct duet_queries *queries, const char *const *sentences, size_t n_sentences,
			const char *language, size_t n, struct duet_error *error);

#endif
