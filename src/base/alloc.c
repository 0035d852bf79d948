/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static atomic_long n_made, n_live, until_failure;

static bool must_fail(void)
{
	atomic_fetch_add_explicit(&n_made, 1, memory_order_relaxed);
	return atomic_load_explicit(&until_failure, memory_order_relaxed) > 0 &&
	       atomic_fetch_sub(&until_failure, 1) == 1;
}

static void *counted(void *memory)
{
	if (memory)
		atomic_fetch_add_explicit(&n_live, 1, memory_order_relaxed);
	return memory;
}

void *duet_alloc(size_t size)
{
	return must_fail() ? NULL : counted(malloc(size ? size : 1));
}

void *duet_calloc(size_t count, size_t size)
{
	size_t bytes;

	if (must_fail() || __builtin_mul_overflow(count, size, &bytes))
		return NULL;
	return counted(calloc(1, bytes ? bytes : 1));
}

void *duet_realloc(void *old, size_t count, size_t size)
{
	size_t bytes;
	void *grown;

	if (must_fail() || __builtin_mul_overflow(count, size, &bytes))
		return NULL;
	grown = realloc(old, bytes ? bytes : 1);
	return old ? grown : counted(grown);
}

char *duet_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = duet_alloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}

void duet_free(void *memory)
{
	if (memory)
		atomic_fetch_sub_explicit(&n_live, 1, memory_order_relaxed);
	free(memory);
}

long duet_alloc_fail_at(long n)
{
	atomic_store(&until_failure, n);
	return atomic_exchange(&n_made, 0);
}

long duet_alloc_live(void)
{
	return atomic_load(&n_live);
}
