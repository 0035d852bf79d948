/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_SESSION_RECORD_H
#define DUET_HUB_SESSION_RECORD_H

#include "duet/slice.h"

struct duet_arena;
struct duet_hub_view;

/* What a persistent session remembers (its subscriptions), in the session's own format. */

/* 1: there is one; 0: none. */
int duet_hub_session_load(struct duet_hub_view *view, const char *target, struct duet_arena *arena,
			  struct duet_slice *state);

/* Inside a change. -ENOENT: no such identity. */
int duet_hub_session_save(struct duet_hub_view *view, const char *target, struct duet_slice state);
int duet_hub_session_drop(struct duet_hub_view *view, const char *target);

#endif
