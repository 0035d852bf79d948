/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_GRAMMAR_KEY_H
#define DUET_GRAMMAR_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"

/* What a network comes from: the language, what stands in the files, and the code that compiles them. Where
 * the files lie does not matter. A network that has the key need not be compiled again (duet_grammar_key). 0,
 * or a negative errno and `error`. */
int duet_grammar_source_key(const char *const *sources, size_t n_sources, const char *language, uint32_t *key,
			    struct duet_error *error);

#endif
