/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_NET_URL_H
#define DUET_NET_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "duet/slice.h"

/* Percent-encoding (RFC 3986) and query strings. */

/* Decodes %XX (and + as a blank when `plus`); writes at most `size` bytes with the NUL. The length, -EINVAL:
 * a broken escape or a NUL, -ENOSPC. `out` may be text.ptr. */
long duet_url_decode(struct duet_slice text, bool plus, char *out, size_t size);

/* Encodes everything but unreserved characters. The length, -ENOSPC. */
long duet_url_encode(struct duet_slice text, char *out, size_t size);

/* Takes the next member of `k=v&k=v` off `query`; `value.ptr` is NULL when there was no `=`. Nothing is
 * decoded. False: there is none. */
bool duet_url_next(struct duet_slice *query, struct duet_slice *key, struct duet_slice *value);

/* The decoded value of the first member called `name`: its length, -ENOENT, or as duet_url_decode. */
long duet_url_find(struct duet_slice query, const char *name, char *out, size_t size);

#endif
