/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BASE_TEXT_H
#define DUET_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/slice.h"

/* UTF-8 text; Unicode tables are utf8proc's. */

/* Decodes one code point and moves `text` past it; -1 at the end; U+FFFD for each broken byte. */
int32_t duet_text_next(struct duet_slice *text);
bool duet_text_valid(struct duet_slice text);
size_t duet_text_valid_len(struct duet_slice text);       /* bytes before the first broken one */
size_t duet_text_encode(int32_t code_point, char out[4]); /* bytes written */

/* Does it belong to the character before it, as vowel signs and accents of their own do? */
bool duet_text_combines(int32_t code_point);

/* NFC and, when `fold`, case-folded; broken bytes become U+FFFD. Writes at most `size` bytes with the NUL;
 * the length, or -ENOSPC. */
long duet_text_normalise(struct duet_slice text, bool fold, char *out, size_t size);

/* Columns on a terminal (wide characters count two). */
int duet_text_width(struct duet_slice text);

/* Of `names` (NULL-terminated) the one nearest to `text` by edit distance, or NULL when none is near. */
const char *duet_text_nearest(const char *text, const char *const *names);

/* Growing text with a maximum, for output that is built piece by piece. */
struct duet_text {
	char *ptr; /* NUL-terminated once something was added; freed by duet_text_done */
	size_t len, room, max;
	bool failed; /* out of memory or over max: what follows is dropped */
};

void duet_text_init(struct duet_text *text, size_t max);
void duet_text_done(struct duet_text *text);
int duet_text_add(struct duet_text *text, struct duet_slice piece);
int duet_text_printf(struct duet_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
