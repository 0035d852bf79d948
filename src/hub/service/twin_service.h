/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_TWIN_SERVICE_H
#define DUET_HUB_TWIN_SERVICE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct duet_hub_loop;

/* What a connected device, and whoever reads the log, are to be told after a change is on disk; patch and
 * tags NULL: nothing. */
struct duet_hub_twin_told {
	const char *target;
	json_t *patch; /* of the desired properties */
	int64_t version;
	const json_t *tags; /* whoever tells holds them */
	bool replaced;
};
void duet_hub_twin_tell(struct duet_hub_loop *loop, const struct duet_hub_twin_told *told);

#endif
