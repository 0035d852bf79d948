/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_DATE_H
#define DUET_HUB_DATE_H

#include <stdint.h>

#include "duet/slice.h"

/* Times as services write and read them: ISO 8601 in UTC; 0 is "0001-01-01T00:00:00Z", which means never. */
enum { DUET_HUB_DATE_BYTES = 32 };

/* "2026-11-28T14:30:59.123Z"; returns `text`. */
const char *duet_hub_date_format(int64_t ms, char text[DUET_HUB_DATE_BYTES]);

/* ms since 1970, -EINVAL. Any number of digits after the second; Z, an offset, or nothing (UTC). */
int duet_hub_date_parse(struct duet_slice text, int64_t *ms);

#endif
