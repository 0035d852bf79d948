/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_GRAMMAR_VECTOR_H
#define DUET_GRAMMAR_VECTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/alloc.h"

/*
 * Makes room for one more item at the end of a heap array that the caller holds
 * as {pointer, n, room}. Doubles; false when out of memory, and nothing is lost.
 */
static inline bool duet_vector_room(void *array_pointer, size_t n, size_t *room, size_t item_size)
{
	void **array = array_pointer, *grown;
	size_t want = *room ? *room * 2 : 16;

	if (n < *room)
		return true;
	grown = duet_realloc(*array, want, item_size);
	if (!grown)
		return false;
	*array = grown;
	*room = want;
	return true;
}

#endif
