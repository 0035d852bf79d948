/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BASE_ALLOC_H
#define DUET_BASE_ALLOC_H

#include <stddef.h>

/*
 * The only allocator of the project: libc's, behind one hook with which a test
 * makes the n-th allocation fail. Thread-safe. Everything is freed by duet_free.
 */
void *duet_alloc(size_t size);                /* not cleared; NULL when out of memory */
void *duet_calloc(size_t count, size_t size); /* cleared; checks count * size */
void *duet_realloc(void *old, size_t count, size_t size);
char *duet_strdup(const char *text);
void duet_free(void *memory); /* NULL is fine */

/* Tests only: the allocation number `n` from now (1 = the next) fails, and it alone; 0: none. Returns how
 * many were made since the last call. */
long duet_alloc_fail_at(long n);

/* Tests only: how many pieces of memory are not freed. */
long duet_alloc_live(void);

#endif
