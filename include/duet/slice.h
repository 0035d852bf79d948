/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SLICE_H
#define DUET_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Bytes that somebody else owns; not terminated by NUL. */
struct duet_slice {
	const char *ptr;
	size_t len;
};

static inline struct duet_slice duet_slice(const char *text)
{
	return (struct duet_slice){text, text ? strlen(text) : 0};
}

static inline bool duet_slice_equal(struct duet_slice a, struct duet_slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

#endif
