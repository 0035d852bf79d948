/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_HOUSEKEEPING_H
#define DUET_HUB_HOUSEKEEPING_H

#include "hub/hub.h"

struct duet_streams_load;

/* What a loop does once a second: its gauges; who was active, each minute; and on the first loop what the
 * whole hub needs now and then: messages that expired, a server certificate that changed. Loop thread. */
void duet_hub_housekeeping(struct duet_hub_loop *loop, const struct duet_streams_load *load);

#endif
