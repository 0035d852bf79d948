/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_TWIN_SERVICE_H
#define DUET_HUB_TWIN_SERVICE_H

#include <jansson.h>
#include <stdint.h>

struct duet_hub;

/* What a connected device is to be told after a change is on disk; patch NULL: nothing. */
struct duet_hub_twin_told {
	const char *target;
	json_t *patch;
	int64_t version;
};
void duet_hub_twin_tell(struct duet_hub *hub, const struct duet_hub_twin_told *told);

#endif
