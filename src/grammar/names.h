/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_GRAMMAR_NAMES_H
#define DUET_GRAMMAR_NAMES_H

#include <stddef.h>

#include "base/arena.h"

/* What is known under a name, found in constant time. It lies in an arena and is never freed itself; a
 * cleared one is empty. */
struct duet_names {
	struct duet_name **buckets;
	size_t n_buckets, n;
};

/* NULL: nothing has that name. */
void *duet_names_find(const struct duet_names *names, struct duet_slice name);

/* `name` must outlive the arena, and be new. 0 or -ENOMEM. */
int duet_names_add(struct duet_names *names, struct duet_arena *arena, struct duet_slice name, void *what);

#endif
