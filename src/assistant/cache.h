/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_ASSISTANT_CACHE_H
#define DUET_ASSISTANT_CACHE_H

#include <stddef.h>

#include "duet/error.h"

struct duet_grammar;

/*
 * Compiled sentences: compiled anew only when a sentence file, the language or
 * what compiles them changed, else mapped from where they were put.
 */
struct duet_cache_places {
	const char *ready; /* a file that came with the program and may be just these sentences, or NULL */
	const char *dir;   /* NULL: into a temporary file that is gone when the grammar is freed */
};

/* `sources`: files and folders. The first mistake of the sentences goes to `error`, all of them to the log.
 */
int duet_cache_open(struct duet_grammar **grammar, const char *const *sources, size_t n_sources,
		    const char *language, const struct duet_cache_places *places, struct duet_error *error);

#endif
