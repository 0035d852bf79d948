/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_LISTENER_H
#define DUET_HUB_LISTENER_H

#include "duet/error.h"
#include "hub/hub.h"

/*
 * Where connections come from: one socket for each loop and port (SO_REUSEPORT), so that the system spreads
 * them and no loop hands one to another.
 */
struct duet_hub_listener;

/* A socket that listens; `port` 0: any free one. `address` "": all of IPv4 and IPv6. The descriptor, or a
 * negative errno with what to do. */
int duet_hub_listen(const char *address, int port, int backlog, struct duet_error *error);
int duet_hub_listen_port(int fd); /* that it listens on */

/* Loop thread. Accepts on `take_fd` until it is freed. NULL: out of memory. */
struct duet_hub_listener *duet_hub_listener_new(struct duet_hub_loop *loop, int take_fd,
						enum duet_hub_port port);
void duet_hub_listener_free(struct duet_hub_listener *listener);

#endif
