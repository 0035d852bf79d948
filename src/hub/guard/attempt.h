/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_ATTEMPT_H
#define DUET_HUB_ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "duet/slice.h"

/*
 * How often somebody may fail to show who they are. Counted are an address together with the identity that
 * it claims, so that one device with a wrong key shuts out neither its neighbours behind the same address nor
 * the right one elsewhere; and, more generously, the address with whatever it claims. Any thread.
 */
struct duet_hub_attempts;

/* In a minute; 0: any number. NULL: out of memory. */
struct duet_hub_attempts *duet_hub_attempts_new(int64_t max_identity, int64_t max_address);
void duet_hub_attempts_free(struct duet_hub_attempts *attempts);

/* May it try? */
bool duet_hub_attempts_allow(struct duet_hub_attempts *attempts, const char *address,
			     struct duet_slice identity, int64_t now_ms);
void duet_hub_attempts_failed(struct duet_hub_attempts *attempts, const char *address,
			      struct duet_slice identity, int64_t now_ms);

#endif
