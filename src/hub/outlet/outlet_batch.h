/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_OUTLET_BATCH_H
#define DUET_HUB_OUTLET_BATCH_H

#include "hub/log/log.h"
#include "hub/outlet/outlet_route.h"

/* What a route has taken from the log and not yet given on. Copies, bounded in number and bytes. */
struct duet_hub_batch {
	struct duet_hub_parcel *parcels;
	size_t n_parcels, max_parcels, bytes;
};

int duet_hub_batch_init(struct duet_hub_batch *batch, int max_parcels);
void duet_hub_batch_done(struct duet_hub_batch *batch);

/* Takes what is there and wanted, up to the batch's bounds. */
void duet_hub_batch_fill(struct duet_hub_batch *batch, struct duet_hub_reader *reader,
			 const struct duet_hub_outlet_route *route);
/* The first `n` are given on. */
void duet_hub_batch_drop(struct duet_hub_batch *batch, size_t n);

int64_t duet_hub_batch_now_ms(void); /* monotonic */

#endif
