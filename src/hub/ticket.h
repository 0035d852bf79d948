/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_TICKET_H
#define DUET_HUB_TICKET_H

struct duet_hub;
struct duet_hub_loop;

/*
 * The keys of TLS tickets, kept in the database (sealed, as all secrets), so that those who come back after a
 * restart resume as if there had been none.
 */

/* Before the loops run: takes those of the time before, or keeps new ones. 0 or a negative errno. */
int duet_hub_tickets_load(struct duet_hub *hub);
/* Now and then, on a loop: keeps them when they have changed. */
void duet_hub_tickets_keep(struct duet_hub_loop *loop);

#endif
