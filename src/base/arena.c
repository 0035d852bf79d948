/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

/* Blocks grow with the arena, so that a large one is not a long list. */
enum { FIRST_BLOCK_BYTES = 4096 };

struct block {
	struct block *older;
	size_t size, used;
	alignas(max_align_t) char bytes[];
};

struct duet_arena {
	struct block *newest;
	size_t held, max;
};

struct duet_arena *duet_arena_new(size_t max_bytes)
{
	struct duet_arena *arena = duet_calloc(1, sizeof(*arena));

	if (arena)
		arena->max = max_bytes;
	return arena;
}

void duet_arena_free(struct duet_arena *arena)
{
	if (!arena)
		return;
	duet_arena_reset(arena);
	duet_free(arena->newest);
	duet_free(arena);
}

void duet_arena_reset(struct duet_arena *arena)
{
	struct block *block = arena->newest, *older;

	if (!block)
		return;
	for (; block->older; block = older) {
		older = block->older;
		duet_free(block);
	}
	block->used = 0;
	arena->newest = block;
	arena->held = block->size;
}

static struct block *add_block(struct duet_arena *arena, size_t size)
{
	size_t room = arena->max - arena->held;
	size_t wanted = arena->held > FIRST_BLOCK_BYTES ? arena->held : FIRST_BLOCK_BYTES;
	struct block *block;

	if (size > room)
		return NULL;
	if (wanted < size)
		wanted = size;
	if (wanted > room)
		wanted = room;
	block = duet_alloc(sizeof(*block) + wanted);
	if (!block)
		return NULL;
	*block = (struct block){.older = arena->newest, .size = wanted};
	arena->held += wanted;
	return arena->newest = block;
}

void *duet_arena_alloc(struct duet_arena *arena, size_t size)
{
	struct block *block = arena->newest;
	char *piece;

	if (size > arena->max)
		return NULL;
	size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (!block || block->size - block->used < size)
		block = add_block(arena, size);
	if (!block)
		return NULL;
	piece = block->bytes + block->used;
	block->used += size;
	return memset(piece, 0, size);
}

char *duet_arena_copy(struct duet_arena *arena, struct duet_slice text)
{
	char *copy = duet_arena_alloc(arena, text.len + 1);

	if (copy && text.len)
		memcpy(copy, text.ptr, text.len);
	return copy;
}

char *duet_arena_printf(struct duet_arena *arena, const char *format, ...)
{
	va_list args, again;
	char *text = NULL;
	int len;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	if (len >= 0)
		text = duet_arena_alloc(arena, (size_t)len + 1);
	if (text)
		vsnprintf(text, (size_t)len + 1, format, again);
	va_end(again);
	va_end(args);
	return text;
}
