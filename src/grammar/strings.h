/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_GRAMMAR_STRINGS_H
#define DUET_GRAMMAR_STRINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/slice.h"

/*
 * Different strings, each kept once, behind one another and ended by NUL: an
 * offset is a string's name. Offset 0 is "". An allocation that fails is
 * remembered in `failed`.
 */
struct duet_strings {
	char *bytes;
	size_t n_bytes, room;
	uint32_t *table; /* by hash: offset + 1 */
	size_t table_size, n;
	bool failed;
};

void duet_strings_init(struct duet_strings *strings);
void duet_strings_done(struct duet_strings *strings);

/* Its offset. What stands behind a NUL is lost, as in any C string. */
uint32_t duet_strings_add(struct duet_strings *strings, struct duet_slice text);

static inline const char *duet_strings_at(const struct duet_strings *strings, uint32_t offset)
{
	return strings->bytes + offset;
}

#endif
