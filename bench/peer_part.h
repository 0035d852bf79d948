/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BENCH_PEER_PART_H
#define DUET_BENCH_PEER_PART_H

#include "peer.h"

/* Shared by the files peer*.c. */
int free_port(void);
int peer_wait(struct peer *peer, int port); /* until something listens there */

#endif
