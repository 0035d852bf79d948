/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_PRESENCE_H
#define DUET_HUB_PRESENCE_H

#include <stdbool.h>

struct duet_hub_loop;

/*
 * Who came and went on a loop, on its way to the registry: gathered for a moment and written as one change.
 * Loop thread.
 */
struct duet_hub_presence;

struct duet_hub_presence *duet_hub_presence_new(struct duet_hub_loop *loop);
/* Hands over what was gathered; the storage must still take changes. */
void duet_hub_presence_free(struct duet_hub_presence *presence);

/* `model_id` NULL: as before. When memory is short the note is lost and the registry stays as it was. */
void duet_hub_presence_note(struct duet_hub_loop *loop, const char *target, bool connected,
			    const char *model_id);

/* It has sent something lately. */
void duet_hub_presence_active(struct duet_hub_loop *loop, const char *target);

#endif
