/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BASE_ARENA_H
#define DUET_BASE_ARENA_H

#include <stddef.h>

#include "duet/slice.h"

/*
 * Memory for one turn, one request or one compilation: taken piece by piece,
 * given back at once. It never holds more than `max_bytes`. One thread.
 */
struct duet_arena;

struct duet_arena *duet_arena_new(size_t max_bytes);
void duet_arena_free(struct duet_arena *arena);  /* NULL is fine */
void duet_arena_reset(struct duet_arena *arena); /* keeps the first block for reuse */
void *duet_arena_alloc(struct duet_arena *arena,
		       size_t size); /* cleared, aligned for any type; NULL when full */
char *duet_arena_copy(struct duet_arena *arena, struct duet_slice text); /* NUL-terminated copy */
char *duet_arena_printf(struct duet_arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
