/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_LISTENER_H
#define DUET_HUB_LISTENER_H

#include "hub/hub.h"

/*
 * Where connections come from: one socket for each loop and port (SO_REUSEPORT), so that the system spreads
 * them and no loop hands one to another.
 */
struct duet_hub_listener;

/* Loop thread. Accepts on `take_fd` until it is freed. NULL: out of memory. */
struct duet_hub_listener *duet_hub_listener_new(struct duet_hub_loop *loop, int take_fd,
						enum duet_hub_port port);
void duet_hub_listener_free(struct duet_hub_listener *listener);

#endif
