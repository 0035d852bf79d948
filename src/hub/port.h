/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_PORT_H
#define DUET_HUB_PORT_H

#include <stdbool.h>
#include <stddef.h>

#include "duet/error.h"

/* Sockets that listen. */

/* `n_fds` sockets on one port, among which the system spreads connections (SO_REUSEPORT); `port` 0: any free
 * one. `address` "": all of IPv4 and IPv6. The port, or a negative errno with what to do: -EADDRINUSE when
 * anybody listens there, another hub too. */
int duet_hub_port_listen(int *fds, int n_fds, const char *address, int port, int backlog,
			 struct duet_error *error);

/* Who listens on a TCP port of this machine, as "NAME (process NUMBER)", as far as the system shows it to
 * this user (/proc); false: nobody, or nobody knows. */
bool duet_hub_port_owner(int port, char *owner, size_t size);

#endif
