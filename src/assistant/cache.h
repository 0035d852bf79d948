/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_ASSISTANT_CACHE_H
#define DUET_ASSISTANT_CACHE_H

#include <stddef.h>

#include "duet/error.h"

struct duet_grammar;

/*
 * Compiled sentences: compiled anew only when a sentence file, the language or
 * the program changed, else mapped from where they were put.
 */

/* `sources`: files and folders. `dir` NULL: compiled into a temporary file that is gone when the grammar is
 * freed. The first mistake of the sentences goes to `error`, all of them to the log. */
int duet_cache_open(struct duet_grammar **grammar, const char *const *sources, size_t n_sources,
		    const char *language, const char *dir, struct duet_error *error);

#endif
