/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_DEAD_LETTER_H
#define DUET_HUB_DEAD_LETTER_H

#include "hub/outlet/outlet_kind.h"

/* Where events go that a route's outlet refuses for good: DIR/ROUTE.jsonl, one {"reason", "event"} a line,
 * kept in two halves of 32 MiB. On the route's thread; 0 or a negative errno, and then the event is not gone.
 */
int duet_hub_dead_letter(const char *dir, const char *route, const struct duet_hub_parcel *parcel,
			 const char *reason);

#endif
